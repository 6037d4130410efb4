"""Intervals, ranks, probabilities and levels of draws that can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.scores import summary
from models.settings import TrainSettings

SETTINGS = TrainSettings()


def test_relative_risk_is_against_the_person_weighted_mean() -> None:
    rate = np.array([10.0, 40.0])
    found = summary(rate, np.tile(rate, (20, 1)), np.array([2000.0, 1000.0]), SETTINGS)
    assert found["relative_risk"].tolist() == [0.5, 2.0]  # the mean is 20
    assert found["rr_low"].tolist() == found["rr_high"].tolist() == [0.5, 2.0]


def test_unknown_people_weigh_nothing_in_the_mean() -> None:
    rate = np.array([10.0, 40.0, 1000.0])
    people = np.array([2000.0, 1000.0, np.nan])
    found = summary(rate, np.tile(rate, (20, 1)), people, SETTINGS)
    assert found["relative_risk"].tolist() == [0.5, 2.0, 50.0]


def test_each_draw_has_its_own_mean() -> None:
    """All rates double from draw to draw; relative risks stay, and so does every probability."""
    rate = np.array([10.0, 40.0])
    draws = np.array([rate, 2 * rate, 4 * rate, 8 * rate])
    found = summary(rate, draws, np.ones(2), SETTINGS)
    assert found["rr_low"].tolist() == found["rr_high"].tolist() == [0.4, 1.6]
    assert found["p_above_mean"].tolist() == [0, 1]
    assert found["p_below_mean"].tolist() == [1, 0]


def test_intervals_are_the_middle_95_percent() -> None:
    draws = np.c_[np.linspace(0, 100, 1001), np.full(1001, 50.0)]
    found = summary(np.array([50.0, 50.0]), draws, np.ones(2), SETTINGS)
    assert found["rate_low"][0] == pytest.approx(2.5)
    assert found["rate_high"][0] == pytest.approx(97.5)


def test_an_interval_always_holds_its_estimate() -> None:
    draws = np.c_[np.linspace(20, 30, 100), np.linspace(1, 2, 100)]
    found = summary(np.array([19.0, 3.0]), draws, np.ones(2), SETTINGS)
    assert found["rate_low"][0] == 19
    assert found["rate_high"][1] == 3


def test_ranks_and_scores_by_hand() -> None:
    draws = np.array([[9.0, 5, 5, 1], [9.0, 5, 5, 1], [5.0, 9, 5, 1]])
    found = summary(draws.mean(axis=0), draws, np.ones(4), SETTINGS)
    # ranks: 1 2.5 2.5 4 twice, then 2.5 1 2.5 4; means 1.5, 2, 2.5, 4; halves go outwards
    assert found["rank"].tolist() == [1, 2, 3, 4]
    assert found["rank_low"].tolist() == [1, 1, 2, 4]
    assert found["rank_high"].tolist() == [3, 3, 3, 4]
    assert found["score"].tolist() == pytest.approx([100, 200 / 3, 100 / 3, 0])


def test_equal_districts_share_rank_and_score() -> None:
    draws = np.tile([7.0, 7.0, 3.0], (20, 1))
    found = summary(draws[0], draws, np.ones(3), SETTINGS)
    assert found["rank"].tolist() == [1, 1, 3]
    assert found["score"].tolist() == [75, 75, 0]


def test_a_single_district_is_neither_first_nor_last() -> None:
    found = summary(np.array([7.0]), np.full((20, 1), 7.0), np.ones(1), SETTINGS)
    assert found[["rank", "score", "relative_risk"]].to_numpy().tolist() == [[1, 50, 1]]


def levels(above: dict[float, int], settings: TrainSettings = SETTINGS) -> tuple[str, dict]:
    """Level of a district among many others of rate 10; its draws are rate: how many of 100."""
    draws = np.full((100, 2), 10.0)
    draws[:, 0] = np.repeat(list(above), list(above.values()))
    found = summary(draws.mean(axis=0), draws, np.array([1e-9, 1.0]), settings).iloc[0]
    return found["level"], found.to_dict()


@pytest.mark.parametrize(
    ("draws", "level"),
    [
        ({25.0: 80, 5.0: 20}, "very_high"),  # P(rate > 2m) = 0.8
        ({25.0: 79, 5.0: 21}, "medium"),
        ({25.0: 79, 15.0: 21}, "high"),
        ({15.0: 80, 5.0: 20}, "high"),
        ({15.0: 79, 5.0: 21}, "medium"),
        ({15.0: 21, 5.0: 79}, "medium"),
        ({15.0: 20, 5.0: 80}, "low"),
    ],
)
def test_levels_are_those_of_the_table(draws: dict[float, int], level: str) -> None:
    assert levels(draws)[0] == level


def test_multiples_and_probability_are_settings() -> None:
    draws = {25.0: 60, 5.0: 40}
    assert levels(draws, replace(SETTINGS, level_probability=0.6))[0] == "very_high"
    stricter = replace(SETTINGS, level_probability=0.6, very_high_multiple=3.0)
    assert levels(draws, stricter)[0] == "high"
    strictest = replace(stricter, high_multiple=2.6)
    assert levels(draws, strictest)[0] == "medium"


def test_probabilities_by_hand() -> None:
    _, found = levels({25.0: 30, 15.0: 25, 5.0: 45}, replace(SETTINGS, threshold_per_100k=4.0))
    assert found["p_above_high"] == pytest.approx(0.30)
    assert found["p_above_mean"] == pytest.approx(0.55)
    assert found["p_below_mean"] == pytest.approx(0.45)
    assert found["p_above_threshold"] == 1
    assert np.isnan(levels({25.0: 100})[1]["p_above_threshold"])


@given(
    arrays(float, (12, 5), elements=st.floats(0.01, 1000)),
    arrays(float, 5, elements=st.floats(1, 1e6)),
)
def test_what_holds_for_all_draws(draws: np.ndarray, people: np.ndarray) -> None:
    rate = draws.mean(axis=0)
    found = summary(rate, draws, people, SETTINGS)
    for low, mid, high in (
        ("rate_low", "rate", "rate_high"),
        ("rr_low", "relative_risk", "rr_high"),
        ("rank_low", "rank", "rank_high"),
    ):
        assert (found[low] <= found[mid]).all()
        assert (found[mid] <= found[high]).all()
    assert found["score"].between(0, 100).all()
    assert found["rank"].between(1, 5).all()
    assert (found["p_above_high"] <= found["p_above_mean"]).all()
    assert (found["p_above_mean"] + found["p_below_mean"] <= 1 + 1e-12).all()
    assert np.average(found["relative_risk"], weights=people) == pytest.approx(1)
    assert (found["score"].rank() == (-found["rank"]).rank()).all()
