"""A raster as an array with its place on Earth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.arrays import edged
from geo.crs import forward
from geo.geodesy import GEOD, Floats, Geometries
from vigia.errors import GeometryError

TURN = 2 * np.pi


@dataclass(frozen=True, eq=False)
class Raster:
    """A grid of values, north up.

    Attributes
    ----------
    values : array of float, shape (rows, columns)
        The first row is the northernmost; NaN where there is no data.
    west, north : float
        The outer corner of the first cell, in units of the CRS.
    cell_width, cell_height : float
        More than 0.
    crs : str
        An authority's code, a PROJ string or WKT.
    from_year : float
        The first year of which it holds; NaN: always.

    Raises
    ------
    GeometryError
        When the grid has no cells, or values that are infinite, or the CRS is unknown.
    """

    values: Floats
    west: float
    north: float
    cell_width: float
    cell_height: float
    crs: str
    from_year: float = float("nan")

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.size == 0:
            raise GeometryError(
                f"A raster has rows and columns of cells, not the shape {self.values.shape}.",
                hint="Check the file and its band.",
            )
        corner = np.array([self.west, self.north, self.cell_width, self.cell_height])
        if not (np.isfinite(corner).all() and (corner[2:] > 0).all()):
            raise GeometryError(
                "A raster does not say where it lies, or is turned.",
                hint="Warp it to a grid that is north up (gdalwarp).",
            )
        if np.isinf(self.values).any():
            raise GeometryError(
                "A raster has infinite values.",
                hint="Declare them as no data in the file.",
            )
        grid_crs(self.crs)

    @property
    def east(self) -> float:
        return self.west + int(self.values.shape[1]) * self.cell_width

    @property
    def south(self) -> float:
        return self.north - int(self.values.shape[0]) * self.cell_height


@dataclass(frozen=True)
class GridCrs:
    """What there is to know of a raster's CRS."""

    is_geographic: bool
    radians: float  # per unit, where it is
    flattening2: float  # the eccentricity's square


@lru_cache(maxsize=64)
def grid_crs(crs: str) -> GridCrs:
    """A GeometryError where it is unknown."""
    try:
        known = CRS.from_user_input(crs)
    except CRSError as error:
        raise GeometryError(
            "The CRS of a raster is unknown.", hint="Write crs = in the layer's section."
        ) from error
    geod = known.get_geod() or GEOD
    return GridCrs(known.is_geographic, known.axis_info[0].unit_conversion_factor, geod.es)


def in_classes(values: Floats, classes: tuple[float, ...]) -> Floats:
    """1, 0 or NaN; the classes are rounded as the values are."""
    found = np.isin(values, np.array(classes).astype(values.dtype)).astype(float)
    found[np.isnan(values)] = np.nan
    return found


def placed(geometries: Geometries, raster: Raster) -> Geometries:
    """In the raster's CRS, and in the turn of the Earth that it is in; None where there is none."""
    crs = grid_crs(raster.crs)
    there = forward(geometries if crs.is_geographic else edged(geometries), raster.crs)
    bounds = shapely.bounds(there)
    there[~np.isfinite(bounds).all(axis=1)] = None
    if crs.is_geographic:
        turn = TURN / crs.radians
        middle = (bounds[:, 0] + bounds[:, 2]) / 2
        turns = np.round(((raster.west + raster.east) / 2 - middle) / turn)
        for by in np.unique(turns[np.isfinite(turns) & (turns != 0)]):
            there[turns == by] = _eastward(there[turns == by], by * turn)
    return there


def _eastward(geometries: Geometries, by: float) -> Geometries:
    moved: Geometries = shapely.transform(geometries, lambda xy: xy + np.array([by, 0.0]))
    return moved


def equal_area(y: Floats, crs: GridCrs) -> Floats:
    """Latitudes stretched such that the area between two is as their difference.

    Source: Snyder 1987, Map Projections: A Working Manual, eq. 3-12.
    """
    sine = np.sin(np.clip(y * crs.radians, -np.pi / 2, np.pi / 2))
    e2 = crs.flattening2
    if e2 == 0:
        return sine
    e = np.sqrt(e2)
    stretched: Floats = (1 - e2) * (sine / (1 - e2 * sine**2) + np.arctanh(e * sine) / e) / 2
    return stretched
