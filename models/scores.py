"""From draws of rates to what is published: intervals, ranks, probabilities and levels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from geo.geodesy import Floats
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
    rate_low, rate_high = interval(draws, rate)
    rr_low, rr_high = interval(draws / means, relative)
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


def scored(target: pd.DataFrame, draws: Floats, settings: TrainSettings) -> pd.DataFrame:
    """Scores of all districts; ``draws`` are of those whose reason is "", in their order.

    Parameters
    ----------
    target : DataFrame
        code, people and reason of every district.
    draws : array of shape (draws, districts without a reason)
    """
    known = target[target["reason"] == ""]
    numbers = summary(
        draws.mean(axis=0), draws, known["people"].to_numpy(dtype=float), settings
    ).set_index(known.index)
    scores = pd.DataFrame({"code": target["code"]}).join(numbers[list(NUMBERS)])
    return scores.assign(
        level=numbers["level"].reindex(target.index, fill_value="no_data"),
        no_data_reason=target["reason"],
    )


def burden(draws: Mapping[str, Floats], weights: Mapping[str, float]) -> Floats:
    """The weighted sum of the stages' rates, draw by draw, of as many draws as all have.

    Parameters
    ----------
    draws : mapping of stage to array of shape (draws, districts)
        Added up in their order; NaN where any has none.
    weights : mapping of stage to float
    """
    count = min(len(one) for one in draws.values())
    return np.asarray(sum(weights[stage] * one[:count] for stage, one in draws.items()))


def interval(draws: Floats, estimate: Floats) -> tuple[Floats, Floats]:
    """The middle 95 % of draws (draws, districts), stretched to the estimate (districts,)."""
    low, high = np.quantile(draws, INTERVAL, axis=0)
    return np.minimum(low, estimate), np.maximum(high, estimate)


def _ranks(draws: Floats) -> dict[str, Floats]:
    """Rank by expected rank (1 = highest), its interval in whole ranks, and the score.

    The score is the share, in percent, of the other districts whose expected rank is worse, with
    half of those level with it: 100 for the first, 0 for the last, 50 where there is no other.
    """
    ranks = ranks_of(draws)
    expected = ranks.mean(axis=0)
    rank = rankdata(expected, method="min").astype(float)
    low, high = np.quantile(ranks, INTERVAL, axis=0, method="inverted_cdf")
    score = percentiles(rankdata(expected))
    return {
        "rank": rank,
        "rank_low": np.floor(np.minimum(low, rank)),
        "rank_high": np.ceil(np.maximum(high, rank)),
        "score": score,
    }


def ranks_of(draws: Floats) -> Floats:
    """Rank in each draw (1 = highest; level ones share), of shape (draws, districts)."""
    return np.asarray(rankdata(-draws, axis=1))


def percentiles(ranks: Floats) -> Floats:
    """From ranks of all districts (the last axis) to 100 for the first, 0 for the last."""
    others = ranks.shape[-1] - 1
    return np.asarray(100 * (others + 1 - ranks) / others) if others else np.full(ranks.shape, 50.0)


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
