"""Poisson regression under an elastic net, which scikit-learn does not have.

``models.proximal`` with the penalised parabola minimised one coefficient at a time (Friedman,
Hastie & Tibshirani 2010, Journal of Statistical Software 33:1).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.grid import njit
from models.forecast import Floats
from models.proximal import Poisson, solved

OPTIMAL = 1e-9  # least surplus gradient, per case
ACCEPTED = 1e-6


class Penalty(NamedTuple):
    """strength x (share_l1 x sum |b| + (1 - share_l1) / 2 x sum b²), the intercept left free."""

    strength: float
    share_l1: float

    @property
    def l1(self) -> float:
        return self.strength * self.share_l1

    @property
    def l2(self) -> float:
        return self.strength * (1 - self.share_l1)

    def of(self, coefficients: Floats) -> float:
        slopes = coefficients[1:]
        return float(self.l1 * np.abs(slopes).sum() + self.l2 / 2 * (slopes @ slopes))

    def surplus(self, gradient: Floats, coefficients: Floats) -> float:
        """How far from optimal: 0 where the Karush-Kuhn-Tucker conditions hold."""
        slopes = coefficients[1:]
        pull = gradient[1:] + self.l2 * slopes
        moved = np.abs(pull + self.l1 * np.sign(slopes))
        at_zero = np.maximum(np.abs(pull) - self.l1, 0)
        surplus = np.where(slopes != 0, moved, at_zero)
        return max(abs(float(gradient[0])), float(surplus.max(initial=0)))

    def lowest(self, curvature: Floats, gradient: Floats, start: Floats) -> Floats:
        """Where the penalised parabola is lowest."""
        return _descend(curvature, gradient, start, self.l1, self.l2)


def strength_without_slopes(X: Floats, cases: Floats, expected: Floats, share_l1: float) -> float:  # noqa: N803
    """The least strength at which every slope is 0."""
    surplus = cases / cases.sum() - expected / expected.sum()
    return float(np.abs(surplus @ X).max(initial=0)) / share_l1


def fit_net(
    X: Floats,  # noqa: N803
    cases: Floats,
    expected: Floats,
    penalty: Penalty,
    start: Floats | None = None,
) -> Floats:
    """Intercept and slopes b that minimise mean loss per case + penalty.

    Parameters
    ----------
    X : array of shape (n, p)
    cases : array of shape (n,)
        At least one.
    expected : array of shape (n,)
        Cases where log relative risk is 0, > 0: the mean is expected x exp(b0 + X b).
    penalty : Penalty
    start : array of shape (1 + p,), optional

    Raises
    ------
    ModelError
        When no solution is found.
    """
    share, offset = cases / cases.sum(), np.log(expected / cases.sum())
    if start is None:
        start = np.zeros(1 + X.shape[1])
        start[0] = -np.log(np.exp(offset).sum())
    counts = Poisson(np.column_stack([np.ones(len(X)), X]), share, offset)
    return solved(counts, penalty, start, optimal=OPTIMAL, accepted=ACCEPTED)


@njit
def _descend(curvature: Floats, gradient: Floats, start: Floats, l1: float, l2: float) -> Floats:
    """The minimum of the penalised parabola, one coefficient after the other."""
    now, pull = start.copy(), gradient.copy()
    for _ in range(10_000):
        largest = 0.0
        for j in range(len(now)):
            own = curvature[j, j]
            towards = own * now[j] - pull[j]
            if j > 0:
                towards = np.sign(towards) * max(abs(towards) - l1, 0.0)
                own += l2
            change = (towards / own if own > 0 else 0.0) - now[j]
            if change != 0:
                now[j] += change
                pull += curvature[:, j] * change
                largest = max(largest, own * change * change)
        if largest < 1e-22:  # squares: far below OPTIMAL
            break
    return now
