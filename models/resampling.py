"""How far a measure depends on which provinces happened to be counted: bootstrap intervals.

Whole provinces are drawn again with replacement (``models.splits.resampled``), and the measure is
taken anew on the rows drawn. Forecasts are not fitted again, so these intervals are of how well
given forecasts do, not of what another training would have made of them. With few provinces they
are rather too narrow (Cameron, Gelbach & Miller 2008, Review of Economics and Statistics
90:414-427).

A resample is told by how often each row is drawn, not by a list of rows: many are then measured at
once, and means and ratios need no more than the sums of provinces. The difference of two forecasts
in a mean score is the mean of the differences: both are judged on the same resample, so what makes
a resample hard for both cancels out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.forecast import Floats
from models.splits import resampled

AT_ONCE = 1_000_000  # numbers of rows x resamples that are measured together


@dataclass(frozen=True)
class Interval:
    """A measure and what it came to on resampled clusters.

    Attributes
    ----------
    value : float
        On all rows as they are.
    low, high : float
        Ends of the interval; NaN with too few clusters, or where too few resamples had an answer.
    unanswered : int
        Resamples on which the measure was NaN (a hit rate without a case); the interval is of the
        others.
    """

    value: float
    low: float
    high: float
    unanswered: int


class Resamples:
    """Percentile intervals over resampled clusters, the same resamples for every measure.

    Davison & Hinkley (1997), Bootstrap Methods and their Application, 5.3.

    Parameters
    ----------
    clusters : array of shape (n,)
        The cluster (province) of each row.
    seed : int
    resamples : int
    level : float
    least_clusters : int
        With fewer, intervals have no ends. Of three clusters every 27th resample is one of them
        three times, and the ends of an interval tell of single clusters.
    """

    def __init__(
        self,
        clusters: ArrayLike,
        *,
        seed: int,
        resamples: int = 999,
        level: float = 0.95,
        least_clusters: int = 2,
    ) -> None:
        if not 0 < level < 1:
            raise ValueError("level must be above 0 and below 1")
        names, self._of_row = np.unique(np.asarray(clusters), return_inverse=True)
        self.clusters = len(names)
        self.level = level
        self._has_ends = self.clusters >= max(2, least_clusters)
        drawn = list(islice(resampled(names, seed), resamples))
        as_it_is = np.ones(self.clusters, dtype=np.int64)
        self._times: NDArray[np.int64] = np.array([as_it_is, *drawn])

    def mean(self, values: ArrayLike) -> Interval:
        """Of the mean of rows."""
        numbers = np.asarray(values, dtype=np.float64)
        return self.ratio(numbers, np.ones(len(numbers)))

    def ratio(self, above: ArrayLike, below: ArrayLike) -> Interval:
        """Of the sum of some numbers over the sum of others; NaN where the latter is 0.

        Parameters
        ----------
        above, below : arrays of shape (n,)
        """
        return self.interval(quotient(self.summed(above), self.summed(below)))

    def summed(self, values: ArrayLike) -> Floats:
        """Sums over rows: of all as they are, then of each resample; shape (1 + resamples,)."""
        numbers = np.asarray(values, dtype=np.float64)
        sums = np.bincount(self._of_row, weights=numbers, minlength=self.clusters)
        # What is infinite counts only where it is drawn.
        there = self._times > 0
        drawn = np.multiply(self._times, sums, where=there, out=np.zeros(self._times.shape))
        return np.asarray(drawn.sum(axis=1))

    def measured(self, measure: Callable[[Floats], Floats]) -> Floats:
        """Any measure: of all rows as they are, then of each resample; shape (1 + resamples, ...).

        Parameters
        ----------
        measure : callable
            Takes how often each row is drawn, of shape (some resamples, n), and answers with a
            number (or a row of them) for each of these, NaN where there is none.
        """
        together = max(1, AT_ONCE // max(1, len(self._of_row)))
        answers = [
            measure(self._times[first : first + together, self._of_row].astype(np.float64))
            for first in range(0, len(self._times), together)
        ]
        return np.concatenate(answers)

    def interval(self, answers: Floats) -> Interval:
        """Of what ``summed`` or ``measured`` came to."""
        told = answers[1:][~np.isnan(answers[1:])]
        # One cluster is drawn the same each time: no doubt to be seen is not no doubt.
        ends = _ends(told, self.level) if self._has_ends else (float("nan"), float("nan"))
        return Interval(float(answers[0]), *ends, unanswered=len(answers) - 1 - len(told))


def quotient(above: Floats, below: Floats) -> Floats:
    """Above over below; NaN where below is 0."""
    return np.where(below != 0, above / np.where(below != 0, below, 1), np.nan)


def _ends(answers: Floats, level: float) -> tuple[float, float]:
    """The k-th smallest and k-th greatest, k = (answers + 1) x (1 - level) / 2 rounded down."""
    k = int((len(answers) + 1) * (1 - level) / 2 + 1e-9)
    if k < 1:
        return float("nan"), float("nan")
    ordered = np.sort(answers)
    return float(ordered[k - 1]), float(ordered[-k])
