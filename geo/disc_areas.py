"""The area of polygons within a radius of places, exact but for rounding, by compiled code.

By Green's theorem the area that a ring and a disc have in common is a sum over the ring's edges:
of the triangle that the centre makes with the part of the edge in the disc, and of the sectors
under the parts outside. A ring that turns to the right, as that of a hole, counts as less than
nothing, so rings need not know whose they are. As in ``geo.discs``, all is metres of one plane, and
a place's number depends on the polygons that its disc meets, in their order, and on no other; but
for one with the whole disc in a hole, where the last bit may change.
"""

from __future__ import annotations

import numpy as np

from geo.disc_lengths import crossings
from geo.discs import cell_sums, compact, in_order
from geo.geodesy import M_PER_KM, Floats
from geo.grid import Grid, Int64s, cells_near, farthest2, grid_of, is_somewhere, nearest2, njit
from geo.rings import Rings, boxes_of, in_pieces

NOTHING = 1e-12  # of the disc: what is left where edges cancel out


class AreasAround:
    """Polygons, made ready to be measured within a radius.

    Parameters
    ----------
    rings : Rings
        Of polygons that do not overlap: where they do, the area counts twice.
    radius_m : float

    Raises
    ------
    GeometryError
        When the radius is not from 10 m to 10,000 km.
    """

    def __init__(self, rings: Rings, radius_m: float) -> None:
        self._radius_m = float(radius_m)
        pieces = in_pieces(rings)
        boxes = boxes_of(pieces)
        self._grid = grid_of(boxes, self._radius_m)
        self._boxes = in_order(boxes, self._grid)
        self._xy = compact(pieces.xy)
        order = self._grid.order
        self._ends = np.column_stack([pieces.begins[:-1][order], pieces.begins[1:][order]])
        self._m2 = _signed_m2(self._xy, self._ends)
        self._of_cell = cell_sums(self._grid.begins, self._m2[:, np.newaxis])[:, 0].copy()

    def areas(self, places: Floats) -> Floats:
        """Square kilometres within the radius of each place (n, 2), shape (n,)."""
        m2 = _areas(
            compact(places),
            self._grid,
            self._xy,
            self._ends,
            self._boxes,
            self._m2,
            self._of_cell,
            self._radius_m,
        )
        m2[m2 < NOTHING * np.pi * self._radius_m**2] = 0.0
        return m2 / M_PER_KM**2


def area_within(places: Floats, rings: Rings, radius_m: float) -> Floats:
    """Square kilometres of polygons in a disc around each place.

    Parameters
    ----------
    places : array of float, shape (n, 2)
        Metres; one that is not finite gets NaN.
    rings : Rings
        Of polygons that do not overlap, by ``geo.rings.rings_of``.
    radius_m : float

    Returns
    -------
    array of float, shape (n,)

    Raises
    ------
    GeometryError
        When the radius is not from 10 m to 10,000 km.
    """
    return AreasAround(rings, radius_m).areas(places)


@njit
def _signed_m2(xy: Floats, ends: Int64s) -> Floats:
    areas = np.empty(len(ends))
    for ring in range(len(ends)):
        first, end = ends[ring]
        x, y = xy[first]
        twice = 0.0
        for corner in range(first, end - 1):
            x1, y1 = xy[corner, 0] - x, xy[corner, 1] - y
            x2, y2 = xy[corner + 1, 0] - x, xy[corner + 1, 1] - y
            twice += x1 * y2 - x2 * y1
        areas[ring] = twice / 2
    return areas


@njit
def _areas(
    places: Floats,
    grid: Grid,
    xy: Floats,
    ends: Int64s,
    boxes: Floats,
    signed_m2: Floats,
    of_cells: Floats,
    radius_m: float,
) -> Floats:
    total = np.zeros(len(places))
    found = np.empty(len(grid.keys), np.int64)
    square = radius_m * radius_m
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
            for ring in range(grid.begins[-1 - one], grid.begins[-one]):
                if farthest2(x, y, boxes, ring) <= square:
                    some += signed_m2[ring]
                elif nearest2(x, y, boxes, ring) <= square:
                    some += _in_disc(x, y, xy[ends[ring, 0] : ends[ring, 1]], radius_m)
            total[place] += some
    return total


@njit
def _in_disc(x: float, y: float, ring: Floats, radius_m: float) -> float:
    """Signed area, m², that a ring has in common with the disc around (x, y)."""
    total = 0.0
    x1, y1 = ring[-1, 0] - x, ring[-1, 1] - y
    for corner in range(len(ring)):
        x2, y2 = ring[corner, 0] - x, ring[corner, 1] - y
        enters, leaves = crossings(x1, y1, x2, y2, radius_m)
        enters, leaves = max(enters, 0.0), min(leaves, 1.0)
        if enters > leaves:
            total += _sector(x1, y1, x2, y2, radius_m)
        else:
            total += _partly_inside(x1, y1, x2, y2, enters, leaves, radius_m)
        x1, y1 = x2, y2
    disc = np.pi * radius_m * radius_m
    whole = float(np.rint(total / disc)) * disc
    if abs(total - whole) < NOTHING * disc:  # all of the disc or none, without the last bits
        return whole
    return total


@njit
def _partly_inside(
    x1: float, y1: float, x2: float, y2: float, enters: float, leaves: float, radius_m: float
) -> float:
    ax, ay = x1 + enters * (x2 - x1), y1 + enters * (y2 - y1)
    bx, by = x1 + leaves * (x2 - x1), y1 + leaves * (y2 - y1)
    area = (ax * by - bx * ay) / 2
    if enters > 0:
        area += _sector(x1, y1, ax, ay, radius_m)
    if leaves < 1:
        area += _sector(bx, by, x2, y2, radius_m)
    return area


@njit
def _sector(x1: float, y1: float, x2: float, y2: float, radius_m: float) -> float:
    angle = float(np.arctan2(x1 * y2 - x2 * y1, x1 * x2 + y1 * y2))
    return radius_m * radius_m * angle / 2
