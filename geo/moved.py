"""Features that are put elsewhere, and new ones: shapes that keep their size on the ellipsoid."""

from __future__ import annotations

import numpy as np
import shapely
from pyproj import Transformer

from geo.geodesy import Floats

CORNERS = 64


def moved_to(shape: shapely.Geometry, lon: float, lat: float) -> shapely.Geometry:
    """A shape (EPSG:4326) whose middle lies elsewhere, in degrees.

    It is carried over in planes around its old and its new middle (azimuthal equidistant; Snyder
    1987, USGS Professional Paper 1395), where distances from the middle are true.
    """
    middle = shapely.centroid(shape)
    out_of, into = _plane(middle.x, middle.y), _plane(lon, lat)

    def carried(lonlat: Floats) -> Floats:
        x, y = out_of.transform(lonlat[:, 0], lonlat[:, 1])
        return np.column_stack(into.transform(x, y, direction="INVERSE"))

    return shapely.transform(shape, carried)


def circle(lon: float, lat: float, area_km2: float) -> shapely.Polygon:
    """A polygon of 64 corners around a place, of that area; EPSG:4326."""
    turn = 2 * np.pi / CORNERS
    radius_m = 1000 * np.sqrt(2 * area_km2 / (CORNERS * np.sin(turn)))
    angle = turn * np.arange(CORNERS)
    corners = _plane(lon, lat).transform(
        radius_m * np.cos(angle), radius_m * np.sin(angle), direction="INVERSE"
    )
    return shapely.Polygon(np.column_stack(corners))


def _plane(lon: float, lat: float) -> Transformer:
    there = f"+proj=aeqd +lon_0={lon!r} +lat_0={lat!r} +datum=WGS84 +units=m"
    return Transformer.from_crs("EPSG:4326", there, always_xy=True)
