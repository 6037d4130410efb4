"""Tables as they are given: their geometry in degrees, checked."""

from __future__ import annotations

import geopandas as gpd

from geo.arrays import as_array
from geo.checks import require_degrees, require_valid
from geo.geodesy import Geometries

WGS84 = "EPSG:4326"


def in_degrees(where: str, table: gpd.GeoDataFrame | gpd.GeoSeries) -> Geometries:
    """Geometry in EPSG:4326, None for what is empty; a table without a CRS is taken to be in it.

    Raises
    ------
    GeometryError
        When there is an invalid geometry or a coordinate that is no degree; ``where`` says in what.
    """
    geometry = table.geometry
    if geometry.crs is not None and not geometry.crs.equals(WGS84, ignore_axis_order=True):
        geometry = geometry.to_crs(WGS84)
    array = as_array(geometry)
    require_degrees(where, array)
    require_valid(where, array)
    return array
