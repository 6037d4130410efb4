"""Levels of risk: their order, their colours, and what they mean in words.

The colours go from light to dark in one direction, so that they stay in order on a grey copy and
for every kind of colour blindness; ``sin dato`` has no place in that order and is hatched. What is
less sure keeps its lightness and loses its colour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maps.words import Words

NO_DATA = "no_data"
LEVELS = (NO_DATA, "very_high", "high", "medium", "low")  # the order of the legend
COLOURS: Mapping[str, str] = {
    NO_DATA: "#eceef0",
    "very_high": "#7f1d1d",
    "high": "#d9682b",
    "medium": "#d9c3a5",  # never sure, and so never vivid
    "low": "#fdefa9",
}
MUTED: Mapping[str, str] = {"very_high": "#5f3833", "high": "#af7d65", "low": "#f5eed3"}
# What each level says, and the probability that it is so.
SAID_WITH: Mapping[str, str] = {
    "very_high": "p_above_high",
    "high": "p_above_mean",
    "low": "p_below_mean",
}
SUREST = 0.95
NOT_SURE, SURE, MOST_SURE = 0, 1, 2  # classes of certainty


def legend(words: Words, publish: Mapping[str, Any]) -> list[dict[str, str]]:
    """Entries of the legend, each explaining itself.

    Parameters
    ----------
    publish : mapping
        ``[publish]`` of the project file: the multiples of the mean and the probability.
    """
    return [
        {
            "id": level,
            "label": words(f"level.{level}"),
            "explain": _explain(words, level, publish),
            "colour": COLOURS[level],
            "muted": MUTED.get(level, ""),
        }
        for level in LEVELS
    ]


def level_indexes(levels: Sequence[object]) -> list[int]:
    """The place in ``LEVELS`` of each; what is none of them is not known."""
    return [LEVELS.index(level) if level in LEVELS else 0 for level in levels]


def surest(publish: Mapping[str, Any]) -> float:
    """The probability from which a level is among the surest: above the one that makes a level."""
    least = float(publish["probability"])
    return SUREST if least < SUREST else (1 + least) / 2


def certainty(scores: pd.DataFrame, publish: Mapping[str, Any]) -> list[int]:
    """How sure the level of each score is, from 0 (*medio*, *sin dato*) to 2 (``surest``).

    Parameters
    ----------
    scores : DataFrame
        level and the probabilities of ``SAID_WITH``; one that is missing makes nothing surer.
    """
    sure: NDArray[np.int64] = np.full(len(scores), NOT_SURE, dtype=np.int64)
    for level, name in SAID_WITH.items():
        own = (scores["level"] == level).to_numpy()
        certain = scores[name].to_numpy(dtype=float) >= surest(publish)  # NaN is not
        sure[own] = np.where(certain[own], MOST_SURE, SURE)
    found: list[int] = sure.tolist()
    return found


def certainty_text(words: Words, publish: Mapping[str, Any]) -> str:
    """What vivid and pale colours say."""
    return words(
        "legend.certainty",
        p=words.percent(surest(publish)),
        least=words.percent(publish["probability"]),
    )


def _explain(words: Words, level: str, publish: Mapping[str, Any]) -> str:
    key = f"level_explain.{level}"
    multiple = publish.get(f"{level}_multiple")
    if level == "high" and multiple == 1:
        key = "level_explain.high_mean"
    return words(
        key,
        p=words.percent(publish["probability"]),
        multiple="" if multiple is None else words.plain(multiple),
    )
