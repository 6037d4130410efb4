"""Signs and partial effects against numbers by hand and closed forms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from models.signs import contradictions, partial_effects
from vigia.errors import ModelError

NAMES = ["mines", "police_h", "rivers", "roads"]


def test_signs_that_surprise_by_hand() -> None:
    draws = np.array(
        [
            [-1, -1, -1, -1, 1],  # against +1 in 4 of 5
            [2, 2, 2, 2, 2],  # against -1 in all
            [-3, -3, -3, -3, -3],  # nothing is expected
            [0, 0, 0, 0, 0],  # of no effect, which contradicts nothing
        ]
    )
    signs = {"mines": 1, "police_h": -1, "roads": 1}
    assert contradictions(draws, NAMES, signs) == [("police_h", 1.0)]
    assert contradictions(draws, NAMES, signs, least=0.8) == [("mines", 0.8), ("police_h", 1.0)]
    assert contradictions(draws, NAMES, {"mines": -1, "police_h": 1}, least=0.5) == []
    assert contradictions(draws, NAMES, {"rivers": 0}, least=0) == []


def test_the_probability_is_that_of_the_posterior() -> None:
    draws = np.random.default_rng(1).normal(-0.5, 0.4, (1, 20_000))
    ((_, chance),) = contradictions(draws, ["mines"], {"mines": 1}, least=0.5)
    assert chance == pytest.approx(norm.cdf(0.5 / 0.4), abs=0.01)


@pytest.mark.parametrize(
    ("signs", "said"), [({"mien": 1}, "No factor is called mien"), ({"mines": 2}, "mines is 2")]
)
def test_signs_that_make_no_sense_are_refused(signs: dict[str, int], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        contradictions(np.ones((4, 2)), NAMES, signs)


def test_partial_effects_by_hand() -> None:
    """Ten people at 0, 30 at 1, 60 at 3: the mean is 2.1."""
    found = partial_effects([[1.0], [0.0], [3.0]], [[0.5, 0.5]], ["mines"], [30, 10, 60])
    assert found["factor"].unique().tolist() == ["mines"]
    np.testing.assert_allclose(found["share"], np.linspace(0, 1, 11))
    np.testing.assert_array_equal(found["value"], [0, 0, 1, 1, 1, 3, 3, 3, 3, 3, 3])
    for column in ("mean", "low", "high"):
        np.testing.assert_allclose(found[column], np.exp(0.5 * (found["value"] - 2.1)))


def test_doubt_is_that_of_the_coefficient() -> None:
    """exp(c b) of a normal b is lognormal."""
    random = np.random.default_rng(1)
    values = random.normal(0, 1, (400, 1))
    people = random.uniform(1, 9, 400)
    mean = np.average(values[:, 0], weights=people)
    found = partial_effects(values, random.normal(0.4, 0.1, (1, 50_000)), ["mines"], people)
    away = found["value"] - mean
    np.testing.assert_allclose(found["mean"], np.exp(0.4 * away + 0.005 * away**2), rtol=0.01)
    ends = [np.exp(0.4 * away + z * 1.96 * 0.1 * abs(away)) for z in (-1, 1)]
    np.testing.assert_allclose(found["low"], ends[0], rtol=0.02)
    np.testing.assert_allclose(found["high"], ends[1], rtol=0.02)


def test_what_the_coefficient_multiplies_may_be_another_column() -> None:
    values = np.array([[1.0, 0], [10, 0], [100, 0]])
    draws = [[0.7, 0.9], [0.1, 0.1]]
    found = partial_effects(
        values, draws, ["mines", "roads"], np.ones(3), design=np.log10(values + 1)
    )
    mines = found[found["factor"] == "mines"]
    assert mines["value"].min() == 1
    assert mines["value"].max() == 100
    away = np.log10(mines["value"] + 1) - np.log10([2, 11, 101]).mean()
    np.testing.assert_allclose(mines["mean"], (np.exp(0.7 * away) + np.exp(0.9 * away)) / 2)
    assert (found[found["factor"] == "roads"][["mean", "low", "high"]] == 1).all(axis=None)


def test_districts_of_which_a_factor_is_unknown_do_not_count_for_it() -> None:
    values = np.array([[1.0, np.nan], [2, np.nan], [np.nan, np.nan], [9, np.nan]])
    draws, people = [[0.3, 0.4], [1.0, 1.0]], [1.0, 2.0, 5.0, 0.0]
    found = partial_effects(values, draws, ["mines", "roads"], people)
    alone = partial_effects(values[:2, :1], draws[:1], ["mines"], people[:2])
    pd.testing.assert_frame_equal(found, alone)
    none = partial_effects(values[:, 1:], draws[1:], ["roads"], people)
    assert list(none) == list(found)
    assert none.empty
