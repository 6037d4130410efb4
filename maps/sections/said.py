"""Numbers of the honesty report in words: none is said without its interval, where it has one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from maps.plots import Mark
from maps.words import Words

Interval = Mapping[str, Any] | None  # value, low, high; any of them may be None
Form = Callable[[float], str]


def with_interval(interval: Interval, form: Form, words: Words) -> str:
    """The number and its interval, or a dash where it is not told."""
    value, low, high = parts(interval)
    if value is None:
        return words("report.untold")
    if low is None or high is None:
        return form(value)
    return words("report.interval", value=form(value), low=form(low), high=form(high))


def mark(label: str, interval: Interval, form: Form, words: Words, **more: Any) -> Mark:
    """The number as plots take it."""
    return Mark(label, with_interval(interval, form, words), *parts(interval), **more)


def parts(interval: Interval) -> tuple[float | None, float | None, float | None]:
    """Value, low, high."""
    told = interval or {}
    return told.get("value"), told.get("low"), told.get("high")


def known(interval: Interval) -> bool:
    """Whether there is a number at all."""
    return parts(interval)[0] is not None


def capital(text: str) -> str:
    """The text as a sentence or a row begins with it."""
    return text[:1].upper() + text[1:]
