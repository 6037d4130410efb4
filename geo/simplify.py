"""Borders light enough to be sent and drawn, and still shared by neighbours."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geo.arrays import as_array
from geo.geodesy import Geometries
from vigia.errors import GeometryError

FINEST_DETAIL = 1 / 10_000  # of the area's diagonal: under a pixel where the whole area is seen


def simplify_for_display(
    districts: gpd.GeoDataFrame, detail: float = FINEST_DETAIL
) -> gpd.GeoDataFrame:
    """The same rows and columns, with borders without the detail that no screen shows.

    Shared borders are simplified once and stay shared (Visvalingam & Whyatt 1993, Cartographic
    Journal 30, on the whole coverage). None stays None, and no district is lost: one that would
    come out empty or invalid, as in boundaries that overlap, keeps its border as it was.

    Parameters
    ----------
    districts : GeoDataFrame
        In EPSG:4326. Not changed.
    detail : float
        Part of the area's diagonal: bends of a border that make triangles smaller than its square
        go. It is a size and not a distance moved, so degrees of unlike length do no harm.

    Raises
    ------
    GeometryError
        When the detail is below 0.
    """
    if not detail >= 0:
        raise GeometryError(f"A detail of {detail} is none.", hint="It is 0 (all) or more.")
    geometry = as_array(districts.geometry)
    rows = np.flatnonzero(~shapely.is_missing(geometry))
    if len(rows) == 0:
        return districts.copy()
    exact = geometry[rows]
    light = shapely.coverage_simplify(exact, diagonal_degrees(exact) * detail)
    lost = shapely.is_empty(light) | ~shapely.is_valid(light)
    geometry[rows] = np.where(lost, exact, light)
    return districts.set_geometry(gpd.GeoSeries(geometry, index=districts.index, crs=districts.crs))


def diagonal_degrees(geometries: Geometries) -> float:
    """From corner to corner of what holds them all."""
    west, south, east, north = shapely.total_bounds(geometries)
    return float(np.hypot(east - west, north - south))
