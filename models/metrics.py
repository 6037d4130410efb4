"""How good a forecast was on held-out counts; plain functions of plain arrays.

Poisson deviance judges the means alone, cases reached and rank correlation the order. Whether the
doubt of a forecast is right is judged in ``models.calibration``; what is put together of these, on
folds and with intervals, in ``models.honesty.measures``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp, xlogy

from models.forecast import Floats
from models.splits import Rows

TINY = 1e-300


def poisson_deviance(counts: ArrayLike, expected: ArrayLike) -> float:
    """Mean Poisson deviance: 0 is perfect, and there is no upper end.

    Parameters
    ----------
    counts, expected : arrays of shape (n,)
        As in ``poisson_deviances``.
    """
    return float(np.mean(poisson_deviances(counts, expected)))


def poisson_deviances(counts: ArrayLike, expected: ArrayLike) -> Floats:
    """Poisson deviance of each row; infinite where a case was held for impossible.

    Parameters
    ----------
    counts, expected : arrays of shape (n,)
        Cases and their expectations, >= 0.
    """
    seen, mean = _floats(counts, expected)
    return np.asarray(2 * (xlogy(seen, seen) - xlogy(seen, mean) - seen + mean))


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
    once = np.ones((1, len(np.asarray(counts))))
    return float(cases_reached_by_resample(counts, order_by, costs, [share], once)[0, 0])


def cases_reached_by_resample(
    counts: ArrayLike,
    order_by: ArrayLike,
    costs: ArrayLike,
    shares: Sequence[float],
    times: Floats,
) -> Floats:
    """``cases_reached`` where districts are there several times or not at all.

    Parameters
    ----------
    counts, order_by, costs
        As in ``cases_reached``.
    shares : sequence of float
    times : array of shape (resamples, n)
        How often each district is there.

    Returns
    -------
    array of shape (shares, resamples)
    """
    seen, key, cost = _floats(counts, order_by, costs)
    order, starts = _levels(-key)
    there = times[:, order]
    cost_of = _by_level(there * cost[order], starts)
    cases_of = _by_level(there * seen[order], starts)
    spent = np.cumsum(cost_of, axis=1)
    before = spent - cost_of
    cost_of = np.where(cost_of > 0, cost_of, 1.0)  # nobody is there: no case either
    parts = [np.clip((share * spent[:, [-1]] - before) / cost_of, 0, 1) for share in shares]
    return np.array([np.einsum("ij,ij->i", part, cases_of) for part in parts])


def rank_correlation(a: ArrayLike, b: ArrayLike) -> float:
    """Spearman's rank correlation, ties at their mean rank; NaN where either is constant.

    Parameters
    ----------
    a, b : arrays of shape (n,)
        Here: predicted and recorded rates.
    """
    return float(rank_correlation_by_resample(a, b, np.ones((1, len(np.asarray(a)))))[0])


def rank_correlation_by_resample(a: ArrayLike, b: ArrayLike, times: Floats) -> Floats:
    """``rank_correlation`` where rows are there several times or not at all.

    Parameters
    ----------
    a, b : arrays of shape (n,)
    times : array of shape (resamples, n)
        How often each row is there.

    Returns
    -------
    array of shape (resamples,)
    """
    first, second = (_ranks(values, times) for values in _floats(a, b))
    own, other, products = (
        np.einsum("ij,ij,ij->i", times, x, y)
        for x, y in ((first, first), (second, second), (first, second))
    )
    lengths = np.sqrt(own * other)
    return np.where(lengths > 0, products / np.maximum(lengths, TINY), np.nan)


def _ranks(values: Floats, times: Floats) -> Floats:
    """Ranks less their mean, ties at their mean rank, of shape (resamples, n)."""
    order, starts = _levels(values)
    here = _by_level(times[:, order], starts)
    rank = np.cumsum(here, axis=1) - here / 2
    level = np.empty(len(values), dtype=np.intp)
    level[order] = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(values))))
    # The mean of mid-ranks is half the number of rows, whatever the ties.
    ranks: Floats = rank[:, level]
    return np.asarray(ranks - times.sum(axis=1, keepdims=True) / 2)


def _levels(keys: Floats) -> tuple[Rows, Rows]:
    """Rows from the lowest key up, and where in that order each new key begins."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    return order, np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))


def _by_level(values: Floats, starts: Rows) -> Floats:
    """Sums of each level; mostly each row is a level of its own."""
    alone = len(starts) == values.shape[1]
    return values if alone else np.asarray(np.add.reduceat(values, starts, axis=1))


def _floats(*arrays: ArrayLike) -> list[Floats]:
    return [np.asarray(array, dtype=np.float64) for array in arrays]
