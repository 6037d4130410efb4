"""The nearest feature, and how far it is: found in a plane, measured on the ellipsoid.

Where the metric CRS is off by no more than 0.5 % over the area, it is the plane. Where it is off by
more, every neighbourhood of 3 degrees gets an azimuthal equidistant plane of its own: 500 km from
its centre that is off by 0.1 % at most, across, and not at all towards the centre. (So does every
30 degrees far outside of the area, where the nearest of two places that are almost as near may be
missed.) Either way the plane only says which place is the nearest; the number is the geodesic to
that place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.arrays import edged
from geo.crs import MetricCRS, transformer
from geo.disc_lengths import segments_of
from geo.geodesy import M_PER_KM, Floats, Geometries, distance_km
from geo.proximity import cells_of, nearest_segments
from geo.validity import simple_parts

CELL_DEGREES = 3.0
CELL_ABROAD_DEGREES = 30.0  # where it only matters that a thing is far from the area
NEAR_DEGREES = 1.5  # beyond the area's bounds its plane still serves

Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Nearest:
    """For each support: the row of a nearest feature (-1: none) and the distance (NaN)."""

    feature: Ints
    km: Floats


@dataclass(frozen=True)
class Outlines:
    """Points and borders as segments: x and y of one end, then of the other.

    Attributes
    ----------
    segments : array of float, shape (n, 4)
    owner : array of int, shape (n,)
        Whose each is; sorted.
    """

    segments: Floats
    owner: Ints


def nearest(supports: Geometries, features: Geometries, metric: MetricCRS) -> Nearest:
    """A feature nearest to each support; 0 km where they touch.

    Parameters
    ----------
    supports, features : array of geometries, shapes (n,) and (m,)
        Valid, in EPSG:4326, anywhere on Earth; None is nowhere.
    metric : MetricCRS
        Of the area that most of them lie in.
    """
    return nearest_on_ellipsoid(supports, Targets(features, metric), metric)


class Targets:
    """Features made ready to be the nearest of: made once, and asked by many.

    Parameters
    ----------
    features : array of geometries
        In EPSG:4326, or in the plane.
    metric : MetricCRS or None
        None: they are in the plane already.
    """

    def __init__(self, features: Geometries, metric: MetricCRS | None) -> None:
        self.features = features
        self.areas = bool((shapely.get_dimensions(features) == 2).any())
        if metric is None:
            self.outlines = outlines(features)
            self.flat: Flat | None = Flat(self.outlines, None)
        else:
            self.outlines = outlines(edged(features))
            flat = Flat(self.outlines, metric.crs)
            self.flat = flat if metric.fit_for_distances and flat.whole else None

    @cached_property
    def tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.features)


class Flat:
    """Outlines in a plane, in cells; without those that the plane has no place for."""

    def __init__(self, outlines: Outlines, crs: str | None) -> None:
        segments = outlines.segments if crs is None else _projected(outlines.segments, crs)
        known = np.flatnonzero(np.isfinite(segments).all(axis=1))  # not so at the antipodes
        self.whole = len(known) == len(segments)
        self._owner = np.append(outlines.owner[known], -1)  # -1 is the last
        self._segments = np.ascontiguousarray(segments[known])
        self._cells = cells_of(self._segments)

    def nearest_to(self, queries: Floats, begins: Ints) -> tuple[Ints, Floats]:
        """Whose outline is nearest to each group, and where the two come nearest."""
        target, places = nearest_segments(queries, begins, self._segments, self._cells)
        return self._owner[target], places


def nearest_on_ellipsoid(supports: Geometries, targets: Targets, metric: MetricCRS) -> Nearest:
    """The same of targets that are ready."""
    found = _nothing(len(supports))
    here = outlines(edged(supports))
    bounds = shapely.bounds(supports)
    apart = np.flatnonzero(np.isfinite(bounds).all(axis=1))
    for crs, rows in _planes(bounds[apart], targets.flat is not None, metric):
        some = apart[rows]
        at_home = targets.flat is not None and crs == metric.crs
        flat = targets.flat if at_home else Flat(targets.outlines, crs)
        assert flat is not None  # noqa: S101 - at home it is there
        queries, begins = _of_rows(here, some, len(supports))
        found.feature[some], places = flat.nearest_to(_projected(queries, crs), begins)
        found.km[some] = _geodesic_km(places, crs)
    _touching_is_nearest(found, supports, targets)
    return found


def nearest_in_plane(supports: Geometries, targets: Targets) -> Nearest:
    """The same with all coordinates in metres of one plane, along straight lines."""
    assert targets.flat is not None  # noqa: S101 - made for the plane
    found = _nothing(len(supports))
    some = np.flatnonzero(np.isfinite(shapely.bounds(supports)).all(axis=1))
    queries, begins = _of_rows(outlines(supports), some, len(supports))
    found.feature[some], places = targets.flat.nearest_to(queries, begins)
    found.km[some] = np.hypot(places[:, 0] - places[:, 2], places[:, 1] - places[:, 3]) / M_PER_KM
    _touching_is_nearest(found, supports, targets)
    return found


def _nothing(supports: int) -> Nearest:
    return Nearest(np.full(supports, -1, dtype=np.intp), np.full(supports, np.nan))


def _of_rows(here: Outlines, rows: Ints, supports: int) -> tuple[Floats, Ints]:
    """Segments of some supports, and where those of each begin."""
    begins = np.searchsorted(here.owner, np.arange(supports + 1))
    count = (begins[1:] - begins[:-1])[rows]
    group = np.concatenate([[0], np.cumsum(count)]).astype(np.intp)
    return here.segments[np.repeat(begins[rows] - group[:-1], count) + np.arange(group[-1])], group


def _touching_is_nearest(found: Nearest, supports: Geometries, targets: Targets) -> None:
    """What lies in a polygon is at no distance from it, however far its border is."""
    apart = np.flatnonzero(found.km > 0)
    if targets.areas and not (shapely.get_dimensions(supports[apart]) == 2).any():
        feature, support = touching(targets.features, supports[apart])
    elif len(apart):
        support, feature = targets.tree.query(supports[apart], predicate="intersects")
    else:
        return
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


def _projected(segments: Floats, crs: str) -> Floats:
    x, y = segments[:, 0::2], segments[:, 1::2]
    moved = transformer(crs).transform(x.ravel(), y.ravel())
    return np.column_stack(moved).reshape(-1, 4)


def _geodesic_km(places: Floats, crs: str) -> Floats:
    """Between two places in the plane: x, y of one, then of the other; NaN where there is none."""
    lonlat = transformer(crs).transform(
        places[:, 0::2].ravel(), places[:, 1::2].ravel(), direction="INVERSE"
    )
    ends = np.column_stack(lonlat).reshape(-1, 4)
    known = np.isfinite(places).all(axis=1)
    km = np.full(len(places), np.nan)
    km[known] = distance_km(ends[known, :2], ends[known, 2:])
    km[(places[:, :2] == places[:, 2:]).all(axis=1)] = 0.0
    return km


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
        yield from _local_planes(bounds, there, CELL_DEGREES)


def _planes(bounds: Floats, one: bool, metric: MetricCRS) -> Iterator[tuple[str, Ints]]:
    """Planes, and the rows of ``bounds`` (of the supports, shape (n, 4)) measured in each."""
    low, high = np.array(metric.bounds[:2]), np.array(metric.bounds[2:])
    near = (bounds[:, :2] >= low - NEAR_DEGREES) & (bounds[:, 2:] <= high + NEAR_DEGREES)
    at_home, abroad = (np.flatnonzero(near.all(axis=1) == side) for side in (True, False))
    if not one:
        yield from _local_planes(bounds, at_home, CELL_DEGREES)
    elif len(at_home):
        yield metric.crs, at_home
    yield from _local_planes(bounds, abroad, CELL_ABROAD_DEGREES)


def _local_planes(bounds: Floats, rows: Ints, size: float) -> Iterator[tuple[str, Ints]]:
    """A plane for each cell of ``size`` degrees with a support's middle in it."""
    middle = (bounds[rows, :2] + bounds[rows, 2:]) / 2
    cells, cell = np.unique(np.floor(middle / size), axis=0, return_inverse=True)
    for number, (lon, lat) in enumerate((cells + 0.5) * size):
        centre = f"+lat_0={np.clip(lat, -89.9, 89.9):g} +lon_0={lon:g}"
        yield f"+proj=aeqd {centre} +datum=WGS84 +units=m", rows[cell.ravel() == number]
