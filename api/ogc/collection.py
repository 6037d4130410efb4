"""A collection, what is told of it, and to whom it is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any, Literal

from api.callers import Caller
from api.ogc.features import Features
from api.ogc.links import CRS84
from api.service import Serving
from data.records import OutcomeLabel
from maps.export import about
from maps.words import Language

Kind = Literal["districts", "layers", "plans", "runs"]


@dataclass(frozen=True, eq=False)
class Collection:
    """What a collection is, and its features, made when they are first asked for.

    Attributes
    ----------
    kind : {"districts", "layers", "plans", "runs"}
        What a key must open.
    titles : mapping
        By language.
    outcome : OutcomeLabel or None
        The one outcome that its features are scores of.
    systems : tuple of str
        References of the systems that answers may be in.
    years : tuple of int or None
        First and last year that it is of.
    living : bool
        Its features are others tomorrow, though the same run be published: no answer is kept.
    """

    id: str
    kind: Kind
    titles: Mapping[Language, str]
    attribution: str
    licence: str
    systems: tuple[str, ...]
    bounds: tuple[float, float, float, float] | None
    years: tuple[int, int] | None
    make: Callable[[], Features] = field(repr=False)
    outcome: OutcomeLabel | None = None
    living: bool = False
    _making: Lock = field(default_factory=Lock, repr=False)

    @cached_property
    def _features(self) -> Features:
        return self.make()

    @property
    def features(self) -> Features:
        """Its features; of two who ask at once, one makes them."""
        with self._making:
            return self._features

    @property
    def texts(self) -> list[str]:
        """Properties that can be asked for by their value."""
        return [name for name, one in self.features.columns.items() if one.kind == "text"]

    def open_to(self, caller: Caller) -> bool:
        """Whether a caller may see it."""
        key = caller.key
        if not caller.opens(self.kind):
            return False
        if key is not None and key.resolution != "district" and self.kind in ("districts", "plans"):
            return False
        if self.outcome is not None:
            return caller.sees(self.outcome.stage)
        if self.kind == "plans":
            return caller.hears_of_plans
        return not (caller.narrowed and self.kind == "runs")


def described(of: Collection, language: Language) -> dict[str, Any]:
    """A collection as the standard tells it; links are the caller's part."""
    extent: dict[str, Any] = {}
    if of.bounds is not None:
        extent["spatial"] = {"bbox": [list(of.bounds)], "crs": CRS84}
    if of.years is not None:
        ends = [f"{of.years[0]:04d}-01-01T00:00:00Z", f"{of.years[1]:04d}-12-31T23:59:59Z"]
        ends = [ends[0], ends[1] if of.years[1] < 9999 else None]  # type: ignore[list-item]
        extent["temporal"] = {"interval": [ends]}
    told = {
        "id": of.id,
        "title": of.titles[language],
        "attribution": of.attribution,
        "license": of.licence,
        "itemType": "feature",
        "extent": extent,
    }
    if of.systems:
        told |= {"crs": list(of.systems), "storageCrs": CRS84}
    return told


def said_of(serving: Serving, of: Collection) -> dict[str, str]:
    """What a file of its features says of itself."""
    said = about(serving.released, [] if of.outcome is None else [of.outcome])
    return said | {"licence": of.licence, "attribution": of.attribution}
