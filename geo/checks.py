"""What a table must be to be measured; who is told otherwise learns what to do."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geo.geodesy import Geometries
from geo.locate import as_array
from vigia.errors import GeometryError

FARTHEST_DEGREES = (360, 90, 360, 90)


def require_measurable(where: str, table: gpd.GeoDataFrame) -> None:
    """Raise a GeometryError unless all geometry is valid and in degrees.

    ``where`` is the part of the project that the table is, such as ``[districts]``.
    """
    if table.crs is not None and not table.crs.equals("EPSG:4326", ignore_axis_order=True):
        raise GeometryError(
            f"{where} is in {table.crs.name}, and not in EPSG:4326.",
            hint='Convert it with to_crs("EPSG:4326"); vigia ingest does so by itself.',
        )
    geometry = _present(table)
    if bad := int((~shapely.is_valid(geometry)).sum()):
        raise GeometryError(
            f"{where} has {bad} invalid geometries.",
            hint="Make them valid with geo.validity.repair; vigia ingest does so by itself.",
        )
    if len(geometry) and (np.abs(shapely.total_bounds(geometry)) > FARTHEST_DEGREES).any():
        raise GeometryError(
            f"{where} has coordinates that are not degrees of longitude and latitude.",
            hint="Set its own CRS and convert it; in vigia.toml that is the key crs.",
        )


def require_polygons(where: str, table: gpd.GeoDataFrame) -> None:
    """Raise a GeometryError where there is a geometry without an area."""
    if other := int((shapely.get_dimensions(_present(table)) != 2).sum()):
        raise GeometryError(
            f"{where} has {other} geometries that are no polygons.",
            hint="Districts are areas: check path and table in vigia.toml.",
        )


def require_unique_codes(where: str, table: gpd.GeoDataFrame) -> None:
    """Raise a GeometryError where two rows have the same code."""
    twice = sorted(table["code"][table["code"].duplicated()].unique())
    if twice:
        raise GeometryError(
            f"{where} has the code {twice[0]!r} more than once.",
            hint="Each district has one row; merge them or correct the code.",
        )


def _present(table: gpd.GeoDataFrame) -> Geometries:
    geometry = as_array(table.geometry)
    present: Geometries = geometry[~shapely.is_missing(geometry)]
    return present
