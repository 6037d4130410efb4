"""Coefficients and hyperparameters drawn together and weighed: for few counts, and for totals.

Given both, deviations are all but normal, however few the cases; given hyperparameters alone,
coefficients are not: the level of two cases is skewed, and a total leaves them on a curve. So they
are drawn from a wide distribution around the Gaussian answer, each draw is weighed by its nested
Laplace density, and the distribution is drawn from again where the weight was found (Berild et al.
2022, J. Comput. Graph. Stat. 31; Cornuet et al. 2012, Scand. J. Stat. 39).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_t

from geo.geodesy import Floats
from models.areal.counts import Observed, Prior, State, log_expected
from models.areal.modes import mode
from models.areal.nested import Grid, Part, Search, moved_mean, parts

FREEDOM = 6.0  # of the distribution that is drawn from: heavier tails than a normal one
ROUNDS = 4


@dataclass(frozen=True)
class Weighed:
    """Draws of hyperparameters and coefficients, side by side, with weights.

    Attributes
    ----------
    places : array of float, shape (draws, hyperparameters + coefficients)
    weight : array of float, shape (draws,)
        They add up to 1.
    states : list of State
        The mode of the deviations for each.
    effective : float
        As many draws from the posterior itself would tell as much (Kish).
    """

    places: Floats
    weight: Floats
    states: list[State]
    effective: float


def sharpened(search: Search, grid: Grid, draws: int, rng: np.random.Generator) -> Weighed:
    """Draw and weigh, in rounds."""
    wide, start = _around(search, grid)
    each = -(-draws // ROUNDS)
    wides, places, logs, states = [], np.empty((0, wide.dim)), np.empty(0), []
    for _ in range(ROUNDS):
        wides.append(wide)
        new = wide.rvs(each, random_state=rng).reshape(each, wide.dim)
        found = [_log_density(search, place, start) for place in new]
        places = np.vstack([places, new])
        logs = np.append(logs, [one for one, _ in found])
        states += [state for _, state in found]
        of_all = logsumexp([one.logpdf(places) for one in wides], axis=0) - np.log(len(wides))
        weight = np.exp(logs - of_all - logsumexp(logs - of_all))
        wide = _fitted(places, weight, wide)
    return Weighed(places, weight, states, float(1 / (weight**2).sum()))


def _around(search: Search, grid: Grid) -> tuple[Any, State]:
    means, covariances, weights = [], [], []
    start: State | None = None
    for part in parts(search, grid):
        place = part.place
        h = len(place)
        covariance = np.zeros((h + len(part.found.state.g),) * 2)
        covariance[h:, h:] = part.found.gaussian.coefficient_covariance
        means.append(np.append(place, part.found.state.g))
        covariances.append(covariance)
        weights.append(part.weight)
        if part.weight == max(weights):
            start = part.found.state
    mean: Floats = np.average(means, axis=0, weights=weights)
    away = np.array(means) - mean
    spread: Floats = np.average(covariances, axis=0, weights=weights) + (away.T * weights) @ away
    assert start is not None  # noqa: S101 - a grid has a point
    return _wide(mean, 1.2, spread), start


def _fitted(places: Floats, weight: Floats, before: Any) -> Any:
    """Around the weight, once there are enough draws that carry it."""
    if 1 / (weight**2).sum() < 5 * before.dim:
        return before
    mean = weight @ places
    away = places - mean
    spread: Floats = (away.T * weight) @ away
    return _wide(mean, 1.1, spread)


def _wide(mean: Floats, factor: float, covariance: Floats) -> Any:
    """A Student distribution, rather wider than what it is drawn around."""
    shape = factor**2 * (covariance + 1e-9 * np.eye(len(mean)))
    return multivariate_t(mean, shape, df=FREEDOM)


def given(search: Search, place: Floats) -> tuple[Observed, Prior, Prior, Floats]:
    """Counts with known coefficients, the prior of deviations alone, that of all, coefficients."""
    h = len(search.hyper)
    g = place[h:]
    prior = search.prior_at(place[:h])
    n = len(search.graph)
    log, _ = log_expected(search.observed, State(np.zeros(n), np.zeros(n), g))
    rows = len(log)
    observed = replace(
        search.observed,
        design=np.empty((rows, 0)), detection=np.empty((rows, 0)), found=np.empty((rows, 0)),
        log_exposure=log,
    )  # fmt: skip
    bare = replace(prior, mean=np.empty(0), precision=np.empty(0))
    return observed, bare, prior, g


def _log_density(search: Search, place: Floats, start: State) -> tuple[float, State]:
    h, (least, most) = len(search.hyper), search.range
    if (place[:h] < least).any() or (place[:h] > most).any():
        return -np.inf, start
    observed, bare, prior, g = given(search, place)
    found = mode(search.graph, observed, bare, State(start.b, start.u, np.empty(0)))
    away = g - prior.mean
    of_g = 0.5 * np.log(prior.precision).sum() - 0.5 * (prior.precision * away**2).sum()
    return search.laplace(found, place[:h]) + float(of_g), found.state


def weighed_parts(search: Search, weighed: Weighed, least: float = 1e-5) -> Iterator[Part]:
    """The deviations at each draw that carries weight."""
    kept = np.flatnonzero(weighed.weight > least)
    total = weighed.weight[kept].sum()
    for number in kept:
        observed, bare, _, _ = given(search, weighed.places[number])
        at_mode = mode(search.graph, observed, bare, weighed.states[number])
        moved = moved_mean(search.graph, observed, at_mode, bare)
        yield Part(weighed.weight[number] / total, weighed.places[number], moved)
