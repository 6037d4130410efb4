"""What part of a place a layer covers, and how much line lies in it.

What lies in what is topology, and is found in the surface's own coordinates, where neighbours share
their borders to the last bit; how much it is, is then measured. Whatever lies wholly inside of a
district is not cut, and only what overlaps is united: both are slow.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.disc_areas import AreasAround
from geo.disc_lengths import SegmentsAround, segments_of
from geo.factor import Factor
from geo.geodesy import M_PER_KM, Floats, Geometries, Ints
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
from geo.measures.lengths import Lines, length_inside_km
from geo.measures.pairs import added, among, sorted_pairs
from geo.passages import chains_of, passages
from geo.region import Around, Ground
from geo.rings import rings_of
from geo.surface import Flat, Surface
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
        zones, area_km2 = _zones(ground, factor)
        cover = made_around(ground, zones.polygons, layer, year, "cover", Cover)
        covered = covered_km2(cover, zones, ground.surface)
        share: Floats = 100 * np.minimum(covered / area_km2, 1)
        return share

    def _at(self, ground: Ground, layer: Layer, factor: Factor, year: int) -> Floats:
        """Per cent for each of the support's places."""
        places, radius_km = ground.places(factor.support), factor.radius_km
        if radius_km is None:
            cover = made_around(ground, places.geometry, layer, year, "cover", Cover)
            inside = cover.tree.query(places.geometry, predicate="intersects")[0]
            share = np.where(shapely.is_missing(places.geometry), np.nan, 0.0)
            share[inside] = 100
            return share

        def make(features: Features, flat: Flat) -> InCircles:
            rings = rings_of(flat(disjoint(features.shapes)))
            return AreasAround(rings, radius_km * M_PER_KM).areas

        km2 = in_circles(
            ground, factor.support, layer, year, radius_km, "areas", make, meeting=True
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
        zones, area_km2 = _zones(ground, factor)
        lines = made_around(ground, zones.polygons, layer, year, "lines", Lines.of)
        split = factor.radius_km is None
        density: Floats = length_inside_km(lines, zones, ground.surface, split=split) / area_km2
        return density

    @staticmethod
    def _in_circles(
        ground: Ground, layer: Layer, support: str, radius_km: float, year: int
    ) -> Floats:
        places = ground.places(support)

        def make(features: Features, flat: Flat) -> InCircles:
            segments, _ = segments_of(flat(features.shapes))
            return SegmentsAround(segments, radius_km * M_PER_KM).lengths

        km = in_circles(ground, support, layer, year, radius_km, "lengths", make)
        return mean_of_places(places, km / circle_km2(radius_km), len(ground))


def _zones(ground: Ground, factor: Factor) -> tuple[Around, Floats]:
    """The districts, or with a radius what is around them too; and the areas of those measured."""
    if factor.radius_km is None:
        return ground.around, ground.area_km2
    return grown(ground, factor.radius_km), grown_km2(ground, factor.radius_km)


class Cover:
    """Single polygons, and which of them meet."""

    def __init__(self, features: Features) -> None:
        self.shapes, _ = simple_parts(features.shapes)
        self.outlines = chains_of(shapely.get_exterior_ring(self.shapes))
        self.tree = shapely.STRtree(self.shapes)
        one, other = sorted_pairs(self.tree.query(self.shapes, predicate="intersects"))
        self._met = other[one != other]
        self._begins = np.searchsorted(one[one != other], np.arange(len(self.shapes) + 1))

    def meeting(self, zone: Ints, shape: Ints) -> NDArray[np.bool_]:
        """Which pairs of a zone and a shape in it are of one that meets another in that zone."""
        size = self._begins[shape + 1] - self._begins[shape]
        pair = np.repeat(np.arange(len(shape)), size)
        skipped = np.repeat(self._begins[shape] - np.cumsum(size) + size, size)
        met = self._met[np.arange(len(pair)) + skipped]
        found = np.zeros(len(shape), dtype=np.bool_)
        found[pair[among(np.stack([zone, shape]), zone[pair], met)]] = True
        return found


def covered_km2(cover: Cover, zones: Around, surface: Surface) -> Floats:
    """Area of each measured zone that is covered; it depends on what is in the zone alone."""
    found = passages(cover.outlines, zones.borders, areas=True)
    pairs = np.hstack([found.whole, found.cut, found.doubt])
    inner = np.arange(pairs.shape[1]) < found.whole.shape[1]
    order = np.lexsort((pairs[1], pairs[0]))
    order = order[zones.row[pairs[0, order]] >= 0]
    (zone, shape), cut = pairs[:, order], ~inner[order]
    pieces = cover.shapes[shape]
    pieces[cut] = shapely.intersection(pieces[cut], zones.polygons[zone[cut]])
    alone = ~cover.meeting(zone, shape)
    km2 = added(zone[alone], surface.area_km2(pieces[alone]), len(zones.polygons))
    rows, unions = _unions(pieces[~alone], zone[~alone])
    km2[rows] += surface.area_km2(unions)
    return zones.measured(km2)


def disjoint(shapes: Geometries) -> Geometries:
    """Each polygon without what those before it cover; None where nothing is left.

    So it depends on those that it overlaps, and not on others that these overlap in turn.
    """
    before, later = sorted_pairs(shapely.STRtree(shapes).query(shapes, predicate="intersects"))
    rising = before < later
    before, later = before[rising], later[rising]
    over = ~shapely.touches(shapes[before], shapes[later])
    before, later = before[over], later[over]
    order = np.lexsort((before, later))
    rows, covered = _unions(shapes[before[order]], later[order])
    found = shapes.copy()
    found[rows] = shapely.difference(shapes[rows], covered)
    found[shapely.is_empty(found)] = None
    return found


def _unions(pieces: Geometries, zone: Ints) -> tuple[Ints, Geometries]:
    """One geometry for each zone that has pieces; ``zone`` is sorted."""
    rows, begins = np.unique(zone, return_index=True)
    groups = np.split(pieces, begins[1:]) if len(rows) else []
    unions = np.empty(len(rows), dtype=object)
    unions[:] = [shapely.disjoint_subset_union_all(group) for group in groups]
    return rows, unions
