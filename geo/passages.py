"""Where points, lines and rings enter and leave polygons, by compiled code.

What a chain of places does in a polygon depends on the two alone, to the last bit, whatever else
there is. Where it comes as near to the polygon's border as the tolerance, in passing or along it,
that pair is said to be in doubt and left to who can tell; for maps as they are drawn these are few.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.borders import DOUBT, INSIDE, OUTSIDE, ROOM, Borders, holders_of, is_close, side_of
from geo.geodesy import Floats, Geometries, Ints
from geo.grid import Int64s, njit


class Chains(NamedTuple):
    """Places one after the other: points, lines or rings.

    Attributes
    ----------
    xy : array of float, shape (places, 2)
    begins : array of int, shape (chains + 1,)
        The first place of each, and the number of places.
    boxes : array of float, shape (chains, 4)
        West, south, east and north.
    """

    xy: Floats
    begins: Int64s
    boxes: Floats


@dataclass(frozen=True)
class Passages:
    """What chains do in polygons; pairs of rows (polygon, chain), sorted by the chain.

    Attributes
    ----------
    whole : array of int, shape (2, pairs)
        The chain is wholly in the polygon.
    cut : array of int, shape (2, pairs)
        It enters or leaves it.
    doubt : array of int, shape (2, pairs)
        It comes so near to the border that only exact arithmetic can tell.
    pieces : array of float, shape (n, 4)
        The parts of chains in the polygons that they are cut by, as straight segments.
    piece : array of int, shape (n,)
        Which pair of ``cut`` each is of; rising.
    """

    whole: Ints
    cut: Ints
    doubt: Ints
    pieces: Floats
    piece: Ints


def chains_of(lines: Geometries) -> Chains:
    """Of points, lines or rings without parts, none of them None or empty."""
    xy = np.ascontiguousarray(shapely.get_coordinates(lines))
    sizes = shapely.get_num_coordinates(lines)
    begins = np.append(0, np.cumsum(sizes)).astype(np.int64)
    if len(lines) == 0:
        return Chains(xy, begins, np.empty((0, 4)))
    sides = (side.reduceat(xy, begins[:-1]) for side in (np.minimum, np.maximum))
    return Chains(xy, begins, np.hstack(list(sides)))


def passages(chains: Chains, borders: Borders, *, areas: bool = False) -> Passages:
    """What the chains do in the polygons.

    Parameters
    ----------
    chains : Chains
    borders : Borders
        Of the polygons.
    areas : bool
        Whether chains are the outer rings of polygons: a pair is in doubt too where a ring of the
        polygon may lie in the chain.
    """
    doubt, pair, at = _found(chains, borders, areas)
    certain = np.flatnonzero(~_are_in(pair, doubt, borders.polygons))
    pair, at = pair[certain], at[certain]
    begins = np.flatnonzero((np.diff(pair, axis=0, prepend=-1) != 0).any(axis=1))
    ends = np.append(begins, len(pair))[1:]
    whole = (ends - begins == 1) & (at[begins, 0] < 0)
    pairs = pair[begins][:, ::-1].T
    cut = np.column_stack([begins, ends])[~whole]
    pieces, piece = _pieces(chains, pair[:, 0].copy(), at, cut)
    return Passages(pairs[:, whole], pairs[:, ~whole], doubt[:, ::-1].T, pieces, piece)


def _are_in(pair: Int64s, doubt: Int64s, polygons: int) -> NDArray[np.bool_]:
    """Which of the pairs are in doubt; both are sorted."""
    if len(doubt) == 0:
        return np.zeros(len(pair), dtype=np.bool_)
    keys, some = (rows[:, 0] * polygons + rows[:, 1] for rows in (pair, doubt))
    place = np.minimum(np.searchsorted(some, keys), len(some) - 1)
    found: NDArray[np.bool_] = some[place] == keys
    return found


class Found(NamedTuple):
    """What is found, as far as there is room.

    Attributes
    ----------
    doubt, pair : array of int, shape (room, 2)
        Chain and polygon: in doubt; entering or leaving.
    at : array of float, shape (room, 2)
        Where a chain enters or leaves: segment in the chain, part of the segment from 0 to 1. Of a
        chain that begins in a polygon the first is (-1, 0).
    used : array of int, shape (2,)
        How many in doubt, and how many places.
    """

    doubt: Int64s
    pair: Int64s
    at: Floats
    used: Int64s


def _found(chains: Chains, borders: Borders, areas: bool) -> tuple[Int64s, Int64s, Floats]:
    """Pairs (chain, polygon) in doubt; and where chains enter and leave polygons, in turn.

    Both are sorted.
    """
    west, south, east, north = _extent(borders)
    left, low, right, high = chains.boxes.T
    near = np.flatnonzero((left <= east) & (right >= west) & (low <= north) & (high >= south))
    room = ROOM + 2 * len(near)
    while True:
        pairs = np.empty((2, room, 2), dtype=np.int64)
        found = Found(pairs[0], pairs[1], np.empty((room, 2)), np.zeros(2, dtype=np.int64))
        _walk(near, chains, borders, areas, found)
        if found.used.max() <= room:
            break
        room = int(found.used.max())
    doubts, places = found.used
    return found.doubt[:doubts], found.pair[:places], found.at[:places]


@njit
def _walk(near: Ints, chains: Chains, borders: Borders, areas: bool, found: Found) -> None:
    state, seen = np.zeros(borders.polygons, np.int64), np.empty(borders.polygons, np.int64)
    for chain in near:
        first, last = chains.begins[chain], chains.begins[chain + 1]
        doubts, places = found.used
        _begin(chain, chains.xy[first, 0], chains.xy[first, 1], borders, state, seen, found)
        for place in range(first, last - 1):
            _cross(chain, place - first, chains.xy, place, borders, found)
        if areas:
            _see_rings(chain, chains.boxes, borders, found)
        if found.used[0] > doubts + 1:
            found.used[0] = _sorted_once(found.doubt, doubts, found.used[0])
        if found.used[1] > places + 1:
            _sort_places(found.pair, found.at, places, min(found.used[1], len(found.at)))


@njit
def _begin(
    chain: int, x: float, y: float, borders: Borders, state: Int64s, seen: Int64s, found: Found
) -> None:
    """Add the polygons that the first place of a chain is in."""
    for number in range(holders_of(x, y, borders, state, seen)):
        polygon = seen[number]
        if state[polygon] == INSIDE:
            _add_place(chain, polygon, -1.0, 0.0, found)
        else:
            _add_doubt(chain, polygon, found)
        state[polygon] = OUTSIDE


@njit
def _see_rings(chain: int, boxes: Floats, borders: Borders, found: Found) -> None:
    """Add the polygons with a ring that may lie in the chain."""
    west, south, east, north = boxes[chain]
    for ring in range(len(borders.corners)):
        x, y = borders.corners[ring]
        if west <= x <= east and south <= y <= north:
            _add_doubt(chain, borders.of_corner[ring], found)


def _extent(borders: Borders) -> tuple[float, float, float, float]:
    """West, south, east and north of the cells."""
    cells = borders.cells
    east, north = cells.columns * cells.size_m, cells.rows * cells.size_m
    return cells.west, cells.south, cells.west + east, cells.south + north


@njit
def _cross(
    chain: int, segment: int, xy: Floats, place: int, borders: Borders, found: Found
) -> None:
    """Add where the segment from that place crosses edges, or whose edges it comes close to."""
    ax, ay, bx, by = xy[place, 0], xy[place, 1], xy[place + 1, 0], xy[place + 1, 1]
    cells, off = borders.cells, borders.tolerance
    left, right = _span(min(ax, bx) - off, max(ax, bx) + off, cells.west, cells.size_m)
    low, high = _span(min(ay, by) - off, max(ay, by) + off, cells.south, cells.size_m)
    left, right = max(left, 0), min(right, cells.columns - 1)
    low, high = max(low, 0), min(high, cells.rows - 1)
    for row in range(low, high + 1):
        for cell in range(row * cells.columns + left, row * cells.columns + right + 1):
            for entry in range(cells.begins[cell], cells.begins[cell + 1]):
                edge = cells.entries[entry]
                x1, y1, x2, y2 = borders.edges[edge]
                met, part = _meet(ax, ay, bx, by, x1, y1, x2, y2, off)
                if met == DOUBT:
                    _add_doubt(chain, borders.polygon[edge], found)
                elif met == INSIDE:
                    column, _ = _span(min(x1, x2) - off, 0.0, cells.west, cells.size_m)
                    lowest, _ = _span(min(y1, y2) - off, 0.0, cells.south, cells.size_m)
                    if cell == max(lowest, low) * cells.columns + max(column, left):  # only once
                        _add_place(chain, borders.polygon[edge], float(segment), part, found)


@njit
def _span(low: float, high: float, begin: float, size: float) -> tuple[int, int]:
    """The first and the last column, or row."""
    return int(np.floor((low - begin) / size)), int(np.floor((high - begin) / size))


@njit
def _meet(
    ax: float, ay: float, bx: float, by: float, x1: float, y1: float, x2: float, y2: float,
    off: float,
) -> tuple[int, float]:  # fmt: skip
    """INSIDE where a segment crosses an edge, and at which part of it; DOUBT where it is close."""
    if max(x1, x2) + off < min(ax, bx) or min(x1, x2) - off > max(ax, bx):
        return OUTSIDE, 0.0
    if max(y1, y2) + off < min(ay, by) or min(y1, y2) - off > max(ay, by):
        return OUTSIDE, 0.0
    of_a, of_b = side_of(ax, ay, x1, y1, x2, y2), side_of(bx, by, x1, y1, x2, y2)
    of_1, of_2 = side_of(x1, y1, ax, ay, bx, by), side_of(x2, y2, ax, ay, bx, by)
    if (
        is_close(of_a, ax, ay, x1, y1, x2, y2, off)
        or is_close(of_b, bx, by, x1, y1, x2, y2, off)
        or is_close(of_1, x1, y1, ax, ay, bx, by, off)
        or is_close(of_2, x2, y2, ax, ay, bx, by, off)
    ):
        return DOUBT, 0.0
    if (of_a > 0) != (of_b > 0) and (of_1 > 0) != (of_2 > 0):
        return INSIDE, of_a / (of_a - of_b)
    return OUTSIDE, 0.0


@njit
def _add_doubt(chain: int, polygon: int, found: Found) -> None:
    count = found.used[0]
    if count < len(found.doubt):
        found.doubt[count, 0], found.doubt[count, 1] = chain, polygon
    found.used[0] += 1


@njit
def _add_place(chain: int, polygon: int, segment: float, part: float, found: Found) -> None:
    count = found.used[1]
    if count < len(found.pair):
        found.pair[count, 0], found.pair[count, 1] = chain, polygon
        found.at[count, 0], found.at[count, 1] = segment, part
    found.used[1] += 1


@njit
def _sorted_once(pairs: Int64s, begin: int, end: int) -> int:
    """Sort the polygons of one chain, each once; return the new end."""
    if end > len(pairs):
        return end
    rising = np.unique(pairs[begin:end, 1])
    for number in range(len(rising)):
        pairs[begin + number, 1] = rising[number]
    return begin + len(rising)


@njit
def _sort_places(pair: Int64s, at: Floats, begin: int, end: int) -> None:
    """By polygon and along the chain; most chains have few, and almost in order."""
    for number in range(begin + 1, end):
        polygon, segment, part = pair[number, 1], at[number, 0], at[number, 1]
        place = number
        while place > begin and _comes_before(polygon, segment, part, pair, at, place - 1):
            pair[place, 1] = pair[place - 1, 1]
            at[place, 0], at[place, 1] = at[place - 1, 0], at[place - 1, 1]
            place -= 1
        pair[place, 1] = polygon
        at[place, 0], at[place, 1] = segment, part


@njit
def _comes_before(
    polygon: int, segment: float, part: float, pair: Int64s, at: Floats, other: int
) -> bool:
    if polygon != pair[other, 1]:
        return bool(polygon < pair[other, 1])
    if segment != at[other, 0]:
        return bool(segment < at[other, 0])
    return bool(part < at[other, 1])


@njit
def _pieces(chains: Chains, chain: Int64s, at: Floats, cut: Int64s) -> tuple[Floats, Int64s]:
    """Between entering and leaving, segment by segment."""
    count = 0
    for begin, end in cut:
        for number in range(begin, end, 2):
            last = at[number + 1, 0] if number + 1 < end else _segments(chains, chain[begin]) - 1
            count += int(last - max(at[number, 0], 0.0)) + 1
    pieces, piece = np.empty((count, 4)), np.empty(count, np.int64)
    count = 0
    for pair in range(len(cut)):
        begin, end = cut[pair]
        first = chains.begins[chain[begin]]
        for number in range(begin, end, 2):
            enters = max(int(at[number, 0]), 0)
            leaves = _segments(chains, chain[begin]) - 1
            if number + 1 < end:
                leaves = int(at[number + 1, 0])
            for segment in range(enters, leaves + 1):
                x1, y1 = chains.xy[first + segment]
                x2, y2 = chains.xy[first + segment + 1]
                part = at[number, 1] if segment == enters else 0.0
                pieces[count, 0], pieces[count, 1] = x1 + part * (x2 - x1), y1 + part * (y2 - y1)
                part = at[number + 1, 1] if segment == leaves and number + 1 < end else 1.0
                pieces[count, 2], pieces[count, 3] = x1 + part * (x2 - x1), y1 + part * (y2 - y1)
                piece[count] = pair
                count += 1
    return pieces, piece


@njit
def _segments(chains: Chains, chain: int) -> int:
    return int(chains.begins[chain + 1] - chains.begins[chain] - 1)
