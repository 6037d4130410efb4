"""Rings of polygons, and their cutting into pieces with few corners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geodesy import Floats, Geometries, Ints
from geo.grid import Int64s
from geo.validity import simple_parts

CORNERS = 32  # of a piece: long rings are cut, and pieces of them far away never looked at
WORTH = 6  # times as many corners as a cut adds on each side, or the ring stays whole
ROUNDS = 40  # of halving, for corners that lie as close together as numbers can


@dataclass(frozen=True)
class Rings:
    """Closed rings, the first corner of each not repeated; holes turn the other way.

    Attributes
    ----------
    xy : array of float, shape (corners, 2)
        Metres of a plane.
    begins : array of int, shape (rings + 1,)
        The first corner of each ring, and the number of corners.
    """

    xy: Floats
    begins: Int64s


def rings_of(polygons: Geometries) -> Rings:
    """The rings of polygons and multi-polygons, holes among them; of other geometries none."""
    parts, _ = simple_parts(polygons)
    parts = parts[(shapely.get_dimensions(parts) == 2) & ~shapely.is_empty(parts)]
    parts = shapely.orient_polygons(parts)
    rings = shapely.get_rings(parts)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    goes_on = np.append(ring[1:] == ring[:-1], False)[: len(ring)]
    return Rings(xy[goes_on], _begins(ring[goes_on], len(rings)))


def _begins(ring: Int64s, rings: int) -> Int64s:
    """From the ring of each corner, rising."""
    return np.append(0, np.cumsum(np.bincount(ring, minlength=rings))).astype(np.int64)


def boxes_of(rings: Rings) -> Floats:
    """West, south, east and north of each, shape (rings, 4)."""
    if len(rings.begins) == 1:
        return np.empty((0, 4))
    first = rings.begins[:-1]
    return np.hstack([side.reduceat(rings.xy, first) for side in (np.minimum, np.maximum)])


def in_pieces(rings: Rings) -> Rings:
    """Rings that cover the same, as often, and mostly have few corners each.

    Halved across the middle, again and again (Sutherland & Hodgman 1974), but for those that wind
    about every cut. Edges that run to and fro along a cut cancel out. A ring with a corner that is
    not finite is nowhere.
    """
    rings = _only(rings, np.asarray(np.isfinite(boxes_of(rings)).all(axis=1)))
    done = []
    for _ in range(ROUNDS):
        axis, cut, crossed = _best_cuts(rings)
        size = np.diff(rings.begins)
        long = (size > CORNERS) & (size > WORTH * crossed)
        done.append(_only(rings, ~long))
        rings = _only(rings, long)
        if not long.any():
            break
        rings = _joined([_half(rings, axis[long], cut[long], sign) for sign in (-1, 1)])
    return _joined([*done, rings])


def _best_cuts(rings: Rings) -> tuple[Ints, Floats, Ints]:
    """Each ring's axis to be cut across, where, and how many of its edges that cuts.

    Across the middle of the side where it cuts fewer edges, of the longer one among equals.
    """
    boxes = boxes_of(rings)
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    ring, following = _following(rings)
    lower = rings.xy < middle[ring]
    count = np.zeros_like(middle, dtype=np.intp)
    for axis in (0, 1):
        cut = lower[:, axis] != lower[following, axis]
        count[:, axis] = np.bincount(ring[cut], minlength=len(middle))
    side = boxes[:, 2:] - boxes[:, :2]
    best = np.lexsort((-side, count), axis=1)[:, 0]
    row = np.arange(len(best))
    return best, middle[row, best], count[row, best]


def _following(rings: Rings) -> tuple[Ints, Ints]:
    """The ring of each corner, and the corner that follows it."""
    size = np.diff(rings.begins)
    following = np.arange(1, len(rings.xy) + 1)
    following[rings.begins[1:] - 1] = rings.begins[:-1]
    return np.repeat(np.arange(len(size)), size), following


def _only(rings: Rings, kept: NDArray[np.bool_]) -> Rings:
    size = np.diff(rings.begins)
    corners = np.repeat(kept, size)
    return Rings(rings.xy[corners], np.append(0, np.cumsum(size[kept])))


def _joined(some: list[Rings]) -> Rings:
    sizes = np.concatenate([np.diff(rings.begins) for rings in some])
    return Rings(np.concatenate([rings.xy for rings in some]), np.append(0, np.cumsum(sizes)))


def _half(rings: Rings, axis: Ints, cut: Floats, sign: int) -> Rings:
    """What lies on one side of each ring's cut: lower where ``sign`` is -1, higher where it is 1.

    What is exactly on the cut lies on both.
    """
    ring, following = _following(rings)
    corner, axis, cut = np.arange(len(ring)), axis[ring], cut[ring]
    over = sign * (rings.xy[corner, axis] - cut)
    kept, crossed = over >= 0, over * over[following] < 0
    part = (over / np.where(crossed, over - over[following], 1))[:, np.newaxis]
    met = rings.xy + part * (rings.xy[following] - rings.xy)
    met[corner, axis] = cut
    both = np.stack([rings.xy, met], axis=1).reshape(-1, 2)
    used = np.column_stack([kept, crossed]).ravel()
    half = Rings(both[used], _begins(np.repeat(ring, 2)[used], len(rings.begins) - 1))
    return _only(half, np.diff(half.begins) > 2)
