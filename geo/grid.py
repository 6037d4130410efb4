"""A grid of cells by which compiled code finds what is near a place.

The grid is anchored at (0, 0) of the plane and its cells are of one size, whatever lies in it. A
thing larger than a cell lies in a grid of cells twice as large, or twice again, by its middle. So
the cell of a thing, and the order in which cells are visited, depend on that thing alone: what is
added up around a place does not change by a bit when things far away come or go.

Source: hierarchical hash grids (Ericson 2005, Real-Time Collision Detection, 7.2).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from geo.geodesy import Floats
from vigia.errors import GeometryError

Int64s = NDArray[np.int64]
Function = TypeVar("Function", bound=Callable[..., object])

FARTHEST_M = 1e8  # from the origin, in x and in y: with it keys fit in 64 bits
SMALLEST_RADIUS_M, LARGEST_RADIUS_M = 10.0, 1e7
CELLS_PER_RADIUS = 8.0
BITS = 28  # of a key, for a column and for a row; the rest is the level
OFFSET = 1 << 27  # makes rows and columns positive
SLACK = 1 + 1e-9  # rounding hides no cell: boxes are compared exactly afterwards


@cache
def _version(folder: Path) -> str:
    """Of all compiled code in a folder and in this one, by which it is kept: files call others."""
    digest = sha256()
    for path in sorted({*Path(__file__).parent.glob("*.py"), *folder.glob("*.py")}):
        if b"njit" in (code := path.read_bytes()):
            digest.update(code)
    return digest.hexdigest()[:12]


def njit(function: Function) -> Function:
    """Compile on first call, keep the code on disk, run without the interpreter's lock.

    Without fastmath: sums are made in the order in which they are written. What is compiled fills
    arrays place by place: to assign an array to a part of another takes seconds to compile.
    """
    version = _version(Path(function.__code__.co_filename).parent)
    function.__qualname__ = f"{function.__qualname__}_{version}"  # names the file it is kept in
    try:
        compiled = numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # no folder that it could be kept in
        compiled = numba.njit(nogil=True)(function)
    return cast("Function", compiled)


class Grid(NamedTuple):
    """Things in the order of their cells, and of their rows within a cell.

    Attributes
    ----------
    order : array of int, shape (m,)
        The rows of the things: ``boxes[order]`` is in the order of the grid.
    keys : array of int, shape (cells,)
        Level, row and column of the cells that have things in them, rising.
    begins : array of int, shape (cells + 1,)
        The first thing of each cell, and the number of things.
    bounds : array of float, shape (cells, 4)
        West, south, east and north of a cell's things.
    levels : array of int
        Those that occur, rising.
    cell_m : float
        Side of a cell of level 0.
    """

    order: Int64s
    keys: Int64s
    begins: Int64s
    bounds: Floats
    levels: Int64s
    cell_m: float


def grid_of(boxes: Floats, radius_m: float) -> Grid:
    """A grid for discs of ``radius_m`` around places.

    Parameters
    ----------
    boxes : array of float, shape (m, 4)
        West, south, east and north of the things, in metres of a plane; a thing with a bound that
        is not finite, or farther than 100,000 km from the origin, is nowhere and left out.
    radius_m : float

    Raises
    ------
    GeometryError
        When the radius is no length that a grid can be made for.
    """
    require_radius(radius_m)
    cell_m = radius_m / CELLS_PER_RADIUS
    there = np.flatnonzero((np.abs(boxes) < FARTHEST_M).all(axis=1))  # not a number is not less
    keys = _keys(boxes[there], cell_m)
    rising = np.argsort(keys, kind="stable")
    order, keys = there[rising].astype(np.int64), keys[rising]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    keys = keys[first]
    return Grid(
        order,
        keys,
        np.append(first, len(order)).astype(np.int64),
        _bounds(boxes[order], first),
        np.unique(keys >> (2 * BITS)),
        cell_m,
    )


def require_radius(radius_m: float) -> None:
    """Raise a GeometryError where no disc has that radius."""
    if not SMALLEST_RADIUS_M <= radius_m <= LARGEST_RADIUS_M:
        raise GeometryError(
            f"A radius of {radius_m / 1000:g} km cannot be searched in.",
            hint="Write a radius_km from 0.01 to 10000 in vigia.toml.",
        )


def _keys(boxes: Floats, cell_m: float) -> Int64s:
    side = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    _, level = np.frexp(side / cell_m)  # side < 2**level cells
    level = np.maximum(level, 0).astype(np.int64)
    size = np.ldexp(cell_m, level)
    column, row = (
        np.floor((boxes[:, axis] + boxes[:, axis + 2]) / 2 / size).astype(np.int64) + OFFSET
        for axis in (0, 1)
    )
    keys: Int64s = (level << 2 * BITS) | (row << BITS) | column
    return keys


def _bounds(boxes: Floats, first: NDArray[np.intp]) -> Floats:
    if len(first) == 0:
        return np.empty((0, 4))
    lowest, highest = (side.reduceat(boxes, first) for side in (np.minimum, np.maximum))
    return np.column_stack([lowest[:, :2], highest[:, 2:]])


@njit
def is_somewhere(x: float, y: float) -> bool:
    """Not NaN, and near enough to have a cell."""
    return abs(x) < FARTHEST_M and abs(y) < FARTHEST_M


@njit
def first_at_least(keys: Int64s, key: int) -> int:
    """The first place in rising keys whose key is not less."""
    low, high = 0, len(keys)
    while low < high:
        middle = (low + high) // 2
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


@njit
def farthest2(x: float, y: float, bounds: Floats, cell: int) -> float:
    """The square of the distance to the farthest corner of a box."""
    dx = max(abs(bounds[cell, 0] - x), abs(bounds[cell, 2] - x))
    dy = max(abs(bounds[cell, 1] - y), abs(bounds[cell, 3] - y))
    return float(dx * dx + dy * dy)


@njit
def nearest2(x: float, y: float, bounds: Floats, cell: int) -> float:
    """The square of the distance to the nearest place of a box; 0 inside."""
    dx = max(bounds[cell, 0] - x, x - bounds[cell, 2], 0.0)
    dy = max(bounds[cell, 1] - y, y - bounds[cell, 3], 0.0)
    return float(dx * dx + dy * dy)


@njit
def cells_near(x: float, y: float, radius_m: float, grid: Grid, found: Int64s) -> int:
    """Write the cells that a disc touches into ``found``, in the grid's order; return how many.

    A cell whose things all lie in the disc is written as itself, one of which some may as -1 - it.
    Rounding is monotone, so a box in the disc has no thing that a test of its own would leave out.
    """
    count = 0
    square = radius_m * radius_m
    keys, bounds = grid.keys, grid.bounds
    for level in grid.levels:
        size = grid.cell_m * 2.0**level
        reach = (radius_m + size / 2) * SLACK
        west, east = np.floor((x - reach) / size), np.floor((x + reach) / size)
        south, north = np.floor((y - reach) / size), np.floor((y + reach) / size)
        for row in range(np.int64(south), np.int64(north) + 1):
            line = (level << 2 * BITS) | ((row + OFFSET) << BITS)
            at = first_at_least(keys, line | max(np.int64(west) + OFFSET, 0))
            end = line | min(np.int64(east) + OFFSET, (1 << BITS) - 1)
            while at < len(keys) and keys[at] <= end:
                if farthest2(x, y, bounds, at) <= square:
                    found[count] = at
                    count += 1
                elif nearest2(x, y, bounds, at) <= square:
                    found[count] = -1 - at
                    count += 1
                at += 1
    return count
