"""A tree of boxes around segments in space, by compiled code: what lies near is found in it.

Places are in metres from the centre of the Earth. So no map projection has a say in what is near:
the tree is as good anywhere on Earth, across the date line and at the poles.

Source: bounding volume hierarchies (Ericson 2005, Real-Time Collision Detection, 6).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.geodesy import ECCENTRICITY2, EQUATOR_M, Floats
from geo.grid import Int64s, njit

LEAF = 8  # segments at most, and half as many at least, unless there are fewer in all
DEPTH = 64  # of the tree, at most: it is halved at every step


class Tree(NamedTuple):
    """Nodes in the order in which they are reached: after each node its left branch.

    Attributes
    ----------
    order : array of int, shape (m,)
        The rows of the segments, in the order of the tree.
    ends : array of float, shape (m, 6)
        x, y and z of one end, then of the other, in the order of the tree.
    boxes : array of float, shape (nodes, 6)
        The least x, y and z of the segments below a node, and the greatest.
    begins, stops : array of int, shape (nodes,)
        The segments below it.
    right : array of int, shape (nodes,)
        Its right branch; 0 for a leaf.
    """

    order: Int64s
    ends: Floats
    boxes: Floats
    begins: Int64s
    stops: Int64s
    right: Int64s


def tree_of(segments: Floats) -> Tree:
    """Of segments (m, 4) in degrees: lon and lat of one end, then of the other."""
    ends = in_space(np.ascontiguousarray(segments, dtype=np.float64))
    order, begins, stops, right = _halved(ends[:, :3] + ends[:, 3:])
    ends = ends[order]
    return Tree(order, ends, _boxes(ends, begins, stops, right), begins, stops, right)


@njit
def in_space(segments: Floats) -> Floats:
    """Metres from the centre of the Earth, shape (m, 6), of ends in degrees."""
    ends = np.empty((len(segments), 6))
    for row in range(len(segments)):
        for end in range(2):
            lon = np.radians(segments[row, 2 * end])
            lat = np.radians(segments[row, 2 * end + 1])
            across = EQUATOR_M / np.sqrt(1 - ECCENTRICITY2 * np.sin(lat) ** 2)
            ends[row, 3 * end] = across * np.cos(lat) * np.cos(lon)
            ends[row, 3 * end + 1] = across * np.cos(lat) * np.sin(lon)
            ends[row, 3 * end + 2] = across * (1 - ECCENTRICITY2) * np.sin(lat)
    return ends


@njit
def _halved(middles: Floats) -> tuple[Int64s, Int64s, Int64s, Int64s]:
    """Order, begins, stops and right branches: each node is halved along its longest side."""
    size = len(middles)
    most = 4 * (size // LEAF + 1)
    begins = np.zeros(most, dtype=np.int64)
    stops = np.zeros(most, dtype=np.int64)
    right = np.zeros(most, dtype=np.int64)
    order = np.arange(size)
    todo = np.empty((DEPTH, 3), dtype=np.int64)  # begin, stop, and whose right branch it is
    todo[0, 0], todo[0, 1], todo[0, 2] = 0, size, -1
    waiting, nodes = (1 if size else 0), 0
    while waiting:
        waiting -= 1
        begin, stop, parent = todo[waiting, 0], todo[waiting, 1], todo[waiting, 2]
        begins[nodes], stops[nodes] = begin, stop
        if parent >= 0:
            right[parent] = nodes
        if stop - begin > LEAF:
            half = (stop - begin) // 2
            side = _longest_side(middles, order[begin:stop])
            _part(order, begin, stop, begin + half, middles[:, side])
            for first, last, root in ((begin + half, stop, nodes), (begin, begin + half, -1)):
                todo[waiting, 0], todo[waiting, 1], todo[waiting, 2] = first, last, root
                waiting += 1
        nodes += 1
    return order, begins[:nodes].copy(), stops[:nodes].copy(), right[:nodes].copy()


@njit
def _part(order: Int64s, begin: int, stop: int, half: int, along: Floats) -> None:
    """Move what is least along a side to before ``half``; NumPy's takes seconds to compile.

    Source: Hoare 1961, Algorithm 65: Find.
    """
    low, high = begin, stop - 1
    while low < high:
        pivot = along[order[(low + high) // 2]]
        left, right = low, high
        while left <= right:
            while along[order[left]] < pivot:
                left += 1
            while along[order[right]] > pivot:
                right -= 1
            if left <= right:
                order[left], order[right] = order[right], order[left]
                left, right = left + 1, right - 1
        if half <= right:
            high = right
        elif half >= left:
            low = left
        else:
            return


@njit
def _longest_side(middles: Floats, rows: Int64s) -> int:
    longest, widest = 0, -1.0
    for side in range(3):
        low, high = np.inf, -np.inf
        for row in rows:
            low, high = min(low, middles[row, side]), max(high, middles[row, side])
        if high - low > widest:
            longest, widest = side, high - low
    return longest


@njit
def _boxes(ends: Floats, begins: Int64s, stops: Int64s, right: Int64s) -> Floats:
    boxes = np.empty((len(begins), 6))
    for node in range(len(begins) - 1, -1, -1):  # branches come after what they grow from
        for side in range(3):
            low, high = np.inf, -np.inf
            if right[node]:
                low = min(boxes[node + 1, side], boxes[right[node], side])
                high = max(boxes[node + 1, side + 3], boxes[right[node], side + 3])
            else:
                for row in range(begins[node], stops[node]):
                    low = min(low, ends[row, side], ends[row, side + 3])
                    high = max(high, ends[row, side], ends[row, side + 3])
            boxes[node, side], boxes[node, side + 3] = low, high
    return boxes


@njit
def apart2(node: int, boxes: Floats, query: int, ends: Floats) -> float:
    """The square of the distance between a node's box and that of a segment."""
    total = 0.0
    for side in range(3):
        one, other = ends[query, side], ends[query, side + 3]
        gap = max(boxes[node, side] - max(one, other), min(one, other) - boxes[node, side + 3], 0.0)
        total += gap * gap
    return total
