"""The group lasso against other solvers, and its conditions of optimality."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize

from models.challengers.poisson_net import Penalty, fit_net
from models.forecast import Floats
from models.group_lasso import fit_groups, lengths_of

SIZES = np.array([3, 1, 4, 2, 2])


def simulated(seed: int = 1, rows: int = 300) -> tuple[Floats, Floats, Floats]:
    """Overlapping bands and continuous columns; the first group and the fourth matter."""
    random = np.random.default_rng(seed)
    columns = random.normal(0, 1, (rows, SIZES.sum()))
    columns[:, :3] = random.normal(0, 1, (rows, 1)) <= np.array([-0.5, 0.2, 1.0])
    columns[:, 4:8] = random.normal(0, 1, (rows, 1)) <= np.array([-1, -0.5, 0.2, 1.0])
    expected = random.uniform(0.2, 3, rows)
    log = 0.8 * columns[:, 1] + 0.3 * columns[:, 8] - 0.2 * columns[:, 9]
    return columns, random.poisson(expected * np.exp(log)).astype(float), expected


def objective(
    b: Floats, data: tuple[Floats, Floats, Floats], strength: float, rounded: float = 0.0
) -> float:
    """As the docstring says it; ``rounded`` makes it smooth."""
    Z, cases, expected = data  # noqa: N806
    mean = expected * np.exp(b[0] + Z @ b[1:])
    loss = (mean.sum() - cases @ np.log(mean)) / cases.sum()
    parts = np.split(b[1:], np.cumsum(SIZES)[:-1])
    lengths = [np.sqrt(part @ part + rounded) for part in parts]
    return float(loss + strength * np.sqrt(SIZES) @ lengths)


@pytest.mark.parametrize("strength", [3e-3, 1e-2, 3e-2])
def test_no_general_optimiser_finds_less(strength: float) -> None:
    data = simulated()
    found = fit_groups(*data, SIZES, strength)
    other = minimize(
        objective,
        np.zeros(1 + SIZES.sum()),
        (data, strength, 1e-10),
        method="BFGS",
        options={"gtol": 1e-9, "maxiter": 5000},
    ).x
    assert objective(found, data, strength) <= objective(other, data, strength) + 1e-10
    np.testing.assert_allclose(found, other, atol=2e-3)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.floats(-9, -1))
def test_the_conditions_of_optimality_hold(seed: int, log_strength: float) -> None:
    """A group that is in pulls as hard as the penalty, straight back; the others pull less."""
    Z, cases, expected = simulated(seed)  # noqa: N806
    strength = float(np.exp(log_strength))
    b = fit_groups(Z, cases, expected, SIZES, strength)
    pull = (cases - expected * np.exp(b[0] + Z @ b[1:])) / cases.sum()
    assert pull.sum() == pytest.approx(0, abs=2e-8)
    ends = np.cumsum(SIZES)
    for size, end in zip(SIZES, ends, strict=True):
        own, force = b[1 + end - size : 1 + end], pull @ Z[:, end - size : end]
        limit = strength * np.sqrt(size)
        if own.any():
            np.testing.assert_allclose(force, limit * own / np.sqrt(own @ own), atol=3e-8)
        else:
            assert np.sqrt(force @ force) <= limit + 2e-8


@pytest.mark.parametrize("strength", [1e-4, 1e-2, 5e-2, 0.2])
def test_groups_of_one_are_a_lasso(strength: float) -> None:
    data = simulated()
    alone = np.ones(SIZES.sum(), dtype=np.int64)
    np.testing.assert_allclose(
        fit_groups(*data, alone, strength), fit_net(*data, Penalty(strength, 1.0)), atol=1e-6
    )


@pytest.mark.parametrize("strength", [1e-3, 1e-2, 5e-2])
def test_where_it_begins_does_not_matter(strength: float) -> None:
    data = simulated()
    start = np.random.default_rng(1).normal(0, 0.3, 1 + SIZES.sum())
    np.testing.assert_allclose(
        fit_groups(*data, SIZES, strength, start), fit_groups(*data, SIZES, strength), atol=1e-6
    )


def test_a_strong_penalty_leaves_the_overall_rate() -> None:
    Z, cases, expected = simulated()  # noqa: N806
    b = fit_groups(Z, cases, expected, SIZES, 10.0)
    assert not b[1:].any()
    assert b[0] == pytest.approx(np.log(cases.sum() / expected.sum()))


@pytest.mark.parametrize("sizes", [np.array([0, 3, 0, 2]), np.array([0, 0])])
def test_a_group_may_be_empty(sizes: NDArray[np.int64]) -> None:
    Z, cases, expected = simulated()  # noqa: N806
    Z = Z[:, : sizes.sum()]  # noqa: N806
    full = sizes[sizes > 0]
    np.testing.assert_array_equal(
        fit_groups(Z, cases, expected, sizes, 1e-3), fit_groups(Z, cases, expected, full, 1e-3)
    )


def test_all_cases_in_one_place_leave_the_solution_finite() -> None:
    Z, _, expected = simulated()  # noqa: N806
    cases = np.where(np.arange(300) == 7, 50.0, 0.0)
    assert np.isfinite(fit_groups(Z, cases, expected, SIZES, 1e-3)).all()


def test_lengths_by_hand() -> None:
    found = lengths_of(np.array([3.0, -4.0, 7.0]), np.array([2, 0, 1]))
    assert found.tolist() == [5, 0, 7]
