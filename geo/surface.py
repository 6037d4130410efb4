"""Where a table is measured: on the ellipsoid, in degrees, or in the plane of the metric CRS.

Both answer the same questions, so that no measure needs to know on which of them it stands.
Circles (counts within a radius, kernels) are always drawn in a plane: the metric CRS, or where that
is off by more than 0.5 % over the area a plane for each neighbourhood.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.arrays import NEAR_DEGREES, NEAR_M, as_array
from geo.checks import require_degrees, require_valid
from geo.crs import Bounds, MetricCRS, forward, inverse
from geo.geodesy import M_PER_KM, Floats, Geometries, Ints, area_km2, distance_km, length_km
from geo.nearest import (
    Nearest,
    Targets,
    nearest_in_plane,
    nearest_on_ellipsoid,
    neighbourhoods,
)

WGS84 = "EPSG:4326"
KM_PER_DEGREE = 110.5  # of latitude, at least; of longitude at the equator
MARGIN = 1.02  # of a reach: rather too far than a feature missed
STEEPEST = 80.0  # degrees of latitude beyond which a reach is the whole world


@dataclass(frozen=True)
class Surface(ABC):
    """Coordinates to work in, and how lengths, areas and distances are taken there.

    Attributes
    ----------
    tolerance : float
        In its coordinates: a line this near to a border runs along it.
    """

    metric: MetricCRS
    tolerance: ClassVar[float]

    @property
    @abstractmethod
    def crs(self) -> str:
        """Of its coordinates."""

    def lay(self, where: str, table: gpd.GeoDataFrame) -> Geometries:
        """A table's geometries in its coordinates, None for what is empty.

        Raises a GeometryError, naming the table as ``where``, unless they are valid and there. A
        table without a CRS is in EPSG:4326.
        """
        if table.crs is None:
            table = table.set_crs(WGS84)
        if table.crs.equals(WGS84, ignore_axis_order=True):
            require_degrees(where, as_array(table.geometry))
        if not table.crs.equals(self.crs, ignore_axis_order=True):
            table = table.to_crs(self.crs)
        geometry = as_array(table.geometry)
        require_valid(where, geometry)
        return geometry

    @abstractmethod
    def length_km(self, lines: Geometries) -> Floats: ...

    @abstractmethod
    def segments_km(self, segments: Floats) -> Floats:
        """Of straight lines, shape (n, 4): x and y of one end, then of the other."""

    @abstractmethod
    def area_km2(self, polygons: Geometries) -> Floats:
        """NaN for None."""

    @property
    @abstractmethod
    def one_plane(self) -> bool:
        """Whether all circles are drawn in the same plane."""

    @abstractmethod
    def targets(self, features: Geometries) -> Targets:
        """Features ready to be the nearest of."""

    @abstractmethod
    def nearest(self, supports: Geometries, targets: Targets) -> Nearest: ...

    @abstractmethod
    def reach(self, bounds: Bounds, km: float) -> Bounds:
        """Bounds that hold all that is no farther than ``km`` from something in ``bounds``."""

    @abstractmethod
    def planes(self, places: Geometries) -> Iterator[tuple[str, Ints]]:
        """Planes to draw circles in, and which of the places each is for."""

    @abstractmethod
    def to_plane(self, geometries: Geometries, crs: str) -> Geometries: ...

    @abstractmethod
    def from_plane(self, geometries: Geometries, crs: str) -> Geometries: ...

    def to_degrees(self, geometries: Geometries) -> Geometries:
        """In EPSG:4326."""
        return geometries


class Ellipsoid(Surface):
    """Degrees of EPSG:4326; along geodesics of WGS 84."""

    tolerance = NEAR_DEGREES

    @property
    def crs(self) -> str:
        return WGS84

    def length_km(self, lines: Geometries) -> Floats:
        return length_km(lines)

    def segments_km(self, segments: Floats) -> Floats:
        return distance_km(segments[:, :2], segments[:, 2:])

    def area_km2(self, polygons: Geometries) -> Floats:
        return area_km2(polygons)

    @property
    def one_plane(self) -> bool:
        return self.metric.fit_for_distances

    def targets(self, features: Geometries) -> Targets:
        return Targets(features, on_ellipsoid=True)

    def nearest(self, supports: Geometries, targets: Targets) -> Nearest:
        return nearest_on_ellipsoid(supports, targets)

    def reach(self, bounds: Bounds, km: float) -> Bounds:
        west, south, east, north = bounds
        high = km * MARGIN / KM_PER_DEGREE
        steep = max(abs(south - high), abs(north + high))
        wide = high / np.cos(np.radians(steep)) if steep < STEEPEST else 360.0
        if west - wide < -180 or east + wide > 180:  # round the world, whichever way
            west, east, wide = -360.0, 360.0, 0.0
        return west - wide, south - high, east + wide, north + high

    def planes(self, places: Geometries) -> Iterator[tuple[str, Ints]]:
        return neighbourhoods(shapely.bounds(places), self.metric)

    def to_plane(self, geometries: Geometries, crs: str) -> Geometries:
        return forward(geometries, crs)

    def from_plane(self, geometries: Geometries, crs: str) -> Geometries:
        return inverse(geometries, crs)


class Plane(Surface):
    """The metric CRS's own coordinates, in metres: straight lines and no correction."""

    tolerance = NEAR_M

    @property
    def crs(self) -> str:
        return self.metric.crs

    def length_km(self, lines: Geometries) -> Floats:
        is_line = shapely.get_dimensions(lines) == 1
        km: Floats = np.where(is_line, shapely.length(lines), 0.0) / M_PER_KM
        return km

    def segments_km(self, segments: Floats) -> Floats:
        ahead = segments[:, 2:] - segments[:, :2]
        km: Floats = np.hypot(ahead[:, 0], ahead[:, 1]) / M_PER_KM
        return km

    def area_km2(self, polygons: Geometries) -> Floats:
        km2: Floats = shapely.area(polygons) / M_PER_KM**2
        return km2

    @property
    def one_plane(self) -> bool:
        return True

    def targets(self, features: Geometries) -> Targets:
        return Targets(features, on_ellipsoid=False)

    def nearest(self, supports: Geometries, targets: Targets) -> Nearest:
        return nearest_in_plane(supports, targets)

    def reach(self, bounds: Bounds, km: float) -> Bounds:
        metres = km * MARGIN * M_PER_KM
        west, south, east, north = bounds
        return west - metres, south - metres, east + metres, north + metres

    def planes(self, places: Geometries) -> Iterator[tuple[str, Ints]]:
        yield self.crs, np.arange(len(places), dtype=np.intp)

    def to_plane(self, geometries: Geometries, crs: str) -> Geometries:
        return geometries

    def from_plane(self, geometries: Geometries, crs: str) -> Geometries:
        return geometries

    def to_degrees(self, geometries: Geometries) -> Geometries:
        return inverse(geometries, self.crs)


@dataclass(frozen=True)
class Flat:
    """What puts geometries into a plane."""

    surface: Surface
    crs: str

    def __call__(self, geometries: Geometries) -> Geometries:
        return self.surface.to_plane(geometries, self.crs)


@dataclass(frozen=True)
class Patch:
    """Some of many geometries, near each other.

    Attributes
    ----------
    rows : array of int
        Which of them they are.
    bounds : Bounds or None
        Of the surface; None where there is nothing.
    flat : Flat
    shapes : array of geometries
        In its plane.
    """

    rows: Ints
    bounds: Bounds | None
    flat: Flat
    shapes: Geometries

    @cached_property
    def xy(self) -> Floats:
        """Of points, shape (rows, 2)."""
        return coordinates(self.shapes)


def patches_of(surface: Surface, geometry: Geometries) -> list[Patch]:
    """Geometries in the planes that circles are drawn in; those that are None may be left out."""
    found = []
    for crs, rows in surface.planes(geometry):
        here, flat = geometry[rows], Flat(surface, crs)
        found.append(Patch(rows, bounds_of(here), flat, flat(here)))
    return found


def surface_of(metric: MetricCRS) -> Surface:
    """The one that the metric CRS asks for."""
    return Plane(metric) if metric.measured == "plane" else Ellipsoid(metric)


def bounds_of(geometries: Geometries) -> Bounds | None:
    """Of all of them; None where there is nothing."""
    return bounds_of_all(shapely.bounds(geometries))


def bounds_of_all(bounds: Floats) -> Bounds | None:
    """Of bounds of shape (n, 4), where NaN is nothing; None where there is nothing else."""
    there = bounds[~np.isnan(bounds[:, 0])]
    if len(there) == 0:
        return None
    (west, south), (east, north) = there[:, :2].min(axis=0), there[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)


def coordinates(points: Geometries) -> NDArray[np.float64]:
    """Shape (points, 2); NaN for None and for what is no point."""
    xy = shapely.get_coordinates(points)
    if len(xy) == len(points) and (shapely.get_type_id(points) == shapely.GeometryType.POINT).all():
        return xy
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])
