"""Calibration: the true model passes, others fail, and formulas agree with brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import ArrayLike
from scipy import stats

from models.calibration import crps, parts_by_expected, pit_shares

counts_of_five = arrays(float, 5, elements=st.integers(0, 8).map(float))
draws_of_five = arrays(
    float, st.tuples(st.integers(2, 7), st.just(5)), elements=st.integers(0, 8).map(float)
)


def histogram(below: ArrayLike, up_to: ArrayLike, bins: int = 10) -> np.ndarray:
    return np.asarray(pit_shares(below, up_to, bins).mean(axis=1))


def poisson_steps(counts: np.ndarray, means: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    return stats.poisson.cdf(counts - 1, means), stats.poisson.cdf(counts, means)


@pytest.mark.parametrize("mean", [0.05, 0.7, 4, 30])
@pytest.mark.parametrize("bins", [4, 10])
def test_the_histogram_of_the_true_poisson_is_flat(mean: float, bins: int) -> None:
    cases = np.arange(150)
    steps = zip(*poisson_steps(cases, mean), strict=True)
    of_each = [histogram([low], [high], bins) for low, high in steps]
    expected = stats.poisson.pmf(cases, mean) @ of_each
    np.testing.assert_allclose(expected, 1 / bins, atol=1e-12)


def test_too_narrow_is_a_u_and_too_wide_a_hump() -> None:
    random = np.random.default_rng(1)
    counts = random.negative_binomial(2, 2 / (2 + 10), size=2000)  # mean 10, variance 60
    narrow = histogram(*poisson_steps(counts, 10.0))
    assert min(narrow[[0, -1]]) > 0.2 > max(narrow[3:7])
    poisson = random.poisson(10, size=2000)
    wide = histogram(*(stats.nbinom.cdf(at, 2, 2 / (2 + 10)) for at in (poisson - 1, poisson)))
    assert max(wide[[0, -1]]) < 0.05 < 0.13 < max(wide[3:7])


def test_the_impossible_lies_at_its_point() -> None:
    assert histogram([0, 1, 0.5], [0, 1, 0.5], 4).tolist() == pytest.approx(
        [1 / 3, 0, 1 / 3, 1 / 3]
    )


@pytest.mark.parametrize("steps", [(0.5, 0.4), (-0.1, 0.5), (0.5, 1.1), (np.nan, 0.5)])
def test_steps_must_rise_from_0_to_1(steps: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="0 <= below <= up_to <= 1"):
        histogram([steps[0]], [steps[1]])


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


def test_the_histogram_is_what_the_randomised_pit_comes_to() -> None:
    counts, means = np.array([0, 3, 1, 9]), np.array([0.2, 5, 1.5, 4])
    below, up_to = poisson_steps(counts, means)
    pits = below + np.random.default_rng(1).random((20_000, 4)) * (up_to - below)
    shares = np.histogram(pits, bins=10, range=(0, 1))[0] / pits.size
    np.testing.assert_allclose(histogram(below, up_to), shares, atol=0.01)


@given(
    arrays(float, 5, elements=st.floats(0, 1)),
    arrays(float, 5, elements=st.floats(0, 1)),
    st.integers(1, 12),
)
def test_every_row_is_spread_whole_even_what_was_held_for_impossible(
    some: np.ndarray, others: np.ndarray, bins: int
) -> None:
    shares = pit_shares(np.minimum(some, others), np.maximum(some, others), bins)
    np.testing.assert_allclose(shares.sum(axis=0), 1)
    assert (shares >= 0).all()


def test_tenths_have_a_tenth_of_the_rows_each() -> None:
    parts = parts_by_expected(np.arange(50, 0, -1))
    assert parts.tolist() == np.repeat(np.arange(10, 0, -1), 5).tolist()


@given(
    arrays(float, 30, elements=st.sampled_from([0.1, 0.5, 0.7, 2.3, 9.9])),
    st.permutations(range(30)),
)
def test_equals_stay_together_and_parts_rise_in_any_order(
    expected: np.ndarray, order: list[int]
) -> None:
    parts = parts_by_expected(expected)
    assert len(set(zip(expected.tolist(), parts.tolist(), strict=True))) == len(set(expected))
    assert (np.diff(parts[np.argsort(expected)]) >= 0).all()
    assert set(parts) <= set(range(1, 11))
    assert (parts_by_expected(expected[order]) == parts[order]).all()


def test_draws_must_fit_the_counts() -> None:
    with pytest.raises(ValueError, match="one column per count"):
        crps([1, 2], [[1, 2, 3]])
    with pytest.raises(ValueError, match="finite"):
        crps([1, np.nan], [[1, 2], [1, 2]])
    with pytest.raises(ValueError, match="two draws"):
        crps([1], [[1]])
