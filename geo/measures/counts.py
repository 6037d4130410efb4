"""How many features a district has, for its size."""

from __future__ import annotations

import numpy as np
import shapely

from geo.geodesy import Floats
from geo.layer import Features
from geo.locate import place
from geo.measures.base import Measure
from geo.region import Ground

PER_KM2 = 1000


class CountDensity(Measure):
    """Features per 1,000 km² of district.

    A feature is counted once, where its point lies: of lines, polygons and groups of points, a
    representative one (a point on the feature, near its middle). A point on a shared border
    belongs to the lowest code.

    Missing: the district has no boundary.

    Source: the quadrat count (Diggle 2013, Statistical Analysis of Spatial and Spatio-Temporal
    Point Patterns, 2.5).
    """

    name = "count_density"
    unit = "per 1,000 km²"
    takes = frozenset({0, 1, 2})

    def values(self, ground: Ground, features: Features, support: str) -> Floats:
        assert features.geometry is not None  # noqa: S101 - refused before
        row = place(shapely.point_on_surface(features.geometry), ground.polygons)
        count = np.bincount(row[row >= 0], minlength=len(ground.codes))
        density: Floats = PER_KM2 * count / ground.area_km2
        return density
