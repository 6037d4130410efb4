"""Lengths and areas on the ellipsoid (WGS 84), for many geometries at once.

Every number that leaves geo is measured here: planes only help to find what is near. Geodesics are
Karney's (2013, Algorithms for geodesics, J. Geodesy 87), through pyproj.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

GEOD = Geod(ellps="WGS84")
M_PER_KM = 1000.0

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]


def distance_km(start: Floats, end: Floats) -> Floats:
    """Geodesic distance in km between rows of lon, lat (both of shape (n, 2), degrees)."""
    _, _, metres = GEOD.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    return np.asarray(metres, dtype=float) / M_PER_KM


def length_km(lines: Geometries) -> Floats:
    """Length in km of each line or multi-line (EPSG:4326); 0 for what has no length, such as None.

    Polygons count as 0: the length of their border is nobody's question here.
    """
    parts, owner = shapely.get_parts(lines, return_index=True)
    is_line = shapely.get_dimensions(parts) == 1
    parts, owner = parts[is_line], owner[is_line]
    xy, part = shapely.get_coordinates(parts, return_index=True)
    inside = part[1:] == part[:-1]
    km = distance_km(xy[:-1][inside], xy[1:][inside])
    total: Floats = np.bincount(owner[part[1:][inside]], weights=km, minlength=len(lines)).astype(
        float
    )
    return total


def area_km2(geometries: Geometries) -> Floats:
    """Area in km² of each polygon or multi-polygon (EPSG:4326); 0 for other types, NaN for None."""
    oriented = shapely.orient_polygons(geometries)
    return np.array([_area_km2(geometry) for geometry in oriented], dtype=float)


def _area_km2(geometry: Any) -> float:
    if geometry is None:
        return float("nan")
    square_metres, _ = GEOD.geometry_area_perimeter(geometry)
    return abs(square_metres) / M_PER_KM**2
