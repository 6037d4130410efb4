"""Lengths and areas on the ellipsoid (WGS 84), for many geometries at once.

Every number that leaves geo is measured here: all else only helps to find what is near. An edge
between two vertices is the geodesic between them, as in PostGIS's geography. Geodesics are
Karney's (2013, Algorithms for geodesics, J. Geodesy 87), through pyproj.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

GEOD = Geod(ellps="WGS84")
EQUATOR_M, ECCENTRICITY2 = float(GEOD.a), float(GEOD.es)
M_PER_KM = 1000.0

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]
Ints = NDArray[np.intp]


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
    polygons, owner = shapely.get_parts(geometries, return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    ends = np.searchsorted(ring, np.arange(len(rings) + 1))
    areas = np.array([_ring_km2(xy[a:b]) for a, b in pairwise(ends.tolist())], dtype=float)
    is_hole = np.zeros(len(rings), dtype=bool)
    is_hole[1:] = polygon[1:] == polygon[:-1]  # a polygon's first ring is its border
    total = np.bincount(
        owner[polygon], weights=np.where(is_hole, -areas, areas), minlength=len(geometries)
    ).astype(float)
    total[shapely.is_missing(geometries)] = np.nan
    return total


def _ring_km2(lonlat: Floats) -> float:
    square_metres, _ = GEOD.polygon_area_perimeter(lonlat[:-1, 0], lonlat[:-1, 1])
    return abs(square_metres) / M_PER_KM**2
