"""Geometries as arrays to be used freely."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geo.geodesy import Geometries

NEAR_DEGREES, NEAR_M = 1e-9, 1e-4  # 0.1 mm: what is nearer to a border than this may be on it
EDGE_DEGREES = 0.02  # longer edges bend off the geodesic, and from plane to plane, by over 2 cm


def as_array(geometries: gpd.GeoSeries) -> Geometries:
    """Geometries as an array to be used freely; what is empty is None."""
    array = np.array(geometries.array, dtype=object)
    array[shapely.is_empty(array)] = None
    return array


def edged(geometries: Geometries) -> Geometries:
    """The same shapes without long edges, so that a plane does not bend them."""
    west, south, east, north = shapely.bounds(geometries).T
    wide = np.flatnonzero(np.maximum(east - west, north - south) > EDGE_DEGREES)
    if len(wide) == 0:
        return geometries
    short: Geometries = geometries.copy()
    short[wide] = shapely.segmentize(geometries[wide], EDGE_DEGREES)
    return short
