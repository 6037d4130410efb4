"""Invalid geometry made valid, without ever turning it into something else in silence."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geo.geodesy import Geometries

EMPTY = "Empty geometry"
NOTHING_LEFT = "nothing of its kind is left"


@dataclass(frozen=True)
class Repair:
    """What came of a column of geometries.

    Attributes
    ----------
    geometries : GeoSeries
        Valid and flat; None where there was nothing, or nothing of the kind was left.
    reason : Series of str
        What was wrong, in GEOS's words and without coordinates; "" where nothing was.
    """

    geometries: gpd.GeoSeries
    reason: pd.Series


def repair(geometries: gpd.GeoSeries) -> Repair:
    """Make geometries valid and two-dimensional; index and CRS stay.

    A polygon keeps its polygonal parts alone and a line its lines: where there are none left (a
    polygon folded into a line, an empty geometry, a coordinate that is no number), the geometry is
    None and the reason says so.
    """
    flat = shapely.force_2d(np.asarray(geometries.array, dtype=object))
    there = ~shapely.is_missing(flat)
    empty = there & shapely.is_empty(flat)
    broken = there & ~shapely.is_valid(flat)
    reason = np.full(len(flat), "", dtype=object)
    reason[empty] = EMPTY
    flat[empty] = None
    for row in np.flatnonzero(broken):
        why = shapely.is_valid_reason(flat[row]).split("[")[0].strip()
        flat[row] = _mended(flat[row])
        reason[row] = why if flat[row] is not None else f"{why}; {NOTHING_LEFT}"
    return Repair(
        gpd.GeoSeries(flat, index=geometries.index, crs=geometries.crs),
        pd.Series(reason, index=geometries.index, dtype="str"),
    )


def _mended(geometry: BaseGeometry) -> BaseGeometry | None:
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        return None
    valid = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    return _of_dimension(valid, int(shapely.get_dimensions(geometry)))


def _of_dimension(geometry: BaseGeometry, dimension: int) -> BaseGeometry | None:
    """The parts of that dimension (0 points, 1 lines, 2 polygons) as one; None without any."""
    parts = simple_parts(np.array([geometry], dtype=object))[0]
    kept = parts[(shapely.get_dimensions(parts) == dimension) & ~shapely.is_empty(parts)]
    if len(kept) == 0:
        return None
    if len(kept) == 1:
        return kept[0]  # type: ignore[no-any-return]
    return shapely.union_all(kept)  # parts may share an edge, which a multi-polygon may not


def simple_parts(geometries: Geometries) -> tuple[Geometries, np.ndarray]:
    """Points, lines and polygons that the geometries are made of, and whose each is."""
    if (shapely.get_type_id(geometries) <= shapely.GeometryType.POLYGON).all():
        there = np.flatnonzero(~shapely.is_missing(geometries))  # as most layers are
        return geometries[there], there
    parts, owner = shapely.get_parts(geometries, return_index=True)
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
        parts, again = shapely.get_parts(parts, return_index=True)
        owner = owner[again]
    return parts, owner
