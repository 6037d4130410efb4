"""Neighbours by travel: whom people reach in reasonable time, which is not the same both ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from geo.geodesy import Floats
from geo.neighbours.graph import (
    Link,
    Neighbours,
    linked,
    require_codes,
    require_count,
    require_link,
)
from vigia.errors import GeometryError


def travel_neighbours(
    codes: Sequence[str],
    minutes: Floats,
    *,
    k: int | None = None,
    within_minutes: float | None = None,
    link: Link = "either",
) -> Neighbours:
    """Neighbours by travel time: each district chooses those that are reached from it.

    Chosen are the k that are reached soonest, all that are reached within a time, or of those the
    k soonest. Going down a river is not coming back up: with ``either`` two districts are
    neighbours when one chose the other, with ``both`` when each did. Of two equally far the lower
    code is chosen.

    Parameters
    ----------
    codes : sequence of str
        Of the districts, in any order.
    minutes : array of float, shape (districts, districts)
        From row to column; NaN or infinite where there is no way. The diagonal is not looked at.
    k : int, optional
        At least 1.
    within_minutes : float, optional
        At least 0.

    Returns
    -------
    Neighbours
        With minutes in both directions. A district that nothing reaches has no neighbours.

    Raises
    ------
    GeometryError
        When neither k nor within_minutes is given, or shapes, codes or values do not fit.
    """
    require_link(link)
    order, known = _aligned(codes, minutes)
    if k is None and within_minutes is None:
        raise GeometryError(
            "Nothing says whom travel makes neighbours.", hint="Give k, within_minutes or both."
        )
    reached = ~np.isnan(known)
    np.fill_diagonal(reached, val=False)
    if within_minutes is not None:
        if not within_minutes >= 0:
            raise GeometryError(f"within_minutes is {within_minutes}.", hint="It is 0 or more.")
        with np.errstate(invalid="ignore"):
            reached &= known <= within_minutes
    if k is not None:
        require_count(k)
        reached &= _soonest(np.where(reached, known, np.inf), k)
    sorted_codes = tuple(codes[row] for row in order)
    source, target = np.nonzero(reached)
    graph = Neighbours(sorted_codes, linked(source, target, link))
    return replace(graph, minutes=_along(graph, known))


def carry_minutes(graph: Neighbours, codes: Sequence[str], minutes: Floats) -> Neighbours:
    """The same graph with the time along each edge, in both directions.

    Parameters
    ----------
    graph : Neighbours
    codes, minutes
        As in ``travel_neighbours``; a district of the graph that is not there has no ways.
    """
    order, known = _aligned(codes, minutes)
    row = {codes[place]: number for number, place in enumerate(order)}
    place = np.array([row.get(code, len(row)) for code in graph.codes], dtype=np.intp)
    padded = np.pad(known, (0, 1), constant_values=np.nan)
    return replace(graph, minutes=_along(graph, padded[np.ix_(place, place)]))


def _aligned(codes: Sequence[str], minutes: Floats) -> tuple[list[int], Floats]:
    """Rows in the order of their codes, and the matrix in that order; NaN where there is no way."""
    require_codes(codes)
    matrix = np.array(minutes, dtype=float)
    if matrix.shape != (len(codes), len(codes)):
        raise GeometryError(
            f"Travel times between {len(codes)} districts came in the shape {matrix.shape}.",
            hint="They are a square: from each district, in the order of the codes, to each.",
        )
    matrix[np.isinf(matrix)] = np.nan
    if (matrix < 0).any():
        row, column = np.argwhere(matrix < 0)[0]
        raise GeometryError(
            f"From {codes[row]!r} to {codes[column]!r} it takes {matrix[row, column]:g} minutes.",
            hint="Times are 0 or more; NaN where there is no way.",
        )
    order = sorted(range(len(codes)), key=lambda place: codes[place])
    return order, matrix[np.ix_(order, order)]


def _soonest(minutes: Floats, k: int) -> np.ndarray:
    """Of each row the k lowest, of equals the first; shape as ``minutes``, bool."""
    chosen = np.zeros(minutes.shape, dtype=bool)
    first = np.argsort(minutes, axis=1, kind="stable")[:, :k]
    np.put_along_axis(chosen, first, values=True, axis=1)
    return chosen


def _along(graph: Neighbours, minutes: Floats) -> Floats:
    one, other = graph.edges.T
    return np.column_stack([minutes[one, other], minutes[other, one]])
