"""The nearest feature, and how far it is: along a geodesic, or straight in a plane.

On the ellipsoid no plane is asked for anything. Long edges are cut straight in degrees, where
overlays have them too; a short edge is the geodesic between its ends. What lies in a polygon is at
no distance from it: that is topology, found in degrees.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import shapely

from geo.arrays import NEAR_DEGREES, NEAR_M, edged
from geo.borders import Borders, borders_of
from geo.crs import MetricCRS
from geo.disc_lengths import segments_of
from geo.geodesy import M_PER_KM, Floats, Geometries, Ints
from geo.inside import Places
from geo.proximity import cells_of, nearest_segments
from geo.shortest import OnEllipsoid
from geo.validity import simple_parts

CELL_DEGREES = 3.0


@dataclass(frozen=True)
class Nearest:
    """For each support: the row of a nearest feature (-1: none) and the distance (NaN)."""

    feature: Ints
    km: Floats


class Outlines(NamedTuple):
    """Points and borders as segments: x and y of one end, then of the other.

    Attributes
    ----------
    segments : array of float, shape (n, 4)
    owner : array of int, shape (n,)
        Whose each is; sorted.
    """

    segments: Floats
    owner: Ints


def nearest(supports: Geometries, features: Geometries) -> Nearest:
    """A feature nearest to each support; 0 km where they touch.

    Parameters
    ----------
    supports, features : array of geometries, shapes (n,) and (m,)
        Valid, in EPSG:4326, anywhere on Earth; None is nowhere.
    """
    return nearest_on_ellipsoid(supports, Targets(features, on_ellipsoid=True))


class Targets:
    """Features made ready to be the nearest of: made once, and asked by many.

    Parameters
    ----------
    features : array of geometries
        In EPSG:4326, or in the plane.
    on_ellipsoid : bool
    """

    def __init__(self, features: Geometries, *, on_ellipsoid: bool) -> None:
        self.features = features
        self.areas = bool((shapely.get_dimensions(features) == 2).any())
        self.ground: InPlane | OnEllipsoid
        if on_ellipsoid:
            self.ground = OnEllipsoid(*_known(outlines(edged(features))))
        else:
            self.ground = InPlane(*_known(outlines(features)))

    @cached_property
    def tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.features)

    @cached_property
    def borders(self) -> Borders:
        """Of the polygons among them."""
        areas = self.features.copy()
        areas[shapely.get_dimensions(areas) != 2] = None
        on_ellipsoid = isinstance(self.ground, OnEllipsoid)
        return borders_of(areas, NEAR_DEGREES if on_ellipsoid else NEAR_M)


class InPlane:
    """Segments to be the nearest, in metres of a plane.

    Parameters
    ----------
    segments : array of float, shape (m, 4)
    owner : array of int, shape (m,)
        Whose each is; sorted.
    """

    def __init__(self, segments: Floats, owner: Ints) -> None:
        self._segments = np.ascontiguousarray(segments)
        self._owner = np.append(owner, -1)  # -1 is the last
        self._cells = cells_of(self._segments)

    def nearest_to(self, queries: Floats, begins: Ints) -> tuple[Ints, Floats]:
        """Whose outline is nearest to each group, and how far it is in km."""
        target, places = nearest_segments(queries, begins, self._segments, self._cells)
        metres = np.hypot(places[:, 0] - places[:, 2], places[:, 1] - places[:, 3])
        return self._owner[target], metres / M_PER_KM


def nearest_on_ellipsoid(supports: Geometries, targets: Targets) -> Nearest:
    """The same of targets that are ready."""
    return _nearest(edged(_somewhere(supports)), supports, targets)


def nearest_in_plane(supports: Geometries, targets: Targets) -> Nearest:
    """The same with all coordinates in metres of one plane, along straight lines."""
    return _nearest(_somewhere(supports), supports, targets)


def _somewhere(supports: Geometries) -> Geometries:
    """None instead of those that are partly where the plane has no place for them."""
    finite = np.isfinite(shapely.bounds(supports)).all(axis=1)
    known: Geometries = supports.copy()
    known[~finite] = None
    return known


def _known(here: Outlines) -> Outlines:
    """Without segments that the plane has no place for."""
    finite = np.isfinite(here.segments).all(axis=1)
    return here if finite.all() else Outlines(here.segments[finite], here.owner[finite])


def _nearest(looking: Geometries, supports: Geometries, targets: Targets) -> Nearest:
    here = outlines(looking)
    begins = np.searchsorted(here.owner, np.arange(len(supports) + 1))
    found = Nearest(*targets.ground.nearest_to(here.segments, begins))
    _touching_is_nearest(found, supports, targets)
    return found


def _touching_is_nearest(found: Nearest, supports: Geometries, targets: Targets) -> None:
    """What lies in a polygon is at no distance from it, however far its border is."""
    apart = np.flatnonzero(found.km > 0)
    if len(apart) == 0:
        return
    if (shapely.get_type_id(supports[apart]) != shapely.GeometryType.POINT).any():
        support, feature = targets.tree.query(supports[apart], predicate="intersects")
    elif targets.areas:
        feature, support = Places(supports[apart]).inside(targets.features, targets.borders)
    else:
        return  # a point that is not at a line is not in it
    first = np.lexsort((feature, support))[::-1]  # the lowest row is written last
    found.feature[apart[support[first]]] = feature[first]
    found.km[apart[support]] = 0.0


def outlines(geometries: Geometries) -> Outlines:
    """Of points, lines and borders of polygons; None has none."""
    parts, owner = simple_parts(geometries)
    kind = shapely.get_dimensions(parts)
    if (kind == 0).all():
        there = np.flatnonzero(~shapely.is_empty(parts))
        return Outlines(np.tile(shapely.get_coordinates(parts[there]), 2), owner[there])
    rings, of_ring = shapely.get_rings(parts[kind == 2], return_index=True)
    lines = np.concatenate([parts[kind == 1], rings])
    of_line = np.concatenate([owner[kind == 1], owner[kind == 2][of_ring]])
    segments, line = segments_of(lines)
    points = outlines(parts[kind == 0])
    segments = np.concatenate([segments, points.segments])
    whose = np.concatenate([of_line[line], owner[kind == 0][points.owner]])
    if (whose[1:] < whose[:-1]).any():
        order = np.argsort(whose, kind="stable")
        segments, whose = segments[order], whose[order]
    return Outlines(segments, whose.astype(np.intp))


def touching(features: Geometries, supports: Geometries) -> tuple[Ints, Ints]:
    """Pairs of rows (feature, support) that share a point; topology alone, so degrees will do.

    GEOS prepares the geometries that are asked with: the polygons, if there are any.
    """
    if (shapely.get_dimensions(supports) == 2).any():
        second, first = shapely.STRtree(features).query(supports, predicate="intersects")
    else:
        first, second = shapely.STRtree(supports).query(features, predicate="intersects")
    return first, second


def neighbourhoods(bounds: Floats, metric: MetricCRS) -> Iterator[tuple[str, Ints]]:
    """Planes for places with ``bounds`` (shape (n, 4), NaN nowhere), and the rows of each."""
    there = np.flatnonzero(np.isfinite(bounds).all(axis=1))
    if metric.fit_for_distances:
        yield metric.crs, there
    else:
        yield from _local_planes(bounds, there)


def _local_planes(bounds: Floats, rows: Ints) -> Iterator[tuple[str, Ints]]:
    """A plane for each cell of 3 degrees with a support's middle in it."""
    middle = (bounds[rows, :2] + bounds[rows, 2:]) / 2
    cells, cell = np.unique(np.floor(middle / CELL_DEGREES), axis=0, return_inverse=True)
    for number, (lon, lat) in enumerate((cells + 0.5) * CELL_DEGREES):
        centre = f"+lat_0={np.clip(lat, -89.9, 89.9):g} +lon_0={lon:g}"
        yield f"+proj=aeqd {centre} +datum=WGS84 +units=m", rows[cell.ravel() == number]
