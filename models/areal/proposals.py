"""Mixtures of Student distributions: drawn from evenly, and fitted to weighed draws.

Where weight lies in several places, or along a curve, one distribution covers it badly (Cappe et
al. 2008, Statistics and Computing 18: population Monte Carlo in general mixtures).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp, ndtri
from scipy.stats import chi2, multivariate_t
from scipy.stats.qmc import Sobol

from geo.geodesy import Floats

FREEDOM = 6.0  # heavier tails than a normal distribution
EDGE = 1e-12
ITERATIONS = 8
LEAST_PART = 0.01


@dataclass(frozen=True)
class Mixture:
    """Student distributions with parts that add up to 1.

    Attributes
    ----------
    parts : array of shape (k,)
    means : array of shape (k, d)
    shapes : array of shape (k, d, d)
    """

    parts: Floats
    means: Floats
    shapes: Floats

    @classmethod
    def of(cls, *components: tuple[float, Floats, Floats]) -> Mixture:
        """Of part, mean and shape; parts need not add up to 1."""
        parts, means, shapes = (np.array(some) for some in zip(*components, strict=True))
        return cls(parts / parts.sum(), means, shapes)

    def components(self) -> list[tuple[float, Floats, Floats]]:
        return list(zip(self.parts, self.means, self.shapes, strict=True))

    def draw(self, size: int, rng: np.random.Generator) -> Floats:
        """Evenly spread; as many as the next power of two."""
        d = self.means.shape[1]
        points = Sobol(d + 2, rng=rng).random_base2((size - 1).bit_length())
        points = np.clip(points, EDGE, 1 - EDGE)
        stretch = np.sqrt(FREEDOM / chi2.ppf(points[:, d], FREEDOM))
        away = stretch[:, np.newaxis] * ndtri(points[:, :d])
        which = np.searchsorted(np.cumsum(self.parts)[:-1], points[:, d + 1])
        roots = np.linalg.cholesky(self.shapes)
        found: Floats = self.means[which] + np.einsum("sij,sj->si", roots[which], away)
        return found

    def log_density(self, places: Floats) -> Floats:
        return np.asarray(logsumexp(self._logs(places), axis=0))

    def _logs(self, places: Floats) -> Floats:
        return np.array(
            [
                np.log(part) + np.atleast_1d(multivariate_t(mean, shape, df=FREEDOM).logpdf(places))
                for part, mean, shape in self.components()
            ]
        )

    def fitted(self, places: Floats, weight: Floats) -> Mixture:
        """To weighed draws, by expectation and maximisation from here.

        What keeps too few draws to be fitted by is let go.
        """
        d = places.shape[1]
        effective = 1 / (weight**2).sum()
        floor = np.diag(weight @ (places - weight @ places) ** 2) * 1e-3 + 1e-9 * np.eye(d)
        found = self
        for _ in range(ITERATIONS):
            logs = found._logs(places)
            chance = np.exp(logs - logsumexp(logs, axis=0)) * weight
            kept = []
            for (_, mean, shape), own in zip(found.components(), chance, strict=True):
                part = own.sum()
                if part < max(LEAST_PART, 3 * d / effective):
                    continue
                away = places - mean
                distance = (away * np.linalg.solve(shape, away.T).T).sum(axis=1)
                pulled = own * (FREEDOM + d) / (FREEDOM + distance)
                centre = pulled @ places / pulled.sum()
                away = places - centre
                kept.append((part, centre, (away.T * pulled) @ away / part + floor))
            if not kept:
                return self
            found = Mixture.of(*kept)
        return found

    def widened(self, factor: float) -> Mixture:
        return Mixture(self.parts, self.means, self.shapes * factor**2)

    def beside(self, part: float, other: Mixture) -> Mixture:
        """With another mixture, which takes that part."""
        return Mixture.of(
            *(((1 - part) * one, mean, shape) for one, mean, shape in self.components()),
            *((part * one, mean, shape) for one, mean, shape in other.components()),
        )
