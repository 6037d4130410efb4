"""The length of lines within a radius of places, in closed form, by compiled code.

As in ``geo.discs``: metres of one plane, closed discs, serial, and numbers that depend on nothing
farther away than the radius.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.discs import cell_sums, compact, in_order
from geo.geodesy import M_PER_KM, Floats, Geometries
from geo.grid import Grid, cells_near, grid_of, is_somewhere, njit
from geo.validity import simple_parts


class SegmentsAround:
    """Straight segments, made ready to be added up within a radius.

    Parameters
    ----------
    segments : array of float, shape (m, 4)
        x and y of one end, then of the other, in metres. One without two finite ends is nowhere.
    radius_m : float

    Raises
    ------
    GeometryError
        When the radius is not from 10 m to 10,000 km.
    """

    def __init__(self, segments: Floats, radius_m: float) -> None:
        self._radius_m = float(radius_m)
        ends = segments[:, :2], segments[:, 2:]
        self._grid = grid_of(np.hstack([np.minimum(*ends), np.maximum(*ends)]), self._radius_m)
        self._segments = in_order(segments, self._grid)
        run = self._segments[:, 2:] - self._segments[:, :2]
        self._length_m = np.hypot(run[:, 0], run[:, 1])
        self._of_cell = cell_sums(self._grid.begins, self._length_m[:, np.newaxis])[:, 0].copy()

    def lengths(self, places: Floats) -> Floats:
        """Kilometres within the radius of each place (n, 2), shape (n,)."""
        metres = _lengths(
            compact(places),
            self._grid,
            self._segments,
            self._length_m,
            self._of_cell,
            self._radius_m,
        )
        return metres / M_PER_KM


def length_within(places: Floats, segments: Floats, radius_m: float) -> Floats:
    """Kilometres of the segments in a disc around each place.

    Parameters
    ----------
    places, segments : array of float, shapes (n, 2) and (m, 4)
        Metres; a place that is not finite gets NaN.
    radius_m : float

    Returns
    -------
    array of float, shape (n,)

    Raises
    ------
    GeometryError
        When the radius is not from 10 m to 10,000 km.
    """
    return SegmentsAround(segments, radius_m).lengths(places)


def segments_of(lines: Geometries) -> tuple[Floats, NDArray[np.intp]]:
    """The segments of lines and multi-lines, shape (m, 4), and the row of the line of each.

    Other geometries have none. The unit stays.
    """
    parts, owner = simple_parts(lines)
    is_line = shapely.get_dimensions(parts) == 1
    if not is_line.all():
        parts, owner = parts[is_line], owner[is_line]
    xy, part = shapely.get_coordinates(parts, return_index=True)
    begins = np.flatnonzero(part[1:] == part[:-1])
    segments = np.empty((len(begins), 4))
    segments[:, :2], segments[:, 2:] = xy[begins], xy[begins + 1]
    return segments, owner[part[begins]]


@njit
def _lengths(
    places: Floats,
    grid: Grid,
    segments: Floats,
    length_m: Floats,
    of_cells: Floats,
    radius_m: float,
) -> Floats:
    total = np.zeros(len(places))
    found = np.empty(len(grid.keys), np.int64)
    for place in range(len(places)):
        x, y = places[place]
        if not is_somewhere(x, y):
            total[place] = np.nan
            continue
        for one in found[: cells_near(x, y, radius_m, grid, found)]:
            if one >= 0:
                total[place] += of_cells[one]
                continue
            some = 0.0
            for thing in range(grid.begins[-1 - one], grid.begins[-one]):
                x1, y1 = segments[thing, 0] - x, segments[thing, 1] - y
                x2, y2 = segments[thing, 2] - x, segments[thing, 3] - y
                some += length_m[thing] * _part_inside(x1, y1, x2, y2, radius_m)
            total[place] += some
    return total


@njit
def _part_inside(x1: float, y1: float, x2: float, y2: float, radius_m: float) -> float:
    """How much of a segment lies in a disc around (0, 0), from 0 to 1."""
    square = radius_m * radius_m
    if x1 * x1 + y1 * y1 <= square and x2 * x2 + y2 * y2 <= square:
        return 1.0  # without rounding, as a cell that is wholly inside
    enters, leaves = crossings(x1, y1, x2, y2, radius_m)
    return max(min(leaves, 1.0) - max(enters, 0.0), 0.0)


@njit
def crossings(x1: float, y1: float, x2: float, y2: float, radius_m: float) -> tuple[float, float]:
    """Where the line through a segment enters a disc around (0, 0) and where it leaves it.

    As parts of the segment, from its first end; (1, 0) where it misses the disc.
    """
    dx, dy = x2 - x1, y2 - y1
    run = dx * dx + dy * dy
    off = x1 * dy - y1 * dx  # how far the line passes, times the length
    under = run * radius_m * radius_m - off * off
    if run == 0.0 or under < 0.0:
        return 1.0, 0.0
    middle, half = -(x1 * dx + y1 * dy) / run, np.sqrt(under) / run
    return middle - half, middle + half
