"""Whether forecasts are as sure as they should be: plain functions of plain arrays.

A forecast is calibrated if what it calls likely happens as often as it says; among calibrated
forecasts the sharper one is better (Gneiting, Balabdaoui & Raftery 2007, Journal of the Royal
Statistical Society B 69:243-268).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from models.forecast import Floats

LEVELS = (0.5, 0.8, 0.95)
ROUNDING = 1e-9  # by which distribution functions may fail to rise
NO_WIDTH = 1e-300


def pit_shares(below: ArrayLike, up_to: ArrayLike, bins: int = 10) -> Floats:
    """Probability integral transform of counts, each spread over the bins that its step crosses.

    The mean over rows is the non-randomised histogram of Czado, Gneiting & Held (2009, Biometrics
    65:1254-1261, eq. 2 and 3): what the randomised one is on average, without its chance. All
    means are ``1 / bins`` if the forecast is the true one; a U shape tells of intervals that are
    too narrow, a hump of intervals that are too wide.

    Parameters
    ----------
    below, up_to : arrays of shape (n,)
        F(count - 1) and F(count) of each row's predictive distribution.
    bins : int

    Returns
    -------
    array of shape (bins, n)
        Each row's shares sum to 1.
    """
    low, high = _steps(below, up_to)
    width = high - low
    has_width = width > NO_WIDTH
    # A count that the forecast holds for impossible has no width: it lies at one point.
    edges = np.linspace(0, 1, bins + 1)[:, None]
    spread = np.clip((edges - low) / np.where(has_width, width, 1), 0, 1)
    at_a_point = (edges > low) | (edges == 1)
    return np.diff(np.where(has_width, spread, at_a_point), axis=0)


def parts_by_expected(expected: ArrayLike, parts: int = 10) -> NDArray[np.int64]:
    """Number of each row's part, from 1 for the rows with the least expected cases.

    Parameters
    ----------
    expected : array of shape (n,)
        Rows with the same expectation are never parted, so that a part can be larger than its
        share, or empty.
    parts : int
        10 for tenths.
    """
    mean = np.asarray(expected, dtype=np.float64)
    before = (rankdata(mean) - 0.5) * parts / max(1, len(mean))
    return np.asarray(np.floor(before) + 1, dtype=np.int64)


def crps(counts: ArrayLike, draws: ArrayLike) -> Floats:
    """Continuous ranked probability score of each row, in cases; 0 is perfect.

    E|X - count| - E|X - X'| / 2 (Gneiting & Raftery 2007, Journal of the American Statistical
    Association 102:359-378, eq. 21), X and X' being different draws, so that few draws do not make
    a forecast look worse (the fair score; Ferro 2014, Quarterly Journal of the Royal
    Meteorological Society 140:1917-1923). By chance it can come out a little below 0.

    Parameters
    ----------
    counts : array of shape (n,)
    draws : array of shape (draws, n)
        Of counts as they would be recorded (observation noise included); at least two draws.
    """
    seen, drawn = (np.asarray(values, dtype=np.float64) for values in (counts, draws))
    if drawn.ndim != 2 or seen.shape != drawn.shape[1:]:
        raise ValueError(f"draws must have the shape (draws, {len(seen)}), one column per count")
    if not (np.isfinite(seen).all() and np.isfinite(drawn).all()):
        raise ValueError("counts and draws must be finite")
    number = len(drawn)
    if number < 2:
        raise ValueError("there must be at least two draws")
    # Sorted, the i-th of m draws lies above i - 1 and below m - i others: no pair is formed.
    above_less_below = 2 * np.arange(1, number + 1) - number - 1
    half_between = above_less_below @ np.sort(drawn, axis=0) / (number * (number - 1))
    return np.asarray(np.abs(drawn - seen).mean(axis=0) - half_between)


def _steps(below: ArrayLike, up_to: ArrayLike) -> tuple[Floats, Floats]:
    low, high = (np.asarray(values, dtype=np.float64) for values in (below, up_to))
    if not np.all((low >= -ROUNDING) & (low <= high + ROUNDING) & (high <= 1 + ROUNDING)):
        raise ValueError("there must be 0 <= below <= up_to <= 1 in every row")
    low = np.clip(low, 0, 1)
    return low, np.clip(high, low, 1)
