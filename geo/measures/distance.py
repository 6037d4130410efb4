"""How far the nearest feature is."""

from __future__ import annotations

import numpy as np
import shapely

from geo.crs import Bounds
from geo.factor import Factor
from geo.geodesy import Floats, Geometries
from geo.layer import Features, Layer
from geo.measures.around import mean_of_places
from geo.measures.base import EVERYWHERE, Measure
from geo.nearest import Targets
from geo.region import Ground

FIRST_LOOK = 0.1  # of the side of what is looked from
FIRST_LOOK_KM = (1.0, 20.0)  # at least and at most
WIDER = 8.0  # times as far, where nothing was found
FARTHEST_KM = 20_100.0  # half round the world: there is nothing else to find


class Distance(Measure):
    """Kilometres to the nearest feature of the layer, as the crow flies.

    From the polygon it is 0 where a feature touches it. From the population points it is the mean
    over the district's points, weighted by people.

    Missing: no feature stands; the district has no boundary, no capital or no point.

    Source: nearest distances are the usual first measure of access (Apparicio et al. 2008,
    Int. J. Health Geographics 7:7), there too weighted by where people live.
    """

    name = "distance"
    supports = EVERYWHERE

    def unit(self, factor: Factor) -> str:
        return "km"

    def values(self, ground: Ground, layer: Layer, factor: Factor, year: int) -> Floats:
        if factor.support == "polygon":
            return nearest_km(ground, ground.polygons, layer, year)
        places = ground.places(factor.support)
        km = nearest_km(ground, places.geometry, layer, year)
        return mean_of_places(places, km, len(ground))


def nearest_km(ground: Ground, supports: Geometries, layer: Layer, year: int) -> Floats:
    """From each support; in a file looks farther and farther, until nothing nearer is left out."""
    km = np.full(len(supports), np.nan)
    looking = np.flatnonzero(~shapely.is_missing(supports))
    reach_km = _first_reach_km(ground, supports[looking]) if len(looking) else 0.0
    while len(looking):
        here = supports[looking]
        everything = layer.in_memory or reach_km > FARTHEST_KM
        near = None if everything else ground.surface.reach(_bounds(here), reach_km)
        targets = layer.made(year, "nearest", lambda some: ready(ground, some), near)
        km[looking] = found = ground.surface.nearest(here, targets).km
        if everything:
            break
        looking = looking[~(found <= reach_km)]
        reach_km = _next_reach(found[~(found <= reach_km)], reach_km)
    return km


def ready(ground: Ground, features: Features) -> Targets:
    """Features made ready to be the nearest of."""
    return ground.surface.targets(features.shapes)


def _bounds(geometry: Geometries) -> Bounds:
    west, south, east, north = shapely.total_bounds(geometry).tolist()
    return west, south, east, north


def _first_reach_km(ground: Ground, supports: Geometries) -> float:
    """A margin around a part of the region that grows with it: reading it costs no more."""
    box = np.array([shapely.box(*_bounds(supports))], dtype=object)
    side_km = float(np.sqrt(ground.surface.area_km2(box)[0]))
    return min(max(FIRST_LOOK * side_km, FIRST_LOOK_KM[0]), FIRST_LOOK_KM[1])


def _next_reach(farther_km: Floats, reach_km: float) -> float:
    """As far as something has been found for everyone; else much farther."""
    if len(farther_km) and np.isfinite(farther_km).all():
        return float(farther_km.max())
    return reach_km * WIDER
