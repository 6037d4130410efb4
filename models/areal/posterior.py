"""From the Gaussians of a grid, or of weighed draws, to moments and joint draws."""

from __future__ import annotations

import numpy as np

from geo.geodesy import Floats
from models.areal.counts import Observed
from models.areal.given import Known
from models.areal.nested import Part


class Gathered:
    """Adds up parts as they come; their weights have to add up to 1.

    Parameters
    ----------
    observed : Observed
        Whose rows' log rates are measured: the true ones, whatever was recorded.
    draws : int
    rng : Generator
    """

    def __init__(self, observed: Observed, draws: int, rng: np.random.Generator) -> None:
        self._observed, self._draws, self._rng = observed, draws, rng
        rows = len(observed.district)
        self._mean, self._square = np.zeros(rows), np.zeros(rows)
        self._places: list[tuple[float, Floats]] = []
        self._passed, self._offset = 0.0, float(rng.uniform())
        self._b: list[Floats] = []
        self._g: list[Floats] = []
        self._at: list[Floats] = []
        self.exact = self.settled = True

    def add(self, part: Part | Known, known: Floats | None = None) -> None:
        """A part of the posterior; ``known`` coefficients are not in its Gaussian."""
        if isinstance(part, Known):
            self._add_known(part, np.empty(0) if known is None else known)
            return
        observed, found = self._observed, part.found
        k, g = observed.design.shape[1], found.state.g
        slopes = np.zeros((len(observed.district), len(g)))
        slopes[:, :k] = observed.design
        here = found.state.b[observed.district] + observed.design @ g[:k]
        variance = found.gaussian.variances(observed.district, slopes)
        self._add(part, here, variance + here**2)
        self.exact, self.settled = self.exact and found.exact, self.settled and found.settled
        size = self._size(part)
        if size:
            away = found.drawn.draw(self._rng, size)
            self._b.append(found.state.b[:, np.newaxis] + away.b)
            self._g.append(g[:, np.newaxis] + away.g)

    def _add_known(self, part: Known, g: Floats) -> None:
        observed = self._observed
        here = part.near[observed.district] + observed.design @ g[: observed.design.shape[1]]
        shift = (part.mean - part.near)[observed.district]
        square = here**2 + 2 * here * shift + part.square[observed.district]
        self._add(part, here + shift, square)
        self.exact, self.settled = self.exact and part.exact, self.settled and part.settled
        size = self._size(part)
        if size:
            chosen = self._rng.choice(part.draws.shape[1], size, p=part.chance)
            self._b.append(part.draws[:, chosen])
            self._g.append(np.tile(g[:, np.newaxis], size))

    def _add(self, part: Part | Known, mean: Floats, square: Floats) -> None:
        self._mean += part.weight * mean
        self._square += part.weight * square
        self._places.append((part.weight, part.place))

    def _size(self, part: Part | Known) -> int:
        """As many of the draws as are this part's, evenly spread over all parts."""
        before, self._passed = self._passed, self._passed + part.weight
        first, last = (int(some * self._draws + self._offset) for some in (before, self._passed))
        if last > first:
            self._at.append(np.tile(part.place[:, np.newaxis], last - first))
        return last - first

    @property
    def moments(self) -> tuple[Floats, Floats]:
        """Mean and standard deviation of each row's log rate."""
        return self._mean, np.sqrt(np.maximum(self._square - self._mean**2, 0.0))

    @property
    def drawn(self) -> tuple[Floats, Floats, Floats]:
        """Deviations, coefficients and hyperparameters, a column for each draw, in random order."""
        b, g, at = (np.hstack(some) for some in (self._b, self._g, self._at))
        order = self._rng.permutation(b.shape[1])
        return b[:, order], g[:, order], at[:, order]

    def hyper(self, count: int) -> tuple[Floats, Floats]:
        """Mean and standard deviation of the first ``count`` places."""
        weight = np.array([one for one, _ in self._places])
        places = np.array([place[:count] for _, place in self._places])
        mean = weight @ places
        return mean, np.sqrt(weight @ (places - mean) ** 2)
