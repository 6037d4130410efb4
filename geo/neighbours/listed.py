"""Neighbours as others have written them down: a list of pairs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from geo.geodesy import Ints
from geo.neighbours.graph import sorted_pairs
from vigia.errors import GeometryError


def neighbours_from_pairs(pairs: pd.DataFrame | ArrayLike, names: ArrayLike) -> csr_array:
    """The matrix of neighbours of a list, in the order of ``names``.

    A pair may stand once, twice, or both ways round; a district that stands in none is an island.

    Parameters
    ----------
    pairs : DataFrame or array of shape (pairs, 2)
        The names of two neighbours in the first two columns.
    names : array of shape (districts,)
        Of every district, each once: a column of the table that is fitted. Text in the one and
        numbers in the other do not match: "01" is not 1.

    Returns
    -------
    sparse array of shape (districts, districts)
        Symmetric, 1.0 where two districts are neighbours.

    Raises
    ------
    GeometryError
        When a name is unknown, missing or stands twice among ``names``, or a district is its own
        neighbour.

    Examples
    --------
    >>> neighbours_from_pairs([["a", "c"], ["c", "a"]], ["a", "b", "c"]).toarray()
    array([[0., 0., 1.],
           [0., 0., 0.],
           [1., 0., 0.]])
    """
    known = pd.Index(np.asarray(names, dtype=object))
    for wrong, what in ((known.isna(), "is missing"), (known.duplicated(), "stood there before")):
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise GeometryError(
                f"The name of district {row} ({known[row]!r}) {what}.",
                hint="Give each district one row and a name of its own, years in rows apart.",
            )
    edges = sorted_pairs(*_rows(pairs, known).T)
    one, other = np.vstack([edges, edges[:, ::-1]]).T
    return csr_array((np.ones(len(one)), (one, other)), shape=(len(known), len(known)))


def _rows(pairs: pd.DataFrame | ArrayLike, known: pd.Index) -> Ints:
    """The pairs as rows of ``known``."""
    said: Any = pairs.to_numpy(dtype=object) if isinstance(pairs, pd.DataFrame) else pairs
    said = np.asarray(said, dtype=object)
    if said.size == 0:
        return np.empty((0, 2), dtype=np.intp)
    if said.ndim != 2 or said.shape[1] < 2:
        raise GeometryError(
            f"The list of neighbours has the shape {said.shape}.",
            hint="Give one row to each pair, with a name in each of the first two columns.",
        )
    rows = np.column_stack([known.get_indexer(said[:, column]) for column in (0, 1)])
    strange = np.flatnonzero((rows < 0).any(axis=1))
    if len(strange):
        where = strange[0]
        name = said[where, int(rows[where, 0] >= 0)]
        raise GeometryError(
            f"Pair {where} of the neighbours names {name!r}, which is no district.",
            hint=_hint(name, known),
        )
    own = np.flatnonzero(rows[:, 0] == rows[:, 1])
    if len(own):
        raise GeometryError(
            f"Pair {own[0]} of the neighbours makes {said[own[0], 0]!r} its own neighbour.",
            hint="Leave the pair out: a district without neighbours stands in no pair.",
        )
    return np.asarray(rows, dtype=np.intp)


def _hint(name: Any, known: pd.Index) -> str:
    """A name that is there but for its type is what most often goes wrong."""
    if str(name).lstrip("0") in {str(one).lstrip("0") for one in known}:
        return 'It is there as another type: read both files with dtype=str, or "01" becomes 1.'
    return f"Districts are called {', '.join(map(repr, known[:3]))} …; correct the pair."
