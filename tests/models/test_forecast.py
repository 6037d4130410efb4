"""The negative binomial that every forecast is scored with."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.forecast import fitted_dispersion, log_probability, overall_rate
from vigia.errors import ModelError


@given(
    count=st.integers(0, 500),
    mean=st.floats(1e-3, 1e3),
    dispersion=st.floats(1e-2, 50),
)
def test_it_is_the_negative_binomial_of_scipy(count: int, mean: float, dispersion: float) -> None:
    size = 1 / dispersion
    expected = stats.nbinom.logpmf(count, size, size / (size + mean))
    found = log_probability(np.array([float(count)]), np.array([mean]), dispersion)
    assert found[0] == pytest.approx(expected, rel=1e-7, abs=1e-7)


def test_without_dispersion_it_is_the_poisson() -> None:
    counts = np.arange(30.0)
    found = log_probability(counts, np.full(30, 7.0), 0.0)
    np.testing.assert_allclose(found, stats.poisson.logpmf(counts, 7.0), atol=1e-3)


def test_probabilities_add_up_to_one_with_the_stated_mean_and_variance() -> None:
    counts = np.arange(5000.0)
    p = np.exp(log_probability(counts, np.full(5000, 12.0), 0.8))
    mean = p @ counts
    assert p.sum() == pytest.approx(1)
    assert mean == pytest.approx(12)
    assert p @ (counts - mean) ** 2 == pytest.approx(12 + 0.8 * 12**2)


@pytest.mark.parametrize("truth", [0.05, 0.5, 3.0])
def test_the_dispersion_of_simulated_counts_is_found(truth: float) -> None:
    random = np.random.default_rng(5)
    mean = random.uniform(2, 20, 20_000)
    counts = random.poisson(mean * random.gamma(1 / truth, truth, len(mean))).astype(float)
    assert fitted_dispersion(counts, mean) == pytest.approx(truth, rel=0.08)


def test_counts_that_scatter_less_than_poisson_have_no_dispersion() -> None:
    assert fitted_dispersion(np.full(100, 5.0), np.full(100, 5.0)) < 1e-4


def test_the_overall_rate_weighs_people() -> None:
    assert overall_rate(np.array([10.0, 40.0]), np.array([2.0, 1.0])) == 20


def test_no_case_has_no_rate() -> None:
    with pytest.raises(ModelError, match="No case was recorded"):
        overall_rate(np.zeros(3), np.ones(3))
