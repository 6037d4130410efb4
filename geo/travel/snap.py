"""Loose ends joined to the way that they just miss.

Lines run in strokes: one after the other where two ends meet and nothing else does. An end is
never snapped to its own stroke, and that of a short stroke not to those that it already meets:
else rivers drawn in many short lines would get a small loop at every source.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from geo.geodesy import Geometries, Ints
from geo.travel.lines import DrawnLines, Near
from geo.travel.nodes import Joints, lowest
from geo.travel.ways import Ways

STUB = 2.0  # tolerances: what makes a stroke short


def snap(joints: Joints, points: Geometries, ways: Ways, drawn: DrawnLines, snap_m: float) -> None:
    """Join every loose end to the nearest other way of its mode within ``snap_m``.

    Parameters
    ----------
    joints : Joints
        Gets the pairs and cuts, and the record of loose ends.
    points : array of Point
        The end nodes, in the plane.
    ways : Ways
    drawn : DrawnLines
    snap_m : float
    """
    number = joints.numbers()
    _, cut_node = joints.all_cuts()
    degree = np.bincount(number[joints.ends.ravel()], minlength=joints.size)
    degree[number[cut_node]] += 2  # it stands on a line that goes on
    line, side = np.nonzero(degree[number[joints.ends]] == 1)
    node = joints.ends[line, side]
    joints.loose = node
    near = drawn.near(points[node], snap_m)
    fits = ways.mode[near.line] == ways.mode[line[near.place]]
    fits &= _are_apart(joints, number, degree, drawn, snap_m, line, near)
    near = near.only(fits)
    first = np.ones(len(near.place), dtype=bool)
    first[1:] = np.diff(near.place) > 0
    near = near.only(first)
    snapped = node[near.place]
    there = joints.put(snapped, near.line, near.mark_m, drawn, snap_m)
    joints.shift_m = np.hypot(*(joints.places()[snapped] - there).T)
    joints.still_loose = _still_loose(joints, node, snapped)


def _are_apart(
    joints: Joints,
    number: Ints,
    degree: Ints,
    drawn: DrawnLines,
    snap_m: float,
    line: Ints,
    near: Near,
) -> np.ndarray:
    """Whether the way near to each loose end is another one."""
    ends = number[joints.ends]
    stroke = _strokes(ends, degree)
    own, other = stroke[line[near.place]], stroke[near.line]
    length = np.bincount(stroke, weights=drawn.end_m - drawn.begin_m, minlength=len(ends))
    mark, cut = joints.all_cuts()
    on = stroke[np.searchsorted(drawn.begin_m, mark, side="right") - 1]
    rows = np.concatenate([stroke, stroke, on])
    columns = np.concatenate([ends[:, 0], ends[:, 1], number[cut]])
    meets = csr_array(
        (np.ones(len(rows), np.int32), (rows, columns)), shape=(len(ends), len(number))
    )
    short = length[own] < STUB * snap_m
    touching = np.zeros(len(own), dtype=bool)
    shared = meets[own[short]].multiply(meets[other[short]]).sum(axis=1)
    touching[short] = np.asarray(shared).ravel() > 0
    apart: np.ndarray = (own != other) & ~touching
    return apart


def _strokes(ends: Ints, degree: Ints) -> Ints:
    """The lowest line of each line's stroke."""
    line, side = np.nonzero(degree[ends] == 2)
    node = ends[line, side]
    order = np.argsort(node, kind="stable")
    line, node = line[order], node[order]
    same = node[1:] == node[:-1]
    return lowest(np.column_stack([line[:-1][same], line[1:][same]]), len(ends))


def _still_loose(joints: Joints, node: Ints, snapped: Ints) -> Ints:
    """Loose ends that were not snapped, and that nothing was snapped to."""
    number = joints.numbers()
    taken = np.zeros(joints.size, dtype=bool)
    taken[number[snapped]] = True
    return node[~taken[number[node]]]
