"""What a grid says of a place."""

from __future__ import annotations

import numpy as np
import shapely

from geo.factor import Factor
from geo.geodesy import M_PER_KM, Floats, Geometries
from geo.layer import Layer, RasterLayer
from geo.measures.around import QUARTER_CIRCLE, grown, mean_of_places
from geo.measures.base import EVERYWHERE, KNOWN_AT_LEAST, Measure
from geo.raster import STATISTICS, Raster, at_points, known_share, share_at_points, zonal
from geo.region import Ground
from vigia.errors import GeometryError


class Zonal(Measure):
    """Mean or sum of a grid's cells, or the per cent of them that are of some classes.

    Of the polygon: in the district, or with ``radius_km`` in the district and so far around it. Of
    capitals and population points: in a circle of ``radius_km``, or without it the cell that the
    point is in. Cells on a border count with the part that is inside, to the last bit; mean and
    share go by area on the ground, also where cells are degrees.

    Missing: less than half of the area there has data, or the point's cell has none; the district
    has no boundary, no capital or no point.

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
            values = _of(raster, factor, _circles(ground, places.geometry, factor.radius_km))
        return mean_of_places(places, values, len(ground))


def _of(raster: Raster, factor: Factor, polygons: Geometries) -> Floats:
    values = zonal(polygons, raster, factor.statistic or "mean", factor.classes)
    values[known_share(polygons, raster) < KNOWN_AT_LEAST] = np.nan
    return values


def _at(raster: Raster, factor: Factor, points: Geometries) -> Floats:
    if factor.statistic == "share":
        return share_at_points(points, raster, factor.classes)
    return at_points(points, raster)


def _circles(ground: Ground, places: Geometries, radius_km: float) -> Geometries:
    """Circles around points, in EPSG:4326."""
    circles = np.full(len(places), None, dtype=object)
    for crs, rows in ground.surface.planes(places):
        flat = ground.surface.to_plane(places[rows], crs)
        disc = shapely.buffer(flat, radius_km * M_PER_KM, quad_segs=QUARTER_CIRCLE)
        circles[rows] = ground.surface.to_degrees(ground.surface.from_plane(disc, crs))
    return circles
