"""Nested Laplace: a Gaussian at each point of a grid of hyperparameters, weighed by the data.

At each point the Gaussian lies at the mode; its density there gives the weight of the point
(Rue, Martino & Chopin 2009, J. R. Stat. Soc. B 71). Its mean is then moved so that the expected
gradient is nought under its own variances, which few counts need (van Niekerk & Rue 2024, J. Mach.
Learn. Res. 25).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.optimize import minimize

from geo.geodesy import Floats
from models.areal.counts import Observed, Prior, State, likelihood
from models.areal.graph import Graph
from models.areal.hyper import Hyperparameter
from models.areal.modes import Mode, mode

DROP = 4.0  # of the log density: farther out there is less than a fiftieth
SPACING = (1.0, 1.0, 1.2)  # of a grid of one, two, three dimensions, in standard deviations
COARSE, LEAST_SD = 1.5, 0.2
SLOPE = 1e-3  # for differences of first order
BEND = 0.1  # and of second order
MEAN_STEPS, MOST_VARIANCE = 6, 25.0  # of a log rate


@dataclass(frozen=True)
class Point:
    """A place of the grid, and its weight."""

    place: Floats
    weight: float
    state: State


@dataclass(frozen=True)
class Grid:
    """What came of the search.

    Attributes
    ----------
    points : list of Point
        Weights add up to 1.
    log_evidence : float
        Up to what the data alone decide.
    settled : bool
    """

    points: list[Point]
    log_evidence: float
    settled: bool


class Search:
    """The log density of hyperparameters, from one mode to the next."""

    def __init__(
        self,
        graph: Graph,
        observed: Observed,
        hyper: list[Hyperparameter],
        prior_at: Callable[[Floats], Prior],
        start: State,
    ) -> None:
        self.graph, self.observed, self.hyper, self.prior_at = graph, observed, hyper, prior_at
        self.last = start
        self.settled = True

    def mode(self, place: Floats, start: State | None = None) -> Mode:
        found = mode(self.graph, self.observed, self.prior_at(place), start or self.last)
        self.settled = self.settled and found.settled
        return found

    def log_density(self, place: Floats) -> float:
        """Of the hyperparameters, given the data."""
        held = np.clip(place, *self.range)
        found = self.mode(held)
        self.last = found.state
        return self.laplace(found, held) - float(10 * ((place - held) ** 2).sum())

    def laplace(self, found: Mode, place: Floats) -> float:
        """Log density of data and hyperparameters, by Laplace's method at a mode."""
        value = found.log_joint - 0.5 * found.gaussian.log_determinant + self.graph.log_constant
        return value + sum(one.log_prior(at) for one, at in zip(self.hyper, place, strict=True))

    @property
    def range(self) -> tuple[Floats, Floats]:
        """The least and the greatest hyperparameters."""
        return np.array([h.least for h in self.hyper]), np.array([h.most for h in self.hyper])


def explored(search: Search, *, coarse: bool = False, leaps: bool = False) -> Grid:
    """The mode of the hyperparameters, and a grid around it as far as the density goes.

    A ``coarse`` one only shows where that is: to those who draw and weigh. With totals the density
    ``leaps`` from one mode to the next, which looks like a narrow peak and is none.
    """
    centre = _highest(search)
    top = search.log_density(centre)
    size = len(centre)
    axes = _axes(search, centre, top, LEAST_SD if coarse or leaps else 0.0)
    axes = axes * (COARSE if coarse else SPACING[size - 1])
    known: dict[tuple[int, ...], float] = {(0,) * size: top}
    states = {(0,) * size: search.last}
    waiting = [(0,) * size]
    while waiting:
        at = waiting.pop(0)
        for axis, side in product(range(size), (-1, 1)):
            near = tuple(n + side * (k == axis) for k, n in enumerate(at))
            if near in known:
                continue
            search.last = states[at]
            known[near] = search.log_density(centre + axes @ np.array(near))
            states[near] = search.last
            if known[near] > top - DROP:
                waiting.append(near)
    kept = sorted(near for near in known if known[near] > top - DROP)
    density = np.exp([known[near] - top for near in kept])
    points = [
        Point(np.clip(centre + axes @ np.array(near), *search.range), float(weight), states[near])
        for near, weight in zip(kept, density / density.sum(), strict=True)
    ]
    volume = abs(np.linalg.det(axes))
    return Grid(points, float(top + np.log(density.sum() * volume)), search.settled)


def _highest(search: Search) -> Floats:
    start = np.array([one.start for one in search.hyper])

    def loss(place: Floats) -> float:
        return -search.log_density(place)

    def slope(place: Floats) -> Floats:
        found = np.empty(len(place))
        for axis in range(len(place)):
            step = SLOPE * (np.arange(len(place)) == axis)
            found[axis] = (loss(place + step) - loss(place - step)) / (2 * SLOPE)
        return found

    bounds = [(one.least, one.most) for one in search.hyper]
    found = minimize(
        loss,
        start,
        jac=slope,
        method="L-BFGS-B",
        bounds=bounds,
        options={"gtol": 1e-3, "ftol": 1e-9},
    )
    return np.asarray(found.x)


def _axes(search: Search, centre: Floats, top: float, least: float) -> Floats:
    """Columns: one standard deviation along each principal axis, but no less than ``least``."""
    size = len(centre)
    steps = BEND * np.eye(size)

    def away(*by: Floats) -> float:
        return search.log_density(centre + np.sum(by, axis=0))

    bend = np.zeros((size, size))
    for i, one in enumerate(steps):
        bend[i, i] = away(one) - 2 * top + away(-one)
        for j, other in enumerate(steps[:i]):
            mixed = away(one, other) - away(one, -other) - away(-one, other) + away(-one, -other)
            bend[i, j] = bend[j, i] = mixed / 4
    bend /= BEND**2
    values, vectors = np.linalg.eigh(-bend)
    return np.asarray(vectors * np.maximum(1 / np.sqrt(np.maximum(values, 0.05)), least))


def moved_mean(graph: Graph, observed: Observed, found: Mode, prior: Prior) -> Mode:
    """The same Gaussian, with a mean at which the expected gradient is nought."""
    for _ in range(MEAN_STEPS):
        of = likelihood(observed, prior, found.state)
        variance = found.gaussian.variances(observed.district, of.slopes)
        if not np.isfinite(variance).all():
            break  # the Gaussian is none there, and says nothing of how far to move
        again = mode(graph, observed, prior, found.state, np.clip(variance, 0, MOST_VARIANCE) / 2)
        change = np.abs(again.state.b - found.state.b).max()
        found = again
        if change < 1e-4:
            break
    return found


@dataclass(frozen=True)
class Part:
    """What one point of the grid adds."""

    weight: float
    place: Floats
    found: Mode


def parts(search: Search, grid: Grid) -> Iterator[Part]:
    """The Gaussians of the grid, one at a time: all at once would be too many."""
    for point in grid.points:
        prior = search.prior_at(point.place)
        at_mode = search.mode(point.place, point.state)
        moved = moved_mean(search.graph, search.observed, at_mode, prior)
        yield Part(point.weight, point.place, moved)
