"""Quickest ways from one place to all others, as the districts that they lead through."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.geodesy import Floats
from geo.grid import Int64s, njit

Int32s = NDArray[np.int32]

NONE, REACHED, NEEDED = -1, -2, -3


class Course(NamedTuple):
    """A directed graph with its districts and places.

    Attributes
    ----------
    begins : array of int, shape (nodes + 1,)
        Where the arcs of each node begin.
    to, minutes : arrays of shape (arcs,)
    district : array of int, shape (nodes,)
        That each node lies in; -1 outside of all.
    place : array of int, shape (nodes,)
        That each node is an entry of; -1 for all other nodes.
    """

    begins: Int64s
    to: Int64s
    minutes: Floats
    district: Int64s
    place: Int64s


class Bench(NamedTuple):
    """Room to work in, left as it was found: else every search would have to clear it all.

    Attributes
    ----------
    best, parent, group : arrays of shape (nodes,)
        Infinite, -1 and -1.
    seen, order : arrays of shape (nodes,)
        Nodes that were seen, and those that were reached, in order of time.
    keys, heap : arrays of shape (arcs + nodes,)
    soonest, found : arrays of shape (places,)
        When each is reached, and its node then: infinite and -1.
    reached : array of int, shape (places,)
    """

    best: Floats
    parent: Int64s
    group: Int64s
    seen: Int64s
    order: Int64s
    keys: Floats
    heap: Int64s
    soonest: Floats
    found: Int64s
    reached: Int64s


def bench_for(course: Course, places: int) -> Bench:
    """Room for searches on a graph."""
    nodes, pushes = len(course.district), len(course.to) + len(course.district)
    return Bench(
        best=np.full(nodes, np.inf),
        parent=np.full(nodes, NONE),
        group=np.full(nodes, NONE),
        seen=np.empty(nodes, dtype=np.int64),
        order=np.empty(nodes, dtype=np.int64),
        keys=np.empty(pushes),
        heap=np.empty(pushes, dtype=np.int64),
        soonest=np.full(places, np.inf),
        found=np.full(places, NONE),
        reached=np.empty(places, dtype=np.int64),
    )


@njit
def tree_from(
    origin: int, entries: Int64s, walk_to: Int64s, walk_minutes: Floats, at: Int64s,
    course: Course, bench: Bench, most: int, within: float,
) -> tuple[Int32s, Int32s, Int32s, Int32s, NDArray[np.float32]]:  # fmt: skip
    """The ways from one place, put together where they lead through the same districts.

    Parameters
    ----------
    origin : int
        The place, and its district.
    entries : array of int
        Nodes by which it enters the graph.
    walk_to, walk_minutes : arrays
        Places that may be walked to, straight; each once.
    at : array of int, shape (places,)
        The district of each place; -1 for none.
    most : int
        How many places at most; the nearest in time.
    within : float
        Minutes.

    Returns
    -------
    district, parent : arrays of shape (stretches,)
        Of each stretch of ways in a district; the stretch before it comes before it here, too. The
        first is the origin's own, with the parent -1. No way has a district twice: what comes back
        to one belongs to the stretch from where it does.
    place, last, minutes : arrays of shape (arrivals,)
        Places that are reached, by number; the stretch in which, and when.
    """
    seen, settled, count = _search(origin, entries, course, bench, most, within)
    for walk in range(len(walk_to)):
        place = walk_to[walk]
        if place != origin and walk_minutes[walk] <= within:
            if np.isinf(bench.soonest[place]):
                bench.reached[count] = place
                count += 1
            if walk_minutes[walk] < bench.soonest[place]:
                bench.soonest[place], bench.found[place] = walk_minutes[walk], NONE
    places = _nearest(bench, count, most)
    grown, size = _grown(origin, places, course, bench, settled)
    last = np.empty(len(places), dtype=np.int32)
    minutes = np.empty(len(places), dtype=np.float32)
    for row in range(len(places)):
        node = bench.found[places[row]]
        minutes[row] = bench.soonest[places[row]]
        if node == NONE:  # walked
            last[row], size = _onward(grown, size, 0, at[places[row]])
        else:
            last[row] = bench.group[node]
    _tidy(bench, seen, count)
    return (
        grown.district[:size].copy(), grown.parent[:size].copy(),
        places.astype(np.int32), last, minutes,
    )  # fmt: skip


@njit
def _search(
    origin: int, entries: Int64s, course: Course, bench: Bench, most: int, within: float
) -> tuple[int, int, int]:
    """Least minutes from the entries on: how many nodes were seen and reached, and places."""
    seen, settled, count, waiting = 0, 0, 0, 0
    for node in entries:
        bench.best[node] = 0.0
        bench.seen[seen] = node
        seen += 1
        waiting = _push(bench.keys, bench.heap, waiting, 0.0, node)
    while waiting and count < most:
        key, node = bench.keys[0], bench.heap[0]
        waiting = _pop(bench.keys, bench.heap, waiting)
        if key > within:
            break
        if key > bench.best[node] or bench.group[node] == REACHED:
            continue
        bench.group[node] = REACHED
        bench.order[settled] = node
        settled += 1
        place = course.place[node]
        if place != NONE and place != origin and np.isinf(bench.soonest[place]):
            bench.soonest[place], bench.found[place] = key, node
            bench.reached[count] = place
            count += 1
        for arc in range(course.begins[node], course.begins[node + 1]):
            onward, time = course.to[arc], key + course.minutes[arc]
            if time < bench.best[onward]:
                if np.isinf(bench.best[onward]):
                    bench.seen[seen] = onward
                    seen += 1
                bench.best[onward], bench.parent[onward] = time, node
                waiting = _push(bench.keys, bench.heap, waiting, time, onward)
    return seen, settled, count


@njit
def _nearest(bench: Bench, count: int, most: int) -> Int64s:
    """Of the places that were reached those that are soonest, by number."""
    places = np.sort(bench.reached[:count])
    if count > most:
        order = np.argsort(bench.soonest[places], kind="mergesort")  # of equals the lower number
        places = np.sort(places[order[:most]])
    return places


class Grown(NamedTuple):
    """Stretches, as far as they have grown; the first child of each and its next sibling, or -1."""

    district: Int32s
    parent: Int32s
    child: Int32s
    sibling: Int32s


@njit
def _grown(
    origin: int, places: Int64s, course: Course, bench: Bench, settled: int
) -> tuple[Grown, int]:
    """Stretches of the ways to the places, which of them each node is in; room for walks."""
    needed = 0
    for place in places:
        node = bench.found[place]
        while node != NONE and bench.group[node] != NEEDED:
            bench.group[node] = NEEDED
            node = bench.parent[node]
            needed += 1
    room = 1 + needed + len(places)
    grown = Grown(
        np.full(room, NONE, dtype=np.int32), np.full(room, NONE, dtype=np.int32),
        np.full(room, NONE, dtype=np.int32), np.full(room, NONE, dtype=np.int32),
    )  # fmt: skip
    grown.district[0], size = origin, 1
    for node in bench.order[:settled]:
        if bench.group[node] == NEEDED:
            before = bench.parent[node]
            here = 0 if before == NONE else bench.group[before]
            bench.group[node], size = _onward(grown, size, here, course.district[node])
    return grown, size


@njit
def _onward(grown: Grown, size: int, here: int, district: int) -> tuple[int, int]:
    """The stretch that a way from ``here`` is in when it is in a district, and how many there are.

    The same where the way has been in the district, or is in none.
    """
    if district == NONE:
        return here, size
    before = here
    while before != NONE:
        if grown.district[before] == district:
            return here, size
        before = grown.parent[before]
    on = grown.child[here]
    while on != NONE:
        if grown.district[on] == district:
            return on, size
        on = grown.sibling[on]
    grown.district[size], grown.parent[size] = district, here
    grown.sibling[size], grown.child[here] = grown.child[here], size
    return size, size + 1


@njit
def _tidy(bench: Bench, seen: int, count: int) -> None:
    for node in bench.seen[:seen]:
        bench.best[node], bench.parent[node], bench.group[node] = np.inf, NONE, NONE
    for place in bench.reached[:count]:
        bench.soonest[place], bench.found[place] = np.inf, NONE


@njit
def _push(keys: Floats, heap: Int64s, size: int, key: float, node: int) -> int:
    """Add to the heap; of equal keys the lower node comes first."""
    place = size
    while place:
        above = (place - 1) // 2
        if keys[above] < key or (keys[above] == key and heap[above] <= node):
            break
        keys[place], heap[place] = keys[above], heap[above]
        place = above
    keys[place], heap[place] = key, node
    return size + 1


@njit
def _pop(keys: Floats, heap: Int64s, size: int) -> int:
    """Take the first off the heap."""
    size -= 1
    key, node, place = keys[size], heap[size], 0
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        other = below + 1
        if other < size and (
            keys[other] < keys[below] or (keys[other] == keys[below] and heap[other] < heap[below])
        ):
            below = other
        if key < keys[below] or (key == keys[below] and node <= heap[below]):
            break
        keys[place], heap[place] = keys[below], heap[below]
        place = below
    keys[place], heap[place] = key, node
    return size
