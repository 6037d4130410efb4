"""Rules of disclosure: each lets out what it knows to be safe of one kind of value, and no more."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import PureWindowsPath
from typing import Any

# What a spreadsheet takes for a formula: a cell that begins so is shown as text, or refused.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
Rule = Callable[[Any], Any]


def plain(value: Any) -> Any:
    """A number, a text, a truth or nothing; anything nested is not passed on."""
    return value if value is None or isinstance(value, bool | int | float | str) else None


def number(digits: int) -> Rule:
    """A number without the digits from which counts behind it could be worked out, or nothing.

    A share of few cases, written out in full, is a fraction that gives them away (3/28 = 0.10714).
    """

    def release(value: Any) -> Any:
        told = isinstance(value, int | float) and not isinstance(value, bool)
        return round(value, digits) if told and math.isfinite(value) else None

    return release


def significant(digits: int) -> Rule:
    """A number to so many significant digits, or nothing: a rate, however small or large."""

    def release(value: Any) -> Any:
        told = isinstance(value, int | float) and not isinstance(value, bool)
        return float(f"{value:.{digits - 1}e}") if told and math.isfinite(value) else None

    return release


def whole(value: Any) -> int | None:
    """A whole number or nothing."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text(value: Any) -> str | None:
    """A text or nothing."""
    return value if isinstance(value, str) else None


def texts(values: Any) -> list[str]:
    """Those of a list that are texts."""
    return (
        [one for one in values if isinstance(one, str)] if isinstance(values, list | tuple) else []
    )


def truth(value: Any) -> bool | None:
    """True, false or nothing."""
    return value if isinstance(value, bool) else None


def one_of(*known: str) -> Rule:
    """One of these texts or nothing."""
    return lambda value: value if isinstance(value, str) and value in known else None


def list_of(rule: Rule) -> Rule:
    return lambda values: [rule(one) for one in values] if isinstance(values, list | tuple) else []


def list_or_nothing(rule: Rule) -> Rule:
    listed = list_of(rule)
    return lambda values: None if values is None else listed(values)


def dict_of(rule: Rule) -> Rule:
    return lambda content: {str(key): rule(value) for key, value in content.items()}


def only(**rules: Rule) -> Rule:
    """A mapping of these keys alone; None of what is no mapping."""

    def release(content: Any) -> dict[str, Any] | None:
        if not isinstance(content, Mapping):
            return None
        return {key: rule(content[key]) for key, rule in rules.items() if key in content}

    return release


def all_of(rule: Rule, *names: str) -> Rule:
    """A mapping of these keys alone, each under the same rule."""
    return only(**dict.fromkeys(names, rule))


def all_plain(*names: str) -> Rule:
    return all_of(plain, *names)


def interval(digits: int) -> Rule:
    return all_of(number(digits), "value", "low", "high")


def file_name(path: Any) -> str:
    """The name alone: folders tell of whoever ran it."""
    return PureWindowsPath(str(path)).name
