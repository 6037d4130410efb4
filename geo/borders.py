"""Polygons as edges in the cells of a grid, by which compiled code tells what lies in which.

The coordinates are those of any surface: what lies in what is topology. All code answers only where
the answer is beyond doubt: what comes as near to a border as a tolerance is said to be in doubt,
for that polygon alone, so that an answer for one polygon does not depend on the others.

Of a cell without edges all places lie in the same polygons. From a place in another cell a ray is
drawn to the next cell without edges, or out of the grid, and what it crosses is counted.

Source: the crossing number with half-open edges (Haines 1994, Point in Polygon Strategies, in
Graphics Gems IV).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

from geo.geodesy import Floats, Geometries
from geo.grid import Int64s, njit
from geo.proximity import Cells, cells_of
from geo.validity import simple_parts

EDGES_PER_CELL = 0.25  # most cells are empty, and most places in one
INSIDE, OUTSIDE, DOUBT = 1, 0, -1
ROOM = 1024  # at first, for what is found


class Borders(NamedTuple):
    """Edges of polygons in cells.

    Attributes
    ----------
    edges : array of float, shape (edges, 4)
        x and y of one end, then of the other.
    polygon : array of int, shape (edges,)
        Whose each is.
    cells : Cells
        Of the edges, with the tolerance around them.
    held : array of int, shape (cells, 2)
        For each cell without edges where the polygons begin and end in ``holders`` that it lies in.
    holders : array of int
    corners : array of float, shape (rings, 2)
        One of each ring.
    of_corner : array of int, shape (rings,)
    polygons : int
        How many there are.
    tolerance : float
        In the units of the coordinates: nearer to an edge nothing is certain.
    """

    edges: Floats
    polygon: Int64s
    cells: Cells
    held: Int64s
    holders: Int64s
    corners: Floats
    of_corner: Int64s
    polygons: int
    tolerance: float


def borders_of(polygons: Geometries, tolerance: float) -> Borders:
    """Of polygons and multi-polygons; None is nowhere."""
    parts, owner = simple_parts(polygons)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    goes_on = np.flatnonzero(ring[1:] == ring[:-1])
    edges = np.hstack([xy[goes_on], xy[goes_on + 1]])
    whose = owner[part].astype(np.int64)
    first = np.flatnonzero(np.diff(ring, prepend=-1))
    cells = cells_of(edges, EDGES_PER_CELL, tolerance)
    none = np.zeros((len(cells.begins) - 1, 2), dtype=np.int64)
    bare = Borders(
        edges, whose[ring[goes_on]], cells, none, none[:0, 0],
        xy[first], whose[ring[first]], len(polygons), tolerance,
    )  # fmt: skip
    held, holders = _of_empty_cells(bare)
    return bare._replace(held=held, holders=holders)


@njit
def _of_empty_cells(borders: Borders) -> tuple[Int64s, Int64s]:
    """Row by row from the east, as rays are drawn to what is known there."""
    cells = borders.cells
    state, seen = np.zeros(borders.polygons, np.int64), np.empty(borders.polygons, np.int64)
    held, holders, count = np.zeros_like(borders.held), np.empty(ROOM, np.int64), 0
    for row in range(cells.rows):
        y = cells.south + (row + 0.5) * cells.size_m
        for cell in range((row + 1) * cells.columns - 1, row * cells.columns - 1, -1):
            if not _is_empty(cells, cell):
                continue
            end = _next_empty(cells, cell + 1, row)
            if end == cell + 1 and end < (row + 1) * cells.columns:
                held[cell] = held[end]  # as its neighbour
                continue
            found = _known(end, row, cells, held, holders, state, seen)
            found = _crossed(-np.inf, y, cell + 1, end, borders, state, seen, found)
            if count + found > len(holders):
                more = np.empty(2 * len(holders) + found, np.int64)
                for number in range(count):
                    more[number] = holders[number]
                holders = more
            held[cell, 0], held[cell, 1] = count, count + found
            for number in range(found):
                holders[count + number] = seen[number]
                state[seen[number]] = OUTSIDE
            count += found
    return held, holders[:count]


@njit
def _next_empty(cells: Cells, cell: int, row: int) -> int:
    """The first cell without edges from a cell on to the east; else the first of the next row."""
    while cell < (row + 1) * cells.columns and not _is_empty(cells, cell):
        cell += 1
    return cell


@njit
def _known(
    cell: int, row: int, cells: Cells, held: Int64s, holders: Int64s, state: Int64s, seen: Int64s
) -> int:
    """Write what holds an empty cell; beyond the end of its row there is nothing."""
    if cell == (row + 1) * cells.columns:
        return 0
    begin, end = held[cell]
    for number in range(begin, end):
        seen[number - begin] = holders[number]
        state[holders[number]] = INSIDE
    return int(end - begin)


@njit
def _is_empty(cells: Cells, cell: int) -> bool:
    return bool(cells.begins[cell] == cells.begins[cell + 1])


@njit
def side_of(x: float, y: float, x1: float, y1: float, x2: float, y2: float) -> float:
    """Twice the area of a triangle on an edge: above 0 on the left of it, below on the right."""
    return (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)


@njit
def is_close(
    side: float, x: float, y: float, x1: float, y1: float, x2: float, y2: float, tolerance: float
) -> bool:
    """Whether a place, on that ``side`` of an edge, may be as near to it as the tolerance."""
    return (
        abs(side) <= tolerance * (abs(x2 - x1) + abs(y2 - y1))
        and min(x1, x2) - tolerance <= x <= max(x1, x2) + tolerance
        and min(y1, y2) - tolerance <= y <= max(y1, y2) + tolerance
    )


@njit
def holders_of(x: float, y: float, borders: Borders, state: Int64s, seen: Int64s) -> int:
    """Write the polygons that a place is in, or may be, into ``seen``, rising; return how many.

    ``state`` has a number for each polygon, all OUTSIDE; afterwards it is INSIDE or DOUBT for those
    in ``seen``, and the caller sets them back.
    """
    cells = borders.cells
    column = np.floor((x - cells.west) / cells.size_m)
    line = np.floor((y - cells.south) / cells.size_m)
    if not (0 <= column < cells.columns and 0 <= line < cells.rows):
        return 0
    row = int(line)
    begin = row * cells.columns + int(column)
    end = _next_empty(cells, begin, row)
    count = _known(end, row, cells, borders.held, borders.holders, state, seen)
    return _crossed(x, y, begin, end, borders, state, seen, count)


@njit
def _crossed(
    x: float, y: float, begin: int, end: int, borders: Borders,
    state: Int64s, seen: Int64s, count: int,
) -> int:  # fmt: skip
    """Go over the edges on the way from x, in the cell ``begin`` or west of it, to the end cell."""
    cells, off = borders.cells, borders.tolerance
    for cell in range(begin, end):
        for entry in range(cells.begins[cell], cells.begins[cell + 1]):
            edge = cells.entries[entry]
            x1, y1, x2, y2 = borders.edges[edge]
            column = int(np.floor((min(x1, x2) - off - cells.west) / cells.size_m))
            if cell != max(begin, cell // cells.columns * cells.columns + column):
                continue  # it was seen in a cell to the west
            side = side_of(x, y, x1, y1, x2, y2)
            if is_close(side, x, y, x1, y1, x2, y2, off):
                count = _changed(borders.polygon[edge], DOUBT, state, seen, count)
            elif (y1 <= y) != (y2 <= y) and (side > 0) == (y2 > y1):
                count = _changed(borders.polygon[edge], INSIDE, state, seen, count)
    kept = 0
    for number in range(count):
        if state[seen[number]] != OUTSIDE:
            seen[kept] = seen[number]
            kept += 1
    return kept


@njit
def _changed(polygon: int, change: int, state: Int64s, seen: Int64s, count: int) -> int:
    """Go over an edge of the polygon; return how many are in the list, each once, rising."""
    if state[polygon] != DOUBT:
        state[polygon] = change if change == DOUBT else INSIDE - state[polygon]
    place = count
    while place > 0 and seen[place - 1] > polygon:
        place -= 1
    if place > 0 and seen[place - 1] == polygon:
        return count
    for number in range(count, place, -1):
        seen[number] = seen[number - 1]
    seen[place] = polygon
    return count + 1
