"""What everyone who is tested hands in: a predictive distribution of counts, not a number.

The model knows its doubt as posterior draws, a challenger as one number for the scatter of
counts. Both are equal mixtures, over draws, of negative binomials (variance = mean + dispersion x
mean^2), which is enough for every score: probabilities, intervals, and sums over districts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from scipy.special import betainc, gammaln, pdtr, xlogy

from models.forecast import LEAST_DISPERSION, Floats, log_probability
from models.metrics import log_of_mean
from models.splits import Rows
from vigia.errors import ModelError

WALKED = 48  # counts up to here are found one by one, larger ones by halving
EASY_MEAN = 500.0  # up to here the probability of no case is a normal number
SHRUNK = 0.7
MOST_CASES = 1e15  # whole numbers beyond are not all floats
ROUNDING = 1e-12  # by which a sum of probabilities can fall short


@dataclass(frozen=True)
class Forecast:
    """Predictive distribution of counts: an equal mixture, over draws, of negative binomials.

    Attributes
    ----------
    means : array of shape (draws, rows)
        Expected recorded counts, >= 0; one draw for a plain forecast.
    dispersion : array
        Broadcasts to ``means``; variance = mean + dispersion x mean^2 within a draw; 0 is Poisson.

    Raises
    ------
    ModelError
        When a mean or a dispersion is negative, infinite or NaN.
    """

    means: Floats
    dispersion: Floats

    def __post_init__(self) -> None:
        means = np.asarray(self.means, dtype=np.float64)
        dispersion = np.asarray(self.dispersion, dtype=np.float64)
        if means.ndim != 2 or not len(means):
            raise ValueError("means must have the shape (draws, rows), with at least one draw")
        np.broadcast_to(dispersion, means.shape)
        for numbers in (means, dispersion):
            if not (np.isfinite(numbers).all() and (numbers >= 0).all()):
                raise ModelError(
                    "A forecast has means or scatter that are negative or not finite.",
                    hint="Look for factors far beyond those of the training rows.",
                )
        object.__setattr__(self, "means", means)
        object.__setattr__(self, "dispersion", dispersion)

    @property
    def expected(self) -> Floats:
        """Expected counts, of shape (rows,)."""
        return np.asarray(self.means.mean(axis=0))

    @property
    def variance(self) -> Floats:
        """Variance of counts, of shape (rows,): within draws and between them."""
        within = self.means + self.dispersion * self.means**2
        return np.asarray(within.mean(axis=0) + self.means.var(axis=0))

    def log_probability(self, counts: ArrayLike) -> Floats:
        """Natural logarithm of the probability of each row's count, of shape (rows,)."""
        seen = self._one_a_row(counts)
        means, spread = self._parameters
        negative_binomial = log_probability(seen, means, spread)
        poisson = xlogy(seen, means) - means - gammaln(seen + 1)
        return log_of_mean(np.where(spread < LEAST_DISPERSION, poisson, negative_binomial))

    def cdf(self, counts: ArrayLike) -> Floats:
        """Probability of at most so many cases, of shape (rows,); 0 below no case."""
        seen = self._one_a_row(counts)
        means, spread = self._parameters
        up_to = np.maximum(seen, 0)
        size = 1 / np.maximum(spread, LEAST_DISPERSION)
        negative_binomial = betainc(size, up_to + 1, size / (size + means))
        poisson = pdtr(up_to, means)
        by_draw = np.where(spread < LEAST_DISPERSION, poisson, negative_binomial)
        return np.where(seen < 0, 0.0, by_draw.mean(axis=0))

    def quantiles(self, probabilities: Sequence[float]) -> Floats:
        """The least counts that are reached with each probability.

        Parameters
        ----------
        probabilities : sequence of float
            Each above 0 and below 1.

        Returns
        -------
        array of shape (probabilities, rows)
        """
        if not all(0 < probability < 1 for probability in probabilities):
            raise ValueError("probabilities must be above 0 and below 1")
        wanted = np.asarray(probabilities, dtype=np.float64)
        found = self._walked(wanted)
        for number, probability in enumerate(wanted):
            rows = np.flatnonzero(np.isnan(found[number]))
            if len(rows):
                found[number, rows] = self._at(rows)._halved(float(probability))
        return found

    def interval(self, level: float) -> tuple[Floats, Floats]:
        """Ends of the central interval that holds at least ``level``, both of shape (rows,)."""
        low, high = self.quantiles([(1 - level) / 2, (1 + level) / 2])
        return low, high

    def summed(self, group: ArrayLike, groups: int) -> Forecast:
        """Forecast of the sums of rows, in each draw a negative binomial of the same two moments.

        Parameters
        ----------
        group : array of shape (rows,)
            Which sum each row enters, from 0; below 0 for none.
        groups : int
            How many sums there are. One that no row enters is 0 for certain.
        """
        of_row = np.asarray(group)
        inside = np.flatnonzero(of_row >= 0)
        ones = np.ones(len(inside))
        shape = (self.means.shape[1], groups)
        enters = csr_array((ones, (inside, of_row[inside])), shape=shape)
        means = self.means @ enters
        beyond_poisson = (self.dispersion * self.means**2) @ enters
        dispersion = beyond_poisson / np.where(means > 0, means, 1) ** 2
        return Forecast(means=means, dispersion=dispersion)

    def drawn(self, number: int, random: np.random.Generator) -> Floats:
        """Counts as they would be recorded, of shape (number, rows)."""
        means, spread = self._parameters
        which = random.integers(len(means), size=number)
        size = 1 / np.maximum(spread[which], LEAST_DISPERSION)
        rates = means[which] * random.gamma(size) / size
        return random.poisson(np.minimum(rates, MOST_CASES)).astype(np.float64)

    @property
    def _parameters(self) -> tuple[Floats, Floats]:
        return self.means, np.broadcast_to(self.dispersion, self.means.shape)

    def _one_a_row(self, counts: ArrayLike) -> Floats:
        seen = np.asarray(counts, dtype=np.float64)
        if seen.shape != self.means.shape[1:]:
            raise ValueError(f"{self.means.shape[1]} rows were forecast, {seen.shape} counts given")
        return seen

    def _at(self, rows: Rows) -> Forecast:
        means, spread = self._parameters
        return Forecast(means[:, rows], spread[:, rows])

    def _walked(self, wanted: Floats) -> Floats:
        """Quantiles of up to ``WALKED`` cases, NaN for others: each count from the one before.

        P(k + 1) / P(k) = (size + k) / (k + 1) x mean / (size + mean).
        """
        found = np.full((len(wanted), self.means.shape[1]), np.nan)
        rows = np.flatnonzero(self.means.max(axis=0) <= EASY_MEAN)
        means, spread = (values[:, rows].T for values in self._parameters)
        size = 1 / np.maximum(spread, LEAST_DISPERSION)
        poisson = spread < LEAST_DISPERSION
        slope = np.where(poisson, 0.0, means / (size + means))
        start = np.where(poisson, means, slope * size)
        now = np.exp(np.where(poisson, -means, -size * np.log1p(means / size)))
        up_to = now.mean(axis=1)
        for count in range(WALKED + 1):
            reached = (up_to >= wanted[:, None] - ROUNDING) & np.isnan(found[:, rows])
            found[:, rows] = np.where(reached, count, found[:, rows])
            left = np.isnan(found[:, rows]).any(axis=0)
            if not left.any():
                break
            if left.sum() < SHRUNK * len(left):  # to copy what is left takes longer than a step
                rows, up_to = rows[left], up_to[left]
                slope, start, now = slope[left], start[left], now[left]
            now *= (start + slope * count) / (count + 1)
            up_to = up_to + now.mean(axis=1)
        return found

    def _halved(self, probability: float) -> Floats:
        """Quantiles of any size: between a count too low and one high enough, halved till next."""
        low = np.full(self.means.shape[1], -1.0)
        high = np.maximum(np.ceil(self.means.max(axis=0)), 1.0)
        short = np.arange(len(high))
        while len(short):
            reached = self._at(short).cdf(high[short])
            short = short[reached < probability - ROUNDING]
            low[short] = high[short]
            high[short] *= 2
        apart = np.flatnonzero(high - low > 1)
        while len(apart):
            middle = np.floor((low[apart] + high[apart]) / 2)
            enough = self._at(apart).cdf(middle) >= probability - ROUNDING
            high[apart] = np.where(enough, middle, high[apart])
            low[apart] = np.where(enough, low[apart], middle)
            # Above 2^53 whole numbers run out, and the middle is an end.
            apart = apart[(high[apart] - low[apart] > 1) & (high[apart] < 2.0**53)]
        return np.asarray(high)


Contender = Callable[[pd.DataFrame, pd.DataFrame], Forecast]
"""(training rows, rows to forecast) -> forecast of their counts, in the order of the rows.

Rows have code, year, province, people, count and columns of factors. A contender never looks at
``count`` of the rows to forecast.
"""
