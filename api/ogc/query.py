"""Parameters of OGC API requests: read one by one, and refused where they are not known."""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shapely.geometry.base import BaseGeometry
from starlette.datastructures import QueryParams

from api.ogc.collection import Collection
from api.ogc.crs import boxes, named
from api.ogc.errors import BadParameterError
from api.ogc.filter import LANGUAGES, Tree, parsed
from api.ogc.forms import DOCUMENTS, FEATURE, NAMES
from api.ogc.links import CRS84

DEFAULT_LIMIT, MOST, MOST_SORTED_BY = 100, 10_000, 8
ITEM = ("f", "lang", "crs", "properties")
ITEMS = (
    *("limit", "bbox", "bbox-crs", "datetime", "filter", "filter-lang", "filter-crs"),
    *("sortby", "run", "after"),
)


@dataclass(frozen=True)
class ItemsQuery:
    """What is asked of the features of a collection; all that is given must fit.

    Attributes
    ----------
    limit : int or None
        None where nothing is said: then it hangs on the form of the answer.
    area : geometry or None
        In CRS84.
    names : tuple of str or None
        Properties that are wanted; None for all.
    order : tuple of (str, bool)
        Properties to order by, and whether downwards; then by key.
    """

    limit: int | None
    crs: str
    area: BaseGeometry | None
    years: tuple[int, int] | None
    equal: dict[str, str]
    filter: Tree | None
    filter_crs: str
    names: tuple[str, ...] | None
    order: tuple[tuple[str, bool], ...]
    after: str | None


def plain(
    params: QueryParams, known: Names[str] = ("f",), forms: Sequence[str] = ("json",)
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
            f"There is no parameter {unknown[0][:60]!r} here.",
            hint=f"Known are {', '.join(known)}.",
        )
    if given.get("f", forms[0]) not in forms:
        raise BadParameterError(f"The form of the answer is one of {', '.join(forms)}.")
    if given.get("lang", "es") not in ("es", "en"):
        raise BadParameterError("lang is es or en.")
    return given


def item_query(params: QueryParams, of: Collection) -> tuple[str, tuple[str, ...] | None]:
    """The system and the properties that are asked for of one feature."""
    given = plain(params, ITEM, tuple(FEATURE))
    return _crs(given, of), _names(given.get("properties"), of)


def described_query(params: QueryParams) -> None:
    """Refuse what is not known of what is answered as JSON and HTML alike."""
    plain(params, ("f", "lang"), tuple(DOCUMENTS))


def items_query(params: QueryParams, of: Collection) -> ItemsQuery:
    """Read the parameters of ``/items``."""
    equal = [name for name in of.texts if name not in (*ITEMS, *ITEM)]
    given = plain(params, (*ITEMS, *ITEM, *equal), NAMES)
    bbox_crs = named(given.get("bbox-crs", CRS84), of.systems, "bbox-crs")
    filter_crs = named(given.get("filter-crs", CRS84), of.systems, "filter-crs")
    return ItemsQuery(
        limit=_limit(given["limit"]) if "limit" in given else None,
        crs=_crs(given, of),
        area=boxes(_numbers(given["bbox"]), bbox_crs) if "bbox" in given else None,
        years=_years(given["datetime"]) if "datetime" in given else None,
        equal={name: given[name] for name in equal if name in given},
        filter=_filter(given),
        filter_crs=filter_crs,
        names=_names(given.get("properties"), of),
        order=_order(given["sortby"], of) if "sortby" in given else (),
        after=given.get("after"),
    )


def _crs(given: dict[str, str], of: Collection) -> str:
    return named(given.get("crs", CRS84), of.systems, "crs")


def _filter(given: dict[str, str]) -> Tree | None:
    language = given.get("filter-lang", LANGUAGES[0])
    for known in LANGUAGES:
        if language == known:
            return parsed(given["filter"], known) if "filter" in given else None
    raise BadParameterError("filter-lang is cql2-text or cql2-json.")


def _names(text: str | None, of: Collection) -> tuple[str, ...] | None:
    if text is None:
        return None
    names = text.split(",") if text else []
    for name in names:
        _known(name, of)
    return of.features.with_doubt(names)


def _order(text: str, of: Collection) -> tuple[tuple[str, bool], ...]:
    keys = text.split(",")
    if len(keys) > MOST_SORTED_BY:
        raise BadParameterError(f"sortby takes {MOST_SORTED_BY} properties at most.")
    # In an address, + is a space.
    return tuple((_sortable(key.lstrip("+- "), of), key.startswith("-")) for key in keys)


def _sortable(name: str, of: Collection) -> str:
    if of.features.columns[_known(name, of)].kind == "list":
        raise BadParameterError(f"Nothing is ordered by {name!r}: it is a list.")
    return name


def _known(name: str, of: Collection) -> str:
    if name not in of.features.columns:
        raise BadParameterError(f"There is no property {name[:60]!r} here.", hint="See queryables.")
    return name


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18 or int(text) < 1:
        raise BadParameterError("limit is a whole number from 1.")
    return min(int(text), MOST)


def _numbers(text: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    return numbers


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
    if text in ("", ".."):
        return otherwise
    try:
        if len(text) > 10:
            datetime.fromisoformat(text)
        return date.fromisoformat(text[:10]).year
    except ValueError:
        raise BadParameterError("datetime holds moments as 2026-01-31 or with a time.") from None
