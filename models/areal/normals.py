"""The Gaussian of deviations with all else known, by compiled code."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.geodesy import Floats
from geo.grid import Int64s, njit
from models.areal.triangles import Lower, factorised, inverse_diagonal, solve

NEXT_TO_NOTHING = 1e-7
GREATEST_LOG = 500.0  # of an expectation
LEAST_SUM = 1e-150  # of expectations of a total: less is as impossible, and nothing to divide by


class Rows(NamedTuple):
    """Counts of rows, with districts in the order of ``Lower``.

    Attributes
    ----------
    district, total : arrays of int, shape (rows,)
    cases : array of float, shape (rows,)
    total_count : array of float, shape (totals,)
    """

    district: Int64s
    total: Int64s
    cases: Floats
    total_count: Floats


class Field(NamedTuple):
    """The scaled precision of the neighbours' field, in the order and pattern of its factor.

    Attributes
    ----------
    below : Lower
        Entries below the diagonal, 0 where the factor fills in.
    diagonal : array of float, shape (n,)
    component : array of int, shape (n,)
    components : int
    slight : float
        Part of the diagonal that makes it proper.
    """

    below: Lower
    diagonal: Floats
    component: Int64s
    components: int
    slight: float


class Bent(NamedTuple):
    """A log likelihood of deviations, and its derivatives by district.

    Attributes
    ----------
    value : float
    gradient, weight : arrays of float, shape (n,)
    ranks : array of float, shape (n, totals)
    of_total : array of float, shape (totals,)
        Weight of each rank.
    """

    value: float
    gradient: Floats
    weight: Floats
    ranks: Floats
    of_total: Floats


class Normal(NamedTuple):
    """The Gaussian of deviations b and their structured part u.

    Attributes
    ----------
    below, pivots : Lower, array of shape (n,)
        Factor of the precision of u, with b taken out.
    follows, own : arrays of float, shape (n,)
        What b follows u by; its precision given u.
    u_of, b_of : arrays of float, shape (n, m)
        Of the border: totals, then sums of nought.
    inverse : array of float, shape (m, m)
        Of the border, with the sign turned.
    log_determinant : float
    proper, drawable : bool
        Whether it is a Gaussian at all; whether it is one also without the border.
    """

    below: Lower
    pivots: Floats
    follows: Floats
    own: Floats
    u_of: Floats
    b_of: Floats
    inverse: Floats
    log_determinant: float
    proper: bool
    drawable: bool


@njit
def bent(of: Rows, log: Floats, scatter: float, b: Floats, raised: Floats, safe: bool) -> Bent:
    """See ``models.areal.counts.likelihood``; ``raised`` is by district."""
    n, totals = len(b), len(of.total_count)
    gradient, weight = np.zeros(n), np.zeros(n)
    ranks, sums = np.zeros((n, totals)), np.zeros(totals)
    value = 0.0
    for row in range(len(log)):
        i = of.district[row]
        here = log[row] + b[i]
        expected = np.exp(min(here + raised[i], GREATEST_LOG))
        if of.total[row] >= 0:
            ranks[i, of.total[row]] += expected
            sums[of.total[row]] += expected
        elif not np.isnan(of.cases[row]):
            over = 1 + scatter * expected
            gradient[i] += (of.cases[row] - expected) / over
            weight[i] += expected * (1 + scatter * of.cases[row]) / over**2
            if scatter > 0:
                value += of.cases[row] * (here - np.log(over)) - np.log(over) / scatter
            else:
                value += of.cases[row] * here - expected
    of_total = np.zeros(totals)
    for total in range(totals):
        sums[total] = max(sums[total], LEAST_SUM)
        ratio = of.total_count[total] / sums[total]
        of_total[total] = max(ratio, NEXT_TO_NOTHING) / sums[total]
        value += of.total_count[total] * np.log(sums[total]) - sums[total]
        for i in range(n):
            pulled = (ratio - 1) * ranks[i, total]
            gradient[i] += pulled
            weight[i] += max(-pulled, 0.0) if safe else -pulled
    return Bent(value, gradient, weight, ranks, of_total)


@njit
def height(of: Rows, log: Floats, scatter: float, b: Floats) -> float:
    """The log likelihood alone."""
    sums = np.zeros(len(of.total_count))
    value = 0.0
    for row in range(len(log)):
        here = log[row] + b[of.district[row]]
        expected = np.exp(min(here, GREATEST_LOG))
        if of.total[row] >= 0:
            sums[of.total[row]] += expected
        elif not np.isnan(of.cases[row]):
            if scatter > 0:
                more = np.log1p(scatter * expected)
                value += of.cases[row] * (here - more) - more / scatter
            else:
                value += of.cases[row] * here - expected
    for total in range(len(sums)):
        value += of.total_count[total] * np.log(max(sums[total], LEAST_SUM)) - sums[total]
    return value


@njit
def normal(field: Field, spread: float, mix: float, at: Bent) -> Normal:
    """The Gaussian with the likelihood's weights."""
    n, totals = len(field.diagonal), len(at.of_total)
    tau, pull = 1 / (spread**2 * (1 - mix)), spread * np.sqrt(mix)
    own = tau + at.weight
    m = totals + field.components
    if own.min() <= 0:
        none = np.zeros((m, m))
        return Normal(field.below, own, own, own, at.ranks, at.ranks, none, 0.0, False, False)
    follows = tau * pull / own
    below, pivots = factorised(field.below, field.diagonal + tau * pull**2 * at.weight / own)
    moved = np.zeros((n, m))
    for i in range(n):
        for total in range(totals):
            moved[i, total] = follows[i] * at.ranks[i, total]
        if field.component[i] >= 0:
            moved[i, totals + field.component[i]] = 1.0
    u_of = moved.copy()
    solve(below, pivots, u_of)
    border = moved.T @ u_of
    b_of = np.empty((n, m))
    for i in range(n):
        for column in range(m):
            b_of[i, column] = follows[i] * u_of[i, column]
        for total in range(totals):
            b_of[i, total] += at.ranks[i, total] / own[i]
    log_determinant = np.log(own).sum() + np.log(np.abs(pivots)).sum()
    if totals:
        border[:totals, :totals] += at.ranks.T @ (at.ranks / own.reshape((n, 1)))
    for total in range(totals):
        log_determinant += np.log(at.of_total[total])
        border[total, total] += 1 / at.of_total[total]
    negative = (pivots < 0).sum()
    drawable = negative == 0
    proper = drawable or (np.linalg.eigvalsh(border) < 0).sum() == negative
    log_determinant += np.linalg.slogdet(border)[1]
    inverse = np.ascontiguousarray(np.linalg.inv(border))
    return Normal(
        below, pivots, follows, own, u_of, b_of, inverse, log_determinant, proper, drawable
    )


@njit
def stepped(field: Field, of: Normal, b: Floats, u: Floats, sums: Floats) -> tuple[Floats, Floats]:
    """Solve for right sides of b, u and the sums of nought; see ``Gaussian.solve``."""
    n = len(b)
    inner = (u + of.follows * b).reshape((n, 1))
    rest = of.b_of.T @ b + of.u_of.T @ u
    solve(of.below, of.pivots, inner)
    rest[len(rest) - len(sums) :] -= sums
    z = of.inverse @ rest
    u_found = inner[:, 0] - of.u_of @ z
    b_found = b / of.own + of.follows * inner[:, 0] - of.b_of @ z
    return b_found, u_found


@njit
def smooth(field: Field, u: Floats) -> Floats:
    """The field's precision times u."""
    begins, rows, values = field.below
    found = (field.diagonal - field.slight) * u
    for column in range(len(u)):
        for place in range(begins[column], begins[column + 1]):
            found[rows[place]] += values[place] * u[column]
            found[column] += values[place] * u[rows[place]]
    return found


@njit
def variances(of: Normal) -> Floats:
    """Of b."""
    found = 1 / of.own + of.follows**2 * inverse_diagonal(of.below, of.pivots)
    found -= ((of.b_of @ of.inverse) * of.b_of).sum(axis=1)
    return found


@njit
def log_prior(field: Field, spread: float, mix: float, b: Floats, u: Floats) -> float:
    tau, pull = 1 / (spread**2 * (1 - mix)), spread * np.sqrt(mix)
    noise = b - pull * u
    value = 0.5 * len(b) * np.log(tau) - 0.5 * tau * (noise @ noise)
    return float(value - 0.5 * (u @ smooth(field, u)))
