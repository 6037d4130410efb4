"""The nearest of many segments, by compiled code: in the metres of one plane.

Targets are put into the cells of a grid, and from each query rings of cells are searched outwards
until nothing nearer can follow. The work leaves the interpreter's lock, so that parts may run in
threads.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.geodesy import Floats
from geo.grid import Int64s, njit

TARGETS_PER_CELL = 2
PAIRS_EXPECTED = 1024
ENTRIES_PER_TARGET = 8  # at most, on average: a target is entered in each cell that its box touches


class Cells(NamedTuple):
    """A grid over the targets' boxes.

    Attributes
    ----------
    begins : array of int, shape (columns * rows + 1,)
        Where the entries of each cell begin.
    entries : array of int
        Rows of targets, in order in each cell.
    """

    west: float
    south: float
    size_m: float
    columns: int
    rows: int
    begins: Int64s
    entries: Int64s


def nearest_segments(
    queries: Floats, begins: NDArray[np.intp], targets: Floats, cells: Cells
) -> tuple[Int64s, Floats]:
    """The target nearest to each group of queries, and where the two come nearest.

    Parameters
    ----------
    queries, targets : array of float, shapes (q, 4) and (m, 4)
        x and y of one end, then of the other; a point is a segment without a length. Finite.
    begins : array of int, shape (groups + 1,)
        A group's queries are those from its number to the next one.
    cells : Cells
        Of the targets.

    Returns
    -------
    target : array of int, shape (groups,)
        -1 where there is none. Of those that are equally near the lowest.
    places : array of float, shape (groups, 4)
        x and y on the query, then on the target; NaN where there is none.
    """
    targets = np.ascontiguousarray(targets, dtype=np.float64)
    queries = np.ascontiguousarray(queries, dtype=np.float64)
    return _search(queries, np.asarray(begins, dtype=np.int64), targets, cells)


def cells_of(
    targets: Floats, targets_per_cell: float = TARGETS_PER_CELL, margin: float = 0.0
) -> Cells:
    """Cells so small that few targets are in each, and so large that each is in few.

    Parameters
    ----------
    targets : array of float, shape (m, 4)
    targets_per_cell : float
        Aimed at.
    margin : float
        How far around its box a target is entered too, in the units of the coordinates.
    """
    if len(targets) == 0:
        none = np.zeros(0, dtype=np.int64)
        return Cells(0.0, 0.0, 1.0, 0, 0, np.zeros(1, dtype=np.int64), none)
    west, south, east, north = _bounds(targets)
    west, south = west - margin, south - margin
    wide, tall = east + margin - west, north + margin - south
    cells = max(len(targets) / targets_per_cell, 1.0)
    size = max(np.sqrt(wide * tall / cells), max(wide, tall) / cells) or 1.0
    boxes = _boxes(targets, west, south, size, margin)
    while _entered(boxes) > ENTRIES_PER_TARGET * len(targets):
        size *= 2
        boxes = _boxes(targets, west, south, size, margin)
    columns, rows = int(boxes[:, 2].max()) + 1, int(boxes[:, 3].max()) + 1  # rounding and all
    begins, entries = _enter(boxes, columns, rows)
    return Cells(west, south, float(size), columns, rows, begins, entries)


@njit
def _bounds(targets: Floats) -> tuple[float, float, float, float]:
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    for x1, y1, x2, y2 in targets:
        west, south = min(west, x1, x2), min(south, y1, y2)
        east, north = max(east, x1, x2), max(north, y1, y2)
    return west, south, east, north


@njit
def _boxes(targets: Floats, west: float, south: float, size: float, margin: float) -> Int64s:
    """First column and row of each target's cells, and the last ones."""
    boxes = np.empty((len(targets), 4), dtype=np.int64)
    for target in range(len(targets)):
        x1, y1, x2, y2 = targets[target]
        boxes[target, 0] = int(np.floor((min(x1, x2) - margin - west) / size))
        boxes[target, 1] = int(np.floor((min(y1, y2) - margin - south) / size))
        boxes[target, 2] = int(np.floor((max(x1, x2) + margin - west) / size))
        boxes[target, 3] = int(np.floor((max(y1, y2) + margin - south) / size))
    return boxes


@njit
def _entered(boxes: Int64s) -> int:
    """How many entries there are, over all cells."""
    total = 0
    for left, low, right, high in boxes:
        total += (right - left + 1) * (high - low + 1)
    return total


def lying_along(segments: Floats, borders: Floats, tolerance: float) -> tuple[Int64s, Int64s]:
    """Pairs of rows (segment, border) that lie on each other for a while, to a tolerance.

    They do where both ends of the shorter are as near to the straight line through the longer as
    ``tolerance``, and the two have more than a point in common. A pair may come more than once.

    Parameters
    ----------
    segments, borders : array of float, shapes (n, 4) and (m, 4)
    tolerance : float
        In their units.
    """
    pairs = np.empty((PAIRS_EXPECTED, 2), dtype=np.int64)
    if len(segments) == 0 or len(borders) == 0:
        return pairs[:0, 0], pairs[:0, 1]
    cells = cells_of(borders)
    count = _lying_along(segments, borders, cells, tolerance, pairs)
    if count > len(pairs):
        pairs = np.empty((count, 2), dtype=np.int64)
        _lying_along(segments, borders, cells, tolerance, pairs)
    return pairs[:count, 0], pairs[:count, 1]


@njit
def _lying_along(
    segments: Floats, borders: Floats, cells: Cells, tolerance: float, pairs: Int64s
) -> int:
    """Write as many pairs as there is room for; return how many there are."""
    count = 0
    for number in range(len(segments)):
        x1, y1, x2, y2 = segments[number]
        west = max(int((min(x1, x2) - tolerance - cells.west) // cells.size_m), 0)
        east = min(int((max(x1, x2) + tolerance - cells.west) // cells.size_m), cells.columns - 1)
        south = max(int((min(y1, y2) - tolerance - cells.south) // cells.size_m), 0)
        north = min(int((max(y1, y2) + tolerance - cells.south) // cells.size_m), cells.rows - 1)
        for row in range(south, north + 1):
            for column in range(west, east + 1):
                cell = row * cells.columns + column
                for entry in range(cells.begins[cell], cells.begins[cell + 1]):
                    x3, y3, x4, y4 = borders[cells.entries[entry]]
                    if _on_each_other(x1, y1, x2, y2, x3, y3, x4, y4, tolerance):
                        if count < len(pairs):
                            pairs[count, 0], pairs[count, 1] = number, cells.entries[entry]
                        count += 1
    return count


@njit
def _on_each_other(
    x1: float, y1: float, x2: float, y2: float, x3: float, y3: float, x4: float, y4: float,
    tolerance: float,
) -> bool:  # fmt: skip
    """The shorter is put on the straight line through the longer."""
    if np.hypot(x2 - x1, y2 - y1) > np.hypot(x4 - x3, y4 - y3):
        x1, y1, x2, y2, x3, y3, x4, y4 = x3, y3, x4, y4, x1, y1, x2, y2
    length = np.hypot(x4 - x3, y4 - y3)
    if length == 0.0:
        return False
    dx, dy = (x4 - x3) / length, (y4 - y3) / length
    if abs(dx * (y1 - y3) - dy * (x1 - x3)) > tolerance:
        return False
    if abs(dx * (y2 - y3) - dy * (x2 - x3)) > tolerance:
        return False
    one, other = dx * (x1 - x3) + dy * (y1 - y3), dx * (x2 - x3) + dy * (y2 - y3)
    common: float = min(max(one, other), length) - max(min(one, other), 0.0)
    return common > tolerance


@njit
def _enter(boxes: Int64s, columns: int, rows: int) -> tuple[Int64s, Int64s]:
    """A counting sort of the targets into the cells that their boxes touch."""
    begins = np.zeros(columns * rows + 1, dtype=np.int64)
    for left, low, right, high in boxes:
        for row in range(low, high + 1):
            for column in range(left, right + 1):
                begins[row * columns + column + 1] += 1
    begins = np.cumsum(begins)
    filled = begins[:-1].copy()
    entries = np.empty(begins[-1], dtype=np.int64)
    for target in range(len(boxes)):
        left, low, right, high = boxes[target]
        for row in range(low, high + 1):
            for column in range(left, right + 1):
                cell = row * columns + column
                entries[filled[cell]] = target
                filled[cell] += 1
    return begins, entries


@njit
def _search(
    queries: Floats, begins: Int64s, targets: Floats, cells: Cells
) -> tuple[Int64s, Floats]:
    groups = len(begins) - 1
    found = np.full(groups, -1, dtype=np.int64)
    places = np.full((groups, 4), np.nan)
    if len(cells.entries) == 0:
        return found, places
    for group in range(groups):
        best, target, nearest_query = np.inf, -1, -1
        for query in range(begins[group], begins[group + 1]):
            nearer, at = _rings(query, queries, targets, cells, best, target)
            if nearer < best or at != target:
                nearest_query = query
            best, target = nearer, at
        if target >= 0:
            found[group] = target
            places[group] = _between(nearest_query, queries, target, targets)[1:]
    return found, places


@njit
def _rings(
    query: int, queries: Floats, targets: Floats, cells: Cells, best: float, target: int
) -> tuple[float, int]:
    """Search outwards from the cells of the query's box: the least square of a distance, whose."""
    size = cells.size_m
    x1, y1 = queries[query, 0] - cells.west, queries[query, 1] - cells.south
    x2, y2 = queries[query, 2] - cells.west, queries[query, 3] - cells.south
    west, east = int(min(x1, x2) // size), int(max(x1, x2) // size)
    south, north = int(min(y1, y2) // size), int(max(y1, y2) // size)
    ring = max(0, west - cells.columns + 1, south - cells.rows + 1, -east, -north)
    last = max(east, cells.columns - 1 - west, north, cells.rows - 1 - south)
    while ring <= last:
        within = max(ring - 1, 0) * size  # all farther rings are at least as far
        if within * within > best:
            break
        left, right = max(west - ring, 0), min(east + ring, cells.columns - 1)
        for row in range(max(south - ring, 0), min(north + ring, cells.rows - 1) + 1):
            edge = ring == 0 or row == south - ring or row == north + ring
            column = left
            while column <= right:
                if edge or column == west - ring or column == east + ring:
                    cell = row * cells.columns + column
                    for entry in range(cells.begins[cell], cells.begins[cell + 1]):
                        other = cells.entries[entry]
                        if _boxes_apart2(query, queries, other, targets) <= best:
                            apart2 = _between(query, queries, other, targets)[0]
                            if apart2 < best or (apart2 == best and other < target):
                                best, target = apart2, other
                    column += 1
                else:  # inside of the ring: on to its other side
                    column = max(east + ring, column + 1)
        ring += 1
    return best, target


@njit
def _boxes_apart2(query: int, queries: Floats, target: int, targets: Floats) -> float:
    """The square of the distance between the boxes of two segments."""
    x1, y1, x2, y2 = queries[query, 0], queries[query, 1], queries[query, 2], queries[query, 3]
    x3, y3, x4, y4 = targets[target, 0], targets[target, 1], targets[target, 2], targets[target, 3]
    x = max(min(x1, x2) - max(x3, x4), min(x3, x4) - max(x1, x2), 0.0)
    y = max(min(y1, y2) - max(y3, y4), min(y3, y4) - max(y1, y2), 0.0)
    apart2: float = x * x + y * y
    return apart2


@njit
def _between(
    query: int, queries: Floats, target: int, targets: Floats
) -> tuple[float, float, float, float, float]:
    """The square of two segments' distance, and where they come nearest, on each."""
    x1, y1, x2, y2 = queries[query, 0], queries[query, 1], queries[query, 2], queries[query, 3]
    x3, y3, x4, y4 = targets[target, 0], targets[target, 1], targets[target, 2], targets[target, 3]
    x, y = _foot(x1, y1, x3, y3, x4, y4)
    best = (x - x1) ** 2 + (y - y1) ** 2, x1, y1, x, y
    if x1 == x2 and y1 == y2:
        return best
    if _crosses(x1, y1, x2, y2, x3, y3, x4, y4):
        x, y = _crossing(x1, y1, x2, y2, x3, y3, x4, y4)
        return 0.0, x, y, x, y
    x, y = _foot(x2, y2, x3, y3, x4, y4)
    best = _lesser(best, ((x - x2) ** 2 + (y - y2) ** 2, x2, y2, x, y))
    x, y = _foot(x3, y3, x1, y1, x2, y2)
    best = _lesser(best, ((x - x3) ** 2 + (y - y3) ** 2, x, y, x3, y3))
    x, y = _foot(x4, y4, x1, y1, x2, y2)
    return _lesser(best, ((x - x4) ** 2 + (y - y4) ** 2, x, y, x4, y4))


@njit
def _lesser(
    one: tuple[float, float, float, float, float], other: tuple[float, float, float, float, float]
) -> tuple[float, float, float, float, float]:
    return one if one[0] <= other[0] else other


@njit
def _foot(x: float, y: float, x1: float, y1: float, x2: float, y2: float) -> tuple[float, float]:
    """The place on a segment that is nearest to a point."""
    dx, dy = x2 - x1, y2 - y1
    length2 = dx * dx + dy * dy
    if length2 == 0.0:
        return x1, y1
    along = ((x - x1) * dx + (y - y1) * dy) / length2
    if along <= 0.0:
        return x1, y1
    if along >= 1.0:
        return x2, y2
    return x1 + along * dx, y1 + along * dy


@njit
def _crosses(
    x1: float, y1: float, x2: float, y2: float, x3: float, y3: float, x4: float, y4: float
) -> bool:
    """Whether two segments cross; those that only touch are as near by their ends."""
    one = (x2 - x1) * (y3 - y1) - (y2 - y1) * (x3 - x1)
    other = (x2 - x1) * (y4 - y1) - (y2 - y1) * (x4 - x1)
    if one * other >= 0.0:
        return False
    one = (x4 - x3) * (y1 - y3) - (y4 - y3) * (x1 - x3)
    other = (x4 - x3) * (y2 - y3) - (y4 - y3) * (x2 - x3)
    return one * other < 0.0


@njit
def _crossing(
    x1: float, y1: float, x2: float, y2: float, x3: float, y3: float, x4: float, y4: float
) -> tuple[float, float]:
    turn = (x2 - x1) * (y4 - y3) - (y2 - y1) * (x4 - x3)
    along = ((x3 - x1) * (y4 - y3) - (y3 - y1) * (x4 - x3)) / turn
    return x1 + along * (x2 - x1), y1 + along * (y2 - y1)
