"""Rings of polygons, and their cutting into pieces with few corners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geodesy import Floats, Geometries
from geo.grid import Int64s
from geo.validity import simple_parts

CORNERS = 32  # of a piece, at most: long rings are cut, and their far pieces never looked at
ROUNDS = 40  # of halving: a ring that winds about each cut stays longer, and is only slower


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
    parts = shapely.orient_polygons(parts[shapely.get_dimensions(parts) == 2])
    rings = shapely.get_rings(parts)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    again = np.append(ring[1:] != ring[:-1], [True] * (len(ring) > 0))
    return Rings(xy[~again], _begins(ring[~again], len(rings)))


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
    """Rings that cover the same, as often, and have few corners each.

    Halved across the middle of the longer side, again and again (Sutherland & Hodgman 1974). Edges
    that run to and fro along a cut cancel out.
    """
    done = []
    for _ in range(ROUNDS):
        long = np.diff(rings.begins) > CORNERS
        done.append(_only(rings, ~long))
        rings = _only(rings, long)
        if len(rings.begins) == 1:
            break
        rings = _halved(rings)
    return _joined([*done, rings])


def _only(rings: Rings, kept: NDArray[np.bool_]) -> Rings:
    size = np.diff(rings.begins)
    corners = np.repeat(kept, size)
    return Rings(rings.xy[corners], np.append(0, np.cumsum(size[kept])))


def _joined(some: list[Rings]) -> Rings:
    sizes = np.concatenate([np.diff(rings.begins) for rings in some])
    return Rings(np.concatenate([rings.xy for rings in some]), np.append(0, np.cumsum(sizes)))


def _halved(rings: Rings) -> Rings:
    boxes = boxes_of(rings)
    side = boxes[:, 2:] - boxes[:, :2]
    axis = (side[:, 1] > side[:, 0]).astype(np.intp)
    row = np.arange(len(axis))
    cut = (boxes[row, axis] + boxes[row, axis + 2]) / 2
    return _joined([_half(rings, axis, cut, sign) for sign in (-1, 1)])


def _half(rings: Rings, axis: NDArray[np.intp], cut: Floats, sign: int) -> Rings:
    """What lies on one side of each ring's cut: lower where ``sign`` is -1, higher where it is 1.

    What is exactly on the cut lies on both.
    """
    size = np.diff(rings.begins)
    ring = np.repeat(np.arange(len(size)), size)
    corner = np.arange(len(ring))
    following = corner + 1
    following[rings.begins[1:] - 1] = rings.begins[:-1]
    axis, cut = axis[ring], cut[ring]
    over = sign * (rings.xy[corner, axis] - cut)
    kept, crossed = over >= 0, over * over[following] < 0
    part = (over / np.where(crossed, over - over[following], 1))[:, np.newaxis]
    met = rings.xy + part * (rings.xy[following] - rings.xy)
    met[corner, axis] = cut
    both = np.stack([rings.xy, met], axis=1).reshape(-1, 2)
    used = np.column_stack([kept, crossed]).ravel()
    half = Rings(both[used], _begins(np.repeat(ring, 2)[used], len(size)))
    return _only(half, np.diff(half.begins) > 2)
