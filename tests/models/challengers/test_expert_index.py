"""The index against a table worked out by hand, and its properties."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.challengers.expert_index import ExpertIndex
from tests.models.checks import checks_of
from vigia.errors import ModelError

X = pd.DataFrame(
    {"mines": [0.0, 5.0, 10.0], "routes": [2.0, 4.0, 4.0], "school_km": [0.0, 40.0, 20.0]}
)
RATES, PEOPLE = [10.0, 20.0, 60.0], [1e5, 2e5, 1e5]
DIMENSIONS = {"hazard": ["mines", "routes"], "need": ["school_km"]}


@pytest.mark.parametrize(("estimator", "check"), checks_of(ExpertIndex()))
def test_scikit_learn_takes_it_for_an_estimator(estimator: Any, check: Any) -> None:
    check(estimator)


def test_the_index_is_the_one_worked_out_by_hand() -> None:
    """Hazard is (0, 7.5, 10), need turned round (10, 0, 5), of which 0 counts as 0.1."""
    model = ExpertIndex({"school_km": -1}, dimensions=DIMENSIONS).fit(X, RATES, PEOPLE)
    by_hand = [np.sqrt(0.1 * 10), np.sqrt(7.5 * 0.1), np.sqrt(10 * 5)]
    np.testing.assert_allclose(model.index(X), by_hand)
    mean = (by_hand[0] + 2 * by_hand[1] + by_hand[2]) / 4
    np.testing.assert_allclose(model.predict(X), 27.5 * np.array(by_hand) / mean)


def test_as_many_cases_are_forecast_as_were_recorded() -> None:
    model = ExpertIndex(dimensions=DIMENSIONS).fit(X, RATES, PEOPLE)
    assert model.predict(X) @ PEOPLE == pytest.approx(np.dot(RATES, PEOPLE))


def test_stated_caps_hold_and_values_beyond_them_count_as_the_caps() -> None:
    model = ExpertIndex(dimensions={"hazard": ["mines"]}, caps={"mines": (2, 8)})
    np.testing.assert_allclose(model.fit(X, RATES, PEOPLE).index(X), [0.1, 5, 10])


def test_a_constant_factor_is_the_middle() -> None:
    flat = X.assign(mines=3.0)
    model = ExpertIndex(dimensions={"hazard": ["mines"]}).fit(flat, RATES, PEOPLE)
    np.testing.assert_allclose(model.index(X), 5)


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(12)), st.floats(1e-3, 1e3), st.floats(-100, 100))
def test_neither_order_nor_unit_nor_zero_of_factors_matters(
    order: list[int], scale: float, shift: float
) -> None:
    random = np.random.default_rng(5)
    factors, rates, people = random.random((12, 3)), random.random(12), random.random(12)
    one = ExpertIndex([1, -1, 1]).fit(factors, rates, people)
    other = ExpertIndex([1, -1, 1]).fit(factors[order] * scale + shift, rates[order], people[order])
    np.testing.assert_allclose(
        other.predict(factors * scale + shift), one.predict(factors), rtol=1e-6
    )


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (ExpertIndex({"mines": 0}), "mines has no expected direction"),
        (ExpertIndex(dimensions={"hazard": ["mine"]}), "No factor is called mine"),
        (ExpertIndex(dimensions={"hazard": []}), "has no factor"),
        (ExpertIndex(dimensions={}), "has no factor"),
        (ExpertIndex(caps={"mines": (3, 3)}), "caps of mines are 3 and 3"),
        (ExpertIndex(caps={"mine": (3, 4)}), "which caps names"),
    ],
)
def test_what_makes_no_sense_is_refused(model: ExpertIndex, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        model.fit(X, RATES, PEOPLE)
