"""Times from many places: to the nearest of others, and between all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from geo.geodesy import Floats, Ints
from geo.travel.access import Access
from geo.travel.spread import Approach, Stops, approach, reach, reach_each
from geo.travel.walks import Walks

AT_ONCE = 8_000_000  # numbers of a block of the matrix


@dataclass(frozen=True)
class Times:
    """For each place, minutes to the target nearest in time.

    Attributes
    ----------
    minutes : array of float
        NaN where there is no way.
    walked_share : array of float
        Of the minutes, 0 to 1; NaN where there is no way.
    target : array of int
        Row of the target; -1 where there is no way.
    """

    minutes: Floats
    walked_share: Floats
    target: Ints


@dataclass(frozen=True)
class Matrix:
    """Minutes from each origin (rows) to each destination (columns), and the share walked.

    NaN where there is no way.
    """

    minutes: Floats
    walked_share: Floats


def nearest_of(
    places: Access,
    stops: Stops,
    graph: csr_array,
    minutes: Floats,
    towards: bool,
    walks: Walks,
    count: int,
) -> Times:
    """The quickest of all ways to all stops, and of the walks straight there.

    Parameters
    ----------
    places : Access
    stops : Stops
        Of the targets.
    graph : csr_array
        Of geo.travel.spread.graph, for the same direction.
    minutes : array of shape (edges, 2)
    towards : bool
    walks : tuple
    count : int
        Of places.
    """
    found = reach(graph, stops)
    ways = approach(places, stops, minutes, towards)
    total = ways.minutes + found.minutes[ways.node]
    there = np.isfinite(total)
    own, stop = ways.access[there], found.stop[ways.node][there]
    walked = places.walk_minutes[own] + stops.access.walk_minutes[stop]
    place = np.concatenate([places.place[own], walks[0]])
    total = np.concatenate([total[there], walks[2]])
    foot = np.concatenate([walked, walks[2]])
    target = np.concatenate([stops.access.place[stop], walks[1]])
    order = np.lexsort((target, foot, total, place))
    place = place[order]
    first = order[np.diff(place, prepend=-1) > 0]
    result = Times(np.full(count, np.nan), np.full(count, np.nan), np.full(count, -1, np.intp))
    row = np.unique(place)
    result.minutes[row], result.target[row] = total[first], target[first]
    result.walked_share[row] = share(foot[first], total[first])
    return result


def share(foot: Floats, total: Floats) -> Floats:
    """Part of the minutes that is walked; 0 of no minutes."""
    part: Floats = np.divide(foot, total, out=np.zeros(total.shape), where=total > 0)
    return np.minimum(part, 1.0)


def across(
    origins: Access,
    stops: Stops,
    graph: csr_array,
    minutes: Floats,
    walks: Walks,
    shape: tuple[int, int],
) -> Matrix:
    """All pairs, in blocks of destinations that keep memory flat; parameters as above."""
    total, foot = np.full(shape, np.inf), np.full(shape, np.inf)
    total[walks[:2]] = foot[walks[:2]] = walks[2]
    ways = approach(origins, stops, minutes, towards=True)
    block = max(1, AT_ONCE // graph.shape[0])
    by_destination = np.argsort(stops.access.place, kind="stable")
    for begin in range(0, len(by_destination), block):
        rows = by_destination[begin : begin + block]
        _improve(total, foot, origins, ways, stops, rows, reach_each(graph, stops, rows))
    there = np.isfinite(total)
    return Matrix(
        np.where(there, total, np.nan),
        np.where(there, share(np.where(there, foot, 0), np.where(there, total, 0)), np.nan),
    )


def _improve(
    total: Floats,
    foot: Floats,
    origins: Access,
    ways: Approach,
    stops: Stops,
    rows: Ints,
    found: Floats,
) -> None:
    """Put in what is quicker by some of the stops; of equals, what is walked less."""
    if len(ways.node) == 0:
        return
    place = origins.place[ways.access]
    begins = np.flatnonzero(np.diff(place, prepend=-1) > 0)
    size = np.diff(np.append(begins, len(place)))
    own = origins.walk_minutes[ways.access]
    for stop, to_nodes in zip(rows.tolist(), found, strict=True):
        minutes = to_nodes[ways.node] + ways.minutes
        best = np.minimum.reduceat(minutes, begins)
        walked = np.where(minutes == np.repeat(best, size), own, np.inf)
        least = np.minimum.reduceat(walked, begins) + stops.access.walk_minutes[stop]
        column, row = stops.access.place[stop], place[begins]
        quicker = (best < total[row, column]) | (
            (best == total[row, column]) & (least < foot[row, column])
        )
        row = row[quicker]
        total[row, column], foot[row, column] = best[quicker], least[quicker]
