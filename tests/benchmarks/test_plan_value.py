"""The worth of plans on one small region: nobody beats who knows the truth, and chance is worst."""

from __future__ import annotations

import pytest

from benchmarks.known_truth.regions import prepared_with_ground
from benchmarks.plan_value import NAMES, figures, judged, written
from data.synthetic import SyntheticParams


@pytest.fixture(scope="module")
def worth() -> dict[str, float]:
    region, ground = prepared_with_ground(SyntheticParams(seed=3, districts=60, bias="strong"))
    assert ground is not None
    return judged(region, ground, 3)


def test_nobody_reaches_more_than_who_knows_the_truth(worth: dict[str, float]) -> None:
    assert set(worth) == set(NAMES)
    assert all(one <= worth["oracle"] * 1.01 for one in worth.values())  # which is found within 1 %
    assert worth["plan"] > worth["random"]
    assert worth["plan"] > worth["top_score"]


def test_its_table_and_figures_have_everybody(worth: dict[str, float]) -> None:
    results = {f"{bias}-60-3": worth for bias in ("none", "moderate", "strong")}
    told = figures(results)
    assert told["reached_per_team_day"].keys() == NAMES.keys()
    assert told["regret"]["oracle"] == 0
    assert all(label in written(results) for label in NAMES.values())
