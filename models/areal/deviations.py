"""Deviations with all else known, by compiled code: where they settle, draws, and evidence."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.geodesy import Floats
from geo.grid import njit
from models.areal.normals import (
    Bent,
    Field,
    Normal,
    Rows,
    bent,
    height,
    log_prior,
    normal,
    smooth,
    stepped,
    variances,
)
from models.areal.triangles import solve_upper

STEPS, HALVINGS, MEAN_STEPS = 60, 30, 6
SETTLED, MEAN_SETTLED = 1e-7, 1e-3


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
