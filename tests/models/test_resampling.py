"""Bootstrap intervals against what is known of means, and against all resamples."""

from __future__ import annotations

from itertools import islice, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from models.metrics import cases_reached_by_resample
from models.resampling import Resamples, quotient
from models.splits import resampled

CLUSTERS = np.repeat([f"{number:04d}" for number in range(80)], 4)


def alike_within(random: np.random.Generator) -> np.ndarray:
    """Values with mean 0 that differ by cluster more than within."""
    return np.repeat(random.normal(size=80), 4) + 0.3 * random.normal(size=320)


def test_of_a_mean_it_is_the_interval_of_the_sandwich() -> None:
    values = alike_within(np.random.default_rng(1))
    resamples = Resamples(CLUSTERS, seed=2, resamples=3999)
    found = resamples.mean(values)
    assert found.value == pytest.approx(values.mean())
    sums = (values - values.mean()).reshape(80, 4).sum(axis=1)
    standard_error = np.sqrt(80 / 79 * (sums @ sums)) / 320  # Liang & Zeger 1986
    reach = stats.norm.ppf(0.975) * standard_error
    assert found.low == pytest.approx(values.mean() - reach, abs=0.1 * reach)
    assert found.high == pytest.approx(values.mean() + reach, abs=0.1 * reach)
    assert (resamples.clusters, found.unanswered) == (80, 0)


def test_it_covers_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(5)
    covered = 0
    for seed in range(300):
        found = Resamples(CLUSTERS, seed=seed, resamples=99, level=0.8).mean(alike_within(random))
        covered += found.low <= 0 <= found.high
    assert stats.binomtest(covered, 300, 0.8).pvalue > 0.01


def test_of_three_clusters_it_is_that_of_all_27_resamples() -> None:
    values = np.array([1.0, 10.0, 100.0])
    every = [sum(values[list(drawn)]) for drawn in product(range(3), repeat=3)]
    resamples = Resamples(["a", "b", "c"], seed=1, resamples=9999, level=0.8)
    found = resamples.interval(resamples.summed(values))
    assert (found.low, found.high) == tuple(np.quantile(every, [0.1, 0.9], method="inverted_cdf"))


def test_ends_are_the_25th_of_999_answers_from_either_side() -> None:
    answers = np.random.default_rng(1).permutation(np.arange(1.0, 1000.0))
    found = Resamples(["a", "b"], seed=1).interval(np.append(7.0, answers))
    assert found.value == 7
    assert (found.low, found.high) == (25, 975)


def test_means_and_ratios_are_those_of_the_rows_drawn() -> None:
    random = np.random.default_rng(4)
    above, below = random.gamma(1, 1, 320), random.gamma(1, 1, 320)
    drawn = [np.repeat(np.arange(320), times) for times in islice(resampled(CLUSTERS, 3), 99)]
    answers = np.sort([above[rows].sum() / below[rows].sum() for rows in drawn])
    found = Resamples(CLUSTERS, seed=3, resamples=99, level=0.8).ratio(above, below)
    assert (found.low, found.high) == pytest.approx((answers[9], answers[-10]))
    assert found.value == pytest.approx(above.sum() / below.sum())


def test_many_rows_are_measured_in_several_lots(monkeypatch: pytest.MonkeyPatch) -> None:
    values = alike_within(np.random.default_rng(1))

    def mean(times: np.ndarray) -> np.ndarray:
        return np.asarray(times @ values / times.sum(axis=1))

    whole = Resamples(CLUSTERS, seed=1, resamples=99).measured(mean)
    monkeypatch.setattr("models.resampling.AT_ONCE", 1000)
    lots = Resamples(CLUSTERS, seed=1, resamples=99).measured(mean)
    np.testing.assert_allclose(lots, whole)


def test_resamples_without_an_answer_are_counted() -> None:
    # All cases lie in one of two provinces: in a quarter of the resamples there is none.
    counts, order = np.array([3, 1, 0, 0]), np.array([1, 2, 3, 4])

    def cases_of_the_first(times: np.ndarray) -> np.ndarray:
        return cases_reached_by_resample(counts, order, np.ones(4), [1 / 4], times)[0]

    resamples = Resamples(["a", "a", "b", "b"], seed=1)
    rates = quotient(resamples.measured(cases_of_the_first), resamples.summed(counts))
    found = resamples.interval(rates)
    assert found.unanswered / 999 == pytest.approx(0.25, abs=4 * np.sqrt(0.25 * 0.75 / 999))
    # Answers: 0 with both provinces; with "a" twice, 2 of 8 cases in the two rows that are level
    # first, of which one counts. Twice as many answers are 0.
    assert (found.low, found.high) == (0, 1 / 8)


def test_where_nothing_is_answered_there_is_no_interval() -> None:
    found = Resamples(["a", "b"], seed=1, resamples=40).ratio([1.0, 2.0], [0.0, 0.0])
    assert np.isnan([found.value, found.low, found.high]).all()
    assert found.unanswered == 40


def test_one_cluster_and_few_resamples_have_no_interval() -> None:
    one = Resamples(["a", "a"], seed=1).mean([0.0, 2.0])
    few = Resamples(["a", "b"], seed=1, resamples=38).mean([0.0, 2.0])
    assert np.isnan([one.low, one.high, few.low, few.high]).all()
    assert (one.value, few.value) == (1, 1)


@pytest.mark.parametrize(("least", "told"), [(2, True), (3, True), (4, False)])
def test_a_number_of_clusters_may_be_asked_for(least: int, told: bool) -> None:
    resamples = Resamples(["a", "b", "c"], seed=1, resamples=99, least_clusters=least)
    found = resamples.mean([0.0, 1.0, 5.0])
    assert found.value == 2
    assert (not np.isnan(found.low), not np.isnan(found.high)) == (told, told)


def test_ends_without_end_are_told() -> None:
    values = np.array([-np.inf, 1.0, 2.0, 3.0])
    found = Resamples(["a", "b", "c", "d"], seed=1).mean(values)
    assert found.low == -np.inf
    assert found.high < 3.01
    assert found.unanswered == 0


@settings(deadline=None, max_examples=25)
@given(st.permutations(range(40)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    values = np.random.default_rng(1).normal(size=40)

    def interval(rows: list[int]) -> tuple[float, float]:
        found = Resamples(CLUSTERS[rows], seed=1, resamples=99).mean(values[rows])
        return found.low, found.high

    assert interval(order) == pytest.approx(interval(list(range(40))))


def test_what_is_hard_for_both_cancels_out() -> None:
    hard = alike_within(np.random.default_rng(3))
    found = Resamples(CLUSTERS, seed=1).mean(hard + 0.25 - hard)
    assert (found.low, found.high) == pytest.approx((0.25, 0.25))


def test_the_level_must_be_one() -> None:
    with pytest.raises(ValueError, match="level"):
        Resamples(["a", "b"], seed=1, level=95)
