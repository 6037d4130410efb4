"""Which districts ways lead through: where on an edge one is, and no node tells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.geodesy import Floats, Geometries, Ints
from geo.locate import place
from geo.travel.edges import Edges
from geo.travel.lines import DrawnLines, points_of

APART_M = 1000.0  # at most, of the positions on a way at which one looks where it is


@dataclass(frozen=True)
class Marks:
    """Positions on edges, one for each stretch in a district that holds no node of its edge.

    Attributes
    ----------
    edge : array of int
    fraction : array of float
        How far along the edge.
    district : array of int
    """

    edge: Ints
    fraction: Floats
    district: Ints


def marks_of(edges: Edges, drawn: DrawnLines, at_node: Ints, districts: Geometries) -> Marks:
    """Where edges lead through districts that neither of their ends lies in, or come back.

    One looks at every vertex, and as often as every ``APART_M`` between vertices. What lies
    outside of all districts is no stretch.

    Parameters
    ----------
    at_node : array of int
        The row of the district that each node lies in; -1 for none.
    districts : array of polygons
        EPSG:4326; what lies on a shared border belongs to the first.
    """
    mark_m = _looked_at(drawn)
    edge, fraction = edges.at(mark_m, drawn)
    inner = (edges.begin_m[edge] < mark_m) & (mark_m < edges.end_m[edge])
    edge, fraction, mark_m = edge[inner], fraction[inner], mark_m[inner]
    every, count = np.arange(len(edges)), len(edges)
    district = np.concatenate(
        [
            at_node[edges.start],
            place(points_of(drawn.lonlat_at(mark_m)), districts),
            at_node[edges.end],
        ]
    )
    edge = np.concatenate([every, edge, every]).astype(np.intp)
    fraction = np.concatenate([np.zeros(count), fraction, np.ones(count)])
    rank = np.repeat([0, 1, 2], [count, len(mark_m), count])
    order = np.lexsort((np.concatenate([every, mark_m, every]), rank, edge))
    order = order[district[order] >= 0]
    edge, fraction, district, inner = (
        edge[order],
        fraction[order],
        district[order],
        rank[order] == 1,
    )
    if len(edge) == 0:
        return Marks(edge, fraction, district)
    begins = np.flatnonzero((np.diff(edge, prepend=-1) != 0) | (np.diff(district, prepend=-1) != 0))
    bare = np.logical_and.reduceat(inner, begins)
    middle = ((begins + np.append(begins[1:], len(edge)) - 1) // 2)[bare]
    return Marks(edge[middle], fraction[middle], district[middle])


def _looked_at(drawn: DrawnLines) -> Floats:
    """Marks of all vertices, and of what lies between those that are far apart."""
    begin, end = drawn.mark_m[:-1], drawn.mark_m[1:]
    steps = np.ceil((end - begin) / APART_M).astype(np.intp)
    steps[drawn.line[1:] != drawn.line[:-1]] = 1
    row = np.repeat(np.arange(len(steps)), steps)
    step = np.arange(len(row)) - np.repeat(np.cumsum(steps) - steps, steps)
    between = begin[row] + (end - begin)[row] * (step / steps[row])
    return np.append(between, drawn.mark_m[-1:])
