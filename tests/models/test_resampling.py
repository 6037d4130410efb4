"""Bootstrap intervals against what is known of means, and against all resamples."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from models.metrics import clustered_standard_error, hit_rate
from models.resampling import bootstrap_interval, paired_difference

CLUSTERS = np.repeat([f"{number:04d}" for number in range(80)], 4)


def alike_within(random: np.random.Generator) -> np.ndarray:
    """Values with mean 0 that differ by cluster more than within."""
    return np.repeat(random.normal(size=80), 4) + 0.3 * random.normal(size=320)


def test_of_a_mean_it_is_the_interval_of_the_sandwich() -> None:
    values = alike_within(np.random.default_rng(1))
    found = bootstrap_interval(lambda rows: values[rows].mean(), CLUSTERS, seed=2, resamples=3999)
    assert found.value == values.mean()
    reach = stats.norm.ppf(0.975) * clustered_standard_error(values, CLUSTERS)
    assert found.low == pytest.approx(values.mean() - reach, abs=0.1 * reach)
    assert found.high == pytest.approx(values.mean() + reach, abs=0.1 * reach)
    assert (found.level, found.clusters, found.resamples, found.unanswered) == (0.95, 80, 3999, 0)


def test_it_covers_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(5)
    covered = 0
    for seed in range(300):
        values = alike_within(random)
        found = bootstrap_interval(
            lambda rows, values=values: values[rows].mean(),
            CLUSTERS,
            seed=seed,
            resamples=99,
            level=0.8,
        )
        covered += found.low <= 0 <= found.high
    assert stats.binomtest(covered, 300, 0.8).pvalue > 0.01


def test_of_three_clusters_it_is_that_of_all_27_resamples() -> None:
    values = np.array([1.0, 10.0, 100.0])
    every = [sum(values[list(drawn)]) for drawn in product(range(3), repeat=3)]
    found = bootstrap_interval(
        lambda rows: values[rows].sum(), ["a", "b", "c"], seed=1, resamples=9999, level=0.8
    )
    assert (found.low, found.high) == tuple(np.quantile(every, [0.1, 0.9], method="inverted_cdf"))


def test_ends_are_the_25th_of_999_answers_from_either_side() -> None:
    answers = iter([*np.random.default_rng(1).permutation(np.arange(1, 1000)), 0])
    found = bootstrap_interval(lambda rows: float(next(answers)), ["a", "b"], seed=1)
    assert (found.low, found.high) == (25, 975)


def test_resamples_without_an_answer_are_counted() -> None:
    # All cases lie in one of two provinces: in a quarter of the resamples there is none.
    counts, order = np.array([3, 1, 0, 0]), np.array([1, 2, 3, 4])
    found = bootstrap_interval(
        lambda rows: hit_rate(counts[rows], order[rows], 1), ["a", "a", "b", "b"], seed=1
    )
    assert found.unanswered / 999 == pytest.approx(0.25, abs=4 * np.sqrt(0.25 * 0.75 / 999))
    # Answers: 0 with both provinces; with "a" twice, 2 of 8 cases in the two rows that are level
    # first, of which one counts. Twice as many answers are 0.
    assert (found.low, found.high) == (0, 1 / 8)


def test_where_nothing_is_answered_there_is_no_interval() -> None:
    found = bootstrap_interval(lambda rows: float("nan"), ["a", "b"], seed=1, resamples=40)
    assert np.isnan([found.value, found.low, found.high]).all()
    assert found.unanswered == 40


def test_one_cluster_and_few_resamples_have_no_interval() -> None:
    one = bootstrap_interval(lambda rows: float(rows.sum()), ["a", "a"], seed=1)
    few = bootstrap_interval(lambda rows: float(rows.sum()), ["a", "b"], seed=1, resamples=38)
    assert np.isnan([one.low, one.high, few.low, few.high]).all()
    assert (one.value, few.value) == (1, 1)


def test_ends_without_end_are_told() -> None:
    values = np.array([-np.inf, 1.0, 2.0, 3.0])
    found = bootstrap_interval(lambda rows: values[rows].mean(), ["a", "b", "c", "d"], seed=1)
    assert found.low == -np.inf
    assert found.high < 3.01
    assert found.unanswered == 0


@settings(deadline=None, max_examples=25)
@given(st.permutations(range(40)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    values = np.random.default_rng(1).normal(size=40)

    def interval(rows: list[int]) -> tuple[float, float]:
        ordered = values[rows]
        found = bootstrap_interval(
            lambda drawn: ordered[drawn].mean(), CLUSTERS[rows], seed=1, resamples=99
        )
        return found.low, found.high

    assert interval(order) == pytest.approx(interval(list(range(40))))


def test_the_difference_of_means_is_the_mean_of_differences() -> None:
    random = np.random.default_rng(3)
    first, second = alike_within(random) + 0.5, alike_within(random)

    def mean(values: np.ndarray, rows: np.ndarray) -> float:
        return float(values[rows].mean())

    found = paired_difference(mean, first, second, CLUSTERS, seed=1)
    gain = bootstrap_interval(lambda rows: (first - second)[rows].mean(), CLUSTERS, seed=1)
    assert found.value == pytest.approx(gain.value)
    assert (found.low, found.high) == pytest.approx((gain.low, gain.high))
    other_way = paired_difference(mean, second, first, CLUSTERS, seed=1)
    assert (other_way.low, other_way.high) == (-found.high, -found.low)


def test_what_is_hard_for_both_cancels_out() -> None:
    hard = alike_within(np.random.default_rng(3))

    def mean(values: np.ndarray, rows: np.ndarray) -> float:
        return float(values[rows].mean())

    found = paired_difference(mean, hard + 0.25, hard, CLUSTERS, seed=1)
    assert (found.low, found.high) == pytest.approx((0.25, 0.25))


def test_the_level_must_be_one() -> None:
    with pytest.raises(ValueError, match="level"):
        bootstrap_interval(lambda rows: 0.0, ["a", "b"], seed=1, level=95)
