"""Shortest geodesics by brute force: no plane, no chord, no index; golden sections alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from geo.arrays import edged
from tests.geo.shapes import GEOD

GOLDEN = (np.sqrt(5) - 1) / 2
STEPS = 42  # they leave 2e-9 of an edge

Along = Callable[[np.ndarray], np.ndarray]


def minimum(of: Along, pairs: int) -> np.ndarray:
    """The least of each pair's values over 0 to 1, where it falls and then rises."""
    low, high = np.zeros(pairs), np.ones(pairs)
    least = np.minimum(of(low), of(high))
    one, other = high - GOLDEN, low + GOLDEN
    at_one, at_other = of(one), of(other)
    for _ in range(STEPS):
        least = np.minimum(least, np.minimum(at_one, at_other))
        falls = at_one > at_other
        low, high = np.where(falls, one, low), np.where(falls, high, other)
        # Of the two places in the new range one is known: that is what is golden about it.
        new = np.where(falls, low + GOLDEN * (high - low), high - GOLDEN * (high - low))
        at_new = of(new)
        one, other = np.where(falls, other, new), np.where(falls, new, one)
        at_one, at_other = np.where(falls, at_other, at_new), np.where(falls, at_new, at_one)
    return least


def edges_of(geometry: Any) -> np.ndarray:
    """Lon and lat of both ends of every edge, shape (edges, 4); a point is an edge of no length."""
    edges = []
    for part in shapely.get_parts(shapely.get_parts([geometry])):
        for one in shapely.get_rings(part) if part.geom_type == "Polygon" else [part]:
            xy = shapely.get_coordinates(one)
            edges.append(np.hstack([xy[:-1], xy[1:]] if len(xy) > 1 else [xy, xy]))
    return np.concatenate(edges)


def along(edges: np.ndarray) -> Callable[[np.ndarray], tuple[Any, Any]]:
    """The place at a part of each edge, which is a geodesic."""
    azimuth, _, metres = GEOD.inv(*edges.T)
    return lambda part: GEOD.fwd(edges[:, 0], edges[:, 1], azimuth, part * metres)[:2]


def least_km(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The shortest geodesic between two edges of each row."""
    here, there = along(one), along(other)

    def from_place(part: np.ndarray) -> np.ndarray:
        place = here(part)
        return minimum(lambda to: np.asarray(GEOD.inv(*place, *there(to))[2]), len(one))

    if (one[:, :2] == one[:, 2:]).all():
        return from_place(np.zeros(len(one))) / 1000
    return minimum(from_place, len(one)) / 1000


def shortest_km(support: Any, features: Any) -> np.ndarray:
    """From one geometry's edges to those of each other, over all pairs; what lies in it aside."""
    pieces = [edges_of(one) for one in edged(np.array([support, *features], dtype=object))]
    return np.array([_between(pieces[0], there) for there in pieces[1:]])


def _between(here: np.ndarray, there: np.ndarray) -> float:
    """By the triangle inequality pairs whose middles are too far apart cannot be the nearest."""
    first, second = (index.ravel() for index in np.indices((len(here), len(there))))
    middles = [np.column_stack(along(edges)(np.full(len(edges), 0.5))) for edges in (here, there)]
    apart = np.asarray(GEOD.inv(*middles[0][first].T, *middles[1][second].T)[2])
    half = [np.asarray(GEOD.inv(*edges.T)[2]) / 2 for edges in (here, there)]
    least = apart - half[0][first] - half[1][second]
    kept = least <= apart.min()
    return float(least_km(here[first[kept]], there[second[kept]]).min())
