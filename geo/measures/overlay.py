"""What part of a place a layer covers, and how much line lies in it.

What lies in what is topology, and is found in the surface's own coordinates, where neighbours share
their borders to the last bit; how much it is, is then measured. Whatever lies wholly inside of a
district is not cut, and only what overlaps is united: both are slow.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.disc_areas import area_within
from geo.disc_lengths import length_within, segments_of
from geo.factor import Factor
from geo.geodesy import Floats, Geometries
from geo.layer import Layer
from geo.measures.around import around, circle_km2, grown, in_circles, mean_of_places
from geo.measures.base import EVERYWHERE, Measure, require_radius
from geo.measures.lengths import length_inside_km, only_lines
from geo.measures.pairs import added, among, sorted_pairs
from geo.nearest import Ints, touching
from geo.region import Ground
from geo.rings import rings_of
from geo.surface import Surface
from geo.validity import simple_parts


class ShareOfArea(Measure):
    """Per cent of an area under the layer's polygons; overlaps count once.

    Of the polygon: of the district, or with ``radius_km`` of the district and so far around it. Of
    capitals and population points: of a circle of ``radius_km``, or without it 100 where the point
    is in a polygon and else 0, which makes the mean the share of people who live in one.

    Missing: the district has no boundary, no capital or no point.

    Source: class area over landscape area (PLAND of FRAGSTATS, McGarigal & Marks 1995).
    """

    name = "share_of_area"
    supports = EVERYWHERE
    takes = frozenset({2})
    options = frozenset({"radius_km"})

    def unit(self, factor: Factor) -> str:
        return "%"

    def values(self, ground: Ground, layer: Layer, factor: Factor, year: int) -> Floats:
        if factor.support != "polygon":
            places = ground.places(factor.support)
            return mean_of_places(places, self._at(ground, layer, factor, year), len(ground))
        zones = ground.around if factor.radius_km is None else grown(ground, factor.radius_km)
        polygons = zones.polygons[zones.row >= 0]
        features = around(ground, polygons, layer, year, 0)
        covered = covered_km2(features.shapes, polygons, ground.surface)
        share: Floats = 100 * np.minimum(covered / ground.surface.area_km2(polygons), 1)
        return share

    def _at(self, ground: Ground, layer: Layer, factor: Factor, year: int) -> Floats:
        """Per cent for each of the support's places."""
        places, radius_km = ground.places(factor.support), factor.radius_km
        if radius_km is None:
            features = around(ground, places.geometry, layer, year, 0)
            _, inside = touching(features.shapes, places.geometry)
            share = np.where(shapely.is_missing(places.geometry), np.nan, 0.0)
            share[inside] = 100
            return share

        def near(here: Geometries) -> tuple[Geometries, Floats]:
            shapes = around(ground, here, layer, year, radius_km).shapes
            return disjoint(shapes), np.empty(0)

        km2 = in_circles(
            ground,
            places,
            radius_km,
            near,
            lambda xy, shapes, _, m: area_within(xy, rings_of(shapes), m),
        )
        circle: Floats = 100 * np.minimum(km2 / circle_km2(radius_km), 1)
        return circle


class LengthDensity(Measure):
    """Kilometres of line per km².

    Of the polygon: in the district, where a line along a border that districts share counts half to
    each; or with ``radius_km`` in the district and so far around it. Of capitals and population
    points: in a circle of ``radius_km``, for the people the mean over the district's circles.

    Missing: the district has no boundary, no capital or no point.

    Source: drainage and road density (Horton 1932, Trans. AGU 13; Forman & Alexander 1998, Annu.
    Rev. Ecol. Syst. 29).
    """

    name = "length_density"
    supports = EVERYWHERE
    takes = frozenset({1})
    options = frozenset({"radius_km"})

    def unit(self, factor: Factor) -> str:
        return "km/km²"

    def refuse(self, layer: Layer, factor: Factor) -> None:
        super().refuse(layer, factor)
        if factor.support != "polygon":
            require_radius(factor)

    def values(self, ground: Ground, layer: Layer, factor: Factor, year: int) -> Floats:
        if factor.support != "polygon":
            return self._in_circles(ground, layer, factor.support, factor.radius_km or 0, year)
        alone = factor.radius_km is not None
        zones = grown(ground, factor.radius_km) if factor.radius_km else ground.around
        own = zones.polygons[zones.row >= 0]
        lines, _ = only_lines(around(ground, own, layer, year, 0).shapes)
        km = length_inside_km(lines, zones, ground.surface, split=not alone)
        density: Floats = km / ground.surface.area_km2(own)
        return density

    @staticmethod
    def _in_circles(
        ground: Ground, layer: Layer, support: str, radius_km: float, year: int
    ) -> Floats:
        places = ground.places(support)

        def near(here: Geometries) -> tuple[Geometries, Floats]:
            return around(ground, here, layer, year, radius_km).shapes, np.empty(0)

        km = in_circles(ground, places, radius_km, near, _length_within)
        return mean_of_places(places, km / circle_km2(radius_km), len(ground))


def _area_within(places: Floats, shapes: Geometries, _: Floats, radius_m: float) -> Floats:
    return area_within(places, rings_of(shapes), radius_m)


def _length_within(places: Floats, shapes: Geometries, _: Floats, radius_m: float) -> Floats:
    return length_within(places, segments_of(shapes)[0], radius_m)


def covered_km2(shapes: Geometries, polygons: Geometries, surface: Surface) -> Floats:
    """Area of each polygon that any of the shapes covers."""
    tree = shapely.STRtree(shapes)
    zone, shape = sorted_pairs(tree.query(polygons, predicate="intersects"))
    inner = among(tree.query(polygons, predicate="contains_properly"), zone, shape)
    pieces = shapes[shape]
    pieces[~inner] = shapely.intersection(pieces[~inner], polygons[zone[~inner]])
    alone = ~_overlapping(pieces, shape, shapes)
    km2 = added(zone[alone], surface.area_km2(pieces[alone]), len(polygons))
    rows, unions = _unions(pieces[~alone], zone[~alone])
    km2[rows] += surface.area_km2(unions)
    return km2


def _overlapping(pieces: Geometries, shape: Ints, shapes: Geometries) -> NDArray[np.bool_]:
    """Which pieces may share area with another piece in the same zone."""
    used = np.unique(shape)
    one, other = shapely.STRtree(shapes[used]).query(shapes[used], predicate="intersects")
    touched = np.unique(used[one[one != other]])
    maybe = np.isin(shape, touched)
    maybe[maybe] = shapely.area(pieces[maybe]) > 0
    return maybe


def disjoint(shapes: Geometries) -> Geometries:
    """Polygons that cover the same and do not overlap."""
    tree = shapely.STRtree(shapes)
    one, other = tree.query(shapes, predicate="intersects")
    meeting = np.unique(one[one != other])
    if len(meeting) == 0:
        return shapes
    united, _ = simple_parts(np.array([shapely.union_all(shapes[meeting])], dtype=object))
    united = united[shapely.get_dimensions(united) == 2]
    return np.concatenate([np.delete(shapes, meeting), united])


def _unions(pieces: Geometries, zone: Ints) -> tuple[Ints, Geometries]:
    """One geometry for each zone that has pieces; ``zone`` is sorted."""
    rows, begins = np.unique(zone, return_index=True)
    groups = np.split(pieces, begins[1:]) if len(rows) else []
    unions = np.empty(len(rows), dtype=object)
    unions[:] = [shapely.union_all(group) for group in groups]
    return rows, unions
