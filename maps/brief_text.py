"""Texts cut to the room that a printed page has for them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from math import ceil

from maps.brief_map import clipped
from maps.words import Words

WIDE, HALF = 125, 58  # letters in a line of the page, and of a column
LONGEST_LINES = 3  # of one item of a list
MORE_LINES = 2


def fitting(items: Sequence[str], lines: int, width: int, words: Words) -> list[str]:
    """As many items as have room in so many lines, and how many more there are."""
    kept: list[str] = []
    used = 0
    for number, item in enumerate(items):
        text = cut(item, LONGEST_LINES * width)
        used += ceil(_length(text) / width)
        last = number + 1 == len(items)
        if used > lines - (not last):  # a line is left for how many more there are
            return [*kept, words("brief.more", n=words.count(len(items) - number))]
        kept.append(text)
    return kept


def cut(text: str, most: float) -> str:
    """A text no longer on paper than so many letters of middling width."""
    if _length(text) <= most:
        return text
    used = 0.0
    for number, letter in enumerate(text):
        used += _width(letter)
        if used > most - 1:
            return clipped(text, number + 1)
    return text


def _length(text: str) -> float:
    return sum(map(_width, text))


def _width(letter: str) -> float:
    """Beside a letter of middling width."""
    if unicodedata.east_asian_width(letter) in "WF" or letter in "MW—…":
        return 2.0
    return 1.4 if letter.isupper() else 1.0
