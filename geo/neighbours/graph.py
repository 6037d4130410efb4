"""The graph of districts that models, smoothing and plans share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from geo.geodesy import Floats, Ints
from vigia.errors import GeometryError

Link = Literal["either", "both"]


@dataclass(frozen=True)
class Attached:
    """An island or part, by its district that was attached, to which other, and how far off."""

    code: str
    to: str
    km: float


@dataclass(frozen=True)
class Neighbours:
    """A graph of districts.

    Attributes
    ----------
    codes : tuple of str
        Every district, sorted byte by byte, with or without neighbours.
    edges : array of int, shape (edges, 2)
        Rows of ``codes``, the lower one first; sorted. Each pair of neighbours stands once.
    attached : tuple of Attached
        Islands, whose edge is no shared border.
    unplaced : tuple of str
        Districts of which nobody knows where they are: they have no neighbours.
    km : array of float, shape (edges,), or None
        Length of each edge.
    minutes : array of float, shape (edges, 2), or None
        Time along each edge from its first district to its second, and back; NaN where there is
        no way.
    """

    codes: tuple[str, ...]
    edges: NDArray[np.intp]
    attached: tuple[Attached, ...] = ()
    unplaced: tuple[str, ...] = ()
    km: Floats | None = None
    minutes: Floats | None = None

    @cached_property
    def adjacency(self) -> csr_array:
        """Symmetric, 1.0 where two districts are neighbours; shape (districts, districts)."""
        return self._matrix(np.ones((len(self.edges), 2)))

    def lengths(self, unit: Literal["km", "minutes"]) -> csr_array:
        """Lengths of the edges from row to column; shape (districts, districts).

        Of minutes it need not be symmetric, and a way that is not there is not in it.

        Raises
        ------
        GeometryError
            When the edges carry no such lengths.
        """
        found = self.km if unit == "km" else self.minutes
        if found is None:
            raise GeometryError(
                f"This graph of neighbours has no {unit}.",
                hint=f"Add them with geo.neighbours.carry_{unit}.",
            )
        return self._matrix(np.column_stack([found, found]) if unit == "km" else found)

    def _matrix(self, there_and_back: Floats) -> csr_array:
        one, other = self.edges.T
        rows, columns = np.concatenate([one, other]), np.concatenate([other, one])
        values = there_and_back.T.ravel()
        known = ~np.isnan(values)
        size = len(self.codes)
        return csr_array((values[known], (rows[known], columns[known])), shape=(size, size))

    @cached_property
    def component(self) -> NDArray[np.int32]:
        """The number of the connected part that each district belongs to.

        Parts are numbered in the order of their lowest code; a district without neighbours is a
        part of its own.
        """
        _, part = connected_components(self.adjacency, directed=False)
        number: NDArray[np.int32] = part
        return number

    @cached_property
    def _row(self) -> dict[str, int]:
        return {code: row for row, code in enumerate(self.codes)}

    def of(self, code: str) -> list[str]:
        """Codes of the neighbours of a district, in order.

        Raises
        ------
        GeometryError
            When there is no such district.
        """
        if code not in self._row:
            raise GeometryError(f"The graph of neighbours has no district {code!r}.")
        start, end = self.adjacency.indptr[self._row[code] : self._row[code] + 2]
        return [self.codes[row] for row in sorted(self.adjacency.indices[start:end].tolist())]

    def table(self) -> pd.DataFrame:
        """One row per edge: code, other; and km, minutes, minutes_back where they are known."""
        one, other = np.array(self.codes, dtype=object)[self.edges].T
        table = pd.DataFrame({"code": one, "other": other}, dtype="str")
        if self.km is not None:
            table["km"] = self.km
        if self.minutes is not None:
            table["minutes"], table["minutes_back"] = self.minutes.T
        return table

    def report(self) -> dict[str, Any]:
        """What somebody must know before trusting the graph, as plain values.

        Returns
        -------
        dict
            districts, pairs; neighbours (fewest, median and most of a district with a known
            place); components (connected parts of districts with a known place, by size, each
            with its lowest code); attached (code, to, km); alone (districts with a known place
            and no neighbour); unplaced.
        """
        placed = ~np.isin(np.array(self.codes, dtype=object), list(self.unplaced))
        degree = np.diff(self.adjacency.indptr)
        alone = np.flatnonzero(placed & (degree == 0))
        return {
            "districts": len(self.codes),
            "pairs": len(self.edges),
            "neighbours": _spread(degree[placed]),
            "components": self._parts(placed),
            "attached": [{"code": a.code, "to": a.to, "km": round(a.km, 3)} for a in self.attached],
            "alone": [self.codes[row] for row in alone.tolist()],
            "unplaced": list(self.unplaced),
        }

    def _parts(self, placed: NDArray[np.bool_]) -> list[dict[str, Any]]:
        numbers, first, size = np.unique(
            self.component[placed], return_index=True, return_counts=True
        )
        lowest = np.flatnonzero(placed)[first]
        by_size = np.lexsort((numbers, -size))
        return [
            {"size": int(size[part]), "lowest_code": self.codes[lowest[part]]} for part in by_size
        ]


def _spread(degree: Ints) -> dict[str, float] | None:
    if len(degree) == 0:
        return None
    return {
        "fewest": int(degree.min()),
        "median": float(np.median(degree)),
        "most": int(degree.max()),
    }


def sorted_pairs(one: Ints, other: Ints) -> Ints:
    """Edges as the graph has them: the lower row first, each once, sorted; no loops."""
    pairs = np.column_stack([np.minimum(one, other), np.maximum(one, other)]).astype(np.intp)
    edges: Ints = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0).reshape(-1, 2)
    return edges


def linked(source: Ints, target: Ints, link: Link) -> Ints:
    """Edges from choices, each a row and a row that it chose.

    ``either``: one of the two chose the other (the symmetric union). ``both``: each did.
    """
    if link == "either":
        return sorted_pairs(source, target)
    chosen = np.unique(np.column_stack([source, target]), axis=0).reshape(-1, 2)
    pairs = np.sort(chosen[chosen[:, 0] != chosen[:, 1]], axis=1)
    edges, times = np.unique(pairs, axis=0, return_counts=True)
    mutual: Ints = edges.reshape(-1, 2)[times == 2].astype(np.intp)
    return mutual


def require_link(link: str) -> None:
    """Raise a GeometryError unless it is one."""
    if link not in ("either", "both"):
        raise GeometryError(f'There is no link "{link}".', hint="There are: either, both.")


def require_count(k: int) -> None:
    """Raise a GeometryError unless there is at least one neighbour to look for."""
    if k < 1:
        raise GeometryError(f"{k} neighbours are none.", hint="Ask for k = 1 or more.")


def require_codes(codes: Sequence[str]) -> None:
    """Raise a GeometryError where a code stands twice."""
    unique, times = np.unique(np.asarray(codes, dtype=object), return_counts=True)
    if (times > 1).any():
        raise GeometryError(
            f"The code {unique[times > 1][0]!r} stands more than once.",
            hint="Each district has one row; merge them or correct the code.",
        )
