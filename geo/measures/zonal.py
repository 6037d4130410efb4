"""What a grid says of a place."""

from __future__ import annotations

import numpy as np

from geo.factor import Factor
from geo.geodesy import Floats, Geometries
from geo.layer import Layer, RasterLayer
from geo.measures.around import grown, mean_of_places, widened
from geo.measures.base import EVERYWHERE, KNOWN_AT_LEAST, NEARLY_ALL, Measure
from geo.raster import STATISTICS, Raster, at_points, known_share, share_at_points, zonal
from geo.region import Ground
from vigia.errors import GeometryError


class Zonal(Measure):
    """Mean or sum of a grid's cells, or the per cent of them that are of some classes.

    Of the polygon: in the district, or with ``radius_km`` in the district and so far around it. Of
    capitals and population points: in a circle of ``radius_km``, or without it the cell that the
    point is in. Cells on a border count with the part that is inside, to the last bit; mean and
    share go by area on the ground, also where cells are degrees.

    Missing: less than half of the area there has data (of a sum, less than nine tenths), or the
    point's cell has none; the district has no boundary, no capital or no point.

    Source: Baston, exactextract (coverage fractions); zonal statistics as of Tomlin 1990,
    Geographic Information Systems and Cartographic Modeling.
    """

    name = "zonal"
    of = "raster"
    supports = EVERYWHERE
    options = frozenset({"radius_km", "statistic", "classes"})

    def unit(self, factor: Factor) -> str:
        return "%" if factor.statistic == "share" else ""

    def refuse(self, layer: Layer, factor: Factor) -> None:
        super().refuse(layer, factor)
        if factor.statistic not in (None, *STATISTICS):
            raise GeometryError(
                f'Layer "{layer.name}": there is no statistic "{factor.statistic}" of grids.',
                hint=f"Write one of {', '.join(STATISTICS)} in this factor.",
            )
        if (factor.statistic == "share") != bool(factor.classes):
            raise GeometryError(
                f'Layer "{layer.name}": a share is of classes, and classes are for a share.',
                hint='Write statistic = "share", classes = [1, 2], say, in this factor.',
            )

    def values(self, ground: Ground, layer: Layer, factor: Factor, year: int) -> Floats:
        assert isinstance(layer, RasterLayer)  # noqa: S101 - refused before
        raster = layer.in_year(year)
        if factor.support == "polygon":
            if factor.radius_km is None:
                return _of(raster, factor, ground.surface.to_degrees(ground.polygons))
            wide = grown(ground, factor.radius_km).polygons
            return _of(raster, factor, ground.surface.to_degrees(wide))
        places = ground.places(factor.support)
        if factor.radius_km is None:
            values = _at(raster, factor, ground.surface.to_degrees(places.geometry))
        else:
            circles = widened(ground.surface, places.geometry, factor.radius_km)
            values = _of(raster, factor, ground.surface.to_degrees(circles))
        return mean_of_places(places, values, len(ground))


def _of(raster: Raster, factor: Factor, polygons: Geometries) -> Floats:
    values = zonal(polygons, raster, factor.statistic or "mean", factor.classes)
    least = NEARLY_ALL if factor.statistic == "sum" else KNOWN_AT_LEAST
    values[known_share(polygons, raster) < least] = np.nan
    return values


def _at(raster: Raster, factor: Factor, points: Geometries) -> Floats:
    if factor.statistic == "share":
        return share_at_points(points, raster, factor.classes)
    return at_points(points, raster)
