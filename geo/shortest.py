"""The shortest geodesic to the nearest of many segments, for many groups of segments at once.

Which is the nearest, and where on it, is found by chords: straight lines through the Earth. Of two
places that are equally far along the surface, the chords differ by no more than the flattening of
the Earth times ``(chord / diameter) ** 2``: by 2e-6 at 300 km. Whatever is as near as that by its
chord is measured along the geodesic, and the least counts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.boxes import DEPTH, Tree, apart2, in_space, tree_of
from geo.chords import WAYS, chords_of, length2_of, spots_of
from geo.geodesy import EQUATOR_M, Floats, distance_km
from geo.grid import Int64s, njit

FLATTENING = 0.004  # of the Earth (1 / 298), rather more: what is unequal of equally far chords
BELOW_M = 0.5  # twice as far as a segment may run below its geodesic, and a little more
PAIRS_EXPECTED = 1024
AT_ONCE = 100_000  # segments to look from, or somewhat more


class OnEllipsoid:
    """Segments to be the nearest, in degrees; each is the geodesic between its ends.

    Parameters
    ----------
    segments : array of float, shape (m, 4)
        Lon and lat of one end, then of the other; cut short (``geo.arrays.edged``).
    owner : array of int, shape (m,)
        Whose each is; sorted.
    """

    def __init__(self, segments: Floats, owner: NDArray[np.intp]) -> None:
        self._segments = np.ascontiguousarray(segments, dtype=np.float64)
        self._owner = owner
        self._tree = tree_of(self._segments)

    def nearest_to(
        self, queries: Floats, begins: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], Floats]:
        """Whose segment is nearest to each group of queries, and how far it is.

        Parameters
        ----------
        queries : array of float, shape (q, 4)
            As the targets are.
        begins : array of int, shape (groups + 1,)
            A group's queries are those from its number to the next one.

        Returns
        -------
        owner : array of int, shape (groups,)
            -1 where there is none. Of those that are equally near the lowest.
        km : array of float, shape (groups,)
            NaN where there is none.
        """
        owner = np.full(len(begins) - 1, -1, dtype=np.intp)
        km = np.full(len(begins) - 1, np.nan)
        first = 0
        while first < len(owner):
            last = max(int(np.searchsorted(begins, begins[first] + AT_ONCE)), first + 1)
            last = min(last, len(owner))
            some = np.ascontiguousarray(queries[begins[first] : begins[last]], dtype=np.float64)
            group, target, far = self._measured(some, begins[first : last + 1] - begins[first])
            owner[first + group], km[first + group] = self._owner[target], far
            first = last
        return owner, km

    def _measured(self, queries: Floats, begins: Int64s) -> tuple[Int64s, Int64s, Floats]:
        """Groups that have a nearest target, it, and the kilometres to it."""
        ends = in_space(queries)
        query, place, way, group = _pairs(ends, begins.astype(np.int64), self._tree)
        target = self._tree.order[place]
        spots = spots_of(query, place, way, ends, self._tree.ends, queries, self._segments[target])
        km = distance_km(spots[:, :2], spots[:, 2:])
        best = np.lexsort((target, km, group))
        first = np.ones(len(best), dtype=bool)
        first[1:] = group[best[1:]] != group[best[:-1]]
        best = best[first]
        return group[best], target[best], km[best]


@njit
def _reach(chord: float) -> float:
    """The chord within which all lies that may be as near as the nearest by its chord."""
    if chord == 0.0:
        return 0.0
    return chord * (1 + FLATTENING * (chord / (2 * EQUATOR_M)) ** 2) + BELOW_M


@njit
def _pairs(ends: Floats, begins: Int64s, tree: Tree) -> tuple[Int64s, Int64s, Int64s, Int64s]:
    """Query, target (in the tree's order), way and group of all that may be the nearest."""
    pairs = np.empty((PAIRS_EXPECTED, 4), dtype=np.int64)
    chords = np.empty(PAIRS_EXPECTED)
    todo, far2 = np.empty(DEPTH, dtype=np.int64), np.empty(DEPTH)
    count = int(np.int64(0))  # what is called would be compiled anew for a literal
    for group in range(len(begins) - 1):
        best, first = np.inf, count
        for query in range(begins[group], begins[group + 1]):
            best, count, pairs, chords = _look(
                query, ends, tree, todo, far2, best, first, count, pairs, chords
            )
        reach, kept = _reach(best), first
        for pair in range(first, count):
            if chords[pair] <= reach:
                for column in range(3):
                    pairs[kept, column] = pairs[pair, column]
                chords[kept] = chords[pair]
                kept += 1
        for pair in range(first, kept):
            pairs[pair, 3] = group
        count = kept
    return (
        pairs[:count, 0].copy(),
        pairs[:count, 1].copy(),
        pairs[:count, 2].copy(),
        pairs[:count, 3].copy(),
    )


@njit
def _look(
    query: int, ends: Floats, tree: Tree, todo: Int64s, far2: Floats,
    best: float, first: int, count: int, pairs: Int64s, chords: Floats,
) -> tuple[float, int, Int64s, Floats]:  # fmt: skip
    """Add what is near enough to a query so far; ``best`` is the group's least chord so far."""
    found = np.empty(WAYS)
    ways = WAYS if length2_of(ends, query) else 1
    waiting = 0
    if len(tree.boxes):
        todo[0], far2[0], waiting = 0, apart2(0, tree.boxes, query, ends), 1
    while waiting:
        leaf, waiting = _next_leaf(query, ends, tree, todo, far2, waiting, _reach(best) ** 2)
        if leaf < 0:
            break
        for place in range(tree.begins[leaf], tree.stops[leaf]):
            chords_of(query, ends, place, tree.ends, found)
            for way in range(ways):
                if found[way] <= _reach(best):
                    best, count, pairs, chords = _add(
                        query, place, way, found[way], tree, best, first, count, pairs, chords
                    )
    return best, count, pairs, chords


@njit
def _next_leaf(
    query: int, ends: Floats, tree: Tree, todo: Int64s, far2: Floats, waiting: int, reach2: float
) -> tuple[int, int]:
    """The next leaf within reach (-1: none), and how many nodes are still to be looked at."""
    while waiting:
        waiting -= 1
        node = todo[waiting]
        if far2[waiting] > reach2:
            continue
        if tree.right[node] == 0:
            return node, waiting
        near, far = node + 1, tree.right[node]
        near2, more2 = apart2(near, tree.boxes, query, ends), apart2(far, tree.boxes, query, ends)
        if near2 > more2:
            near, far, near2, more2 = far, near, more2, near2
        todo[waiting], far2[waiting] = far, more2  # the nearer comes first
        todo[waiting + 1], far2[waiting + 1] = near, near2
        waiting += 2
    return -1, 0


@njit
def _add(
    query: int, place: int, way: int, chord: float, tree: Tree,
    best: float, first: int, count: int, pairs: Int64s, chords: Floats,
) -> tuple[float, int, Int64s, Floats]:  # fmt: skip
    """Add a pair to those of a group; of pairs that touch the one with the lowest target is enough.

    As nothing can be nearer, only such are within reach once there is one.
    """
    if best == 0.0:
        if tree.order[place] < tree.order[pairs[first, 1]]:
            pairs[first, 0], pairs[first, 1], pairs[first, 2] = query, place, way
        return best, count, pairs, chords
    if chord == 0.0:
        count = first
    if count == len(pairs):
        pairs, chords = _longer(pairs, chords)
    pairs[count, 0], pairs[count, 1], pairs[count, 2] = query, place, way
    chords[count] = chord
    return min(best, chord), count + 1, pairs, chords


@njit
def _longer(pairs: Int64s, chords: Floats) -> tuple[Int64s, Floats]:
    """Twice as much room."""
    more, longer = np.empty((2 * len(pairs), 4), dtype=np.int64), np.empty(2 * len(pairs))
    for pair in range(len(pairs)):
        for column in range(4):
            more[pair, column] = pairs[pair, column]
        longer[pair] = chords[pair]
    return more, longer
