"""How far the nearest feature is."""

from __future__ import annotations

import numpy as np

from geo.geodesy import Floats
from geo.layer import Features
from geo.measures.base import Measure
from geo.nearest import nearest
from geo.region import Ground


class Distance(Measure):
    """Kilometres to the nearest feature of the layer, as the crow flies.

    From the polygon it is 0 where a feature touches it. From the population points it is the mean
    over the district's points, weighted by people.

    Missing: no feature stands; the district has no boundary, no capital or no point.

    Source: nearest distances are the usual first measure of access (Apparicio et al. 2008,
    Int. J. Health Geographics 7:7), there too weighted by where people live.
    """

    name = "distance"
    unit = "km"
    supports = ("polygon", "capital", "population")
    takes = frozenset({0, 1, 2})

    def values(self, ground: Ground, features: Features, support: str) -> Floats:
        assert features.geometry is not None  # noqa: S101 - refused before
        if support == "population":
            return self._of_people(ground, features)
        supports = ground.capitals if support == "capital" else ground.polygons
        return nearest(supports, features.geometry, ground.metric).km

    @staticmethod
    def _of_people(ground: Ground, features: Features) -> Floats:
        assert features.geometry is not None  # noqa: S101
        points, count = ground.points, len(ground.codes)
        km = nearest(points.geometry, features.geometry, ground.metric).km
        weight = np.bincount(points.row, weights=points.weight, minlength=count)
        total = np.bincount(points.row, weights=points.weight * km, minlength=count)
        mean: Floats = np.divide(total, weight, out=np.full(count, np.nan), where=weight > 0)
        return mean
