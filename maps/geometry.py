"""Geometry as GeoJSON: exact for machines, light for the map."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

EXACT_DECIMALS = 7  # about 1 cm, as RFC 7946 advises at most
DISPLAY_DECIMALS = 4  # about 11 m: less than a pixel wherever the map is read
Json = dict[str, Any]


def to_geojson(geometries: Sequence[BaseGeometry | None], decimals: int) -> list[Json | None]:
    """GeoJSON geometries (EPSG:4326), rings as RFC 7946 wants them; None stays None."""
    array = np.asarray(geometries, dtype=object)
    rounded = shapely.transform(array, lambda xy: np.round(xy, decimals) + 0.0)
    texts = shapely.to_geojson(shapely.orient_polygons(rounded))
    return [None if text is None else json.loads(text) for text in texts]


def parts_of(districts: gpd.GeoDataFrame, column: str) -> list[tuple[str, tuple[float, float]]]:
    """Name of each part that ``column`` names (departments) and a place in it, the largest first.

    The place (longitude, latitude) is in that of its districts which is nearest to their common
    centre. Boundaries need not fit each other: no outline is made of them.
    """
    drawn = districts[districts.geometry.notna() & districts[column].notna()]
    found = [
        (str(name), *_middle(group.geometry.to_numpy()))
        for name, group in drawn.groupby(column, sort=True)
    ]
    return [(name, at) for name, _, at in sorted(found, key=lambda part: (-part[1], part[0]))]


def _middle(geometries: NDArray[Any]) -> tuple[float, tuple[float, float]]:
    """Their area in square degrees, and a place in the one nearest to their centre."""
    area, centres = shapely.area(geometries), shapely.get_coordinates(shapely.centroid(geometries))
    centre = np.average(centres, axis=0, weights=area if area.sum() > 0 else None)
    nearest = geometries[np.argmin(np.hypot(*(centres - centre).T))]
    at = shapely.point_on_surface(nearest)
    return float(area.sum()), (float(at.x), float(at.y))


def bounds_of(districts: gpd.GeoDataFrame) -> tuple[float, float, float, float] | None:
    """West, south, east, north in degrees; None where nothing has a geometry."""
    if not districts.geometry.notna().any():
        return None
    west, south, east, north = districts.total_bounds
    return float(west), float(south), float(east), float(north)
