"""How good a forecast was on held-out counts; plain functions of plain arrays.

The log score is the mean of ``log_probability`` of ``models.forecast``, in which model and
baselines all predict negative binomials. Poisson deviance judges the means alone. Whether the
doubt of a forecast is right is judged in ``models.calibration``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp, xlogy
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


def log_score(log_probabilities: ArrayLike) -> float:
    """Mean log predictive probability of what happened; more is better (Good 1952).

    Parameters
    ----------
    log_probabilities : array of shape (n,) or (draws, n)
        Natural logarithms, by row; those of draws are averaged first (``log_of_mean``).
    """
    logs = np.asarray(log_probabilities, dtype=np.float64)
    return float(np.mean(log_of_mean(logs) if logs.ndim == 2 else logs))


def log_of_mean(log_probabilities: ArrayLike) -> Floats:
    """Log of the mean probability over posterior draws, for each row.

    The predictive probability of a model that is known by draws of its parameters is the mean
    over draws, not the mean of logarithms (Vehtari, Gelman & Gabry 2017, Statistics and Computing
    27:1413-1432, eq. 3).

    Parameters
    ----------
    log_probabilities : array of shape (draws, n)
    """
    (logs,) = _floats(log_probabilities)
    return np.asarray(logsumexp(logs, axis=0) - np.log(len(logs)))


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


def hit_rate(counts: ArrayLike, order_by: ArrayLike, k: int) -> float:
    """Share of all cases that lie in the ``k`` districts put first; NaN without a case.

    Parameters
    ----------
    counts, order_by : arrays of shape (n,)
        Districts level with the last one count in part (``cases_reached``).
    k : int
        From 1 to n.
    """
    seen, key = _floats(counts, order_by)
    if not 1 <= k <= len(seen):
        raise ValueError(f"k must lie between 1 and {len(seen)}")
    return _ratio(cases_reached(seen, key, np.ones(len(seen)), k / len(seen)), seen.sum())


def predictive_accuracy_index(
    counts: ArrayLike, order_by: ArrayLike, costs: ArrayLike, share: float
) -> float:
    """PAI: share of cases reached over share of area (or people) spent; 1 is what chance gives.

    Chainey, Tompson & Uhlig (2008), Security Journal 21:4-28. NaN without a case.

    Parameters
    ----------
    counts, order_by, costs : arrays of shape (n,)
        Costs > 0: area, people, or 1 for each district. For the most cases, order by expected
        cases per cost.
    share : float
        Of the costs; above 0 and up to 1.
    """
    _check_share(share)
    (seen,) = _floats(counts)
    return _ratio(cases_reached(seen, order_by, costs, share), seen.sum()) / share


def predictive_efficiency_index(
    counts: ArrayLike, order_by: ArrayLike, costs: ArrayLike, share: float
) -> float:
    """PEI*: the PAI over the best that any order could have had for the same share; 1 at most.

    Hunt (2016), Do crime hot spots move?, American University; White, Hunt & Green (2023),
    Security Journal. The share being the same, it is cases reached over cases that could have
    been. The best order is by recorded cases per cost, as the last district counts in part
    (Dantzig 1957, Operations Research 5:266-288). NaN without a case.

    Parameters
    ----------
    counts, order_by, costs, share
        As in ``predictive_accuracy_index``.
    """
    _check_share(share)
    seen, cost = _floats(counts, costs)
    best = cases_reached(seen, seen / cost, cost, share)
    return _ratio(cases_reached(seen, order_by, cost, share), best)


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


def _check_share(share: float) -> None:
    if not 0 < share <= 1:
        raise ValueError("share must be above 0 and at most 1")


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")


def _floats(*arrays: ArrayLike) -> list[Floats]:
    return [np.asarray(array, dtype=np.float64) for array in arrays]
