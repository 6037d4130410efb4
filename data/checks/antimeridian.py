"""Geometry over the line of 180 degrees, brought between -180 and 180.

RFC 7946 (section 3.1.9) wants such geometry cut in two. Files are found with longitudes that go on
to 360, or with an edge that jumps from 179 to -179 and so seems to go round the whole Earth.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from data.checks.sheet import Sheet
from data.checks.systems import WGS84
from geo.validity import simple_parts

HALF, WHOLE = 180.0, 360.0
CLOSED = 1e-9  # degrees
MANY: dict[int, Callable[[Any], BaseGeometry]] = {
    0: shapely.MultiPoint,
    1: shapely.MultiLineString,
    2: shapely.MultiPolygon,
}
Frame = pd.DataFrame
Floats = NDArray[np.float64]


def brought_back(sheet: Sheet, table: Frame, placed: gpd.GeoSeries) -> tuple[Frame, gpd.GeoSeries]:
    """Geometry over the line of 180 degrees brought between -180 and 180, and told."""
    rows = placed.index[over_the_line(placed)]
    found = gpd.GeoSeries([turned(one) for one in placed[rows]], index=rows, crs=WGS84)
    lost = found.isna()
    other = rows[~lost & ~found.geom_equals_exact(placed[rows], 0.0)]
    sheet.tell(
        other,
        "antimeridian",
        "It lies over the line of 180 degrees, or beyond it: it was brought between -180 and 180.",
        fate="repaired",
    )
    placed = placed.copy()
    placed.loc[other] = found[other]
    table = sheet.drop(table, lost, "antimeridian", "It goes round a pole: cut it in two.")
    return table, placed[table.index]


def over_the_line(geometry: gpd.GeoSeries) -> NDArray[np.bool_]:
    """Which geometries, in degrees, may have to be turned; those nowhere on Earth are none."""
    west, south, east, north = geometry.bounds.to_numpy().T
    on_earth = (west >= -WHOLE) & (east <= WHOLE) & (south >= -90) & (north <= 90)
    found: NDArray[np.bool_] = on_earth & ((east > HALF) | (west < -HALF) | (east - west > HALF))
    return found


def turned(geometry: BaseGeometry) -> BaseGeometry | None:
    """The same place between -180 and 180; None where it goes round a pole.

    Parameters
    ----------
    geometry : geometry
        Longitudes and latitudes in degrees, longitudes from -360 to 360. One that was cut already,
        or whose edges are all shorter than 180 degrees and in place, comes back as it is.
    """
    parts, _ = simple_parts(np.array([geometry], dtype=object))
    unrolled = [_unrolled(part) for part in parts]
    if any(part is None for part in unrolled):
        return None
    whole = np.array(unrolled, dtype=object)
    if shapely.equals_identical(whole, parts).all():
        west, _, east, _ = shapely.total_bounds(whole)
        if west >= -HALF and east <= HALF:
            return geometry
    pieces = [piece for part in whole for piece in _in_place(part)]
    return _one(np.array(pieces, dtype=object))


def _unrolled(part: BaseGeometry) -> BaseGeometry | None:
    """Without jumps: longitudes go on beyond 180 where the geometry goes over the line."""
    if isinstance(part, shapely.Point):
        return part
    if not isinstance(part, shapely.Polygon):
        return shapely.LineString(_smooth(shapely.get_coordinates(part)))
    rings = [_smooth(shapely.get_coordinates(ring)) for ring in (part.exterior, *part.interiors)]
    if any(abs(ring[0, 0] - ring[-1, 0]) > CLOSED for ring in rings):
        return None
    shell, *holes = rings
    middle = shell[:, 0].mean()
    for hole in holes:
        hole[:, 0] += WHOLE * np.round((middle - hole[:, 0].mean()) / WHOLE)
    return shapely.Polygon(shell, holes)


def _smooth(line: Floats) -> Floats:
    """A line whose edges of more than half the Earth go the other way round; a whole turn stays."""
    step = np.diff(line[:, 0])
    jumps = (np.abs(step) > HALF) & (np.abs(step) < WHOLE - CLOSED)
    back = np.where(jumps, -WHOLE * np.sign(step), 0.0)
    smooth = line.copy()
    smooth[1:, 0] += np.cumsum(back)
    return smooth


def _in_place(part: BaseGeometry) -> list[BaseGeometry]:
    """What of a geometry lies in each turn of the Earth, brought to the one from -180 to 180."""
    west, _, east, _ = part.bounds
    first, last = (int(np.floor((lon + HALF) / WHOLE)) for lon in (west, east))
    if west == east:
        last = first
    elif east == HALF + WHOLE * (last - 1):  # it only touches the line
        last -= 1
    if first == last:
        return [_moved(part, -WHOLE * first)]
    sound = part if part.is_valid else shapely.make_valid(part, method="structure")
    pieces = []
    for turn in range(first, last + 1):
        world = shapely.box(WHOLE * turn - HALF, -90, WHOLE * turn + HALF, 90)
        cut, _ = simple_parts(np.array([shapely.intersection(sound, world)], dtype=object))
        same = shapely.get_dimensions(cut) == shapely.get_dimensions(part)
        pieces += [_moved(piece, -WHOLE * turn) for piece in cut[same & ~shapely.is_empty(cut)]]
    return pieces


def _moved(part: BaseGeometry, degrees: float) -> BaseGeometry:
    moved: BaseGeometry = shapely.transform(part, lambda xy: xy + np.array([degrees, 0.0]))
    return moved


def _one(pieces: NDArray[np.object_]) -> BaseGeometry | None:
    """Pieces as one geometry."""
    if len(pieces) <= 1:
        return pieces[0] if len(pieces) else None
    kinds = set(shapely.get_dimensions(pieces).tolist())
    if len(kinds) > 1:
        return shapely.GeometryCollection(list(pieces))
    return MANY[kinds.pop()](list(pieces))
