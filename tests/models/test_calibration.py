"""Calibration: the true model passes, others fail, and formulas agree with brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from models.calibration import (
    cdf_from_draws,
    crps,
    interval_coverage,
    observed_over_expected,
    pit_histogram,
    randomised_pit,
)

counts_of_five = arrays(float, 5, elements=st.integers(0, 8).map(float))
draws_of_five = arrays(
    float, st.tuples(st.integers(2, 7), st.just(5)), elements=st.integers(0, 8).map(float)
)


def poisson_steps(counts: np.ndarray, means: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    return stats.poisson.cdf(counts - 1, means), stats.poisson.cdf(counts, means)


@pytest.mark.parametrize("mean", [0.05, 0.7, 4, 30])
@pytest.mark.parametrize("bins", [4, 10])
def test_the_histogram_of_the_true_poisson_is_flat(mean: float, bins: int) -> None:
    cases = np.arange(150)
    steps = zip(*poisson_steps(cases, mean), strict=True)
    of_each = [pit_histogram([low], [high], bins) for low, high in steps]
    expected = stats.poisson.pmf(cases, mean) @ of_each
    np.testing.assert_allclose(expected, 1 / bins, atol=1e-12)


def test_the_randomised_pit_of_the_true_poisson_is_uniform() -> None:
    random = np.random.default_rng(1)
    means = random.gamma(0.5, 4, size=4000) + 0.01
    pit = randomised_pit(*poisson_steps(random.poisson(means), means), seed=2)
    assert stats.kstest(pit, "uniform").pvalue > 0.01
    wrong = randomised_pit(*poisson_steps(random.poisson(1.3 * means), means), seed=2)
    assert stats.kstest(wrong, "uniform").pvalue < 1e-6


def test_the_histogram_is_what_the_randomised_pit_comes_to() -> None:
    counts, means = np.array([0, 3, 1, 9]), np.array([0.2, 5, 1.5, 4])
    steps = poisson_steps(counts, means)
    pits = np.concatenate([randomised_pit(*steps, seed=seed) for seed in range(5000)])
    shares = np.histogram(pits, bins=10, range=(0, 1))[0] / len(pits)
    np.testing.assert_allclose(pit_histogram(*steps), shares, atol=0.01)


def test_too_narrow_is_a_u_and_too_wide_a_hump() -> None:
    random = np.random.default_rng(1)
    counts = random.negative_binomial(2, 2 / (2 + 10), size=2000)  # mean 10, variance 60
    narrow = pit_histogram(*poisson_steps(counts, 10.0))
    assert min(narrow[[0, -1]]) > 0.2 > max(narrow[3:7])
    poisson = random.poisson(10, size=2000)
    wide = pit_histogram(*(stats.nbinom.cdf(at, 2, 2 / (2 + 10)) for at in (poisson - 1, poisson)))
    assert max(wide[[0, -1]]) < 0.05 < 0.13 < max(wide[3:7])


@given(counts_of_five, draws_of_five, st.integers(1, 12))
def test_a_histogram_holds_every_row_even_what_was_held_for_impossible(
    counts: np.ndarray, draws: np.ndarray, bins: int
) -> None:
    histogram = pit_histogram(*cdf_from_draws(counts, draws), bins)
    assert histogram.sum() == pytest.approx(1)
    assert (histogram >= 0).all()


def test_the_impossible_lies_at_its_point() -> None:
    assert pit_histogram([0, 1, 0.5], [0, 1, 0.5], 4).tolist() == pytest.approx(
        [1 / 3, 0, 1 / 3, 1 / 3]
    )


def test_steps_of_draws_by_hand() -> None:
    below, up_to = cdf_from_draws([1, 0], [[0, 0], [1, 3], [1, 0], [5, 0]])
    assert below.tolist() == [0.25, 0]
    assert up_to.tolist() == [0.75, 0.75]


@pytest.mark.parametrize("steps", [(0.5, 0.4), (-0.1, 0.5), (0.5, 1.1), (np.nan, 0.5)])
def test_steps_must_rise_from_0_to_1(steps: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="0 <= below <= up_to <= 1"):
        pit_histogram([steps[0]], [steps[1]])


def test_observed_over_expected_by_hand() -> None:
    table = observed_over_expected([3, 0, 1, 2], [4, 1, 1, 2], parts=2)
    assert table.to_dict("list") == {
        "part": [1, 2],
        "rows": [2, 2],
        "observed": [1, 5],
        "expected": [2, 6],
        "ratio": [0.5, 5 / 6],
    }


def test_tenths_have_a_tenth_of_the_rows_each() -> None:
    table = observed_over_expected(np.ones(50), np.arange(1, 51))
    assert table["rows"].tolist() == [5] * 10
    assert table["expected"].tolist() == [15 + 25 * number for number in range(10)]


@given(
    arrays(float, 30, elements=st.integers(0, 9).map(float)),
    arrays(float, 30, elements=st.sampled_from([0.1, 0.5, 0.7, 2.3, 9.9])),
    st.permutations(range(30)),
)
def test_equals_stay_together_and_nothing_is_lost_in_any_order(
    counts: np.ndarray, expected: np.ndarray, order: list[int]
) -> None:
    table = observed_over_expected(counts, expected)
    assert table["rows"].sum() == 30
    assert table["observed"].sum() == counts.sum()
    assert len(table) <= len(set(expected))
    assert (np.diff(table["expected"] / table["rows"]) > 0).all()
    assert observed_over_expected(counts[order], expected[order]).equals(table)


def test_the_true_model_covers_what_it_promises() -> None:
    random = np.random.default_rng(4)
    means = random.gamma(2, 3, size=3000) + 0.05
    table = interval_coverage(random.poisson(means), random.poisson(means, size=(1500, 3000)))
    assert table["level"].tolist() == [0.5, 0.8, 0.95]
    error = np.sqrt(table["promised"] * (1 - table["promised"]) / 3000)
    assert ((table["covered"] - table["promised"]).abs() < 3.5 * error + 0.002).all()
    assert (table["promised"] >= table["level"]).all()
    assert (np.diff(table["width"]) > 0).all()


def test_what_is_promised_is_the_probability_of_the_interval() -> None:
    draws = np.random.default_rng(4).poisson(3, size=(200_000, 1))
    (promised,) = interval_coverage([3], draws, [0.8])["promised"]
    low, high = stats.poisson(3).interval(0.8)
    exact = stats.poisson.cdf(high, 3) - stats.poisson.cdf(low - 1, 3)
    assert promised == pytest.approx(exact, abs=0.005)


def test_of_continuous_forecasts_the_level_is_promised() -> None:
    draws = np.random.default_rng(4).normal(size=(4000, 1))
    table = interval_coverage([0.0], draws)
    assert table["promised"].tolist() == pytest.approx(table["level"].tolist(), abs=0.001)
    widths = [2 * stats.norm.ppf((1 + level) / 2) for level in table["level"]]
    assert table["width"].tolist() == pytest.approx(widths, rel=0.05)


def test_a_model_too_sure_of_itself_covers_less() -> None:
    random = np.random.default_rng(4)
    counts = random.negative_binomial(2, 2 / (2 + 10), size=2000)
    table = interval_coverage(counts, random.poisson(10, size=(500, 2000)))
    assert (table["covered"] < table["promised"] - 0.15).all()


@settings(deadline=None)
@given(counts_of_five, draws_of_five)
def test_crps_is_that_of_all_pairs_of_draws(counts: np.ndarray, draws: np.ndarray) -> None:
    pairs = len(draws) * (len(draws) - 1)
    for row, score in enumerate(crps(counts, draws)):
        drawn = draws[:, row]
        between = np.abs(drawn[:, None] - drawn).sum() / pairs
        assert score == pytest.approx(np.abs(drawn - counts[row]).mean() - between / 2, abs=1e-9)


@pytest.mark.parametrize("count", [0, 2, 9])
def test_crps_of_a_poisson_is_the_sum_over_its_distribution(count: int) -> None:
    cases = np.arange(60)
    exact = np.sum((stats.poisson.cdf(cases, 3) - (cases >= count)) ** 2)
    draws = np.random.default_rng(1).poisson(3, size=(100_000, 1))
    assert crps([count], draws)[0] == pytest.approx(exact, abs=0.03)


def test_few_draws_do_not_make_crps_worse() -> None:
    random = np.random.default_rng(1)
    few, many = (
        crps(np.full(20_000, 3), random.poisson(3, size=(draws, 20_000))).mean()
        for draws in (2, 60)
    )
    assert few == pytest.approx(many, abs=0.03)


def test_draws_must_fit_the_counts() -> None:
    with pytest.raises(ValueError, match="one column per count"):
        interval_coverage([1, 2], [[1, 2, 3]])
    with pytest.raises(ValueError, match="finite"):
        crps([1, np.nan], [[1, 2], [1, 2]])
    with pytest.raises(ValueError, match="two draws"):
        crps([1], [[1]])
