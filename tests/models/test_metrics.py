"""Metrics against numbers worked out by hand, and what must hold for any numbers."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from sklearn.metrics import mean_poisson_deviance

from models.metrics import (
    cases_reached,
    cases_reached_by_resample,
    log_of_mean,
    poisson_deviance,
    poisson_deviances,
    rank_correlation,
    rank_correlation_by_resample,
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


@settings(max_examples=15, deadline=None)
@given(counts_of_six, numbers_of_six, st.floats(0.01, 1))
def test_nothing_reaches_more_than_the_order_by_cases_per_cost(
    counts: np.ndarray, costs: np.ndarray, share: float
) -> None:
    best = max(
        cases_reached(counts, np.array(order), costs, share) for order in permutations(range(6))
    )
    assert cases_reached(counts, counts / costs, costs, share) == pytest.approx(best)


def test_what_was_held_for_impossible_deviates_without_end() -> None:
    assert poisson_deviances([0, 2], [0, 0]).tolist() == [0, np.inf]


def test_draws_are_averaged_as_probabilities() -> None:
    # Mean probabilities 0.5 and 0.125, though the logarithms differ.
    drawn = np.log([[0.9, 0.05], [0.1, 0.2]])
    assert log_of_mean(drawn) == pytest.approx(np.log([0.5, 0.125]))
    # exp would underflow: every draw says e^-2000.
    assert log_of_mean(np.full((7, 2), -2000.0)) == pytest.approx([-2000, -2000])


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


@given(
    counts_of_six,
    numbers_of_six,
    numbers_of_six,
    arrays(int, (3, 6), elements=st.integers(0, 3)),
    st.sampled_from([0.1, 0.4, 1.0]),
)
def test_a_resample_is_its_rows_repeated(
    counts: np.ndarray, keys: np.ndarray, costs: np.ndarray, times: np.ndarray, share: float
) -> None:
    reached = cases_reached_by_resample(counts, keys, costs, [share, 0.3], times.astype(float))
    alike = rank_correlation_by_resample(counts, keys, times.astype(float))
    for number, often in enumerate(times):
        seen, key, cost = (np.repeat(values, often) for values in (counts, keys, costs))
        if not len(seen):
            assert reached[0, number] == 0
            assert np.isnan(alike[number])
            continue
        assert reached[0, number] == pytest.approx(cases_reached(seen, key, cost, share))
        assert reached[1, number] == pytest.approx(cases_reached(seen, key, cost, 0.3))
        if np.ptp(seen) == 0 or np.ptp(key) == 0:
            assert np.isnan(alike[number])
        else:
            assert alike[number] == pytest.approx(stats.spearmanr(seen, key).statistic, abs=1e-9)
