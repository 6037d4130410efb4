"""Positions on many lines at once: one number tells the line and the place on it.

All lines lie one after the other on one long measure, with a gap between them. A *mark* is a
position on it, in metres of the plane; its kilometres are those of the ellipsoid.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import MetricCRS, forward, transformer
from geo.geodesy import Floats, Geometries, Ints, distance_km
from vigia.errors import GeometryError

GAP_M = 1.0  # between lines on the measure, so that no mark is on two of them
PIECE = 16  # segments: short pieces keep the search tree sharp


@dataclass(frozen=True)
class Near:
    """Pairs of places (rows) and lines: where on the line, and how far off in metres."""

    place: Ints
    line: Ints
    mark_m: Floats
    apart_m: Floats

    def only(self, mask: NDArray[np.bool_] | Ints) -> Near:
        """Some of the pairs."""
        return Near(self.place[mask], self.line[mask], self.mark_m[mask], self.apart_m[mask])


@dataclass(frozen=True)
class DrawnLines:
    """Lines on one measure.

    Attributes
    ----------
    crs : str
        Of the plane.
    lonlat, xy : arrays of shape (vertices, 2)
        Degrees, and metres of the plane.
    line : array of shape (vertices,)
    mark_m : array of shape (vertices,)
        Strictly rising.
    km : array of shape (vertices,)
        Rising along each line; scaled where the table knows the true length.
    """

    crs: str
    lonlat: Floats
    xy: Floats
    line: Ints
    mark_m: Floats
    km: Floats

    @cached_property
    def begin_m(self) -> Floats:
        """The mark of each line's start."""
        return np.asarray(self.mark_m[np.concatenate([[True], np.diff(self.line) > 0])])

    @cached_property
    def end_m(self) -> Floats:
        """The mark of each line's end."""
        return np.asarray(self.mark_m[np.concatenate([np.diff(self.line) > 0, [True]])])

    @cached_property
    def pieces(self) -> tuple[Geometries, Ints]:
        """Short lines in the plane, and the vertex that each begins at."""
        first = np.concatenate([[0], np.flatnonzero(np.diff(self.line) > 0) + 1])
        size = np.diff(np.append(first, len(self.line)))
        place = np.arange(len(self.line)) - np.repeat(first, size)
        joint = (place % PIECE == 0) & (place > 0) & (place < np.repeat(size, size) - 1)
        doubled = np.repeat(np.arange(len(self.line)), 1 + joint)
        begins = np.concatenate([[True], np.diff(self.line[doubled]) > 0])
        begins[1:] |= np.diff(doubled) == 0  # the second of a joint
        number = np.cumsum(begins) - 1
        made = shapely.linestrings(self.xy[doubled], indices=number)
        return np.asarray(made, dtype=object), doubled[begins]

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Of the pieces."""
        return shapely.STRtree(self.pieces[0])

    def whole(self) -> Geometries:
        """Each line in the plane; made anew, as they are needed once."""
        return np.asarray(shapely.linestrings(self.xy, indices=self.line), dtype=object)

    def near(self, points: Geometries, distance_m: float) -> Near:
        """Lines within ``distance_m`` of points of the plane; each pair once, nearest first."""
        place, piece = self.tree.query(points, predicate="dwithin", distance=distance_m)
        return self._near(place, piece, points)

    def nearest(self, points: Geometries) -> Near:
        """The nearest line to each point of the plane; the lowest of several."""
        place, piece = self.tree.query_nearest(points, all_matches=True)
        found = self._near(place, piece, points)
        first = np.concatenate([np.ones(min(len(found.place), 1), bool), np.diff(found.place) > 0])
        return found.only(first)

    def _near(self, place: Ints, piece: Ints, points: Geometries) -> Near:
        apart = shapely.distance(self.pieces[0][piece], points[place])
        mark, line = self.mark_on(piece, points[place]), self.piece_line(piece)
        order = np.lexsort((mark, apart, line, place))
        first = np.ones(len(order), dtype=bool)
        first[1:] = (np.diff(place[order]) > 0) | (np.diff(line[order]) > 0)
        order = order[first]
        order = order[np.lexsort((line[order], apart[order], place[order]))]
        return Near(place[order], line[order], mark[order], apart[order])

    def piece_line(self, piece: Ints) -> Ints:
        """The line that each piece is part of."""
        return np.asarray(self.line[self.pieces[1][piece]], dtype=np.intp)

    def mark_on(self, piece: Ints, points: Geometries) -> Floats:
        """Where on the piece the plane's points come nearest."""
        geometry, vertex = self.pieces
        along = shapely.line_locate_point(geometry[piece], points)
        return np.asarray(self.mark_m[vertex[piece]] + along, dtype=float)

    def km_at(self, mark_m: Floats) -> Floats:
        """On the measure of kilometres; differences on one line are lengths."""
        return np.interp(mark_m, self.mark_m, self.km)

    def marks_at(self, line: Ints, km: Floats) -> Floats:
        """Marks on lines where the measure of kilometres says ``km``."""
        mark = np.interp(km, self.km, self.mark_m)
        return np.clip(mark, self.begin_m[line], self.end_m[line])

    def lonlat_at(self, mark_m: Floats) -> Floats:
        """Shape (marks, 2), degrees."""
        return np.column_stack(
            [np.interp(mark_m, self.mark_m, self.lonlat[:, axis]) for axis in (0, 1)]
        )

    def xy_at(self, mark_m: Floats) -> Floats:
        """Shape (marks, 2), metres of the plane."""
        return np.column_stack(
            [np.interp(mark_m, self.mark_m, self.xy[:, axis]) for axis in (0, 1)]
        )

    def stretch(self, begin_m: float, end_m: float) -> Floats:
        """Degrees along a line from one mark to another, whichever comes first; shape (n, 2)."""
        low, high = min(begin_m, end_m), max(begin_m, end_m)
        inner = slice(*np.searchsorted(self.mark_m, [low, high], side="right").tolist())
        between = self.lonlat[inner][self.mark_m[inner] < high]
        way = np.vstack(
            [self.lonlat_at(np.array([low])), between, self.lonlat_at(np.array([high]))]
        )
        return way if begin_m <= end_m else way[::-1]


def draw(lines: Geometries, km: Floats, metric: MetricCRS) -> DrawnLines:
    """Lay lines on a measure.

    Parameters
    ----------
    lines : array of LineString
        EPSG:4326, without repeated points.
    km : array of float
        The length of each.
    metric : MetricCRS
        The plane for positions; lengths do not depend on it.

    Raises
    ------
    GeometryError
        When the plane does not reach as far as the lines.
    """
    lonlat, line = shapely.get_coordinates(lines, return_index=True)
    xy = np.column_stack(transformer(metric.crs).transform(lonlat[:, 0], lonlat[:, 1]))
    if not np.isfinite(xy).all():
        raise GeometryError(
            "Ways lie where the metric CRS of the area is not defined.",
            hint="Clip rivers and roads to the surroundings of the area.",
        )
    inside = line[1:] == line[:-1]
    step_km = np.where(inside, distance_km(lonlat[:-1], lonlat[1:]), 0.0)
    drawn = np.bincount(line[1:], weights=step_km, minlength=len(lines))
    step_km *= (km / drawn)[line[1:]]
    step_m = np.where(inside, np.hypot(*np.diff(xy, axis=0).T), GAP_M)
    return DrawnLines(
        metric.crs, lonlat, xy, line.astype(np.intp),
        np.concatenate([[0.0], np.cumsum(step_m)]), np.concatenate([[0.0], np.cumsum(step_km)]),
    )  # fmt: skip


def to_lonlat(xy: Floats, crs: str) -> Floats:
    """Degrees of places in the plane; shape (n, 2) both."""
    lonlat = transformer(crs).transform(xy[:, 0], xy[:, 1], direction="INVERSE")
    return np.column_stack(lonlat).reshape(-1, 2)


def points_of(xy: Floats) -> Geometries:
    """A point for each row of (n, 2)."""
    return np.asarray(shapely.points(xy), dtype=object).reshape(-1)


def to_plane(geometries: Geometries, crs: str, where: str) -> Geometries:
    """Geometries of EPSG:4326 in the plane.

    Raises
    ------
    GeometryError
        When one lies where the plane is not defined; ``where`` says what they are.
    """
    plane = forward(geometries, crs)
    bounds = shapely.bounds(plane)[~shapely.is_missing(plane) & ~shapely.is_empty(plane)]
    if not np.isfinite(bounds).all():
        raise GeometryError(
            f"{where} lie where the metric CRS of the area is not defined.",
            hint="Check their coordinates, or leave out what is far from the area.",
        )
    return plane
