"""Boosting on simulated counts: its direction on a grid, gaps in factors, and invariance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.challengers.boosting import MonotonicBoosting
from models.forecast import Floats
from tests.models.checks import checks_of


@pytest.mark.parametrize(("estimator", "check"), checks_of(MonotonicBoosting()))
def test_scikit_learn_takes_it_for_an_estimator(estimator: Any, check: Any) -> None:
    check(estimator)


def simulated(rows: int = 600, seed: int = 1) -> tuple[Floats, Floats, Floats, Floats]:
    """Factors, recorded rates, people, true rates; the second factor works as a hump."""
    random = np.random.default_rng(seed)
    factors = random.uniform(0, 1, (rows, 3))
    people = random.uniform(2e4, 2e5, rows)
    truth = 20 * np.exp(1.5 * factors[:, 0] + np.sin(np.pi * factors[:, 1]))
    return factors, random.poisson(truth * people / 1e5) / people * 1e5, people, truth


@pytest.mark.parametrize("sign", [1, -1])
def test_rates_never_go_against_the_expected_sign(sign: int) -> None:
    factors, rates, people, _ = simulated()
    model = MonotonicBoosting([0, sign, 0]).fit(factors, rates, people)
    free = MonotonicBoosting().fit(factors, rates, people)
    grid = np.linspace(-0.1, 1.1, 121)
    broken = 0
    for rest in np.random.default_rng(2).uniform(0, 1, (30, 3)):
        line = np.tile(rest, (len(grid), 1))
        line[:, 1] = grid
        assert (sign * np.diff(model.predict(line)) >= 0).all()
        broken += (sign * np.diff(free.predict(line)) < 0).any()
    assert broken == 30  # the hump that is there, which the constraint forbids


def test_it_comes_closer_to_the_true_rates_than_the_overall_rate_does() -> None:
    factors, rates, people, _ = simulated()
    elsewhere, _, _, truth = simulated(seed=3)
    model = MonotonicBoosting([1, 0, 0]).fit(factors, rates, people)
    left = np.var(np.log(model.predict(elsewhere)) - np.log(truth)) / np.var(np.log(truth))
    assert left < 0.15


def test_missing_factors_are_learnt_from_where_they_mean_something() -> None:
    """Where the first factor is missing the rate is as it is where it is high."""
    factors, rates, people, truth = simulated()
    gaps = np.where((factors[:, [0]] > 0.8) & ([True, False, False]), np.nan, factors)
    model = MonotonicBoosting([0, 0, 0]).fit(gaps, rates, people)
    missing = np.isnan(gaps[:, 0])
    assert model.predict(gaps[missing]).mean() == pytest.approx(truth[missing].mean(), rel=0.1)


def test_neither_order_nor_the_split_of_people_over_equal_rows_matters() -> None:
    factors, rates, people, _ = simulated(200)
    one = MonotonicBoosting().fit(factors, rates, people)
    order = np.random.default_rng(4).permutation(400) % 200
    halves = MonotonicBoosting().fit(factors[order], rates[order], people[order] / 2)
    np.testing.assert_allclose(halves.predict(factors), one.predict(factors), rtol=1e-6)


def test_a_tree_is_no_larger_than_allowed_and_a_leaf_no_smaller() -> None:
    factors, rates, people, _ = simulated(29)
    model = MonotonicBoosting(least_places=15).fit(factors, rates, people)
    assert np.ptp(model.predict(factors)) == pytest.approx(0)  # 29 districts cannot be split
    factors, rates, people, _ = simulated(300)
    stump = MonotonicBoosting(trees=1, most_leaves=3).fit(factors, rates, people)
    assert len(np.unique(stump.predict(factors))) == 3


def test_scatter_beyond_poisson_is_found() -> None:
    factors, _, _, truth = simulated(2000)
    random = np.random.default_rng(6)
    counts = random.poisson(truth * random.gamma(2, 0.5, 2000)).astype(float)
    model = MonotonicBoosting().fit(factors, counts, np.full(2000, 1e5))
    assert model.predict_dispersion(factors[:2])[1] == pytest.approx(0.5, rel=0.15)
