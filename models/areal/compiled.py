"""Compiled code: triangles of sparse matrices, and deviations with all else known.

Of one file, so that what is kept on disk is compiled again when any of it changes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.geodesy import Floats
from geo.grid import Int64s, njit

GREATEST_LOG = 500.0  # of an expectation
NEXT_TO_NOTHING, LEAST_SUM = 1e-7, 1e-150  # as in models.areal.counts
STEPS, HALVINGS, MEAN_STEPS = 60, 30, 6
SETTLED, MEAN_SETTLED = 1e-7, 1e-3


class Lower(NamedTuple):
    """A unit lower triangle by columns, without its diagonal; rows rise within a column.

    Attributes
    ----------
    begins : array of int, shape (n + 1,)
    rows : array of int
    values : array of float
    """

    begins: Int64s
    rows: Int64s
    values: Floats


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
def solve(below: Lower, pivots: Floats, x: Floats) -> None:
    """``L D L' x`` = x, in place, for columns of x."""
    begins, rows, values = below
    n, k = x.shape
    for column in range(n):
        for place in range(begins[column], begins[column + 1]):
            row, value = rows[place], values[place]
            for right in range(k):
                x[row, right] -= value * x[column, right]
    for column in range(n):
        for right in range(k):
            x[column, right] /= pivots[column]
    solve_upper(below, x)


@njit
def solve_upper(below: Lower, x: Floats) -> None:
    """``L' x`` = x, in place, for columns of x."""
    begins, rows, values = below
    n, k = x.shape
    for column in range(n - 1, -1, -1):
        for place in range(begins[column], begins[column + 1]):
            row, value = rows[place], values[place]
            for right in range(k):
                x[column, right] -= value * x[row, right]


@njit
def inverse_diagonal(below: Lower, pivots: Floats) -> Floats:
    """Of the inverse where L has entries, from the last column back, the diagonal."""
    begins, rows, values = below
    n = len(pivots)
    inverse = np.zeros(len(values))
    diagonal = np.zeros(n)
    column_of = np.zeros(n)
    for column in range(n - 1, -1, -1):
        begin, end = begins[column], begins[column + 1]
        total = 1.0 / pivots[column]
        for one in range(begin, end):  # a column of the inverse, from those after it and L
            column_of[rows[one]] = 0.0
        for one in range(begin, end):
            k = rows[one]
            column_of[k] -= values[one] * diagonal[k]
            other = one + 1
            for place in range(begins[k], begins[k + 1]):  # both lists of rows rise
                while other < end and rows[other] < rows[place]:
                    other += 1
                if other == end:
                    break
                if rows[other] == rows[place]:
                    column_of[rows[place]] -= values[one] * inverse[place]
                    column_of[k] -= values[other] * inverse[place]
        for one in range(begin, end):
            inverse[one] = column_of[rows[one]]
            total -= values[one] * inverse[one]
        diagonal[column] = total
    return diagonal


@njit
def factorised(matrix: Lower, diagonal: Floats) -> tuple[Lower, Floats]:
    """``L D L'`` of a matrix that has the pattern of L already."""
    begins, rows, _ = matrix
    values, pivots = matrix.values.copy(), diagonal.copy()
    for column in range(len(pivots)):
        for one in range(begins[column], begins[column + 1]):
            scaled = values[one] / pivots[column]
            k = rows[one]
            pivots[k] -= scaled * values[one]
            place = begins[k]
            for other in range(one + 1, begins[column + 1]):
                while rows[place] < rows[other]:
                    place += 1
                values[place] -= scaled * values[other]
        for one in range(begins[column], begins[column + 1]):
            values[one] /= pivots[column]
    return Lower(begins, rows, values), pivots


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


class Settled(NamedTuple):
    """Deviations where Newton's method ended.

    Attributes
    ----------
    b, u : arrays of float, shape (n,)
    at : Bent
    normal : Normal
    log_joint : float
        Of counts and deviations, up to the same constant as ``models.areal.modes.log_prior``.
    settled, exact : bool
        Whether Newton's method ended by itself; with the posterior's own second derivatives.
    """

    b: Floats
    u: Floats
    at: Bent
    normal: Normal
    log_joint: float
    settled: bool
    exact: bool


class Sample(NamedTuple):
    """Draws of deviations on both sides of a mean.

    Attributes
    ----------
    mean, variance : arrays of float, shape (n,)
        Of the Gaussian that is drawn from.
    away : array of float, shape (n, k)
    above, below : arrays of float, shape (k,)
        Weights of ``mean + away`` and ``mean - away``, 1 on average.
    value : float
        Log likelihood of what is known, as the weights have it.
    laplace : float
        The same by Laplace's method.
    share : float
        As many equal weights, of all, would tell as much (Kish).
    settled, exact : bool
    """

    mean: Floats
    variance: Floats
    away: Floats
    above: Floats
    below: Floats
    value: float
    laplace: float
    share: float
    settled: bool
    exact: bool


@njit
def log_prior(field: Field, spread: float, mix: float, b: Floats, u: Floats) -> float:
    tau, pull = 1 / (spread**2 * (1 - mix)), spread * np.sqrt(mix)
    noise = b - pull * u
    value = 0.5 * len(b) * np.log(tau) - 0.5 * tau * (noise @ noise)
    return float(value - 0.5 * (u @ smooth(field, u)))


@njit
def best(
    field: Field, of: Rows, log: Floats, place: Floats, b: Floats, u: Floats, raised: Floats
) -> Settled:
    """Newton's method with halved steps; ``place`` is spread, mix and scatter."""
    spread, mix, scatter = place[0], place[1], place[2]
    tau, pull = 1 / (spread**2 * (1 - mix)), spread * np.sqrt(mix)
    at = bent(of, log, scatter, b, raised, False)
    top = at.value + log_prior(field, spread, mix, b, u)
    steps, settled = 0, False
    while True:
        gaussian = normal(field, spread, mix, at)
        exact = gaussian.proper
        if not exact:
            at = bent(of, log, scatter, b, raised, True)
            gaussian = normal(field, spread, mix, at)
        if settled or steps == STEPS:
            return Settled(b, u, at, gaussian, top, settled, exact)
        noise = tau * (b - pull * u)
        sums = np.zeros(field.components)
        for i in range(len(u)):
            if field.component[i] >= 0:
                sums[field.component[i]] -= u[i]
        db, du = stepped(
            field, gaussian, at.gradient - noise, pull * noise - smooth(field, u), sums
        )
        part = 1.0
        for _ in range(HALVINGS):
            tried, tried_u = b + part * db, u + part * du
            seen = bent(of, log, scatter, tried, raised, False)
            value = seen.value + log_prior(field, spread, mix, tried, tried_u)
            if value >= top - 1e-12 * abs(top):
                break
            part /= 2
        gained = value - top
        b, u, at, top, steps = tried, tried_u, seen, value, steps + 1
        settled = abs(gained) < SETTLED * len(log) and part == 1.0


@njit
def variances(of: Normal) -> Floats:
    """Of b."""
    found = 1 / of.own + of.follows**2 * inverse_diagonal(of.below, of.pivots)
    found -= ((of.b_of @ of.inverse) * of.b_of).sum(axis=1)
    return found


@njit
def moved(
    field: Field, of: Rows, log: Floats, place: Floats, start: Settled
) -> tuple[Settled, Floats]:
    """The mean at which the expected gradient is nought, and variances there."""
    found = start
    variance = variances(found.normal)
    for _ in range(MEAN_STEPS):
        before = found.b
        found = best(field, of, log, place, found.b, found.u, variance / 2)
        variance = variances(found.normal)
        if np.abs(found.b - before).max() < MEAN_SETTLED:
            break
    return found, variance


@njit
def drawn(field: Field, at: Settled, noise: Floats) -> Floats:
    """Deviations of b from its mean, a column for each of noise of shape (2 n + totals, k)."""
    of = at.normal
    n, k = len(at.b), noise.shape[1]
    u, b = noise[:n].copy(), noise[n : 2 * n].copy()
    for i in range(n):
        u[i] /= np.sqrt(of.pivots[i])
        b[i] /= np.sqrt(of.own[i])
    solve_upper(of.below, u)
    for i in range(n):
        b[i] += of.follows[i] * u[i]
    totals = len(at.at.of_total)
    seen = np.zeros((len(of.inverse), k))
    seen[:totals] = at.at.ranks.T @ b
    for total in range(totals):
        seen[total] += noise[2 * n + total] / np.sqrt(at.at.of_total[total])
    for i in range(n):
        if field.component[i] >= 0:
            seen[totals + field.component[i]] += u[i]
    return b - of.b_of @ (of.inverse @ seen)


@njit
def remainders(
    of: Rows, log: Floats, place: Floats, at: Settled, away: Floats
) -> tuple[float, Floats, Floats]:
    """The log likelihood at the mean, and what the Gaussian misses of it on both sides."""
    spread, mix, scatter = place[0], place[1], place[2]
    bottom = height(of, log, scatter, at.b)
    slope = (at.b - spread * np.sqrt(mix) * at.u) / (spread**2 * (1 - mix))
    k = away.shape[1]
    above, below = np.empty(k), np.empty(k)
    for column in range(k):
        step = away[:, column].copy()
        bend = 0.5 * (at.at.weight * step) @ step
        across = at.at.ranks.T @ step
        bend += 0.5 * (at.at.of_total * across) @ across
        line = slope @ step  # the prior's, turned round: the gradient where the mean settled
        above[column] = height(of, log, scatter, at.b + step) - bottom - line + bend
        below[column] = height(of, log, scatter, at.b - step) - bottom + line + bend
    return bottom, above, below


@njit
def open_to_draws(
    field: Field, of: Rows, log: Floats, place: Floats, at: Settled, raised: Floats
) -> Settled:
    """With a Gaussian that can be drawn from, which is a little narrower where it was not."""
    if at.normal.drawable:
        return at
    safe = bent(of, log, place[2], at.b, raised, True)
    gaussian = normal(field, place[0], place[1], safe)
    return Settled(at.b, at.u, safe, gaussian, at.log_joint, at.settled, at.exact)


@njit
def sampled(
    field: Field, of: Rows, log: Floats, place: Floats, b: Floats, u: Floats, noise: Floats
) -> Sample:
    """Draws of deviations with all else known, and their weights."""
    found = best(field, of, log, place, b, u, np.zeros(len(b)))
    laplace = found.log_joint - 0.5 * found.normal.log_determinant
    exact = found.exact
    found, variance = moved(field, of, log, place, found)
    exact = exact and found.exact
    found = open_to_draws(field, of, log, place, found, variance / 2)
    away = drawn(field, found, noise)
    bottom, above, below = remainders(of, log, place, found, away)
    top = max(above.max(), below.max())
    above, below = np.exp(above - top), np.exp(below - top)
    mean = 0.5 * (above.mean() + below.mean())
    value = bottom + log_prior(field, place[0], place[1], found.b, found.u) + top
    value += np.log(mean) - 0.5 * found.normal.log_determinant
    share = mean**2 / (0.5 * ((above**2).mean() + (below**2).mean()))
    settled = found.settled
    return Sample(
        found.b, variance, away, above / mean, below / mean, value, laplace, share, settled, exact
    )


@njit
def evidence(field: Field, of: Rows, logs: Floats, places: Floats, b: Floats, u: Floats) -> Floats:
    """Log likelihood of each row of what is known, by Laplace's method."""
    value = np.empty(len(logs))
    nought = np.zeros(len(b))
    for one in range(len(logs)):
        found = best(field, of, logs[one], places[one], b, u, nought)
        value[one] = found.log_joint - 0.5 * found.normal.log_determinant
    return value


@njit
def sampled_evidence(
    field: Field, of: Rows, logs: Floats, places: Floats, b: Floats, u: Floats, noise: Floats
) -> tuple[Floats, Floats]:
    """The same by weighed draws, and how alike their weights are; noise has an axis before."""
    value, share = np.empty(len(logs)), np.empty(len(logs))
    for one in range(len(logs)):
        found = sampled(field, of, logs[one], places[one], b, u, noise[one])
        value[one], share[one] = found.value, found.share
    return value, share
