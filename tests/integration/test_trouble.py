"""Trouble for seconds; ``python -m benchmarks.serving.trouble`` does the same at length."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.serving import trouble
from tests.postgis import Cluster, cluster

pytestmark = pytest.mark.postgis


@pytest.fixture
def postgres() -> Iterator[Cluster]:
    """One of its own: it is taken away."""
    with cluster() as made:
        yield made


@pytest.fixture
def url(postgres: Cluster) -> Iterator[str]:
    with postgres.database() as made:
        yield made


def test_every_answer_is_of_one_run_while_others_are_published(url: str, tmp_path: Path) -> None:
    seen = trouble.publishes(url, tmp_path, 12)
    assert (seen["failed"], seen["lost"], seen["wrong"]) == (0, 0, 0)
    assert seen["runs"] > 2


@pytest.mark.parametrize(("take", "give"), [("stop", "start"), ("freeze", "thaw")])
def test_no_read_fails_while_the_store_is_away_or_silent(
    postgres: Cluster, url: str, tmp_path: Path, take: str, give: str
) -> None:
    seen = trouble.away(url, tmp_path, 4, getattr(postgres, take), getattr(postgres, give))
    assert (seen["failed"], seen["lost"], seen["wrong"]) == (0, 0, 0)
    assert seen["states"] == ["ready", "degraded", "ready"]
    assert seen["runs"] == 2


def test_who_is_killed_leaves_nothing_wrong_and_no_answer_unwritten(
    url: str, tmp_path: Path
) -> None:
    seen = trouble.killed(url, tmp_path, 2)
    assert (seen["failed"], seen["wrong"], seen["lines_missing"]) == (0, 0, 0)
    assert seen["runs"] >= 2
    assert seen["lost"] > 0


def test_an_answer_of_two_runs_would_be_seen() -> None:
    class Told(trouble.Truth):
        def of(self, run: str) -> trouble.Rates:
            return {"a": {"1": {"x": 1.0}, "2": {"x": 2.0}}[run]["x"]}

    seen = trouble.Seen(answers=[("1", {"a": 1.0}), ("2", {"a": 1.0}), ("1", {"b": 1.0})])
    assert seen.wrong(Told("")) == 2
