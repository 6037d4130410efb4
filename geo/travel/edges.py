"""Lines cut at their nodes: the edges of the network, with minutes for every season and way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.geodesy import Floats, Ints
from geo.travel.lines import DrawnLines
from geo.travel.nodes import Joints
from geo.travel.rules import MINUTES_PER_HOUR, RIVER, SEASONS

ALONG, AGAINST = 0, 1  # from an edge's start to its end, and back


@dataclass(frozen=True)
class Edges:
    """Parts of lines between nodes, in the order of their marks.

    Attributes
    ----------
    start, end : array of int
        Nodes; the start has the lower mark.
    line : array of int
    begin_m, end_m : array of float
        Marks.
    km : array of float
    """

    start: Ints
    end: Ints
    line: Ints
    begin_m: Floats
    end_m: Floats
    km: Floats

    def __len__(self) -> int:
        return len(self.start)

    def at(self, mark_m: Floats, drawn: DrawnLines) -> tuple[Ints, Floats]:
        """The edge that each mark is on, and how far along it, 0 to 1."""
        edge = np.searchsorted(self.begin_m, mark_m, side="right") - 1
        edge = np.maximum(edge, 0).astype(np.intp)
        done = drawn.km_at(mark_m) - drawn.km_at(self.begin_m[edge])
        km = self.km[edge]
        share = np.divide(done, km, out=np.zeros(len(edge)), where=km > 0)
        return edge, np.clip(share, 0.0, 1.0)

    def marks(self, edge: Ints, fraction: Floats, drawn: DrawnLines) -> Floats:
        """The marks of places on edges: the reverse of ``at``."""
        km = drawn.km_at(self.begin_m[edge]) + fraction * self.km[edge]
        mark = drawn.marks_at(self.line[edge], km)
        return np.clip(mark, self.begin_m[edge], self.end_m[edge])


def cut_lines(joints: Joints, drawn: DrawnLines) -> tuple[Edges, Ints]:
    """Edges, and the number of each of the joints' nodes among those that are left.

    Nodes that are one get one number; numbers keep the order of the joints' own.
    """
    lowest = joints.numbers()
    _, number = np.unique(lowest, return_inverse=True)
    number = number.astype(np.intp)
    mark, node = joints.all_cuts()
    lines = len(joints.ends)
    every = np.arange(lines)
    on = np.searchsorted(drawn.begin_m, mark, side="right") - 1
    line = np.concatenate([every, on, every])
    rank = np.repeat([0, 1, 2], [lines, len(mark), lines])
    mark = np.concatenate([drawn.begin_m, mark, drawn.end_m])
    node = number[np.concatenate([joints.ends[:, 0], node, joints.ends[:, 1]])]
    order = np.lexsort((node, mark, rank, line))
    line, mark, node = line[order], mark[order], node[order]
    same = line[1:] == line[:-1]
    begin, end = mark[:-1][same], mark[1:][same]
    start, stop = node[:-1][same], node[1:][same]
    kept = (start != stop) | (end > begin)
    begin, end, start, stop = begin[kept], end[kept], start[kept], stop[kept]
    km = np.maximum(drawn.km_at(end) - drawn.km_at(begin), 0.0)
    return Edges(start, stop, line[1:][same][kept].astype(np.intp), begin, end, km), number


def edge_minutes(
    edges: Edges, mode: Ints, kmh: Floats, flow: NDArray[np.int8]
) -> dict[str, Floats]:
    """By season, minutes along every edge and against it; shape (edges, 2), infinite for never.

    With the current where the direction is known, against it both ways where it is not.

    Parameters
    ----------
    edges : Edges
    mode : array of int, shape (edges,)
    kmh : array of shape (edges, 4)
        In the order of ``geo.travel.rules.SPEED_COLUMNS``.
    flow : array of int8, shape (edges,)
        Of geo.travel.flow; 0 on roads.
    """
    minutes = {}
    flow = np.where(mode == RIVER, flow, 0)
    for place, season in enumerate(SEASONS):
        down, up = kmh[:, 2 * place], kmh[:, 2 * place + 1]
        speed = np.column_stack([np.where(flow == 1, down, up), np.where(flow == -1, down, up)])
        hours = np.full(speed.shape, np.inf)
        np.divide(edges.km[:, None], speed, out=hours, where=speed > 0)
        minutes[season] = hours * MINUTES_PER_HOUR
    return minutes
