"""Levels of risk: their order, their colours, and what they mean in words.

The colours go from light to dark in one direction, so that they stay in order on a grey copy and
for every kind of colour blindness; ``sin dato`` has no place in that order and is hatched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from maps.words import Words

NO_DATA = "no_data"
LEVELS = (NO_DATA, "very_high", "high", "medium", "low")  # the order of the legend
COLOURS: Mapping[str, str] = {
    NO_DATA: "#eceef0",
    "very_high": "#7f1d1d",
    "high": "#d9682b",
    "medium": "#f3bd6c",
    "low": "#fbf0cd",
}


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
        }
        for level in LEVELS
    ]


def count_by_level(levels: Sequence[str]) -> list[int]:
    """How many districts have each of ``LEVELS``."""
    return [sum(level == one for one in levels) for level in LEVELS]


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
