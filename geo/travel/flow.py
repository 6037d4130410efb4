"""Which way rivers flow: told by where they end, not by how they were drawn.

An edge whose loss would cut a part of the network off from every outlet carries the water of that
part: it flows to the other side. All other edges lie in loops (around islands, between two
outlets), where the lines alone do not tell the direction.

Such edges (bridges of the graph) are found with random labels: each edge outside of a spanning tree
gets a number, and a tree edge is a bridge where the numbers of all edges that lead out of the part
above it cancel out (Pritchard & Thurimella 2011, Fast computation of small cuts via cycle space
sampling, ACM Trans. Algorithms 7). With 64 bits, a wrong answer is less likely than 1e-12 for
millions of edges.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order

from geo.geodesy import Ints

NO_NODE = -9999  # scipy's


def flow(start: Ints, end: Ints, size: int, outlets: Ints) -> NDArray[np.int8]:
    """The direction of every edge.

    Parameters
    ----------
    start, end : array of int, shape (edges,)
        Nodes of each edge.
    size : int
        Count of nodes.
    outlets : array of int
        Nodes where water leaves.

    Returns
    -------
    array of int8
        1 where water runs from start to end, -1 where from end to start, 0 where nobody can tell.
    """
    below = size  # all outlets run into it
    outlets = np.unique(outlets)
    rows = np.concatenate([start, outlets])
    columns = np.concatenate([end, np.full(len(outlets), below)])
    graph = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(size + 1, size + 1))
    order, parent = breadth_first_order(graph.tocsr(), below, directed=False)
    parent = np.where(parent == NO_NODE, -1, parent).astype(np.intp)
    tree = _tree_edges(start, end, parent)
    labels = _labels(start, end, size + 1, tree)
    crossed = _accumulated(labels, order, parent)
    upper = order[1:][crossed[order[1:]] == 0]
    edge = tree[upper]
    upper, edge = upper[edge >= 0], edge[edge >= 0]
    direction = np.zeros(len(start), dtype=np.int8)
    direction[edge] = np.where(start[edge] == upper, 1, -1)
    return direction


def _tree_edges(start: Ints, end: Ints, parent: Ints) -> Ints:
    """The edge from each node to its parent, the first of several; -1 without one."""
    tree = np.full(len(parent), -1, dtype=np.intp)
    for upper, lower in ((start, end), (end, start)):
        edge = np.flatnonzero((parent[upper] == lower) & (upper != lower))[::-1]
        last = np.full(len(parent), -1, dtype=np.intp)
        last[upper[edge]] = edge
        tree = np.where(tree < 0, last, np.where(last < 0, tree, np.minimum(tree, last)))
    return tree


def _labels(start: Ints, end: Ints, size: int, tree: Ints) -> NDArray[np.uint64]:
    """At each node the labels of its edges outside of the tree, put together."""
    others = np.ones(len(start), dtype=bool)
    others[tree[tree >= 0]] = False
    label = np.random.default_rng(0).integers(1, 2**64, int(others.sum()), dtype=np.uint64)
    labels = np.zeros(size, dtype=np.uint64)
    for node in (start[others], end[others]):
        np.bitwise_xor.at(labels, node, label)
    return labels


def _accumulated(labels: NDArray[np.uint64], order: Ints, parent: Ints) -> NDArray[np.uint64]:
    """Labels of everything above each node, from the farthest inwards."""
    total, below = labels.tolist(), parent.tolist()
    for node in order[:0:-1].tolist():
        total[below[node]] ^= total[node]
    return np.array(total, dtype=np.uint64)
