"""What is the same for all measures that look around: people's mean, circles, grown districts."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import Protocol

import numpy as np
import shapely

from geo.crs import Bounds
from geo.geodesy import M_PER_KM, Floats, Geometries
from geo.layer import Features, Layer, Made
from geo.region import TOUCHING_KM, Around, Ground, Points
from geo.surface import Flat, Patch, Surface, bounds_of

QUARTER_CIRCLE = 64  # segments of a grown district's corners: its area is right to 1e-4
NOBODY = Features(
    np.empty(0, dtype=object), np.empty(0, dtype=object), *(np.empty(0) for _ in range(3))
)


class InCircles(Protocol):
    """Features made ready to be measured in circles of one radius."""

    def __call__(self, places: Floats) -> Floats:
        """A number for the circle around each place (shape (n, 2), metres)."""


class MakeCircles(Protocol):
    """How features are made ready; ``flat`` puts geometries into the plane of the circles."""

    def __call__(self, features: Features, flat: Flat) -> InCircles: ...


def mean_of_places(places: Points, values: Floats, districts: int) -> Floats:
    """The mean of each district's places, by weight; NaN where any of them with a weight is."""
    row, weight = places.row, places.weight
    counts = weight > 0
    row, weight, values = row[counts], weight[counts], values[counts]
    total = np.bincount(row, weights=weight, minlength=districts)
    weighted = np.bincount(row, weights=weight * values, minlength=districts)
    mean: Floats = np.divide(weighted, total, out=np.full(districts, np.nan), where=total > 0)
    return mean


def made_around(
    ground: Ground,
    geometry: Geometries,
    layer: Layer,
    year: int,
    key: Hashable,
    make: Callable[[Features], Made],
) -> Made:
    """What is made of features that hold all that touch the geometries.

    Of a layer in memory these are all that stand, and it is made once for everyone who asks with
    the same ``key``.
    """
    if layer.in_memory:
        return layer.made(year, key, make, None)
    bounds = bounds_of(geometry)
    if bounds is None:
        return make(NOBODY)
    return layer.made(year, key, make, ground.surface.reach(bounds, TOUCHING_KM))


def in_circles(
    ground: Ground,
    support: str,
    layer: Layer,
    year: int,
    radius_km: float,
    key: Hashable,
    make: MakeCircles,
    *,
    meeting: bool = False,
) -> Floats:
    """A number for the circle around each place of a support, NaN for a place that is none.

    ``make`` is given features and what puts geometries into the plane of the circles. With
    ``meeting``, those that meet features near the places are among them.
    """
    found = np.full(len(ground.places(support).geometry), np.nan)
    for patch in ground.patches(support):
        circles = circles_of(patch, layer, year, radius_km, key, make, meeting=meeting)
        found[patch.rows] = circles(patch.xy)
    return found


def circles_of(
    patch: Patch,
    layer: Layer,
    year: int,
    radius_km: float,
    key: Hashable,
    make: MakeCircles,
    *,
    meeting: bool = False,
) -> InCircles:
    """What measures circles around the places of a patch in its plane."""
    surface = patch.flat.surface
    ready = partial(make, flat=patch.flat)
    if surface.one_plane and layer.in_memory:
        return layer.made(year, ("circles", radius_km, key), ready, None)
    if patch.bounds is None:
        return ready(NOBODY)
    near = surface.reach(patch.bounds, radius_km)
    return layer.made(year, None, ready, _wider(layer, near) if meeting else near)


def _wider(layer: Layer, bounds: Bounds) -> Bounds:
    """Bounds of all features that touch the bounds, and these."""
    found = bounds_of(layer.near(bounds).shapes) or bounds
    (west, south), (east, north) = (
        np.minimum(found[:2], bounds[:2]).tolist(),
        np.maximum(found[2:], bounds[2:]).tolist(),
    )
    return west, south, east, north


def circle_km2(radius_km: float) -> float:
    """Area of a circle."""
    return float(np.pi * radius_km**2)


def grown(ground: Ground, radius_km: float) -> Around:
    """The districts and all that is within the radius of them; neighbours then overlap."""

    def make() -> Around:
        polygons = widened(ground.surface, ground.polygons, radius_km)
        return Around(polygons, np.arange(len(ground), dtype=np.intp), ground.surface.tolerance)

    return ground.once(("grown", radius_km), make)


def grown_km2(ground: Ground, radius_km: float) -> Floats:
    """Areas of the same."""
    wide = grown(ground, radius_km).polygons
    return ground.once(("grown km2", radius_km), lambda: ground.surface.area_km2(wide))


def widened(surface: Surface, geometry: Geometries, radius_km: float) -> Geometries:
    """All that is within the radius of each geometry; None where there is none."""
    found = np.full(len(geometry), None, dtype=object)
    for crs, rows in surface.planes(geometry):
        flat = surface.to_plane(geometry[rows], crs)
        wide = shapely.buffer(flat, radius_km * M_PER_KM, quad_segs=QUARTER_CIRCLE)
        found[rows] = surface.from_plane(wide, crs)
    return found
