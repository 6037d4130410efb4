"""Merged rows, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.challengers.boosting import MonotonicBoosting
from models.challengers.expert_index import ExpertIndex
from models.challengers.training import merged
from vigia.errors import ModelError

X = pd.DataFrame({"mine": [0.0, 1.0, 2.0, 3.0], "post": [4.0, 1.0, 3.0, 2.0]})
Y = [1.0, 2.0, 3.0, 4.0]


def test_rows_with_equal_factors_become_one_with_the_rate_of_all_their_people() -> None:
    factors = np.array([[2.0, np.nan], [1.0, 5.0], [2.0, np.nan]])
    places, rates, people = merged(factors, np.array([10.0, 7.0, 40.0]), np.array([2.0, 1, 1]))
    np.testing.assert_array_equal(places, [[1, 5], [2, np.nan]])
    np.testing.assert_allclose(rates, [7, 20])  # (10 x 2 + 40 x 1) / 3
    np.testing.assert_allclose(people, [1, 3])


@pytest.mark.parametrize("model", [ExpertIndex, MonotonicBoosting])
@pytest.mark.parametrize(
    ("signs", "said"),
    [
        ({"mien": 1}, "No factor is called mien"),
        ([1], "1 expected signs for 2 factors"),
        ({"mine": 2}, "expected sign of mine is 2"),
    ],
)
def test_signs_that_cannot_be_read_are_refused(model: Any, signs: Any, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        model(signs).fit(X, Y)


@pytest.mark.parametrize("model", [ExpertIndex(), MonotonicBoosting()])
def test_no_case_and_negative_rates_are_errors(model: Any) -> None:
    with pytest.raises(ModelError, match="No case was recorded"):
        model.fit(X, np.zeros(4))
    with pytest.raises(ModelError, match="negative"):
        model.fit(X, [1.0, -1.0, 2.0, 3.0])
