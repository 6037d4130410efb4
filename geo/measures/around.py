"""What is the same for all measures that look around: people's mean, circles, grown districts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from functools import partial
from typing import Protocol, TypeAlias

import numpy as np
import shapely

from geo.geodesy import M_PER_KM, Floats, Geometries
from geo.layer import Features, Layer, Made
from geo.nearest import Ints
from geo.region import Around, Ground, Points
from geo.surface import bounds_of, coordinates

QUARTER_CIRCLE = 64  # segments of a grown district's corners: its area is right to 1e-4
AT_LEAST_KM = 0.001  # a line along a border may be off by a last digit
NOBODY = Features(
    np.empty(0, dtype=object), np.empty(0, dtype=object), *(np.empty(0) for _ in range(3))
)


class InCircles(Protocol):
    """Features made ready to be measured in circles of one radius."""

    def __call__(self, places: Floats) -> Floats:
        """A number for the circle around each place (shape (n, 2), metres)."""


Flat: TypeAlias = Callable[[Geometries], Geometries]


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
    km: float,
    key: Hashable,
    make: Callable[[Features], Made],
) -> Made:
    """What is made of features that hold all that are no farther than ``km`` from the geometries.

    Of a layer in memory these are all that stand, and it is made once for everyone who asks with
    the same ``key``.
    """
    if layer.in_memory:
        return layer.made(year, key, make, None)
    bounds = bounds_of(geometry)
    if bounds is None:
        return make(NOBODY)
    return layer.made(year, key, make, ground.surface.reach(bounds, max(km, AT_LEAST_KM)))


def in_circles(
    ground: Ground,
    places: Points,
    layer: Layer,
    year: int,
    radius_km: float,
    key: Hashable,
    make: MakeCircles,
) -> Floats:
    """A number for the circle around each place, NaN for a place that is none.

    ``make`` is given features and what puts geometries into the plane of the circles.
    """
    found = np.full(len(places.geometry), np.nan)
    for rows, flat, circles in circles_of(
        ground, places.geometry, layer, year, radius_km, key, make
    ):
        found[rows] = circles(coordinates(flat))
    return found


def circles_of(
    ground: Ground,
    geometry: Geometries,
    layer: Layer,
    year: int,
    radius_km: float,
    key: Hashable,
    make: MakeCircles,
) -> Iterator[tuple[Ints, Geometries, InCircles]]:
    """Rows of the geometries, themselves in a plane, and what measures circles around them there.

    Rows that are None may be left out.
    """
    surface = ground.surface
    for crs, rows in surface.planes(geometry):
        here = geometry[rows]
        flat = partial(surface.to_plane, crs=crs)
        ready = partial(make, flat=flat)
        if surface.one_plane:
            name = ("circles", radius_km, key)
            circles = made_around(ground, here, layer, year, radius_km, name, ready)
        else:
            circles = layer.made(year, None, ready, _reach(ground, here, radius_km))
        yield rows, flat(here), circles


def _reach(ground: Ground, geometry: Geometries, km: float) -> tuple[float, float, float, float]:
    west, south, east, north = shapely.total_bounds(geometry).tolist()
    return ground.surface.reach((west, south, east, north), km)


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
