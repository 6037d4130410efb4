"""Poisson regression under a group lasso, which scikit-learn does not have.

Groups of coefficients are 0 together or not at all (Yuan & Lin 2006, Journal of the Royal
Statistical Society B 68:49-67). Solved by proximal Newton, as in
``models.challengers.poisson_net``, with one group after the other (Yang & Zou 2015, Statistics and
Computing 25:1129-1141). Of libraries that can, adelie (whose paths these agree with to 1e-7) is
held to NumPy 1 and brings IPython along, and skglm takes neither people nor weights.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geo.grid import njit
from models.forecast import Floats
from vigia.errors import ModelError

OPTIMAL = 1e-8  # least surplus gradient, per case
ACCEPTED = 1e-5
MOST_STEPS = 100
MOST_HALVINGS = 40
ROUNDING = 1e-14


def fit_groups(
    Z: Floats,  # noqa: N803
    cases: Floats,
    expected: Floats,
    sizes: NDArray[np.int64],
    strength: float,
    start: Floats | None = None,
) -> Floats:
    """Intercept and slopes b that minimise mean loss per case + strength x sum sqrt(size) |b_g|.

    Parameters
    ----------
    Z : array of shape (n, q)
        The columns of a group side by side.
    cases : array of shape (n,)
        At least one.
    expected : array of shape (n,)
        Cases where log relative risk is 0, > 0: the mean is expected x exp(b0 + Z b).
    sizes : array of shape (groups,)
        How many columns each group has, in the order of columns.
    strength : float
    start : array of shape (1 + q,), optional

    Raises
    ------
    ModelError
        When no solution is found.
    """
    share, offset = cases / cases.sum(), np.log(expected / cases.sum())
    b = np.zeros(1 + Z.shape[1]) if start is None else start.copy()
    if start is None:
        b[0] = -np.log(np.exp(offset).sum())
    limits = strength * np.sqrt(sizes)
    working = lengths_of(b[1:], sizes) > 0
    while True:  # groups that are sure to stay out are not even looked at
        columns = np.append(True, np.repeat(working, sizes))
        design = np.column_stack([np.ones(len(Z)), Z[:, columns[1:]]])
        b[columns] = _newton(design, share, offset, sizes[working], limits[working], b[columns])
        gradient = (np.exp(offset + design @ b[columns]) - share) @ Z
        missed = ~working & (lengths_of(gradient, sizes) > limits + OPTIMAL)
        if not missed.any():
            return b
        working |= missed


def _newton(
    design: Floats,
    share: Floats,
    offset: Floats,
    sizes: NDArray[np.int64],
    limits: Floats,
    start: Floats,
) -> Floats:
    ends = 1 + np.append(0, np.cumsum(sizes))

    def penalty(b: Floats) -> float:
        return float(limits @ lengths_of(b[1:], sizes))

    def loss(b: Floats) -> float:
        eta = offset + design @ b
        return float(np.exp(eta).sum() - share @ eta) + penalty(b)

    now = start
    with np.errstate(over="ignore"):  # of a step that is too long, and is then halved
        for _ in range(MOST_STEPS):
            mean = np.exp(offset + design @ now)
            gradient = (mean - share) @ design
            left = surplus_gradient(gradient, now, sizes, limits)
            if left <= OPTIMAL:
                return now
            curvature = design.T @ (mean[:, np.newaxis] * design)
            steepest = np.array(
                [np.linalg.eigvalsh(curvature[a:e, a:e])[-1] for a, e in pairwise(ends)]
            )
            aim = _descend(curvature, gradient, now, ends, steepest, limits)
            slope = float(gradient @ (aim - now)) + penalty(aim) - penalty(now)
            before, step = loss(now), 1.0
            for _ in range(MOST_HALVINGS):
                further = now + step * (aim - now)
                if loss(further) <= before + step * slope / 4 + ROUNDING * abs(before):
                    break
                step /= 2
            now = further
    if left > ACCEPTED:
        raise ModelError(
            "The choice of factors found no stable solution.",
            hint="Take out factors that say the same, or use fewer bands.",
        )
    return now


def surplus_gradient(
    gradient: Floats, coefficients: Floats, sizes: NDArray[np.int64], limits: Floats
) -> float:
    """How far from optimal: 0 where the Karush-Kuhn-Tucker conditions hold."""
    lengths = np.repeat(lengths_of(coefficients[1:], sizes), sizes)
    direction = coefficients[1:] / np.where(lengths > 0, lengths, 1)
    moved = lengths_of(gradient[1:] + np.repeat(limits, sizes) * direction, sizes)
    at_zero = np.maximum(lengths_of(gradient[1:], sizes) - limits, 0)
    surplus = np.where(lengths_of(coefficients[1:], sizes) > 0, moved, at_zero)
    return max(abs(float(gradient[0])), float(surplus.max(initial=0)))


@njit
def _descend(
    curvature: Floats,
    gradient: Floats,
    start: Floats,
    ends: NDArray[np.int64],
    steepest: Floats,
    limits: Floats,
) -> Floats:
    """The minimum of the penalised parabola, one group after the other."""
    now, pull = start.copy(), gradient.copy()
    for _ in range(10_000):
        change = -pull[0] / curvature[0, 0]
        now[0] += change
        pull += curvature[0] * change
        largest = curvature[0, 0] * change * change
        for g in range(len(limits)):
            own = slice(ends[g], ends[g + 1])
            towards = steepest[g] * now[own] - pull[own]
            length = np.sqrt((towards * towards).sum())
            kept = max(1 - limits[g] / length, 0.0) / steepest[g] if length > 0 else 0.0
            for j in range(ends[g], ends[g + 1]):
                change = kept * towards[j - ends[g]] - now[j]
                if change != 0:
                    now[j] += change
                    pull += curvature[j] * change
                    largest = max(largest, steepest[g] * change * change)
        if largest < 1e-20:  # squares: far below OPTIMAL
            break
    return now


def lengths_of(values: Floats, sizes: NDArray[np.int64]) -> Floats:
    """Euclidean, of the part of each group."""
    group = np.repeat(np.arange(len(sizes)), sizes)
    return np.asarray(np.sqrt(np.bincount(group, values * values, minlength=len(sizes))))
