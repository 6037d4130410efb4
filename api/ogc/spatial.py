"""Spatial functions of CQL2: the geometries of a collection against a literal, by one tree."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from api.ogc.crs import boxes, from_system
from api.ogc.errors import BadParameterError

if TYPE_CHECKING:
    from api.ogc.features import Shapes

Place = BaseGeometry | None  # None: the geometries of the collection
SPATIAL: Mapping[str, Callable[[Any, Any], Any]] = {
    "s_intersects": shapely.intersects,
    "s_disjoint": shapely.disjoint,
    "s_contains": shapely.contains,
    "s_within": shapely.within,
    "s_touches": shapely.touches,
    "s_crosses": shapely.crosses,
    "s_overlaps": shapely.overlaps,
    "s_equals": shapely.equals,
}
TURNED = {"s_contains": "s_within", "s_within": "s_contains"}
# What the tree is asked of the literal, where the function is asked of the property.
ASKED: Mapping[str, Any] = {
    "s_intersects": "intersects",
    "s_contains": "within",
    "s_within": "contains",
    "s_touches": "touches",
    "s_crosses": "crosses",
    "s_overlaps": "overlaps",
}
TYPES = ("Point", "LineString", "Polygon")
MULTI = tuple(f"Multi{one}" for one in TYPES)


def spatial(
    name: str, first: Place, second: Place, shapes: Shapes | None
) -> tuple[np.ndarray, np.ndarray]:
    """Of each feature whether the function is true, and whether that is known."""
    if first is not None and second is not None:
        return np.asarray(SPATIAL[name](first, second)), np.array(True)
    assert shapes is not None  # noqa: S101 - else there were no property to ask of
    known = ~shapes.missing
    if first is None and second is None:
        return np.asarray(SPATIAL[name](shapes.geometries, shapes.geometries)), known
    if first is not None:
        return _against(TURNED.get(name, name), first, shapes), known
    assert second is not None  # noqa: S101 - looked at above
    return _against(name, second, shapes), known


def _against(name: str, place: BaseGeometry, shapes: Shapes) -> np.ndarray:
    if name == "s_disjoint":
        return ~_against("s_intersects", place, shapes)
    found = shapes.tree.query(place, predicate=ASKED.get(name, "intersects"))
    if name == "s_equals":
        found = found[shapely.equals(shapes.geometries[found], place)]
    yes = np.zeros(len(shapes.geometries), dtype=bool)
    yes[found] = True
    return yes


def touching(box: BaseGeometry, shapes: Shapes) -> np.ndarray:
    """Of each feature whether it touches a box."""
    return _against("s_intersects", box, shapes)


def place_of(tree: Any, crs: str) -> BaseGeometry:
    """A geometry that a filter names, in CRS84.

    Raises
    ------
    BadParameterError
        When it is none, or not valid.
    """
    if isinstance(tree, dict) and "bbox" in tree:
        told = tree["bbox"] if isinstance(tree["bbox"], list) else []
        return boxes([one for one in told if isinstance(one, int | float)], crs)
    found = _read(tree)
    if not np.isfinite(shapely.get_coordinates(found)).all() or not shapely.is_valid(found):
        raise BadParameterError(f"A geometry is not valid: {shapely.is_valid_reason(found)}.")
    return from_system(found, crs)


def _read(tree: Any) -> BaseGeometry:
    kind = tree.get("type") if isinstance(tree, dict) else None
    if kind not in (*TYPES, *MULTI, "GeometryCollection"):
        raise BadParameterError("A spatial function wants the geometry and a geometry to compare.")
    try:
        found = shapely.from_geojson(json.dumps(tree))
    except (shapely.GEOSException, ValueError, TypeError):
        raise BadParameterError("A geometry of the filter cannot be read.") from None
    if found is None or found.is_empty:
        raise BadParameterError("A geometry of the filter is empty.")
    return shapely.force_2d(found)
