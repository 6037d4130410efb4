"""Poisson regression under a group lasso, which scikit-learn does not have.

Groups of coefficients are 0 together or not at all (Yuan & Lin 2006, Journal of the Royal
Statistical Society B 68:49-67). ``models.proximal`` with one group after the other (Yang & Zou
2015, Statistics and Computing 25:1129-1141). Of libraries that can, adelie is held to NumPy 1 and
brings IPython along, and skglm takes neither people nor weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geo.grid import njit
from models.forecast import Floats
from models.proximal import Poisson, solved

OPTIMAL = 1e-8  # least surplus gradient, per case
ACCEPTED = 1e-5


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
        b[columns] = solved(
            Poisson(design, share, offset), GroupPenalty(sizes[working], limits[working]),
            b[columns], optimal=OPTIMAL, accepted=ACCEPTED,
        )  # fmt: skip
        gradient = (np.exp(offset + design @ b[columns]) - share) @ Z
        missed = ~working & (lengths_of(gradient, sizes) > limits + OPTIMAL)
        if not missed.any():
            return b
        working |= missed


@dataclass(frozen=True)
class GroupPenalty:
    """Sum of limit x |b_g| over groups, the intercept left free.

    Attributes
    ----------
    sizes : array of int, shape (groups,)
    limits : array of float, shape (groups,)
    """

    sizes: NDArray[np.int64]
    limits: Floats

    def of(self, coefficients: Floats) -> float:
        return float(self.limits @ lengths_of(coefficients[1:], self.sizes))

    def surplus(self, gradient: Floats, coefficients: Floats) -> float:
        """How far from optimal: 0 where the Karush-Kuhn-Tucker conditions hold."""
        lengths = lengths_of(coefficients[1:], self.sizes)
        each = np.repeat(lengths, self.sizes)
        direction = coefficients[1:] / np.where(each > 0, each, 1)
        moved = lengths_of(
            gradient[1:] + np.repeat(self.limits, self.sizes) * direction, self.sizes
        )
        at_zero = np.maximum(lengths_of(gradient[1:], self.sizes) - self.limits, 0)
        surplus = np.where(lengths > 0, moved, at_zero)
        return max(abs(float(gradient[0])), float(surplus.max(initial=0)))

    def lowest(self, curvature: Floats, gradient: Floats, start: Floats) -> Floats:
        """Where the penalised parabola is lowest."""
        ends = 1 + np.append(0, np.cumsum(self.sizes))
        steepest = np.array(
            [np.linalg.eigvalsh(curvature[a:e, a:e])[-1] for a, e in pairwise(ends)]
        )
        return _descend(curvature, gradient, start, ends, steepest, self.limits)


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
