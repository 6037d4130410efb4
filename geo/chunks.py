"""A region in parts that lie together.

Neighbours on the Hilbert curve are neighbours on the ground: a part needs the features near it and
no others, so that memory does not grow with the region. Where districts are large, or many features
of a layer in a file lie near, parts have fewer districts. Neither parts nor threads nor machines
change a byte of what comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from geo.crs import Bounds
from geo.geodesy import Ints
from geo.hilbert import along_the_curve
from geo.region import Ground
from geo.surface import bounds_of_all

DISTRICTS_AT_ONCE = 256
FEATURES_AT_ONCE = 65_536  # of a layer in a file
WORTH_IT = 1.5  # times as much that two halves may read: where they overlap more, nothing is won
Part: TypeAlias = tuple[Ints, Ground]
Crowd: TypeAlias = Callable[[Bounds], int]


def parts_of(ground: Ground, cuts: list[Ints]) -> Iterator[Part]:
    """Rows of the whole ground, and the ground of these rows: without what is the same for all."""
    for rows in cuts:
        yield rows, replace(ground.part(rows), everyone=None)


def chunks(ground: Ground, crowd: Crowd) -> list[Ints]:
    """Rows along the Hilbert curve of the districts' middles, cut at every so many, each sorted.

    Parameters
    ----------
    ground : Ground
    crowd : callable
        How many features must be read for what lies in some bounds; where that is too many, a cut
        is halved.
    """
    order = np.argsort(_places(ground), kind="stable")
    at_once = range(0, len(order), DISTRICTS_AT_ONCE)
    alike = [order[begin : begin + DISTRICTS_AT_ONCE] for begin in at_once]
    return [np.sort(rows) for some in alike for rows in _halved(some, ground, crowd)]


def _halved(rows: Ints, ground: Ground, crowd: Crowd) -> list[Ints]:
    halves = [rows[: len(rows) // 2], rows[len(rows) // 2 :]]
    whole, one, other = (_crowd_near(some, ground, crowd) for some in (rows, *halves))
    if whole <= FEATURES_AT_ONCE or len(rows) < 2 or one + other > WORTH_IT * whole:
        return [rows]
    return [part for half in halves for part in _halved(half, ground, crowd)]


def _crowd_near(rows: Ints, ground: Ground, crowd: Crowd) -> int:
    bounds = bounds_of_all(ground.boundaries.bounds[rows])
    return 0 if bounds is None else crowd(bounds)


def _places(ground: Ground) -> Ints:
    """Districts without a boundary come last."""
    place = np.full(len(ground), np.iinfo(np.int64).max, dtype=np.int64)
    boxes = ground.boundaries.bounds
    there = np.flatnonzero(~np.isnan(boxes[:, 0]))
    bounds = bounds_of_all(boxes)
    if bounds is not None:
        place[there] = along_the_curve(boxes[there], bounds)
    return place
