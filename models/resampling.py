"""How far a measure depends on which provinces happened to be counted: bootstrap intervals.

Whole provinces are drawn again with replacement (``models.splits.resampled``), and the measure is
taken anew on the rows drawn. Forecasts are not fitted again, so these intervals are of how well
given forecasts do, not of what another training would have made of them. With few provinces they
are rather too narrow (Cameron, Gelbach & Miller 2008, Review of Economics and Statistics
90:414-427).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from models.forecast import Floats
from models.splits import Rows, resampled

Forecast = TypeVar("Forecast")


@dataclass(frozen=True)
class Interval:
    """A measure and what it came to on resampled clusters.

    Attributes
    ----------
    value : float
        On all rows as they are.
    low, high : float
        Ends of the interval; NaN with a single cluster, or where too few resamples had an answer.
    level : float
    clusters, resamples : int
    unanswered : int
        Resamples on which the measure was NaN (a hit rate without a case); the interval is of the
        others.
    """

    value: float
    low: float
    high: float
    level: float
    clusters: int
    resamples: int
    unanswered: int


def bootstrap_interval(
    measure: Callable[[Rows], float],
    clusters: ArrayLike,
    *,
    seed: int,
    resamples: int = 999,
    level: float = 0.95,
) -> Interval:
    """Percentile interval of a measure over resampled clusters.

    Davison & Hinkley (1997), Bootstrap Methods and their Application, 5.3.

    Parameters
    ----------
    measure : callable
        Takes row numbers (some drawn several times, some not at all) and answers with a number,
        NaN where there is none: ``lambda rows: poisson_deviance(counts[rows], expected[rows])``.
    clusters : array of shape (n,)
        The cluster (province) of each row.
    seed : int
    resamples : int
    level : float
    """
    if not 0 < level < 1:
        raise ValueError("level must be above 0 and below 1")
    names = np.asarray(clusters)
    every = np.arange(len(names))
    answers = np.array(
        [measure(np.repeat(every, times)) for times in islice(resampled(names, seed), resamples)],
        dtype=np.float64,
    )
    number = len(np.unique(names))
    answered = answers[~np.isnan(answers)]
    # One cluster is drawn the same each time: no doubt to be seen is not no doubt.
    low, high = _ends(answered, level) if number > 1 else (float("nan"), float("nan"))
    return Interval(
        value=float(measure(every)),
        low=low,
        high=high,
        level=level,
        clusters=number,
        resamples=resamples,
        unanswered=resamples - len(answered),
    )


def paired_difference(
    measure: Callable[[Forecast, Rows], float],
    first: Forecast,
    second: Forecast,
    clusters: ArrayLike,
    *,
    seed: int,
    resamples: int = 999,
    level: float = 0.95,
) -> Interval:
    """Interval of a measure of the first forecast minus that of the second, on the same rows.

    Both are judged on the same resample, so what makes a resample hard for both cancels out.

    Parameters
    ----------
    measure : callable
        Takes a forecast and row numbers, as in ``bootstrap_interval``.
    first, second
        What ``measure`` understands; for example the expected cases of all rows.
    clusters, seed, resamples, level
        As in ``bootstrap_interval``.
    """

    def difference(rows: Rows) -> float:
        return float(measure(first, rows)) - float(measure(second, rows))

    return bootstrap_interval(difference, clusters, seed=seed, resamples=resamples, level=level)


def _ends(answers: Floats, level: float) -> tuple[float, float]:
    """The k-th smallest and k-th greatest, k = (answers + 1) x (1 - level) / 2 rounded down."""
    k = int((len(answers) + 1) * (1 - level) / 2 + 1e-9)
    if k < 1:
        return float("nan"), float("nan")
    ordered = np.sort(answers)
    return float(ordered[k - 1]), float(ordered[-k])
