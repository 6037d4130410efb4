"""Nodes while a network is built: their places, which are one, and where they cut lines."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.geodesy import Floats, Ints
from geo.travel.lines import DrawnLines


@dataclass
class Joints:
    """What is known of nodes while a network is built.

    Attributes
    ----------
    xy : list of arrays of shape (n, 2)
        Places of the nodes in the plane, in order of their numbers.
    mode : list of arrays of int
    same : list of arrays of shape (n, 2)
        Pairs of nodes that are one.
    cuts : list of tuples of arrays
        Marks, and the node at each.
    ends : array of shape (lines, 2)
        The nodes of each line's start and end.
    loose : array of int
        End nodes that nothing touches, as drawn.
    still_loose : array of int
        Those left after snapping.
    shift_m : array of float
        How far each snapped end was from what it was joined to.
    crossed : int
        Places where lines were cut because they cross.
    """

    ends: Ints
    xy: list[Floats]
    mode: list[Ints]
    same: list[Ints] = field(default_factory=list)
    cuts: list[tuple[Floats, Ints]] = field(default_factory=list)
    loose: Ints = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    still_loose: Ints = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    shift_m: Floats = field(default_factory=lambda: np.empty(0))
    crossed: int = 0

    @property
    def size(self) -> int:
        """How many nodes there are by now."""
        return sum(len(part) for part in self.xy)

    def places(self) -> Floats:
        """Shape (nodes, 2)."""
        return np.concatenate(self.xy)

    def modes(self) -> Ints:
        """Shape (nodes,)."""
        return np.concatenate(self.mode)

    def all_cuts(self) -> tuple[Floats, Ints]:
        """Marks and nodes of all cuts by now."""
        marks = [np.empty(0), *(mark for mark, _ in self.cuts)]
        nodes = [np.empty(0, dtype=np.intp), *(node for _, node in self.cuts)]
        return np.concatenate(marks), np.concatenate(nodes)

    def add(self, xy: Floats, mode: Ints) -> Ints:
        """New nodes, and their numbers."""
        first = self.size
        self.xy.append(xy)
        self.mode.append(mode)
        return np.arange(first, first + len(xy), dtype=np.intp)

    def join(self, one: Ints, other: Ints) -> None:
        """Pairs of nodes are one."""
        self.same.append(np.column_stack([one, other]).astype(np.intp))

    def put(
        self, node: Ints, line: Ints, mark_m: Floats, drawn: DrawnLines, near_m: float
    ) -> Floats:
        """Nodes on lines; where a line's end is ``near_m`` from node and mark, it is the node.

        Returns where they now are, shape (n, 2).
        """
        begin, end = drawn.begin_m[line], drawn.end_m[line]
        at_end = mark_m - begin > end - mark_m
        is_end = np.where(at_end, end - mark_m, mark_m - begin) <= near_m
        at = drawn.xy_at(np.where(at_end, end, begin))
        is_end &= np.hypot(*(self.places()[node] - at).T) <= near_m
        self.join(node[is_end], self.ends[line[is_end], at_end[is_end].astype(int)])
        self.cuts.append((mark_m[~is_end], node[~is_end]))
        mark_m = np.where(is_end, np.where(at_end, end, begin), mark_m)
        return drawn.xy_at(mark_m)

    def numbers(self) -> Ints:
        """For each node the lowest of those that are one with it."""
        pairs = np.concatenate([*self.same, np.empty((0, 2), dtype=np.intp)])
        return lowest(pairs, self.size)


def lowest(pairs: Ints, size: int) -> Ints:
    """The lowest number that each is connected with by pairs."""
    graph = coo_array((np.ones(len(pairs), np.int8), tuple(pairs.T)), shape=(size, size))
    _, part = connected_components(graph, directed=False)
    first = np.full(size, size, dtype=np.intp)
    np.minimum.at(first, part, np.arange(size))
    return np.asarray(first[part], dtype=np.intp)
