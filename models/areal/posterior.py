"""From the Gaussians of a grid, or of weighed draws, to moments and joint draws."""

from __future__ import annotations

import numpy as np

from geo.geodesy import Floats
from models.areal.counts import Observed
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

    def add(self, part: Part, known: Floats | None = None) -> None:
        """A part of the posterior; ``known`` coefficients are not in its Gaussian."""
        observed, found = self._observed, part.found
        k = observed.design.shape[1]
        g = found.state.g if known is None else known
        slopes = np.zeros((len(observed.district), 0 if known is not None else len(g)))
        if known is None:
            slopes[:, :k] = observed.design
        here = found.state.b[observed.district] + observed.design @ g[:k]
        variance = found.gaussian.variances(observed.district, slopes)
        self._mean += part.weight * here
        self._square += part.weight * (variance + here**2)
        self._places.append((part.weight, part.place))
        self.exact, self.settled = self.exact and found.exact, self.settled and found.settled
        self._draw(part, g, known is not None)

    def _draw(self, part: Part, g: Floats, is_known: bool) -> None:
        """As many of the draws as are this part's, evenly spread over all parts."""
        passed = self._passed + part.weight
        size = int(
            np.floor(passed * self._draws + self._offset)
            - np.floor(self._passed * self._draws + self._offset)
        )
        self._passed = passed
        if size == 0:
            return
        away = part.found.drawn.draw(self._rng, size)
        self._b.append(part.found.state.b[:, np.newaxis] + away.b)
        of_g = np.zeros((len(g), size)) if is_known else away.g
        self._g.append(g[:, np.newaxis] + of_g)
        self._at.append(np.tile(part.place[:, np.newaxis], size))

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
