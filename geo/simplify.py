"""Borders light enough to be sent and drawn, and still shared by neighbours."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geo.arrays import as_array
from geo.geodesy import Geometries
from vigia.errors import GeometryError

COARSEST_DETAIL = 1 / 1_000  # of lines: bends of some pixels where all of them are seen
COARSER = 1.5  # than the detail before
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


def simplify_lines(lines: Geometries, most_points: int) -> Geometries:
    """Lines as few and as light as they can be drawn with: at most so many points.

    What runs on from end to end is one line. Detail that no screen shows goes (Douglas & Peucker
    1973, Cartographica 10), then more; where that is not enough the longest lines stay.

    Parameters
    ----------
    lines : array of LineString, MultiLineString or None
        In EPSG:4326.
    """
    parts = shapely.get_parts(shapely.force_2d(lines[~shapely.is_missing(lines)]))
    merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(parts)))
    merged = merged[shapely.length(merged) > 0]
    if len(merged) == 0:
        return merged
    diagonal, detail = diagonal_degrees(merged), FINEST_DETAIL
    light = shapely.simplify(merged, diagonal * detail, preserve_topology=False)
    while shapely.get_num_coordinates(light).sum() > most_points and detail < COARSEST_DETAIL:
        detail *= COARSER
        light = shapely.simplify(merged, diagonal * detail, preserve_topology=False)
    longest = np.argsort(-shapely.length(merged), kind="stable")
    points = np.cumsum(shapely.get_num_coordinates(light[longest]))
    kept: Geometries = light[np.sort(longest[points <= most_points])]
    return kept


def diagonal_degrees(geometries: Geometries) -> float:
    """From corner to corner of what holds them all."""
    west, south, east, north = shapely.total_bounds(geometries)
    return float(np.hypot(east - west, north - south))
