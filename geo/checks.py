"""What a table must be to be measured; who is told otherwise learns what to do."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geo.geodesy import Geometries
from vigia.errors import GeometryError

FARTHEST_DEGREES = (360, 90, 360, 90)


def require_degrees(where: str, geometry: Geometries) -> None:
    """Raise a GeometryError where there are coordinates that are no degrees.

    ``where`` is the part of the project that the geometry is of, such as ``[districts]``.
    """
    present = _present(geometry)
    if len(present) and (np.abs(shapely.total_bounds(present)) > FARTHEST_DEGREES).any():
        raise GeometryError(
            f"{where} has coordinates that are not degrees of longitude and latitude.",
            hint="Set its own CRS and convert it; in vigia.toml that is the key crs.",
        )


def require_valid(where: str, geometry: Geometries) -> None:
    """Raise a GeometryError where a geometry is invalid, or has a coordinate that is no number."""
    present = _present(geometry)
    if bad := int((~shapely.is_valid(present)).sum()):
        raise GeometryError(
            f"{where} has {bad} invalid geometries.",
            hint="Make them valid with geo.validity.repair; vigia ingest does so by itself.",
        )


def require_polygons(where: str, geometry: Geometries) -> None:
    """Raise a GeometryError where there is a geometry without an area."""
    if other := int((shapely.get_dimensions(_present(geometry)) != 2).sum()):
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


def _present(geometry: Geometries) -> Geometries:
    present: Geometries = geometry[~shapely.is_missing(geometry)]
    return present
