"""Where ways meet: ends that touch, lines that cross, loose ends snapped.

Everything is found in the plane. Rivers and roads have nodes of their own; geo.travel.changes
joins them.
"""

from __future__ import annotations

import numpy as np
import shapely

from geo.geodesy import Geometries, Ints
from geo.travel.lines import DrawnLines, points_of, to_plane
from geo.travel.nodes import Joints
from geo.travel.snap import snap
from geo.travel.ways import Ways
from geo.validity import simple_parts

TOUCH_M = 1.0  # what is drawn this near is meant to meet


def meet(ways: Ways, drawn: DrawnLines, snap_m: float) -> Joints:
    """All places where ways of one mode meet.

    Parameters
    ----------
    ways : Ways
    drawn : DrawnLines
        Of the ways.
    snap_m : float
        How near a loose end must be to another way to be joined to it.
    """
    touch_m = min(TOUCH_M, snap_m)
    joints = _ends(ways, drawn)
    points = points_of(joints.places())
    _touching_ends(joints, points, touch_m)
    _crossings(joints, ways, drawn, touch_m)
    _touching_lines(joints, points, ways, drawn, touch_m)
    snap(joints, points, ways, drawn, snap_m)
    return joints


def _ends(ways: Ways, drawn: DrawnLines) -> Joints:
    """Ends at the same coordinates are one node."""
    every = np.arange(len(ways))
    first = np.searchsorted(drawn.line, every, side="left")
    last = np.searchsorted(drawn.line, every, side="right") - 1
    xy = drawn.xy[np.column_stack([first, last]).ravel()]
    keyed = np.column_stack([np.repeat(ways.mode, 2), xy])
    unique, number = np.unique(keyed, axis=0, return_inverse=True)
    ends = number.reshape(-1, 2).astype(np.intp)
    return Joints(ends, [unique[:, 1:]], [unique[:, 0].astype(np.intp)])


def _touching_ends(joints: Joints, points: Geometries, touch_m: float) -> None:
    one, other = shapely.STRtree(points).query(points, predicate="dwithin", distance=touch_m)
    mode = joints.modes()
    pair = (one < other) & (mode[one] == mode[other])
    joints.join(one[pair], other[pair])


def _crossings(joints: Joints, ways: Ways, drawn: DrawnLines, touch_m: float) -> None:
    """Lines whose table says that crossings are junctions are cut where they cross."""
    noded = np.flatnonzero(ways.crossings)
    lines = ways.geometry[noded]
    one, other = shapely.STRtree(lines).query(lines, predicate="intersects")
    one, other = noded[one], noded[other]
    pair = (one < other) & (ways.mode[one] == ways.mode[other])
    one, other = _meeting_elsewhere(joints, ways, one[pair], other[pair])
    points, of = _in_common(shapely.intersection(ways.geometry[one], ways.geometry[other]))
    points = to_plane(points, drawn.crs, "Crossings")
    node = joints.add(shapely.get_coordinates(points).reshape(-1, 2), ways.mode[one[of]])
    whole = drawn.whole()
    for line in (one[of], other[of]):
        along = shapely.line_locate_point(whole[line], points)
        joints.put(node, line, drawn.begin_m[line] + along, drawn, touch_m)
    joints.crossed = len(np.unique(joints.all_cuts()[1]))


def _meeting_elsewhere(joints: Joints, ways: Ways, one: Ints, other: Ints) -> tuple[Ints, Ints]:
    """Pairs without those that only follow each other: nearly all, in lines cut at every node."""
    ends, others = joints.ends[one], joints.ends[other]
    follows = (ends == others).any(axis=1) | (ends == others[:, ::-1]).any(axis=1)
    row = np.flatnonzero(follows)
    follows[row] = shapely.touches(ways.geometry[one[row]], ways.geometry[other[row]])
    return one[~follows], other[~follows]


def _in_common(common: Geometries) -> tuple[Geometries, Ints]:
    """Points in common, and the ends of common stretches; whose each is."""
    parts, owner = simple_parts(common)
    is_line = shapely.get_dimensions(parts) == 1
    ends = [shapely.get_point(parts[is_line], at) for at in (0, -1)]
    points = np.concatenate([parts[~is_line], *ends])
    owner = np.concatenate([owner[~is_line], owner[is_line], owner[is_line]])
    there = ~shapely.is_missing(points) & ~shapely.is_empty(points)
    return points[there], owner[there].astype(np.intp)


def _touching_lines(
    joints: Joints, points: Geometries, ways: Ways, drawn: DrawnLines, touch_m: float
) -> None:
    """Ends that lie on another line of their mode cut it."""
    near = drawn.near(points, touch_m)
    number = joints.numbers()
    own = (number[joints.ends[near.line]] == number[near.place][:, None]).any(axis=1)
    near = near.only(~own & (joints.modes()[near.place] == ways.mode[near.line]))
    joints.put(near.place, near.line, near.mark_m, drawn, touch_m)
