"""The region's sheet: kilometres east and north of its centre, its outline, and the way to degrees.

The sheet is the sinusoidal projection of a sphere: areas are true, and so are distances along
parallels. The simulator needs no more, and takes none of it from elsewhere.
"""

from __future__ import annotations

import numpy as np
import shapely

from data.synthetic.params import SyntheticParams

KM_PER_DEGREE = 111.195
DECIMALS = 6  # of degrees in the files: a tenth of a metre
CORNERS = 720
SQUARENESS = 3.2  # exponent of the superellipse: between a disc and a square


def outline(params: SyntheticParams, random: np.random.Generator) -> shapely.Polygon:
    """A plain rounded border with slow waves, of the region's area."""
    angle = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    cosine, sine = np.cos(angle), np.sin(angle)
    radius = (np.abs(cosine) ** SQUARENESS + np.abs(sine) ** SQUARENESS) ** (-1 / SQUARENESS)
    for waves in (2, 3, 5):
        radius *= 1 + 0.1 / waves * np.sin(waves * angle + random.uniform(0, 2 * np.pi))
    unit = shapely.Polygon(np.column_stack([0.93 * radius * cosine, radius * sine]))
    corners = shapely.get_coordinates(unit.exterior) * np.sqrt(params.area_km2 / unit.area)
    return shapely.Polygon(corners)


def foreign_border(region: shapely.Polygon) -> shapely.LineString:
    """The outline but for its west, where the country goes on."""
    ring = shapely.get_coordinates(region.exterior)[:-1]
    angle = np.degrees(np.arctan2(ring[:, 1], ring[:, 0]))
    start = int(np.argmax(angle > -140))
    ring, angle = np.roll(ring, -start, axis=0), np.roll(angle, -start)
    inside = np.abs(angle) < 140
    order = np.argsort(angle[inside])
    return shapely.LineString(ring[inside][order])


def to_degrees(km: np.ndarray, params: SyntheticParams) -> np.ndarray:
    """Longitude and latitude of points on the sheet.

    Parameters
    ----------
    km : array of shape (points, 2)

    Returns
    -------
    array of shape (points, 2)
        Degrees (EPSG:4326), rounded as the files have them.
    """
    lat = params.centre_lat + km[:, 1] / KM_PER_DEGREE
    lon = params.centre_lon + km[:, 0] / (KM_PER_DEGREE * np.cos(np.radians(lat)))
    return np.round(np.column_stack([lon, lat]), DECIMALS)


def geometry_to_degrees(geometry: np.ndarray, params: SyntheticParams) -> np.ndarray:
    """The same for an array of geometries."""
    return np.asarray(shapely.transform(geometry, lambda km: to_degrees(km, params)))
