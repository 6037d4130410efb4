"""Least minutes over the network, towards places or from them.

The network's graph stays as it is; the places that everything is measured to are set on its edges
for the question at hand, so that an answer depends on no other place that asks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from geo.geodesy import Floats, Ints
from geo.travel.access import Access
from geo.travel.edges import AGAINST, ALONG, Edges

Arcs = tuple[Ints, Ints, Floats]  # from, to, minutes


def quickest(rows: Ints, columns: Ints, minutes: Floats) -> Arcs:
    """Of several arcs between two nodes the quickest; those that cannot be travelled are gone."""
    open_ = np.isfinite(minutes) & (rows != columns)
    rows, columns, minutes = rows[open_], columns[open_], minutes[open_]
    order = np.lexsort((minutes, columns, rows))
    rows, columns, minutes = rows[order], columns[order], minutes[order]
    first = np.ones(len(rows), dtype=bool)
    first[1:] = (np.diff(rows) != 0) | (np.diff(columns) != 0)
    return rows[first], columns[first], minutes[first]


@dataclass(frozen=True)
class Stops:
    """Places set on edges, in order along them.

    A stop's number is ``size`` plus its row, that of its place (a walk away) ``size`` plus the
    count of stops plus its row.
    """

    edges: Edges
    size: int
    access: Access

    def node(self, row: Ints) -> Ints:
        """Numbers of stops."""
        return np.asarray(self.size + row, dtype=np.intp)

    def entry(self, row: Ints) -> Ints:
        """Numbers of the places that stops belong to."""
        return np.asarray(self.size + len(self.access) + row, dtype=np.intp)

    def around(self, edge: Ints, fraction: Floats) -> tuple[Ints, Floats, Ints, Floats]:
        """The node before a place on an edge and where it is on it, and the node after."""
        stops = self.access
        after = np.searchsorted(_key(stops.edge, stops.fraction), _key(edge, fraction), "right")
        return self._neighbours(edge, after - 1, after)

    def _neighbours(
        self, edge: Ints, before: Ints, after: Ints
    ) -> tuple[Ints, Floats, Ints, Floats]:
        stops, count = self.access, len(self.access)
        on = np.append(stops.edge, -1)  # -1 and ``count`` are no stop
        where = np.append(stops.fraction, 0.0)
        has_before = on[before] == edge
        has_after = on[np.minimum(after, count)] == edge
        low = np.where(has_before, self.node(before), self.edges.start[edge])
        high = np.where(has_after, self.node(after), self.edges.end[edge])
        return (
            low,
            np.where(has_before, where[before], 0.0),
            high,
            np.where(has_after, where[np.minimum(after, count)], 1.0),
        )

    def arcs(self, minutes: Floats) -> Arcs:
        """Between stops and their neighbours on the edge, and between stops and their places."""
        stops, row = self.access, np.arange(len(self.access), dtype=np.intp)
        here = self.node(row)
        low, f_low, high, f_high = self._neighbours(stops.edge, row - 1, row + 1)
        cost = minutes[stops.edge]
        down, up = stops.fraction - f_low, f_high - stops.fraction
        last = high < self.size  # else the next stop has this stretch
        parts = [
            (low, here, part(cost[:, ALONG], down)),
            (here, low, part(cost[:, AGAINST], down)),
            (here[last], high[last], part(cost[last, ALONG], up[last])),
            (high[last], here[last], part(cost[last, AGAINST], up[last])),
            (here, self.entry(row), stops.walk_minutes),
            (self.entry(row), here, stops.walk_minutes),
        ]
        rows, columns, values = (np.concatenate(side) for side in zip(*parts, strict=True))
        open_ = np.isfinite(values)
        return rows[open_], columns[open_], values[open_]


def _key(edge: Ints, fraction: Floats) -> Floats:
    return 2.0 * edge + fraction


def part(minutes: Floats, share: Floats) -> Floats:
    """Minutes of a part of an edge; none of an edge that is closed takes none."""
    return np.multiply(minutes, share, out=np.zeros(len(share)), where=share > 0)


def set_stops(edges: Edges, size: int, access: Access) -> Stops:
    """Places on edges, put in order."""
    order = np.lexsort((access.place, access.walk_minutes, access.fraction, access.edge))
    return Stops(edges, size, access.only(order))


def graph(base: Arcs, stops: Stops, minutes: Floats, towards: bool) -> csr_array:
    """Minutes from row to column; turned round when people go ``towards`` the stops.

    On a ring with one stop two arcs lead from it to the ring's end: the quicker one counts, as a
    sparse array would add them up.
    """
    both = (np.concatenate(pair) for pair in zip(base, stops.arcs(minutes), strict=True))
    rows, columns, values = quickest(*both)
    if towards:
        rows, columns = columns, rows
    size = stops.size + 2 * len(stops.access)
    return coo_array((values, (rows, columns)), shape=(size, size)).tocsr()


@dataclass(frozen=True)
class Reach:
    """Least minutes between every node and the nearest stop.

    Attributes
    ----------
    minutes : array of shape (nodes,)
        Infinite where there is no way.
    stop : array of shape (nodes,)
        Row of the stop; -1 where there is no way.
    parent : array of shape (nodes,)
        The next node on the way to the stop (or the one before, on the way from it).
    """

    minutes: Floats
    stop: Ints
    parent: Ints


def reach(graph: csr_array, stops: Stops) -> Reach:
    """From one search for all stops."""
    size, count = graph.shape[0], len(stops.access)
    if count == 0:
        none = np.full(size, -1, dtype=np.intp)
        return Reach(np.full(size, np.inf), none, none)
    entries = stops.entry(np.arange(count))
    minutes, parent, source = dijkstra(
        graph, indices=entries, min_only=True, return_predecessors=True
    )
    stop = np.where(source >= 0, source - entries[0], -1).astype(np.intp)
    return Reach(minutes, stop, parent.astype(np.intp))


def reach_each(graph: csr_array, stops: Stops, rows: Ints) -> Floats:
    """Least minutes between each of some stops and every node; shape (rows, nodes)."""
    return np.atleast_2d(np.asarray(dijkstra(graph, indices=stops.entry(rows)), dtype=float))


@dataclass(frozen=True)
class Approach:
    """The two ways on from each access of a place: to the node before it on its edge, and after.

    Attributes
    ----------
    access : array of int, shape (2 * accesses,)
        Row of the access.
    node : array of int
    minutes : array of float
        With the walk.
    """

    access: Ints
    node: Ints
    minutes: Floats


def approach(places: Access, stops: Stops, minutes: Floats, towards: bool) -> Approach:
    """How places get on from where they enter the network (or to there, from the stops)."""
    low, f_low, high, f_high = stops.around(places.edge, places.fraction)
    cost = minutes[places.edge]
    to_low, to_high = (AGAINST, ALONG) if towards else (ALONG, AGAINST)
    before = part(cost[:, to_low], places.fraction - f_low) + places.walk_minutes
    after = part(cost[:, to_high], f_high - places.fraction) + places.walk_minutes
    row = np.arange(len(places), dtype=np.intp)
    access = np.concatenate([row, row])
    order = np.argsort(access, kind="stable")
    return Approach(
        access[order],
        np.concatenate([low, high])[order],
        np.concatenate([before, after])[order],
    )
