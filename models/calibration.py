"""Whether forecasts are as sure as they should be: plain functions of plain arrays.

A forecast is calibrated if what it calls likely happens as often as it says; among calibrated
forecasts the sharper one is better (Gneiting, Balabdaoui & Raftery 2007, Journal of the Royal
Statistical Society B 69:243-268). Draws are of counts as they would be recorded (observation
noise included), not of their means, and have the shape (draws, rows).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from models.forecast import Floats

LEVELS = (0.5, 0.8, 0.95)
ROUNDING = 1e-9  # by which distribution functions may fail to rise


def cdf_from_draws(counts: ArrayLike, draws: ArrayLike) -> tuple[Floats, Floats]:
    """Predictive probability of fewer cases than recorded, and of at most as many.

    Parameters
    ----------
    counts : array of shape (n,)
    draws : array of shape (draws, n)

    Returns
    -------
    below, up_to : arrays of shape (n,)
        F(count - 1) and F(count).
    """
    seen, drawn = _checked(counts, draws)
    return (drawn < seen).mean(axis=0), (drawn <= seen).mean(axis=0)


def randomised_pit(below: ArrayLike, up_to: ArrayLike, seed: int) -> Floats:
    """Probability integral transform of counts, at random within the step of each count.

    Uniform between 0 and 1 if the forecast is the true one (Czado, Gneiting & Held 2009,
    Biometrics 65:1254-1261, eq. 1).

    Parameters
    ----------
    below, up_to : arrays of shape (n,)
        F(count - 1) and F(count) of each row's predictive distribution.
    seed : int
    """
    low, high = _steps(below, up_to)
    return np.asarray(low + np.random.default_rng(seed).random(len(low)) * (high - low))


def pit_histogram(below: ArrayLike, up_to: ArrayLike, bins: int = 10) -> Floats:
    """Share of the PIT in each of equal bins, without chance: each step is spread over its bins.

    The non-randomised histogram of Czado, Gneiting & Held (2009, eq. 2 and 3). All shares are
    ``1 / bins`` on average if the forecast is the true one; a U shape tells of intervals that are
    too narrow, a hump of intervals that are too wide.

    Parameters
    ----------
    below, up_to : arrays of shape (n,)
        F(count - 1) and F(count) of each row's predictive distribution.
    bins : int

    Returns
    -------
    array of shape (bins,)
        Sums to 1.
    """
    low, high = _steps(below, up_to)
    width = high - low
    # A count that the forecast holds for impossible has no width: it lies at one point.
    edges = np.linspace(0, 1, bins + 1)[:, None]
    spread = np.clip((edges - low) / np.where(width > 0, width, 1), 0, 1)
    at_a_point = (edges > low) | (edges == 1)
    return np.diff(np.where(width > 0, spread, at_a_point).mean(axis=1))


def observed_over_expected(counts: ArrayLike, expected: ArrayLike, parts: int = 10) -> pd.DataFrame:
    """Recorded against expected cases, from the rows with the least expected to those with most.

    Parameters
    ----------
    counts, expected : arrays of shape (n,)
        Expected > 0. Rows with the same expectation are never parted, so that a part can be
        larger than a tenth, or missing.
    parts : int
        10 for tenths.

    Returns
    -------
    DataFrame
        One line for each part that has rows: part (from 1), rows, observed, expected, ratio.
        ``observed`` are sums of case counts, which a run's report must not hold.
    """
    seen, mean = (np.asarray(values, dtype=np.float64) for values in (counts, expected))
    part = np.floor((rankdata(mean) - 0.5) * parts / len(mean)).astype(int) + 1
    table = pd.DataFrame({"part": part, "rows": 1, "observed": seen, "expected": mean})
    # Sums of sorted numbers do not depend on the order of rows.
    table = table.sort_values(["expected", "observed"])
    sums = table.groupby("part", as_index=False).sum()
    return sums.assign(ratio=sums["observed"] / sums["expected"])


def interval_coverage(
    counts: ArrayLike, draws: ArrayLike, levels: Sequence[float] = LEVELS
) -> pd.DataFrame:
    """How often counts lie in their central predictive intervals, and how often they should.

    An interval of whole numbers rarely holds exactly 80 %; it holds at least so much. So
    ``covered`` is to be compared with ``promised``, the share of its own draws that the interval
    holds, and not with the level: where few cases are expected, even a forecast that is too sure
    of itself covers more than the level.

    Parameters
    ----------
    counts : array of shape (n,)
    draws : array of shape (draws, n)
    levels : sequence of float
        Above 0 and below 1.

    Returns
    -------
    DataFrame
        One line for each level: level, covered, promised (shares of rows, mean share of draws),
        width (mean of upper - lower end, the sharpness).
    """
    seen, drawn = _checked(counts, draws)
    lines = []
    for level in levels:
        tails = [(1 - level) / 2, (1 + level) / 2]
        low, high = np.quantile(drawn, tails, axis=0, method="inverted_cdf")
        lines.append(
            {
                "level": level,
                "covered": float(np.mean((low <= seen) & (seen <= high))),
                "promised": float(np.mean((low <= drawn) & (drawn <= high))),
                "width": float(np.mean(high - low)),
            }
        )
    return pd.DataFrame(lines, columns=["level", "covered", "promised", "width"])


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
        At least two draws.
    """
    seen, drawn = _checked(counts, draws)
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


def _checked(counts: ArrayLike, draws: ArrayLike) -> tuple[Floats, Floats]:
    seen, drawn = (np.asarray(values, dtype=np.float64) for values in (counts, draws))
    if drawn.ndim != 2 or seen.shape != drawn.shape[1:] or not drawn.size:
        raise ValueError(f"draws must have the shape (draws, {len(seen)}), one column per count")
    if not (np.isfinite(seen).all() and np.isfinite(drawn).all()):
        raise ValueError("counts and draws must be finite")
    return seen, drawn
