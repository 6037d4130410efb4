"""Geometry as GeoJSON: exact for machines, light for the map."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
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


def parts_of(districts: gpd.GeoDataFrame, column: str) -> list[tuple[str, BaseGeometry]]:
    """Name and outline of each part that ``column`` names (departments), by name.

    ``districts`` is a coverage: neighbours share their vertices.
    """
    drawn = districts[districts.geometry.notna() & districts[column].notna()]
    return [
        (str(name), shapely.coverage_union_all(group.geometry.to_numpy()))
        for name, group in drawn.groupby(column, sort=True)
    ]


def bounds_of(districts: gpd.GeoDataFrame) -> tuple[float, float, float, float] | None:
    """West, south, east, north in degrees; None where nothing has a geometry."""
    if not districts.geometry.notna().any():
        return None
    west, south, east, north = districts.total_bounds
    return float(west), float(south), float(east), float(north)
