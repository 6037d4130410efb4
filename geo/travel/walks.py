"""Walks straight from place to place, without any way."""

from __future__ import annotations

import numpy as np
import shapely

from geo.geodesy import Floats, Geometries, Ints
from geo.travel.access import gap_km
from geo.travel.rules import TravelRules

Walks = tuple[Ints, Ints, Floats]  # rows of places, rows of targets, minutes


def all_walks(here: Geometries, there: Geometries, rules: TravelRules, crs: str) -> Walks:
    """All pairs of places and targets of the plane that are within a walk of each other."""
    tree = shapely.STRtree(there)
    one, other = tree.query(here, predicate="dwithin", distance=rules.walk_reach_m)
    return _within_limit(one, other, here, there, rules, crs)


def nearest_walks(here: Geometries, there: Geometries, rules: TravelRules, crs: str) -> Walks:
    """The same with the nearest target alone; of several the lowest."""
    tree = shapely.STRtree(there)
    one, other = tree.query_nearest(
        here, max_distance=max(rules.walk_reach_m, 1e-6), all_matches=True
    )
    order = np.lexsort((other, one))
    one, other = one[order], other[order]
    first = np.ones(len(one), dtype=bool)
    first[1:] = np.diff(one) > 0
    return _within_limit(one[first], other[first], here, there, rules, crs)


def _within_limit(
    one: Ints, other: Ints, here: Geometries, there: Geometries, rules: TravelRules, crs: str
) -> Walks:
    km, _ = gap_km(here[one], there[other], crs)
    minutes = rules.walk_minutes(km)
    kept = np.isfinite(minutes)
    return one[kept], other[kept], minutes[kept]
