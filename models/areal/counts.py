"""Counts, what their expectations are made of, and how likely they are.

The log rate of a row (a district in a year) is ``b[district] + design x coefficients``; the log of
the expected count adds the log of the people and of the chance that a case is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, gammaln, log_expit

from geo.geodesy import Floats
from geo.grid import Int64s
from models.areal.normals import GREATEST_LOG, LEAST_SUM, NEXT_TO_NOTHING


@dataclass(frozen=True)
class Observed:
    """Counts, and what their expectations are made of.

    Attributes
    ----------
    district : array of int, shape (rows,)
    design : array of float, shape (rows, k)
        Intercept, factors, years: whatever moves the true rate.
    detection : array of float, shape (rows, q)
        What moves the chance of being recorded; without columns every case is.
    found : array of float, shape (rows, 0 or 1)
        1 where cases were discovered rather than reported: their chance is a coefficient of its
        own, whatever is near.
    log_exposure : array of float, shape (rows,)
        Log of the people (in the unit of the rate, times years).
    count : array of float, shape (rows,)
        NaN where the row was not counted by itself.
    total : array of int, shape (rows,)
        Which total a row is part of; -1 for none.
    total_count : array of float, shape (totals,)
    """

    district: Int64s
    design: Floats
    detection: Floats
    found: Floats
    log_exposure: Floats
    count: Floats
    total: Int64s
    total_count: Floats

    @property
    def coefficients(self) -> int:
        """Of design, detection and what was found, in this order."""
        return int(self.design.shape[1] + self.detection.shape[1] + self.found.shape[1])

    @property
    def is_reported(self) -> NDArray[np.bool_]:
        """Rows to which detection applies, shape (rows,)."""
        return np.asarray(~self.found.any(axis=1))


@dataclass(frozen=True)
class Prior:
    """At given hyperparameters.

    Attributes
    ----------
    spread : float
        Standard deviation of b.
    mix : float
        Part of its variance that is structured, between 0 and 1.
    mean, precision : arrays of float, shape (coefficients,)
    scatter : float
        1 / size of a negative binomial; 0 is Poisson.
    """

    spread: float
    mix: float
    mean: Floats
    precision: Floats
    scatter: float = 0.0

    @property
    def noise_precision(self) -> float:
        """Of b around its structured part."""
        return 1.0 / (self.spread**2 * (1.0 - self.mix))

    @property
    def pull(self) -> float:
        """What b follows u by."""
        return float(self.spread * np.sqrt(self.mix))


@dataclass
class State:
    """b, u and the coefficients."""

    b: Floats
    u: Floats
    g: Floats

    def moved(self, step: State, part: float) -> State:
        return State(self.b + part * step.b, self.u + part * step.u, self.g + part * step.g)


@dataclass(frozen=True)
class Likelihood:
    """Derivatives of the log likelihood by the log expectations of rows, at a state.

    Attributes
    ----------
    value : float
    gradient, weight : arrays of float, shape (rows,)
        ``weight`` is the negative second derivative, or its expectation.
    slopes : array of float, shape (rows, coefficients)
        Of the log expectation, by the coefficients.
    expected : array of float, shape (rows,)
    total_weight : array of float, shape (totals,)
        Of the rank that each total adds, in terms of ``expected``.
    """

    value: float
    gradient: Floats
    weight: Floats
    slopes: Floats
    expected: Floats
    total_weight: Floats


def log_expected(observed: Observed, state: State) -> tuple[Floats, Floats]:
    """Log expectations of rows, and the chance of being recorded."""
    k, q = observed.design.shape[1], observed.detection.shape[1]
    recorded = np.ones(len(observed.district))
    log = observed.log_exposure + state.b[observed.district] + observed.design @ state.g[:k]
    if observed.found.shape[1]:
        log = log + observed.found @ state.g[k + q :]
    if q:
        score = observed.detection @ state.g[k : k + q]
        recorded = np.where(observed.is_reported, expit(score), 1.0)
        log = log + np.where(observed.is_reported, log_expit(score), 0.0)
    return log, recorded


def likelihood(
    observed: Observed,
    prior: Prior,
    state: State,
    raised: Floats | float = 0.0,
    *,
    safe: bool = False,
) -> Likelihood:
    """Value and derivatives at a state.

    Parameters
    ----------
    raised : array of shape (rows,) or float
        Added to log expectations: half their variance makes them means.
    safe : bool
        A total with more cases than are expected bends the wrong way; with this it does not, and
        its weight is too large.
    """
    log, recorded = log_expected(observed, state)
    expected = np.exp(np.minimum(log + raised, GREATEST_LOG))
    single = ~np.isnan(observed.count)
    count = np.where(single, observed.count, 0.0)
    over = 1 + prior.scatter * expected
    gradient = np.where(single, (count - expected) / over, 0.0)
    weight = np.where(single, expected * (1 + prior.scatter * count) / over**2, 0.0)
    if prior.scatter > 0:
        value = float((count * (log - np.log(over)) - np.log(over) / prior.scatter)[single].sum())
        value += _of_scatter(count[single], prior.scatter)
    else:
        value = float((count * log - expected)[single].sum())
    part = observed.total >= 0
    sums = np.bincount(observed.total[part], expected[part], len(observed.total_count))
    sums = np.maximum(sums, LEAST_SUM)
    ratio = observed.total_count / sums
    of_row = (ratio - 1)[observed.total[part]] * expected[part]
    gradient[part] = of_row
    weight[part] = np.maximum(-of_row, 0.0) if safe else -of_row
    value += float((observed.total_count * np.log(sums) - sums).sum())
    slopes = np.hstack(
        [observed.design, (1 - recorded)[:, np.newaxis] * observed.detection, observed.found]
    )
    return Likelihood(
        value, gradient, weight, slopes, expected, np.maximum(ratio, NEXT_TO_NOTHING) / sums
    )


def _of_scatter(count: Floats, scatter: float) -> float:
    """What a negative binomial's log likelihood owes to its scatter alone (0 for a Poisson)."""
    size = 1 / scatter
    return float((gammaln(count + size) - gammaln(size) - count * np.log(size)).sum())
