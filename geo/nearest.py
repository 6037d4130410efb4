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

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import MetricCRS, forward, transformer
from geo.geodesy import M_PER_KM, Floats, Geometries, distance_km
from geo.validity import simple_parts

CELL_DEGREES = 3.0
CELL_ABROAD_DEGREES = 30.0  # where it only matters that a thing is far from the area
NEAR_DEGREES = 1.5  # beyond the area's bounds its plane still serves
EDGE_DEGREES = 0.1  # longer edges bend off the geodesic, and from plane to plane
PIECE = 16  # segments: short pieces keep the search tree sharp
AT_ONCE = 50_000

Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Nearest:
    """For each support: the row of the nearest feature (-1: none) and the distance (NaN)."""

    feature: Ints
    km: Floats


def nearest(supports: Geometries, features: Geometries, metric: MetricCRS) -> Nearest:
    """The feature nearest to each support; 0 km where they touch.

    Parameters
    ----------
    supports, features : array of geometries, shapes (n,) and (m,)
        Valid, in EPSG:4326, anywhere on Earth; None is nowhere.
    metric : MetricCRS
        Of the area that most of them lie in.
    """
    found = Nearest(np.full(len(supports), -1, dtype=np.intp), np.full(len(supports), np.nan))
    feature, support = touching(features, supports)
    first = np.lexsort((feature, support))[::-1]  # the lowest row is written last
    found.feature[support[first]] = feature[first]
    found.km[support] = 0.0
    pieces, owner = _pieces(features)
    apart = np.flatnonzero((found.feature < 0) & ~_is_nowhere(supports))
    if len(pieces) == 0 or len(apart) == 0:
        return found
    for crs, rows in _planes(shapely.bounds(supports[apart]), pieces, metric):
        here = apart[rows]
        piece, km = _nearest_in_plane(supports[here], pieces, crs)
        found.feature[here], found.km[here] = owner[piece], km
    return found


def nearest_in_plane(supports: Geometries, features: Geometries) -> Nearest:
    """The same with all coordinates in metres of one plane, along straight lines."""
    found = Nearest(np.full(len(supports), -1, dtype=np.intp), np.full(len(supports), np.nan))
    tree = shapely.STRtree(features)
    if len(tree):
        (support, feature), metres = tree.query_nearest(
            supports, all_matches=False, return_distance=True
        )
        found.feature[support], found.km[support] = feature, metres / M_PER_KM
    return found


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


def _is_nowhere(geometries: Geometries) -> NDArray[np.bool_]:
    missing: NDArray[np.bool_] = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    return missing


def _planes(bounds: Floats, pieces: Geometries, metric: MetricCRS) -> Iterator[tuple[str, Ints]]:
    """Planes, and the rows of ``bounds`` (of the supports, shape (n, 4)) measured in each."""
    low, high = np.array(metric.bounds[:2]), np.array(metric.bounds[2:])
    near = (bounds[:, :2] >= low - NEAR_DEGREES) & (bounds[:, 2:] <= high + NEAR_DEGREES)
    at_home, abroad = (np.flatnonzero(near.all(axis=1) == side) for side in (True, False))
    if not (metric.fit_for_distances and _all_finite(forward(pieces, metric.crs))):
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


def _all_finite(geometries: Geometries) -> bool:
    return bool(np.isfinite(shapely.total_bounds(geometries)).all())


def _nearest_in_plane(supports: Geometries, pieces: Geometries, crs: str) -> tuple[Ints, Floats]:
    """The nearest piece to each support, and the geodesic to its nearest place."""
    there = forward(pieces, crs)
    tree = shapely.STRtree(there)
    piece, km = np.empty(len(supports), dtype=np.intp), np.empty(len(supports))
    for begin in range(0, len(supports), AT_ONCE):
        rows = slice(begin, begin + AT_ONCE)
        here = forward(edged(supports[rows]), crs)
        _, piece[rows] = tree.query_nearest(here, all_matches=False)
        km[rows] = _gap_km(here, there[piece[rows]], crs)
    return piece, km


def _gap_km(one: Geometries, other: Geometries, crs: str) -> Floats:
    """Geodesics between the places where the geometries of each pair, in ``crs``, come nearest."""
    x, y = shapely.get_coordinates(shapely.shortest_line(one, other)).T
    lonlat = np.column_stack(transformer(crs).transform(x, y, direction="INVERSE"))
    return distance_km(lonlat[0::2], lonlat[1::2])


def edged(geometries: Geometries) -> Geometries:
    """The same shapes without long edges, so that a plane does not bend them."""
    short: Geometries = shapely.segmentize(geometries, EDGE_DEGREES)
    return short


def _pieces(features: Geometries) -> tuple[Geometries, Ints]:
    """Points and short lines that the features' outlines are made of, and whose each is."""
    parts, owner = simple_parts(features)
    there = ~_is_nowhere(parts)
    parts, owner = parts[there], owner[there]
    is_point = shapely.get_dimensions(parts) == 0
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    is_line = shapely.get_dimensions(parts) == 1
    lines = np.concatenate([parts[is_line], rings])
    owner_of_line = np.concatenate([owner[is_line], owner[of_ring]])
    short, of_short = _cut(edged(lines))
    pieces = np.concatenate([parts[is_point], short])
    return pieces, np.concatenate([owner[is_point], owner_of_line[of_short]]).astype(np.intp)


def _cut(lines: Geometries) -> tuple[Geometries, Ints]:
    """Lines of at most ``PIECE`` segments, each beginning where the one before ends."""
    if len(lines) == 0:
        return lines, np.empty(0, dtype=np.intp)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    count = np.bincount(line, minlength=len(lines))
    place = np.arange(len(line)) - (np.cumsum(count) - count)[line]
    joint = (place % PIECE == 0) & (place > 0) & (place < count[line] - 1)
    doubled = np.repeat(np.arange(len(line)), 1 + joint)
    begins = np.concatenate([[True], np.diff(line[doubled]) > 0])
    begins[1:] |= np.diff(doubled) == 0  # the second of a joint
    number = np.cumsum(begins) - 1
    pieces: Geometries = np.asarray(shapely.linestrings(xy[doubled], indices=number), dtype=object)
    return pieces, line[doubled][begins]
