"""The elastic net against a general convex optimiser, and its conditions of optimality."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from models.challengers.poisson_net import (
    Penalty,
    fit_net,
    strength_without_slopes,
)
from models.forecast import Floats


def simulated(seed: int = 1) -> tuple[Floats, Floats, Floats]:
    """Binary columns, two of them nearly the same, of which two matter."""
    random = np.random.default_rng(seed)
    columns = (random.random((200, 8)) < 0.3).astype(float)
    columns[:, 7] = np.where(random.random(200) < 0.03, 1 - columns[:, 6], columns[:, 6])
    expected = random.uniform(0.5, 5, 200)
    cases = random.poisson(expected * np.exp(0.9 * columns[:, 0] - 0.6 * columns[:, 1]))
    return columns, cases.astype(float), expected


def by_scipy(X: Floats, cases: Floats, expected: Floats, penalty: Penalty) -> Floats:  # noqa: N803
    """Slopes as differences of two parts >= 0, which makes the loss smooth."""
    p = X.shape[1]

    def loss(parts: Floats) -> tuple[float, Floats]:
        b = parts[1 : p + 1] - parts[p + 1 :]
        eta = parts[0] + X @ b
        mean = expected * np.exp(eta)
        value = (mean.sum() - cases @ eta) / cases.sum()
        value += penalty.strength * penalty.share_l1 * parts[1:].sum()
        value += penalty.strength * (1 - penalty.share_l1) / 2 * (b @ b)
        slope = (mean - cases) @ X / cases.sum() + penalty.strength * (1 - penalty.share_l1) * b
        l1 = penalty.strength * penalty.share_l1
        return value, np.concatenate([[(mean - cases).sum() / cases.sum()], slope + l1, l1 - slope])

    found = minimize(
        loss,
        np.zeros(2 * p + 1),
        jac=True,
        method="L-BFGS-B",
        bounds=[(None, None)] + [(0, None)] * (2 * p),
        options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 20_000, "maxfun": 50_000},
    )
    return np.append(found.x[0], found.x[1 : p + 1] - found.x[p + 1 :])


@pytest.mark.parametrize("share_l1", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("strength", [1e-4, 1e-2, 5e-2, 0.2])
def test_the_solution_is_that_of_a_general_optimiser(strength: float, share_l1: float) -> None:
    data, penalty = simulated(), Penalty(strength, share_l1)
    np.testing.assert_allclose(fit_net(*data, penalty), by_scipy(*data, penalty), atol=2e-5)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("strength", [1e-4, 1e-2, 5e-2])
def test_the_conditions_of_optimality_hold(strength: float, seed: int) -> None:
    """Slopes that are not 0 balance the penalty exactly; the others pull less than it holds."""
    X, cases, expected = simulated(seed)  # noqa: N806
    b = fit_net(X, cases, expected, Penalty(strength, 0.5))
    surplus = (expected * np.exp(b[0] + X @ b[1:]) - cases) / cases.sum()
    assert surplus.sum() == pytest.approx(0, abs=1e-8)
    pull = surplus @ X + strength / 2 * b[1:]
    free = b[1:] != 0
    np.testing.assert_allclose(pull[free], -strength / 2 * np.sign(b[1:][free]), atol=1e-8)
    assert (abs(pull[~free]) <= strength / 2 + 1e-8).all()


def test_the_strength_without_slopes_is_the_least_such() -> None:
    data = simulated()
    strength = strength_without_slopes(*data, 0.5)
    assert (fit_net(*data, Penalty(strength * 1.0001, 0.5))[1:] == 0).all()
    assert (fit_net(*data, Penalty(strength * 0.99, 0.5))[1:] != 0).sum() == 1


def test_the_start_does_not_matter_even_when_far_off() -> None:
    data, penalty = simulated(), Penalty(1e-2, 0.5)
    far = np.full(9, 3.0)
    np.testing.assert_allclose(fit_net(*data, penalty, far), fit_net(*data, penalty), atol=1e-7)


def test_without_columns_the_intercept_is_the_log_of_all_cases_over_all_expected() -> None:
    _, cases, expected = simulated()
    found = fit_net(np.empty((200, 0)), cases, 7 * expected, Penalty(0.1, 0.5))
    np.testing.assert_allclose(found, [np.log(cases.sum() / expected.sum() / 7)])


def test_the_surplus_gradient_is_the_largest_break_of_the_conditions() -> None:
    penalty = Penalty(1.0, 1.0)
    assert penalty.surplus(np.array([0, 0.9, -1]), np.array([5, 0, 2.0])) == 0
    found = penalty.surplus(np.array([0, 1.3, -1.2]), np.array([5, 0, 2.0]))
    assert found == pytest.approx(0.3)
