"""Poisson regression under any penalty, by proximal Newton.

The likelihood is replaced by its parabola at the current coefficients, the penalised parabola is
minimised by whoever knows the penalty, and the step halved until it helps (Lee, Sun & Saunders
2014, SIAM Journal on Optimization 24:1420-1443).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.forecast import Floats
from vigia.errors import ModelError

MOST_STEPS = 100
MOST_HALVINGS = 40
ROUNDING = 1e-14


class Penalty(Protocol):
    """What a penalty has to answer; the intercept comes first and is free."""

    def of(self, coefficients: Floats) -> float:
        """How much it is."""

    def surplus(self, gradient: Floats, coefficients: Floats) -> float:
        """How far from optimal: 0 where the Karush-Kuhn-Tucker conditions hold."""

    def lowest(self, curvature: Floats, gradient: Floats, start: Floats) -> Floats:
        """Where the penalised parabola is lowest."""


@dataclass(frozen=True)
class Poisson:
    """Shares of all cases, and what they are expected to be.

    Attributes
    ----------
    design : array of shape (n, p)
        The first column is 1.
    share : array of shape (n,)
        Of all cases; they add up to 1.
    offset : array of shape (n,)
        Log of the share that is expected where all coefficients are 0.
    """

    design: Floats
    share: Floats
    offset: Floats


def solved(
    counts: Poisson, penalty: Penalty, start: Floats, *, optimal: float, accepted: float
) -> Floats:
    """Coefficients of the least loss per case and penalty.

    Parameters
    ----------
    optimal, accepted : float
        Surplus of the gradient at which to stop, and with which an answer is one.

    Raises
    ------
    ModelError
        When no solution is found.
    """
    design, share, offset = counts.design, counts.share, counts.offset

    def loss(b: Floats) -> float:
        eta = offset + design @ b
        return float(np.exp(eta).sum() - share @ eta) + penalty.of(b)

    now = start
    with np.errstate(over="ignore"):  # of a step that is too long, and is then halved
        for _ in range(MOST_STEPS):
            mean = np.exp(offset + design @ now)
            gradient = (mean - share) @ design
            left = penalty.surplus(gradient, now)
            if left <= optimal:
                return now
            curvature = design.T @ (mean[:, np.newaxis] * design)
            aim = penalty.lowest(curvature, gradient, now)
            slope = float(gradient @ (aim - now)) + penalty.of(aim) - penalty.of(now)
            before, step = loss(now), 1.0
            for _ in range(MOST_HALVINGS):
                further = now + step * (aim - now)
                if loss(further) <= before + step * slope / 4 + ROUNDING * abs(before):
                    break
                step /= 2
            now = further
        left = penalty.surplus((np.exp(offset + design @ now) - share) @ design, now)
    if left > accepted:
        raise ModelError(
            "A penalised regression found no stable solution.",
            hint="Take out factors that say the same, or use fewer bands.",
        )
    return now
