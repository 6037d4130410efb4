"""How many features there are, for the size of a place or the people in it."""

from __future__ import annotations

import numpy as np
import shapely

from geo.discs import PointsAround
from geo.factor import Factor
from geo.geodesy import M_PER_KM, Floats, Geometries
from geo.inside import Places
from geo.layer import Features, Layer
from geo.measures.around import (
    InCircles,
    circle_km2,
    grown,
    grown_km2,
    in_circles,
    made_around,
    mean_of_places,
)
from geo.measures.base import EVERYWHERE, Measure, require_radius
from geo.measures.pairs import added, lowest, sorted_pairs
from geo.region import Around, Ground
from geo.surface import Flat, coordinates
from vigia.errors import GeometryError

PER_KM2 = 1_000
PER_PEOPLE = 10_000


class CountDensity(Measure):
    """Features per 1,000 km² or per 10,000 people, or what their values add up to.

    Of the polygon: features in the district, or with ``radius_km`` in the district and so far
    around it. Of capitals and population points: features in a circle of ``radius_km``, for the
    people the mean over the district's circles.

    A feature is counted once, where its point lies: of lines, polygons and groups of points, a
    representative one (a point on the feature, near its middle). A point on a border that districts
    share belongs to the lowest code, one at ``radius_km`` to the circle. People of a district are
    its population of that year, people of a circle or of a grown district those of the population
    points in it.

    Missing: the district has no boundary, no capital or no point; a feature without a value, where
    values are added; nobody lives there, or nobody knows how many do.

    Source: the quadrat count (Diggle 2013, Statistical Analysis of Spatial and Spatio-Temporal
    Point Patterns, 2.5).
    """

    name = "count_density"
    supports = EVERYWHERE
    options = frozenset({"radius_km", "per", "weighted"})

    def unit(self, factor: Factor) -> str:
        return "per 10,000 people" if factor.per == "people" else "per 1,000 km²"

    def refuse(self, layer: Layer, factor: Factor) -> None:
        super().refuse(layer, factor)
        if factor.support != "polygon":
            require_radius(factor)
        require_values(layer, factor)

    def values(self, ground: Ground, layer: Layer, factor: Factor, year: int) -> Floats:
        if factor.support != "polygon":
            return self._in_circles(ground, layer, factor, year)
        if factor.radius_km is None:
            return self._in_districts(ground, layer, factor, year)
        return self._in_grown(ground, layer, factor, year)

    def _in_districts(self, ground: Ground, layer: Layer, factor: Factor, year: int) -> Floats:
        points = _points_around(ground, ground.polygons, layer, year)
        row, point = lowest(points.inside(ground.around.polygons, ground.around.borders))
        row = ground.around.row[row]
        numbers = weights(points.features, factor)[point]
        total = added(row[row >= 0], numbers[row >= 0], len(ground))
        total[shapely.is_missing(ground.polygons)] = np.nan
        if factor.per == "people":
            return _per(total, ground.people_in(year), PER_PEOPLE)
        return _per(total, ground.area_km2, PER_KM2)

    def _in_grown(self, ground: Ground, layer: Layer, factor: Factor, year: int) -> Floats:
        wide = grown(ground, factor.radius_km or 0)
        points = _points_around(ground, wide.polygons, layer, year)
        total = _sums_inside(points, wide, weights(points.features, factor))
        if factor.per == "people":
            everyone = ground.everyone_known()
            people = _sums_inside(Places(everyone.geometry), wide, everyone.people)
            return _per(total, people, PER_PEOPLE)
        return _per(total, grown_km2(ground, factor.radius_km or 0), PER_KM2)

    def _in_circles(self, ground: Ground, layer: Layer, factor: Factor, year: int) -> Floats:
        places, radius_km = ground.places(factor.support), factor.radius_km or 0

        def make(features: Features, flat: Flat) -> InCircles:
            return Sums(features.middles_in(flat), weights(features, factor), radius_km)

        key = ("sums", factor.weighted)
        total = in_circles(ground, factor.support, layer, year, radius_km, key, make)
        if factor.per == "people":
            density = _per(total, people_within(ground, factor.support, radius_km), PER_PEOPLE)
        else:
            density = total * PER_KM2 / circle_km2(radius_km)
        return mean_of_places(places, density, len(ground))


class Sums:
    """Sums of numbers within a radius; what is unknown makes the circle that it is in unknown."""

    def __init__(self, xy: Floats, numbers: Floats, radius_km: float) -> None:
        unknown = np.isnan(numbers)
        columns = [np.where(unknown, 0.0, numbers)]
        if unknown.any():
            columns.append(unknown.astype(float))
        self._around = PointsAround(xy, np.column_stack(columns), radius_km * M_PER_KM)

    def __call__(self, places: Floats) -> Floats:
        sums = self._around.sums(places)
        return np.where(sums[:, 1:].sum(axis=1) > 0, np.nan, sums[:, 0])


def people_within(ground: Ground, support: str, radius_km: float) -> Floats:
    """People at the population points of the whole region in the circle around each place."""
    everyone = ground.everyone_known()
    found = np.full(len(ground.places(support).geometry), np.nan)
    for patch in ground.patches(support):
        xy = coordinates(patch.flat(everyone.geometry))
        found[patch.rows] = Sums(xy, everyone.people, radius_km)(patch.xy)
    return found


class PointsOf(Places):
    """Features as the points at which they are counted."""

    def __init__(self, features: Features) -> None:
        super().__init__(features.middles)
        self.features = features


def _points_around(ground: Ground, geometry: Geometries, layer: Layer, year: int) -> PointsOf:
    return made_around(ground, geometry, layer, year, "points", PointsOf)


def weights(features: Features, factor: Factor) -> Floats:
    """What each feature counts; NaN where that is not known."""
    return features.value if factor.weighted else np.ones(len(features))


def require_values(layer: Layer, factor: Factor) -> None:
    """Raise a GeometryError where values are to be added of a layer without any."""
    if factor.weighted and not layer.valued and layer.years.first < np.inf:
        raise GeometryError(
            f'Layer "{layer.name}" has no values to weigh its features by.',
            hint="Name the column as value in vigia.toml, or take weighted out of this factor.",
        )


def _sums_inside(points: Places, zones: Around, numbers: Floats) -> Floats:
    """The numbers of the points in each zone, of which others may lie over it; NaN for None."""
    zone, point = sorted_pairs(points.inside(zones.polygons, zones.borders))
    total = added(zone, numbers[point], len(zones.polygons))
    return np.where(shapely.is_missing(zones.polygons), np.nan, total)


def _per(total: Floats, size: Floats, unit: float) -> Floats:
    """NaN where the size is none."""
    density: Floats = np.divide(total * unit, size, out=np.full(len(total), np.nan), where=size > 0)
    return density
