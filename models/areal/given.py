"""Deviations with hyperparameters and coefficients known, as often as they are asked for.

The Gaussian at which the expected gradient is nought is drawn from on both sides of its mean, and
what it misses of the likelihood weighs the draws: evidence and moments are those of the exact
distribution then, up to the noise of few draws, which is averaged out over all that is known
(Andrieu & Roberts 2009, Ann. Stat. 37, for Markov chains). Of thousands of districts the weights
come to rest on one draw: then the Gaussian stands as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csc_array, tril
from scipy.special import gammaln

from geo.geodesy import Floats
from geo.grid import Int64s
from models.areal import deviations
from models.areal.counts import Observed, State, log_expected
from models.areal.deviations import Sample
from models.areal.graph import SLIGHT, Graph
from models.areal.nested import Search
from models.areal.normals import Field, Rows
from models.areal.triangles import Lower

PAIRS = 16  # draws on each side of a mean
AT_ONCE = 1_000_000  # numbers that are held for a batch of what is known


@dataclass(frozen=True)
class Known:
    """What is left open when all else is known, as a part of the posterior.

    Attributes
    ----------
    weight : float
    place : array of float
        Hyperparameters and coefficients.
    mean, square : arrays of float, shape (districts,)
        Of deviations, and of their squared distance from ``near``.
    near : array of float, shape (districts,)
    draws : array of float, shape (districts, k)
    chance : array of float, shape (k,)
        Of each draw to be taken.
    settled, exact : bool
        Weights make up for a Gaussian that has not the posterior's own second derivatives.
    """

    weight: float
    place: Floats
    near: Floats
    mean: Floats
    square: Floats
    draws: Floats
    chance: Floats
    settled: bool
    exact: bool


class Deviations:
    """Of one search, for any hyperparameters and coefficients.

    Parameters
    ----------
    search : Search
    start : State
        From which modes are looked for.
    rng : Generator
        Two draws of the same number have the same noise.
    """

    def __init__(self, search: Search, start: State, rng: np.random.Generator) -> None:
        self._search, self._key = search, int(rng.integers(2**32))
        self._field, self._order = _field(search.graph)
        self._back = np.argsort(self._order)
        self._rows = _rows(search.observed, self._back)
        self._b, self._u = start.b[self._order], start.u[self._order]

    def evidence(self, places: Floats) -> Floats:
        """Log density of data, hyperparameters and coefficients by Laplace's method: (places,)."""
        found = [
            deviations.evidence(self._field, self._rows, *self._known(some), self._b, self._u)
            for some in self._batches(places)
        ]
        return self._of_place(places) + np.concatenate(found)

    def sampled_evidence(self, places: Floats, first: int) -> tuple[Floats, Floats]:
        """The same by weighed draws, numbered from ``first``, and how alike their weights are."""
        values, shares, passed = [], [], first
        for some in self._batches(places):
            noise = np.array([self._noise(passed + one) for one in range(len(some))])
            value, share = deviations.sampled_evidence(
                self._field, self._rows, *self._known(some), self._b, self._u, noise
            )
            values.append(value)
            shares.append(share)
            passed += len(some)
        return self._of_place(places) + np.concatenate(values), np.concatenate(shares)

    def at(self, number: int, place: Floats, weight: float, *, weighed: bool) -> Known:
        """Moments and draws; ``number`` is what the place had in ``sampled_evidence``."""
        logs, table = self._known(place[np.newaxis])
        found: Sample = deviations.sampled(
            self._field, self._rows, logs[0], table[0], self._b, self._u, self._noise(number)
        )
        shift, square = _moments(found) if weighed else (0.0, found.variance)
        pairs = np.hstack([found.away, -found.away])
        chance = np.concatenate([found.above, found.below])
        chance = chance / chance.sum() if weighed else np.full(len(chance), 1 / len(chance))
        back = self._back
        return Known(
            weight, place, found.mean[back], (found.mean + shift)[back], square[back],
            (found.mean[:, np.newaxis] + pairs)[back], chance, bool(found.settled),
            bool(found.exact or weighed),
        )  # fmt: skip

    def _batches(self, places: Floats) -> list[Floats]:
        each = len(self._rows.cases) + self._sources * PAIRS
        return np.array_split(places, -(-len(places) * each // AT_ONCE))

    def _known(self, places: Floats) -> tuple[Floats, Floats]:
        """Log expectations without deviations, (places, rows), and spread, mix and scatter."""
        search, h = self._search, len(self._search.hyper)
        none = np.zeros(len(search.graph))
        logs = [log_expected(search.observed, State(none, none, place[h:]))[0] for place in places]
        priors = [search.prior_at(place[:h]) for place in places]
        return np.array(logs), np.array([(one.spread, one.mix, one.scatter) for one in priors])

    def _of_place(self, places: Floats) -> Floats:
        """Log prior densities of hyperparameters and coefficients, with the constants of both."""
        search, h = self._search, len(self._search.hyper)
        found = np.full(len(places), search.graph.log_constant)
        for row, place in enumerate(places):
            prior = search.prior_at(place[:h])
            away = place[h:] - prior.mean
            found[row] += 0.5 * (np.log(prior.precision) - prior.precision * away**2).sum()
            found[row] += _of_scatter(search.observed, prior.scatter)
            found[row] += sum(
                one.log_prior(at) for one, at in zip(search.hyper, place, strict=False)
            )
        return found

    def _noise(self, number: int) -> Floats:
        rng = np.random.default_rng([self._key, number])
        return rng.standard_normal((self._sources, PAIRS))

    @cached_property
    def _sources(self) -> int:
        return 2 * len(self._order) + len(self._rows.total_count)


def _of_scatter(observed: Observed, scatter: float) -> float:
    """What a negative binomial's log likelihood owes to its scatter alone."""
    if scatter == 0:
        return 0.0
    count, size = observed.count[~np.isnan(observed.count)], 1 / scatter
    return float((gammaln(count + size) - gammaln(size) - count * np.log(size)).sum())


def _moments(of: Sample) -> tuple[Floats, Floats]:
    """How far the mean moves, and squared distances from where it was.

    What equal weights would give is known, and taken out; the last factor makes up for the mean of
    the weights, which is of the same draws.
    """
    pairs = len(of.above)
    shift = of.away @ (of.above - of.below) / (2 * pairs)
    uneven = (of.above + of.below) / 2 - 1
    return shift, of.variance + of.away**2 @ uneven / (pairs - 1)


def _field(graph: Graph) -> tuple[Field, Int64s]:
    factor = graph.pattern.factor(np.zeros(len(graph)))
    begins, rows, _ = factor.lower
    order = factor.order
    matrix = csc_array(graph.precision)[order][:, order]
    n = len(order)
    entries = tril(matrix, -1).tocoo()
    keys = np.repeat(np.arange(n), np.diff(begins)) * n + rows  # rise
    values = np.zeros(len(rows))
    values[np.searchsorted(keys, entries.col.astype(np.int64) * n + entries.row)] = entries.data
    below = Lower(begins, rows, values)
    return (
        Field(below, matrix.diagonal() + SLIGHT, graph.component[order], graph.components, SLIGHT),
        order,
    )


def _rows(observed: Observed, place: Int64s) -> Rows:
    return Rows(place[observed.district], observed.total, observed.count, observed.total_count)
