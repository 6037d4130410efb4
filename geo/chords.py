"""Where two short segments come nearest, by chords: straight lines through the Earth.

A segment is straight in space too: it runs up to 20 cm below the geodesic between its ends. The
place on it that is nearest by its chord, lifted straight up, is off the nearest one along the
geodesic by 2 m at most in 300 km, sideways; as the distance is at its least there, that adds
micrometres.
"""

from __future__ import annotations

import numpy as np

from geo.geodesy import ECCENTRICITY2, EQUATOR_M, Floats
from geo.grid import Int64s, njit

# How a pair of segments comes nearest: an end of the query's to the target, an end of the target's
# to the query (the first end, or the second), or they cross.
QUERY_END, TARGET_END, CROSSING = 0, 2, 4
WAYS = 5


@njit
def chords_of(query: int, queries: Floats, target: int, targets: Floats, found: Floats) -> None:
    """The chord of each way that two segments may come nearest."""
    found[:] = np.inf
    found[QUERY_END] = np.sqrt(_foot(queries, query, 0, targets, target)[0])
    length2 = length2_of(queries, query)
    if length2 == 0.0:
        return
    found[QUERY_END + 1] = np.sqrt(_foot(queries, query, 1, targets, target)[0])
    found[TARGET_END] = np.sqrt(_foot(targets, target, 0, queries, query)[0])
    if length2_of(targets, target) == 0.0:
        return
    found[TARGET_END + 1] = np.sqrt(_foot(targets, target, 1, queries, query)[0])
    if found.min() ** 2 <= length2 and _crosses(queries, query, targets, target):
        found[CROSSING] = 0.0


@njit
def length2_of(ends: Floats, row: int) -> float:
    length2: float = (
        (ends[row, 3] - ends[row, 0]) ** 2
        + (ends[row, 4] - ends[row, 1]) ** 2
        + (ends[row, 5] - ends[row, 2]) ** 2
    )
    return length2


@njit
def _foot(
    places: Floats, row: int, end: int, segments: Floats, segment: int
) -> tuple[float, float]:
    """How near an end is to a segment (the square), and where on it: from 0 to 1."""
    run2, along, one2, other2 = 0.0, 0.0, 0.0, 0.0
    for side in range(3):
        here = places[row, 3 * end + side]
        start, stop = segments[segment, side], segments[segment, side + 3]
        run2 += (stop - start) ** 2
        along += (here - start) * (stop - start)
        one2 += (here - start) ** 2
        other2 += (here - stop) ** 2
    if along <= 0.0:
        return one2, 0.0
    if along >= run2:
        return other2, 1.0
    part, foot2 = along / run2, 0.0
    for side in range(3):
        start, stop = segments[segment, side], segments[segment, side + 3]
        foot2 += (places[row, 3 * end + side] - start - part * (stop - start)) ** 2
    return foot2, part


@njit
def _crosses(one: Floats, row: int, other: Floats, column: int) -> bool:
    """Whether two segments cross, seen from above; those that touch are as near by their ends."""
    if _side(one, row, other, column, 0) * _side(one, row, other, column, 1) >= 0.0:
        return False
    return _side(other, column, one, row, 0) * _side(other, column, one, row, 1) < 0.0


@njit
def _side(segments: Floats, row: int, places: Floats, place: int, end: int) -> float:
    """On which side of a segment an end of another lies: positive on the left."""
    x, y, z = segments[row, 0], segments[row, 1], segments[row, 2]
    up_z = z / (1 - ECCENTRICITY2)
    run_x, run_y, run_z = segments[row, 3] - x, segments[row, 4] - y, segments[row, 5] - z
    to_x = places[place, 3 * end] - x
    to_y = places[place, 3 * end + 1] - y
    to_z = places[place, 3 * end + 2] - z
    side: float = (
        x * (run_y * to_z - run_z * to_y)
        + y * (run_z * to_x - run_x * to_z)
        + up_z * (run_x * to_y - run_y * to_x)
    )
    return side


@njit
def spots_of(
    query: Int64s, place: Int64s, way: Int64s, query_ends: Floats, place_ends: Floats,
    queries: Floats, targets: Floats,
) -> Floats:  # fmt: skip
    """Lon and lat on the query, then on the target, of each pair; ``targets`` are the pairs'."""
    spots = np.empty((len(query), 4))
    for pair in range(len(query)):
        one, other = query[pair], place[pair]
        if way[pair] == CROSSING:
            _put(spots[pair, :2], queries[one, :2])
            _put(spots[pair, 2:], queries[one, :2])
        elif way[pair] >= TARGET_END:
            end = way[pair] - TARGET_END
            part = _foot(place_ends, other, end, query_ends, one)[1]
            _put(spots[pair, :2], _lifted(query_ends[one], queries[one], part))
            _put(spots[pair, 2:], targets[pair, 2 * end : 2 * end + 2])
        else:
            end = way[pair] - QUERY_END
            part = _foot(query_ends, one, end, place_ends, other)[1]
            _put(spots[pair, :2], queries[one, 2 * end : 2 * end + 2])
            _put(spots[pair, 2:], _lifted(place_ends[other], targets[pair], part))
    return spots


@njit
def _put(spot: Floats, place: Floats) -> None:
    spot[0], spot[1] = place[0], place[1]


@njit
def _lifted(ends: Floats, segment: Floats, part: float) -> Floats:
    """Lon and lat of the place straight above a part of a segment; its ends are exact."""
    if part == 0.0:
        return segment[:2]
    if part == 1.0:
        return segment[2:]
    place = ends[:3] + part * (ends[3:] - ends[:3])
    across = np.hypot(place[0], place[1])
    lat = np.arctan2(place[2], (1 - ECCENTRICITY2) * across)  # as if it lay on the surface
    root = np.sqrt(1 - ECCENTRICITY2 * np.sin(lat) ** 2)
    height = across * np.cos(lat) + place[2] * np.sin(lat) - EQUATOR_M * root
    radius = EQUATOR_M / root
    flat = 1 - ECCENTRICITY2 * radius / (radius + height)
    lat = np.arctan2(place[2], flat * across)
    return np.array([np.degrees(np.arctan2(place[1], place[0])), np.degrees(lat)])
