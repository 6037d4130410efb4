"""Coefficients and hyperparameters drawn together and weighed: for few counts, and for totals.

Given hyperparameters alone, coefficients are far from normal: the level of two cases is skewed, and
a total leaves them on a curve. So they are drawn from a wide distribution around the Gaussian
answer, and drawn again where the weight was found (Berild et al. 2022, J. Comput. Graph. Stat. 31;
Cornuet et al. 2012, Scand. J. Stat. 39), the last time evenly (Sobol's points, scrambled). The
weight of a draw is its evidence with the deviations left open: ``models.areal.given``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from geo.geodesy import Floats
from models.areal.counts import State, log_expected
from models.areal.given import PAIRS, Deviations, Known
from models.areal.nested import Grid, Part, Search
from models.areal.proposals import Mixture

LOOKS = 3  # rounds that only look where the weight is
TRIES = 3  # rounds of what is kept, at most
ENOUGH = 400.0  # of effective draws
TEMPERED = 12.0  # effective draws for each dimension, to fit a mixture to
HALVINGS = 12
LEAST_LOG = -1e6  # instead of what is impossible
CENTRES = 4
WIDER = 1.1  # than the weight that was found
BROAD, LEVEL = 256, 0.5
DEFENCE = 0.05  # of the draws are from the prior, in case that weight was not found
SMALL = 500  # districts: with more, deviations are not weighed and draws are fewer
TRIAL = 16
LEAST_ALIKE = 2.5 / (2 * PAIRS)  # weights of deviations: with less, one draw outweighs all


@dataclass(frozen=True)
class Weighed:
    """Draws of hyperparameters and coefficients, side by side, with weights.

    Attributes
    ----------
    places : array of float, shape (draws, hyperparameters + coefficients)
    weight : array of float, shape (draws,)
        They add up to 1.
    deviations : Deviations
    inside : bool
        Whether deviations are weighed too.
    effective : float
        As many draws from the posterior itself would tell as much (Kish).
    """

    places: Floats
    weight: Floats
    deviations: Deviations
    inside: bool
    effective: float


def sharpened(search: Search, grid: Grid, draws: int, rng: np.random.Generator) -> Weighed:
    """Draw and weigh, in rounds; of a large graph, where each draw is dear, by fewer of them."""
    near, start = _around(search, grid)
    deviations = Deviations(search, start, rng)
    broad = _broad(search, near, rng)

    def by_laplace(places: Floats, _: int) -> Floats:
        return deviations.evidence(places)

    def by_draws(places: Floats, first: int) -> Floats:
        return deviations.sampled_evidence(places, first)[0]

    look = Rounds(search, near.beside(0.5, broad), broad, by_laplace)
    small = len(search.graph) <= SMALL
    for _ in range(LOOKS):
        look.go_on(draws if small else draws // 4, rng)
    inside = small and _are_alike(deviations, look.likely(TRIAL, rng))
    last = Rounds(search, look.wide, broad, by_draws if inside else by_laplace)
    for _ in range(TRIES if small else 1):
        last.go_on(draws if small else draws // 2, rng)
        if last.effective > ENOUGH:
            break
    return Weighed(last.places, last.weight, deviations, inside, last.effective)


def _are_alike(deviations: Deviations, places: Floats) -> bool:
    _, alike = deviations.sampled_evidence(places, 0)
    return bool(alike.mean() > LEAST_ALIKE)


class Rounds:
    """Draws from one mixture after another, each fitted to what was found, weighed together."""

    def __init__(
        self,
        search: Search,
        wide: Mixture,
        broad: Mixture,
        density: Callable[[Floats, int], Floats],
    ) -> None:
        self._search, self._broad, self._density = search, broad, density
        self._used: list[Mixture] = []
        self.wide = wide
        self.places, self._logs = np.empty((0, wide.means.shape[1])), np.empty(0)

    def go_on(self, draws: int, rng: np.random.Generator) -> None:
        """One round more."""
        new = self.wide.draw(draws, rng)
        held = _held(self._search, new)
        logs = self._density(held, len(self.places))
        logs[(held != new).any(axis=1)] = -np.inf
        self.places, self._logs = np.vstack([self.places, new]), np.append(self._logs, logs)
        self._used.append(self.wide)
        of_all = logsumexp([one.log_density(self.places) for one in self._used], axis=0)
        raw = self._logs - of_all
        self.weight = _weights(raw)
        fitted = self._from(_tempered(raw, TEMPERED * self.places.shape[1]), rng)
        self.wide = fitted.widened(WIDER).beside(DEFENCE, self._broad)

    def _from(self, weight: Floats, rng: np.random.Generator) -> Mixture:
        """Fitted from the middle of all and from some of the likely places."""
        mean = weight @ self.places
        away = self.places - mean
        shape = (away.T * weight) @ away + 1e-9 * np.eye(len(mean))
        centres = self.places[rng.choice(len(weight), CENTRES, p=weight)]
        start = Mixture.of((1.0, mean, shape), *((1.0, one, shape / 4) for one in centres))
        return start.fitted(self.places, weight)

    def likely(self, size: int, rng: np.random.Generator) -> Floats:
        return self.places[rng.choice(len(self.weight), size, p=self.weight)]

    @property
    def effective(self) -> float:
        return float(1 / (self.weight**2).sum())


def weighed_parts(search: Search, weighed: Weighed, least: float = 1e-5) -> Iterator[Part | Known]:
    """The deviations at each draw that carries weight."""
    kept = np.flatnonzero(weighed.weight > least)
    total = weighed.weight[kept].sum()
    for number in kept:
        yield weighed.deviations.at(
            int(number),
            weighed.places[number],
            float(weighed.weight[number] / total),
            weighed=weighed.inside,
        )


def _held(search: Search, places: Floats) -> Floats:
    """With hyperparameters no farther out than they are looked for."""
    found, h = places.copy(), len(search.hyper)
    found[:, :h] = np.clip(places[:, :h], *search.range)
    return found


def _weights(logs: Floats) -> Floats:
    return np.asarray(np.exp(logs - logsumexp(logs)))


def _tempered(logs: Floats, least: float) -> Floats:
    """Weights, evened out as far as as many draws as that carry them."""
    low, high = 0.0, 1.0
    weight = _weights(logs)
    if 1 / (weight**2).sum() >= least:
        return weight
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        weight = _weights(middle * np.maximum(logs, LEAST_LOG))
        low, high = (middle, high) if 1 / (weight**2).sum() >= least else (low, middle)
    return weight


def _around(search: Search, grid: Grid) -> tuple[Mixture, State]:
    """What the grid has found, as one distribution, and its most probable state."""
    means, covariances = [], []
    weights = np.array([point.weight for point in grid.points])
    for point in grid.points:
        found, h = search.mode(point.place, point.state), len(point.place)
        covariance = np.zeros((h + len(found.state.g),) * 2)
        covariance[h:, h:] = found.gaussian.coefficient_covariance
        means.append(np.append(point.place, found.state.g))
        covariances.append(covariance)
    mean: Floats = np.average(means, axis=0, weights=weights)
    away = np.array(means) - mean
    spread: Floats = np.average(covariances, axis=0, weights=weights) + (away.T * weights) @ away
    start = grid.points[int(weights.argmax())].state
    return Mixture.of((1.0, mean, spread + 1e-9 * np.eye(len(mean)))).widened(1.2), start


def _broad(search: Search, near: Mixture, rng: np.random.Generator) -> Mixture:
    """Coefficients of the prior, at a level that makes all cases together as many as counted."""
    observed, h = search.observed, len(search.hyper)
    prior = search.prior_at(near.means[0][:h])
    g = prior.mean + rng.standard_normal((BROAD, len(prior.mean))) / np.sqrt(prior.precision)
    watched = ~np.isnan(observed.count) | (observed.total >= 0)
    cases = np.nansum(observed.count) + observed.total_count.sum() + 0.5
    none = np.zeros(len(search.graph))
    for one in g:
        one[0] = 0.0
        log, _ = log_expected(observed, State(none, none, one))
        one[0] = np.log(cases) - logsumexp(log[watched])
    g[:, 0] += np.sqrt(1 / cases + LEVEL**2) * rng.standard_normal(BROAD)
    mean, shape = near.means[0].copy(), near.shapes[0].copy()
    mean[h:] = g.mean(axis=0)
    shape[h:] = shape[:, h:] = 0.0
    shape[h:, h:] = np.cov(g.T)
    return Mixture.of((1.0, mean, shape))
