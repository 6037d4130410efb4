from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from models.honesty.forecasts import Forecast
from vigia.errors import ModelError

TAILS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


def _negative_binomial(mean: float, dispersion: float) -> stats.rv_discrete:
    size = 1 / dispersion
    return stats.nbinom(size, size / (size + mean))


def _forecast(seed: int, *, draws: int = 7, rows: int = 12, scale: float = 3.0) -> Forecast:
    random = np.random.default_rng(seed)
    means = scale * random.lognormal(0, 1, rows) * random.lognormal(0, 0.5, (draws, rows))
    return Forecast(means, random.gamma(1, 0.7, (draws, 1)))


@pytest.mark.parametrize("mean", [1e-3, 0.4, 7.0, 60.0, 900.0, 2e4])
@pytest.mark.parametrize("dispersion", [0.0, 1e-3, 0.8, 30.0])
def test_one_draw_is_the_distribution_of_scipy(mean: float, dispersion: float) -> None:
    truth = _negative_binomial(mean, dispersion) if dispersion else stats.poisson(mean)
    counts = np.array([0, 1, 2, 5, 40, 800, 20_000])
    forecast = Forecast(np.full((1, 7), mean), np.array(dispersion))
    np.testing.assert_allclose(
        forecast.log_probability(counts), truth.logpmf(counts), rtol=1e-7, atol=1e-7
    )
    np.testing.assert_allclose(forecast.cdf(counts), truth.cdf(counts), rtol=1e-7, atol=1e-12)
    np.testing.assert_array_equal(
        forecast.quantiles(TAILS), np.repeat(truth.ppf(TAILS)[:, None], 7, axis=1)
    )
    np.testing.assert_allclose(forecast.expected, mean)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.sampled_from([0.05, 1.0, 20.0, 300.0]))
def test_a_mixture_is_the_mean_of_its_draws(seed: int, scale: float) -> None:
    forecast = _forecast(seed, scale=scale)
    dispersion = np.broadcast_to(forecast.dispersion, forecast.means.shape)
    numbers = np.arange(8_000)
    for row in range(2):
        masses = np.mean(
            [
                _negative_binomial(m, d).pmf(numbers)
                for m, d in zip(forecast.means[:, row], dispersion[:, row], strict=True)
            ],
            axis=0,
        )
        up_to = masses.cumsum()
        counts = np.random.default_rng(seed).integers(0, 50, size=12)
        count = int(counts[row])
        assert forecast.log_probability(counts)[row] == pytest.approx(np.log(masses[count]))
        assert forecast.cdf(counts)[row] == pytest.approx(up_to[count])
        quantiles = np.asarray(forecast.quantiles(TAILS)[:, row])
        for tail, quantile in zip(TAILS, quantiles, strict=True):
            if up_to[-1] > tail:
                assert quantile == np.searchsorted(up_to, tail - 1e-12)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), level=st.sampled_from([0.5, 0.8, 0.95]))
def test_an_interval_holds_its_level_and_no_shorter_end_would(seed: int, level: float) -> None:
    forecast = _forecast(seed, scale=10.0)
    low, high = forecast.interval(level)
    for end, tail in ((low, (1 - level) / 2), (high, (1 + level) / 2)):
        assert (forecast.cdf(end) >= tail - 1e-9).all()
        assert (forecast.cdf(end - 1) < tail + 1e-9).all()


def test_the_sum_has_the_moments_of_the_sum() -> None:
    forecast = _forecast(3, draws=4, rows=6)
    group = np.array([0, 1, -1, 1, 0, 1])
    together = forecast.summed(group, 3)
    variance = forecast.means + forecast.dispersion * forecast.means**2
    for number in (0, 1):
        inside = group == number
        np.testing.assert_allclose(together.means[:, number], forecast.means[:, inside].sum(axis=1))
        np.testing.assert_allclose(
            (together.means + together.dispersion * together.means**2)[:, number],
            variance[:, inside].sum(axis=1),
        )
    assert together.log_probability(np.array([1, 1, 0]))[2] == 0  # none enters: none for certain
    assert together.log_probability(np.array([1, 1, 1]))[2] == -np.inf


def test_the_sum_of_poissons_is_theirs() -> None:
    forecast = Forecast(np.array([[0.3, 2.0, 5.0]]), np.array(0.0))
    together = forecast.summed(np.zeros(3, dtype=int), 1)
    assert together.log_probability(np.array([4]))[0] == pytest.approx(stats.poisson(7.3).logpmf(4))


def test_no_case_is_below_the_least_count() -> None:
    assert _forecast(1).cdf(np.full(12, -1.0)).max() == 0


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_impossible_forecasts_are_refused(wrong: float) -> None:
    with pytest.raises(ModelError):
        Forecast(np.array([[1.0, wrong]]), np.array(0.1))
    with pytest.raises(ModelError):
        Forecast(np.array([[1.0, 1.0]]), np.array(wrong))


def test_shapes_are_checked() -> None:
    with pytest.raises(ValueError, match="shape"):
        Forecast(np.ones(3), np.array(0.1))
    with pytest.raises(ValueError, match="rows were forecast"):
        Forecast(np.ones((1, 3)), np.array(0.1)).cdf(np.zeros(2))
    with pytest.raises(ValueError, match="above 0"):
        Forecast(np.ones((1, 3)), np.array(0.1)).quantiles([1.0])


def test_counts_are_drawn_from_the_mixture() -> None:
    forecast = _forecast(5, draws=4, rows=5)
    drawn = forecast.drawn(60_000, np.random.default_rng(1))
    error = np.sqrt(forecast.variance / 60_000)
    assert (np.abs(drawn.mean(axis=0) - forecast.expected) < 4 * error).all()
    np.testing.assert_allclose(drawn.var(axis=0), forecast.variance, rtol=0.1)
    for count in (0, 2, 9):
        share = (drawn <= count).mean(axis=0)
        np.testing.assert_allclose(share, forecast.cdf(np.full(5, float(count))), atol=0.01)


def test_a_draw_moves_all_rows_together() -> None:
    """Doubt about the level of all is not doubt about each, and does not cancel out in a sum."""
    levels = np.array([[1.0], [3.0]]) * np.full(50, 20.0)
    forecast = Forecast(levels, np.array(0.0))
    sums = forecast.drawn(4000, np.random.default_rng(1)).sum(axis=1)
    together = forecast.summed(np.zeros(50, dtype=int), 1)
    assert sums.var() == pytest.approx(together.variance[0], rel=0.05)
    assert sums.var() > 10 * forecast.variance.sum()


@pytest.mark.parametrize("mean", [0.0, 1e9, 1e18, 1e200])
def test_absurd_forecasts_are_scored_all_the_same(mean: float) -> None:
    forecast = Forecast(np.array([[mean, 1.0]]), np.array(0.5))
    counts = np.array([3.0, 3.0])
    assert forecast.log_probability(counts)[0] < -15
    assert 0 <= forecast.cdf(counts)[0] <= 1
    assert np.isfinite(forecast.drawn(5, np.random.default_rng(1))).all()
    low, high = forecast.interval(0.95)
    assert (low <= high).all()
    assert (low[1], high[1]) == (0, 4)
