"""Nothing leaves that is not known to be safe: whatever is added to a run stays inside."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from data.disclosure import (
    CONTRIBUTIONS,
    RATES,
    SCORES,
    STAGES,
    release_contributions,
    release_run,
    release_scores,
)
from models.scores import NUMBERS
from tests import tiny_project
from tests.maps import honest, region
from vigia.errors import PublicationRefusedError
from vigia.project import parse_settings
from vigia.settings import ProjectSettings

CODES = region.districts()["code"].tolist()
HIDDEN = "must-not-leave"
VALIDATION_KEYS = ("honesty", "splits", "spatial", "contenders", "model", "pit", "effects", "count")
COUNTS = ("count", "cases", "observed", "reported", "discovered", "cases_reached", "y")


@pytest.mark.parametrize("name", COUNTS)
def test_a_column_that_is_not_listed_never_gets_through(name: str) -> None:
    scores = region.scores(CODES).assign(**{name: 7})
    contributions = region.contributions(CODES).assign(**{name: 7})
    assert tuple(release_scores(scores).columns) == SCORES
    assert tuple(release_contributions(contributions).columns) == CONTRIBUTIONS


@given(st.text(min_size=1, max_size=12).filter(lambda name: name not in SCORES))
@tried(deadline=None)
def test_nor_does_any_other(name: str) -> None:
    scores = region.scores(CODES)
    scores.insert(0, name, 7)
    assert tuple(release_scores(scores).columns) == SCORES


def test_what_is_listed_comes_out_as_it_was_but_for_the_digits_of_rates() -> None:
    scores, contributions = region.scores(CODES), region.contributions(CODES)
    rest = [name for name in SCORES if name not in RATES]
    told = release_scores(scores)
    pd.testing.assert_frame_equal(told[rest], scores[rest])
    for name in RATES:
        assert told[name].dtype == scores[name].dtype
        assert told[name].isna().equals(scores[name].isna())
        known = scores[name].dropna()
        assert [f"{one:.1e}" for one in told[name].dropna()] == [f"{one:.1e}" for one in known]
        assert not set(told[name].dropna()) & set(known)  # all of them had more digits
    released = release_contributions(contributions)
    pd.testing.assert_frame_equal(released, contributions[list(CONTRIBUTIONS)])
    assert set(NUMBERS) < set(SCORES)
    released["value"] = 0.0  # a copy: the run is not changed through it
    assert contributions["value"].any()


@given(st.lists(st.floats(0, 1e7, allow_subnormal=False), min_size=3, max_size=3).map(sorted))
@tried(deadline=None)
def test_rates_have_two_digits_and_stay_between_their_ends(known: list[float]) -> None:
    scores = region.scores(CODES)[:1].assign(
        **dict(zip(("rate_low", "rate", "rate_high"), known, strict=True))
    )
    released = release_scores(scores)
    told = released.iloc[0]
    assert told["rate_low"] <= told["rate"] <= told["rate_high"]
    for name, value in zip(("rate_low", "rate", "rate_high"), known, strict=True):
        assert told[name] == float(f"{told[name]:.1e}")
        assert abs(told[name] - value) <= 0.0501 * value
    pd.testing.assert_frame_equal(release_scores(released), released)


def test_a_listed_column_of_another_kind_is_refused() -> None:
    scores = region.scores(CODES)
    with pytest.raises(PublicationRefusedError, match="rate"):
        release_scores(scores.drop(columns="rate"))
    with pytest.raises(PublicationRefusedError, match="level"):
        release_scores(scores.assign(level=3))
    with pytest.raises(PublicationRefusedError, match="rate"):
        release_scores(scores.assign(rate="3 cases"))


def settings() -> dict[str, Any]:
    text = tiny_project.SETTINGS.partition("[model]")[0]  # [model] as it is by itself
    return parse_settings(text).model_dump(mode="json")


def poisoned(content: Any) -> Any:
    """The same with something that must not leave in every mapping, at every depth."""
    if isinstance(content, dict):
        inner = {key: poisoned(value) for key, value in content.items()}
        return inner | dict.fromkeys(COUNTS, HIDDEN)
    if isinstance(content, list | tuple):
        return [poisoned(value) for value in content]
    return content


def test_no_count_and_no_secret_leaves_with_a_run() -> None:
    whole = settings()
    whole["store"]["path"] = whole["cases"][0]["path"] = whole["layers"][0]["path"] = HIDDEN
    record = region.record(
        settings=whole,
        inputs={"cases/a": [{"input_id": "x", "file": f"/home/{HIDDEN}/f.csv", "years": [2020]}]},
        validation={"recruitment": honest.validation()},
    )
    for name in ("settings", "validation", "factors"):
        record = replace(record, **{name: poisoned(getattr(record, name))})
    record = replace(record, inputs={"cases/a": poisoned(record.inputs["cases/a"])})
    released = release_run(record)
    text = json.dumps(released, allow_nan=False)
    assert HIDDEN not in text
    assert not set(keys(released)) & set(COUNTS)
    assert released["inputs"]["cases/a"][0]["file"] == "f.csv"
    factor = released["settings"]["layers"][0]["factors"][0]
    assert (factor["measure"], factor["sign"], factor["weight"]) == ("distance", "-", None)
    assert released["settings"]["model"]["draws"] == 1000
    assert released["settings"]["model"]["reporting"]["share"] == 0.4


def told(validation: Any) -> Any:
    """What is let out of the validation of one outcome."""
    record = region.record(validation={"recruitment": validation})
    return release_run(record)["validation"]["recruitment"]


def test_the_honesty_report_leaves_whole_but_rounded() -> None:
    known = honest.validation()
    released = told(known)
    assert shape(released) == shape(known)
    model = released["honesty"]["splits"]["rolling_origin"]["contenders"]["model"]
    assert model["poisson_deviance"]["value"] == 0.981
    assert told(honest.validation(honesty=honest.untested()))["honesty"]["splits"] == {}
    assert told(honest.validation(reporting=None, selection=None))["reporting"] is None


def test_no_share_is_told_so_finely_that_it_gives_its_cases_away() -> None:
    known = honest.validation()
    model = known["honesty"]["splits"]["rolling_origin"]["contenders"]["model"]
    model["hit_rate"]["people_10"]["value"] = 3 / 28
    model["calibration"]["parts"][0]["low"] = 5 / 13
    model["log_score"]["value"] = -1.23456
    known["honesty"]["gate"]["difference"]["value"] = 0.0123456
    released = told(known)["honesty"]
    model = released["splits"]["rolling_origin"]["contenders"]["model"]
    assert model["hit_rate"]["people_10"]["value"] == 0.11
    assert model["calibration"]["parts"][0]["low"] == 0.38
    assert model["log_score"]["value"] == -1.235
    assert released["gate"]["difference"]["value"] == 0.0123


def test_of_the_composite_the_weights_leave() -> None:
    assert told({"composite_of": {"recruitment": 1.0, "transit": 0.5, "cases": 7}}) == {
        "composite_of": {"recruitment": 1.0, "transit": 0.5}
    }


def test_text_stays_text_and_does_not_stand_where_a_number_or_a_known_word_should() -> None:
    known = honest.validation(rates=HIDDEN)
    known["beside"][0]["label"] = region.SCRIPT
    known["honesty"]["reasons"] = [region.IMG, {"count": 3}, 7]
    known["honesty"]["resamples"] = HIDDEN
    known["honesty"]["gate"]["against"] = HIDDEN
    known["reporting"]["share"]["prior"]["value"] = HIDDEN
    known["reporting"]["told"] = float("nan")
    known["effects"][0]["value"] = True
    released = told(known)
    assert HIDDEN not in json.dumps(released, allow_nan=False)
    assert released["beside"][0]["label"] == region.SCRIPT  # readers escape it
    assert released["honesty"]["reasons"] == [region.IMG]
    assert released["effects"][0]["value"] is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(VALIDATION_KEYS), inner),
        max_leaves=12,
    )
)
@tried(deadline=None)
def test_whatever_a_validation_holds_only_known_keys_leave_it(content: Any) -> None:
    released = told(content)
    assert set(keys(released)) <= set(keys(honest.validation())) | {"composite_of", *STAGES}
    json.dumps(released, allow_nan=False)


def test_a_validation_of_an_earlier_version_tells_nothing() -> None:
    assert told({"split": "last_year", "held_out_rows": 12, "metrics": {"model": {}}}) == {}


def shape(content: Any) -> Any:
    """Keys at every depth, and how long lists are."""
    if isinstance(content, dict):
        return {key: shape(value) for key, value in content.items()}
    if isinstance(content, list):
        return [shape(value) for value in content]
    return content is None


def test_a_value_that_hides_something_is_emptied() -> None:
    released = release_run(replace(region.record(), seed={"count": 3}))  # type: ignore[arg-type]
    assert released["seed"] is None


def test_every_field_of_a_record_is_decided_upon() -> None:
    assert set(release_run(region.record())) == set(vars(region.record()))
    released = release_run(region.record(settings=settings()))["settings"]
    assert released["registers"][0]["source"] == "the tests"  # of its cases, no more than credits
    assert not set(released["registers"][0]) & {"path", "count", "area"}
    assert set(ProjectSettings.model_fields) - set(released) == {
        "areas",
        "crosswalks",
        "cases",
        "counts",
        "contacts",
        "effort",
        "map",
        "serve",
        "store",
    }


def keys(content: Any) -> list[str]:
    if isinstance(content, dict):
        return [*content, *(key for value in content.values() for key in keys(value))]
    if isinstance(content, list):
        return [key for value in content for key in keys(value)]
    return []
