"""Numbers of rasters: over polygons, each cell by the part of it that is covered, and at points.

How much of a cell a polygon covers is computed, not sampled (exactextract; Baston 2024), to the
precision of 32-bit floats: 6e-8 of a cell. Where the raster's coordinates are degrees, cells get
smaller toward the poles, and count by their area on the ellipsoid.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import shapely

from geo.coverage import Cells, Read, covered
from geo.geodesy import Floats, Geometries, Ints
from geo.raster_grid import GridCrs, Raster, equal_area, grid_crs, in_classes, placed
from vigia.errors import GeometryError

__all__ = [
    "STATISTICS",
    "Raster",
    "Statistic",
    "at_points",
    "known_share",
    "share_at_points",
    "zonal",
]

Statistic = Literal["mean", "sum", "share"]
STATISTICS: tuple[Statistic, ...] = ("mean", "sum", "share")
EDGE = np.radians(0.1)  # longer edges are not straight where areas are equal


def zonal(
    polygons: Geometries,
    raster: Raster,
    statistic: Statistic,
    classes: tuple[float, ...] = (),
) -> Floats:
    """A statistic of the cells that each polygon covers.

    Parameters
    ----------
    polygons : array of geometries, shape (n,)
        Valid, in EPSG:4326; None is nowhere.
    raster : Raster
    statistic : str
        ``"mean"``: of the values, weighted by the area covered. ``"sum"``: of values times the part
        of the cell that is covered, for amounts such as people. ``"share"``: per cent of the area
        covered that has one of ``classes``.
    classes : tuple of float
        For ``"share"``.

    Returns
    -------
    array of float, shape (n,)
        Of the part that has data, see ``known_share``; NaN where no cell with data is covered.

    Raises
    ------
    GeometryError
        When the statistic is unknown, or there is no class to take a share of.

    Source: Baston 2024, exactextract (software); area weights as for any average on a sphere.
    """
    _refuse(statistic, classes)
    if statistic == "sum":
        count, total = _over(polygons, raster, _values(raster), ("count", "sum"))
        return np.where(count > 0, total, np.nan)
    if statistic == "mean":
        return _over(polygons, raster, _values(raster), ("weighted_mean",))[0]
    return 100 * _over(polygons, raster, _belongs(raster, classes), ("weighted_mean",))[0]


def known_share(polygons: Geometries, raster: Raster) -> Floats:
    """How much of each polygon's area has data: from 0 to 1; NaN where there is no polygon.

    Parameters
    ----------
    polygons : array of geometries, shape (n,)
        Valid, in EPSG:4326.
    raster : Raster
    """
    inside = _over(polygons, raster, _is_known(raster), ("weighted_mean",))[0]
    return np.nan_to_num(inside) * _part_within(placed(polygons, raster), raster)


def at_points(points: Geometries, raster: Raster) -> Floats:
    """The value of the cell that each point lies in.

    Parameters
    ----------
    points : array of geometries, shape (n,)
        In EPSG:4326; of other geometries a point on them is taken.
    raster : Raster

    Returns
    -------
    array of float, shape (n,)
        NaN outside and where there is no data. A point between two cells lies in the eastern one
        and in the southern one, or in the last.
    """
    dots = placed(shapely.point_on_surface(points), raster)
    x, y = shapely.get_x(dots), shapely.get_y(dots)  # NaN of None
    column = _cell(x - raster.west, raster.cell_width, raster.values.shape[1])
    row = _cell(raster.north - y, raster.cell_height, raster.values.shape[0])
    found = np.full(len(points), np.nan)
    inside = (row >= 0) & (column >= 0)
    found[inside] = raster.values[row[inside], column[inside]]
    return found


def share_at_points(points: Geometries, raster: Raster, classes: tuple[float, ...]) -> Floats:
    """100 where the cell that a point lies in has one of the classes, 0 where not, or NaN.

    Raises
    ------
    GeometryError
        When there is no class.
    """
    _refuse("share", classes)
    values = at_points(points, raster)
    return 100 * in_classes(values.astype(raster.values.dtype), classes)


def _refuse(statistic: str, classes: tuple[float, ...]) -> None:
    if statistic not in STATISTICS:
        raise GeometryError(
            f'There is no statistic "{statistic}" of rasters.',
            hint=f"There are: {', '.join(STATISTICS)}.",
        )
    if statistic == "share" and not classes:
        raise GeometryError(
            "A share of no class has no meaning.",
            hint='Write classes = [1, 2] beside statistic = "share" in vigia.toml.',
        )


def _cell(along: Floats, size: float, count: int) -> Ints:
    """The number of a row or column, -1 outside; the end belongs to the last."""
    inside = (along >= 0) & (along <= count * size)  # NaN is not
    number = np.floor(np.where(inside, along, 0) / size).astype(np.intp)
    return np.where(inside, np.minimum(number, count - 1), -1)


def _over(
    polygons: Geometries, raster: Raster, cells: Read, statistics: tuple[str, ...]
) -> list[Floats]:
    extent, shape = (raster.west, raster.south, raster.east, raster.north), raster.values.shape
    numbers, weights = (Cells(extent, shape, read) for read in (cells, _areas(raster)))
    return covered(placed(polygons, raster), numbers, weights, statistics)


def _values(raster: Raster) -> Read:
    return lambda rows, columns: raster.values[rows, columns]


def _belongs(raster: Raster, classes: tuple[float, ...]) -> Read:
    return lambda rows, columns: in_classes(raster.values[rows, columns], classes)


def _is_known(raster: Raster) -> Read:
    return lambda rows, columns: ~np.isnan(raster.values[rows, columns])


def _areas(raster: Raster) -> Read:
    """Of the cells, in a unit of the raster's own."""
    crs = grid_crs(raster.crs)
    edges = raster.north - raster.cell_height * np.arange(raster.values.shape[0] + 1)
    heights = -np.diff(equal_area(edges, crs)) if crs.is_geographic else np.ones(len(edges) - 1)

    def read(rows: slice, columns: slice) -> Floats:
        window = raster.values[rows, columns]
        return np.broadcast_to(heights[rows, np.newaxis], window.shape)

    return read


def _part_within(polygons: Geometries, raster: Raster) -> Floats:
    """How much of each polygon's area lies within the raster's outline, 0 to 1; NaN of no area."""
    crs = grid_crs(raster.crs)
    outline = shapely.box(raster.west, raster.south, raster.east, raster.north)
    part = np.where(shapely.area(polygons) > 0, 1.0, np.nan)
    cut = np.flatnonzero(~shapely.covers(outline, polygons) & ~np.isnan(part))
    whole, inside = polygons[cut], shapely.intersection(polygons[cut], outline)
    if crs.is_geographic:
        whole, inside = (_stretched(shapes, crs) for shapes in (whole, inside))
    part[cut] = shapely.area(inside) / shapely.area(whole)
    return part


def _stretched(shapes: Geometries, crs: GridCrs) -> Geometries:
    flat: Geometries = shapely.transform(
        shapely.segmentize(shapes, EDGE / crs.radians),
        lambda xy: np.column_stack([xy[:, 0] * crs.radians, equal_area(xy[:, 1], crs)]),
    )
    return flat
