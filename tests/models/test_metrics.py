"""Metrics against numbers worked out by hand, and what must hold for any numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from sklearn.metrics import mean_poisson_deviance

from models.metrics import (
    cases_reached,
    clustered_standard_error,
    poisson_deviance,
    rank_correlation,
)

counts_of_six = arrays(float, 6, elements=st.integers(0, 40).map(float))
numbers_of_six = arrays(float, 6, elements=st.integers(1, 9).map(float))


def test_deviance_by_hand() -> None:
    # 2 x [0 - 0 + 1] and 2 x [2 log(2/1) - 2 + 1], halved by the mean
    assert poisson_deviance([0, 2], [1, 1]) == pytest.approx(1 + 2 * np.log(2) - 1)


@given(counts_of_six, numbers_of_six)
def test_deviance_is_that_of_scikit_learn(counts: np.ndarray, expected: np.ndarray) -> None:
    assert poisson_deviance(counts, expected) == pytest.approx(
        mean_poisson_deviance(counts, expected), abs=1e-9
    )


@pytest.mark.parametrize(
    ("share", "reached"),
    [
        (0.25, 5),  # the first of four
        (0.5, 7),
        (0.625, 7.5),  # half of the third
        (1, 8),
        (0, 0),
    ],
)
def test_cases_reached_by_hand(share: float, reached: float) -> None:
    counts, order = [1, 5, 0, 2], [2.0, 9.0, 1.0, 3.0]
    assert cases_reached(counts, order, np.ones(4), share) == pytest.approx(reached)


def test_among_equals_nobody_comes_first() -> None:
    assert cases_reached([8, 0, 0, 0], np.ones(4), np.ones(4), 0.25) == pytest.approx(2)


def test_people_may_be_the_cost() -> None:
    # Half of 1,000 people: all of the first (400) and 100 of the second's 500.
    assert cases_reached([10, 5, 1], [3, 2, 1], [400, 500, 100], 0.5) == pytest.approx(11)


@given(counts_of_six, numbers_of_six, numbers_of_six, st.floats(0, 1))
def test_the_true_order_reaches_most_and_population_alone_its_share(
    counts: np.ndarray, order: np.ndarray, costs: np.ndarray, share: float
) -> None:
    best = cases_reached(counts, counts / costs, costs, share)
    assert cases_reached(counts, order, costs, share) <= best + 1e-9
    level = cases_reached(counts, np.ones(6), costs, share)
    assert level == pytest.approx(share * counts.sum())


def test_rank_correlation_by_hand() -> None:
    # ranks 1 2 3 4 and 1 3 2 4: 1 - 6 x (0+1+1+0) / (4 x 15)
    assert rank_correlation([1, 2, 3, 4], [10, 30, 20, 40]) == pytest.approx(0.8)


@given(counts_of_six, counts_of_six)
def test_rank_correlation_is_that_of_scipy(a: np.ndarray, b: np.ndarray) -> None:
    found = rank_correlation(a, b)
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-12)


def test_the_standard_error_of_single_rows_is_the_usual_one() -> None:
    values = np.array([1.0, 4.0, 2.0, 9.0])
    found = clustered_standard_error(values, ["a", "b", "c", "d"])
    assert found == pytest.approx(values.std(ddof=1) / 2)


def test_rows_that_repeat_within_clusters_add_nothing() -> None:
    values, clusters = np.array([1.0, 4.0, 2.0, 9.0]), np.array(["a", "b", "c", "d"])
    found = clustered_standard_error(np.repeat(values, 5), np.repeat(clusters, 5))
    assert found == pytest.approx(clustered_standard_error(values, clusters))


def test_one_cluster_has_no_standard_error() -> None:
    assert np.isnan(clustered_standard_error([1.0, 2.0], ["a", "a"]))
