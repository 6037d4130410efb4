"""What is the same for all measures that look around: people's mean, circles, grown districts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely

from geo.geodesy import M_PER_KM, Floats, Geometries
from geo.layer import Features, Layer
from geo.region import Around, Ground, Points
from geo.surface import bounds_of, coordinates

QUARTER_CIRCLE = 64  # segments of a grown district's corners: its area is right to 1e-4
AT_LEAST_KM = 0.001  # a line along a border may be off by a last digit
NOBODY = Features(
    np.empty(0, dtype=object), np.empty(0, dtype=object), *(np.empty(0) for _ in range(3))
)


def mean_of_places(places: Points, values: Floats, districts: int) -> Floats:
    """The mean of each district's places, by weight; NaN where any of them with a weight is."""
    row, weight = places.row, places.weight
    counts = weight > 0
    row, weight, values = row[counts], weight[counts], values[counts]
    total = np.bincount(row, weights=weight, minlength=districts)
    weighted = np.bincount(row, weights=weight * values, minlength=districts)
    mean: Floats = np.divide(weighted, total, out=np.full(districts, np.nan), where=total > 0)
    return mean


def around(ground: Ground, geometry: Geometries, layer: Layer, year: int, km: float) -> Features:
    """The layer's features no farther than ``km`` from any of the geometries, and some more."""
    bounds = bounds_of(geometry)
    if bounds is None:
        return NOBODY
    return layer.near(ground.surface.reach(bounds, max(km, AT_LEAST_KM))).standing(year)


def in_circles(
    ground: Ground,
    places: Points,
    radius_km: float,
    near: Callable[[Geometries], tuple[Geometries, Floats]],
    measured: Callable[[Floats, Geometries, Floats, float], Floats],
) -> Floats:
    """A number for the circle around each place, NaN for a place that is none.

    Parameters
    ----------
    near : callable
        The geometries around places, and a number for each.
    measured : callable
        Given the places (shape (n, 2), metres), geometries in their plane, their numbers and the
        radius in metres.
    """
    found = np.full(len(places.geometry), np.nan)
    for crs, rows in ground.surface.planes(places.geometry):
        here = places.geometry[rows]
        geometry, numbers = near(here)
        xy = coordinates(ground.surface.to_plane(here, crs))
        there = ground.surface.to_plane(geometry, crs)
        found[rows] = measured(xy, there, numbers, radius_km * M_PER_KM)
    return found


def circle_km2(radius_km: float) -> float:
    """Area of a circle."""
    return float(np.pi * radius_km**2)


def grown(ground: Ground, radius_km: float) -> Around:
    """The districts and all that is within the radius of them; neighbours then overlap."""
    polygons = np.full(len(ground), None, dtype=object)
    for crs, rows in ground.surface.planes(ground.polygons):
        flat = ground.surface.to_plane(ground.polygons[rows], crs)
        wide = shapely.buffer(flat, radius_km * M_PER_KM, quad_segs=QUARTER_CIRCLE)
        polygons[rows] = ground.surface.from_plane(wide, crs)
    return Around(polygons, np.arange(len(ground), dtype=np.intp))
