"""From draws of rates to what is published: intervals, ranks, probabilities and levels."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from models.forecast import Floats
from models.settings import TrainSettings

INTERVAL = (0.025, 0.975)

NUMBERS = (
    "rate",
    "rate_low",
    "rate_high",
    "relative_risk",
    "rr_low",
    "rr_high",
    "rank",
    "rank_low",
    "rank_high",
    "score",
    "p_above_mean",
    "p_above_high",
    "p_below_mean",
    "p_above_threshold",
)


def summary(rate: Floats, draws: Floats, people: Floats, settings: TrainSettings) -> pd.DataFrame:
    """Columns ``NUMBERS`` and ``level`` of districts whose factors are known.

    Intervals are the middle 95 % of the draws, stretched to the estimate where that lies outside.
    Comparisons with the mean are made draw by draw, each with its own mean.

    Parameters
    ----------
    rate : array of shape (districts,)
        The estimate: cases per 100,000 people per year.
    draws : array of shape (draws, districts)
        The same under doubt.
    people : array of shape (districts,)
        Weights of the mean rate; NaN (unknown) weighs nothing.
    """
    weights = np.nan_to_num(people) / np.nansum(people)
    mean, means = rate @ weights, (draws @ weights)[:, None]
    relative = rate / mean
    rate_low, rate_high = _interval(draws, rate)
    rr_low, rr_high = _interval(draws / means, relative)
    threshold = settings.threshold_per_100k
    above_threshold = np.nan if threshold is None else (draws > threshold).mean(axis=0)
    return pd.DataFrame(
        {
            "rate": rate,
            "rate_low": rate_low,
            "rate_high": rate_high,
            "relative_risk": relative,
            "rr_low": rr_low,
            "rr_high": rr_high,
            **_ranks(draws),
            "p_above_mean": (draws > means).mean(axis=0),
            "p_above_high": (draws > settings.very_high_multiple * means).mean(axis=0),
            "p_below_mean": (draws < means).mean(axis=0),
            "p_above_threshold": above_threshold,
            "level": _levels(draws, means, settings),
        }
    )


def _interval(draws: Floats, estimate: Floats) -> tuple[Floats, Floats]:
    low, high = np.quantile(draws, INTERVAL, axis=0)
    return np.minimum(low, estimate), np.maximum(high, estimate)


def _ranks(draws: Floats) -> dict[str, Floats]:
    """Rank by expected rank (1 = highest), its interval in whole ranks, and the score.

    The score is the share, in percent, of the other districts whose expected rank is worse, with
    half of those level with it: 100 for the first, 0 for the last, 50 where there is no other.
    """
    ranks = rankdata(-draws, axis=1)
    expected = ranks.mean(axis=0)
    rank = rankdata(expected, method="min").astype(float)
    low, high = np.quantile(ranks, INTERVAL, axis=0, method="inverted_cdf")
    others = draws.shape[1] - 1
    score = 100 * (others + 1 - rankdata(expected)) / others if others else np.array([50.0])
    return {
        "rank": rank,
        "rank_low": np.floor(np.minimum(low, rank)),
        "rank_high": np.ceil(np.maximum(high, rank)),
        "score": score,
    }


def _levels(draws: Floats, means: Floats, settings: TrainSettings) -> NDArray[np.str_]:
    """The first level that is likely enough, from the top; "medium" where none is."""

    def likely(happened: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return np.asarray(happened.mean(axis=0) >= settings.level_probability)

    return np.select(
        [
            likely(draws > settings.very_high_multiple * means),
            likely(draws > settings.high_multiple * means),
            likely(draws < means),
        ],
        ["very_high", "high", "low"],
        default="medium",
    )
