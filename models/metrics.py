"""How good a forecast was on held-out counts; plain functions of plain arrays.

The log score is the mean of ``log_probability`` of ``models.forecast``, in which model and
baselines all predict negative binomials. Poisson deviance judges the means alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy
from scipy.stats import rankdata

from models.forecast import Floats


def poisson_deviance(counts: ArrayLike, expected: ArrayLike) -> float:
    """Mean Poisson deviance: 0 is perfect, and there is no upper end.

    Parameters
    ----------
    counts, expected : arrays of shape (n,)
        Cases, >= 0, and their expectations, > 0.
    """
    seen, mean = _floats(counts, expected)
    return float(2 * np.mean(xlogy(seen, seen / mean) - seen + mean))


def cases_reached(counts: ArrayLike, order_by: ArrayLike, costs: ArrayLike, share: float) -> float:
    """Cases in the districts that come first, as far as a share of the costs goes.

    Districts are taken from the highest ``order_by`` down. The last one, and districts that are
    level with it, count in part, so that no order among equals is made up. Costs of 1 spend the
    share on districts; costs in people, on people.

    Parameters
    ----------
    counts, order_by, costs : arrays of shape (n,)
        Costs > 0.
    share : float
        Between 0 and 1.
    """
    seen, key, cost = _floats(counts, order_by, costs)
    _, level = np.unique(-key, return_inverse=True)
    cost_of = np.bincount(level, weights=cost)
    cases_of = np.bincount(level, weights=seen)
    spent_before = np.cumsum(cost_of) - cost_of
    part = np.clip((share * cost.sum() - spent_before) / cost_of, 0, 1)
    return float(part @ cases_of)


def rank_correlation(a: ArrayLike, b: ArrayLike) -> float:
    """Spearman's rank correlation, ties at their mean rank; NaN where either is constant.

    Parameters
    ----------
    a, b : arrays of shape (n,)
        Here: predicted and recorded rates.
    """
    first, second = (rankdata(values) for values in _floats(a, b))
    first, second = first - first.mean(), second - second.mean()
    length = np.sqrt((first @ first) * (second @ second))
    return float(first @ second / length) if length > 0 else float("nan")


def clustered_standard_error(values: ArrayLike, clusters: ArrayLike) -> float:
    """Standard error of a mean whose terms are alike within clusters; NaN with one cluster.

    The usual sandwich (Liang & Zeger 1986) with the factor clusters / (clusters - 1).

    Parameters
    ----------
    values, clusters : arrays of shape (n,)
    """
    (terms,) = _floats(values)
    names, of_row = np.unique(np.asarray(clusters), return_inverse=True)
    if len(names) < 2:
        return float("nan")
    sums = np.bincount(of_row, weights=terms - terms.mean())
    return float(np.sqrt(len(names) / (len(names) - 1) * (sums @ sums)) / len(terms))


def _floats(*arrays: ArrayLike) -> list[Floats]:
    return [np.asarray(array, dtype=np.float64) for array in arrays]
