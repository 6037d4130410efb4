"""What the test of a model reports gets through disclosure to the page: no key is lost."""

from __future__ import annotations

from typing import Any

import pytest

from maps.released import Released, release
from maps.report import render_report
from maps.words import LANGUAGES, Language
from models.honesty.contenders import challengers
from models.honesty.folds import held_out_splits
from models.honesty.report import Verdict, judged
from models.honesty.trial import tried
from tests.maps import honest
from tests.maps.html import Blocks
from tests.maps.region import published_run
from tests.models.honesty.worlds import knowing, rows_of, silent


@pytest.fixture(scope="module")
def verdict() -> Verdict:
    rows = rows_of(districts=60, provinces=12)
    splits, reasons = held_out_splits(rows, seed=1)
    rivals = challengers(["stays", "moves"], {"stays": 1, "moves": 1}, 1)
    cheap = {name: rivals[name] for name in ("prior_counts", "raw_prior_counts", "population")}
    held_out = tried(rows, {"model": knowing(), **cheap}, splits, seed=1, progress=silent)
    return judged(held_out, seed=1, resamples=99, reasons=reasons)


@pytest.fixture(scope="module")
def released(verdict: Verdict) -> Released:
    validation = {"recruitment": honest.validation(honesty=verdict.report)}
    return release(published_run(validation=validation))


def told(content: Any) -> Any:
    """Keys at every depth, lengths of lists, and what is not told."""
    if isinstance(content, dict):
        return {key: told(value) for key, value in content.items()}
    if isinstance(content, list):
        return [told(value) for value in content]
    return content if isinstance(content, str | bool | None) else "number"


def test_nothing_of_the_report_is_lost_on_the_way(verdict: Verdict, released: Released) -> None:
    known = released.validation_of("recruitment")["honesty"]
    assert told(known) == told(verdict.report)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_told_in_words(released: Released, language: Language) -> None:
    page = Blocks(render_report(released, language))
    text = " ".join(page.text)
    assert "None" not in text
    assert "nan" not in text.lower().split()
    assert page.tags.count("figure") >= 10
