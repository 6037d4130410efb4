"""Parameters of OGC API requests: read one by one, and refused where they are not known."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from starlette.datastructures import QueryParams

from vigia.errors import VigiaError

DEFAULT_LIMIT, MOST = 100, 10_000
Box = tuple[float, float, float, float]


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    as_written = {"style": "form", "explode": False}
    return {"name": name, "in": "query", "required": False, "schema": schema, **as_written}


def text_parameter(name: str) -> dict[str, Any]:
    """A parameter for the API document that takes any text."""
    return _parameter(name, {"type": "string"})


_NUMBERS = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
PARAMETERS = (  # as the standard defines them
    _parameter(
        "limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT}
    ),
    _parameter("bbox", _NUMBERS),
    text_parameter("datetime"),
)


class BadParameterError(VigiaError):
    """A parameter is not known, or of the wrong form: 400, as the standard has it."""


@dataclass(frozen=True)
class ItemsQuery:
    """What is asked of the features of a collection; all that is given must fit."""

    form: str | None
    limit: int | None
    box: Box | None
    years: tuple[int, int] | None
    fields: dict[str, str]
    run: str | None
    after: str | None


def form_parameter(forms: Sequence[str]) -> dict[str, Any]:
    """``f`` for the API document."""
    return _parameter("f", {"type": "string", "enum": list(forms)})


def plain(
    params: QueryParams, known: Collection[str] = ("f",), forms: Sequence[str] = ("json",)
) -> dict[str, str]:
    """The parameters, each once and each known; ``f`` is one of ``forms``.

    Raises
    ------
    BadParameterError
        Otherwise.
    """
    given = dict(params.multi_items())
    if len(given) < len(params.multi_items()):
        raise BadParameterError("A parameter is given more than once.")
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise BadParameterError(
            f"There is no parameter {unknown[0]!r} here.", hint=f"Known are {', '.join(known)}."
        )
    if given.get("f", forms[0]) not in forms:
        raise BadParameterError(f"The form of the answer is one of {', '.join(forms)}.")
    return given


def items_query(
    params: QueryParams, fields: Collection[str], forms: Sequence[str] = ("json",)
) -> ItemsQuery:
    """Read the parameters of ``/items``."""
    known = ("f", "limit", "bbox", "datetime", "run", "after", *fields)
    given = plain(params, known, forms)
    return ItemsQuery(
        form=given.get("f"),
        limit=_limit(given["limit"]) if "limit" in given else None,
        box=_box(given["bbox"]) if "bbox" in given else None,
        years=_years(given["datetime"]) if "datetime" in given else None,
        fields={name: given[name] for name in fields if name in given},
        run=given.get("run"),
        after=given.get("after"),
    )


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18 or int(text) < 1:
        raise BadParameterError("limit is a whole number from 1.")
    return min(int(text), MOST)


def _box(text: str) -> Box:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)) or numbers[1] > numbers[3]:
        raise BadParameterError("bbox is west,south,east,north in degrees.")
    west, south, east, north = numbers
    return west, south, east, north


def _years(text: str) -> tuple[int, int]:
    """First and last year that an instant or interval touches."""
    ends = text.split("/")
    if len(ends) > 2 or ends in ([""], ["..", ".."], ["", ""]):
        raise BadParameterError("datetime is an instant or an interval with one end at least.")
    first, last = _year(ends[0], 0), _year(ends[-1], 9999)
    if first > last:
        raise BadParameterError("The interval of datetime ends before it begins.")
    return first, last


def _year(text: str, otherwise: int) -> int:
    from_text = text[:10]
    if text in ("", ".."):
        return otherwise
    try:
        if len(text) > 10:
            datetime.fromisoformat(text)
        return date.fromisoformat(from_text).year
    except ValueError:
        raise BadParameterError("datetime holds moments as 2026-01-31 or with a time.") from None
