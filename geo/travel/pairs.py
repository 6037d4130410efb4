"""Which rows join two nodes: for many rows, found quickly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.geodesy import Ints


@dataclass(frozen=True)
class Pairs:
    """Rows in the order of the two nodes that each joins; made by ``in_order``.

    Attributes
    ----------
    size : int
        Count of nodes.
    key : array of int, shape (rows,)
        Ascending; a number for each pair, whichever of the two comes first.
    row : array of int, shape (rows,)
    """

    size: int
    key: Ints
    row: Ints

    def joining(self, one: int, other: int) -> Ints:
        """Rows that join two nodes."""
        key = min(one, other) * self.size + max(one, other)
        first, last = np.searchsorted(self.key, [key, key + 1])
        return self.row[first:last]


def in_order(one: Ints, other: Ints, size: int) -> Pairs:
    """Rows by the pairs of nodes that they join."""
    key = np.minimum(one, other) * size + np.maximum(one, other)
    order = np.argsort(key, kind="stable")
    return Pairs(size, key[order], order)
