"""Statistics of grid cells by the part of each that polygons cover: what exactextract is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from exactextract import exact_extract
from exactextract.feature import Feature, FeatureSource
from exactextract.raster import RasterSource

from geo.geodesy import Floats, Geometries

ROW = "row"
POLYGONAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
Read = Callable[[slice, slice], Floats]


class Cells(RasterSource):  # type: ignore[misc]
    """Numbers of a grid, made when a window of them is asked for.

    Parameters
    ----------
    extent : tuple of float
        West, south, east, north.
    shape : tuple of int
        Rows and columns.
    read : callable
        From slices of rows and columns to their numbers, NaN for none.
    """

    def __init__(
        self, extent: tuple[float, float, float, float], shape: tuple[int, int], read: Read
    ) -> None:
        super().__init__()
        self._extent, self._shape, self._read = extent, shape, read

    def res(self) -> tuple[float, float]:
        west, south, east, north = self._extent
        return (east - west) / self._shape[1], (north - south) / self._shape[0]

    def extent(self) -> tuple[float, float, float, float]:
        return self._extent

    def nodata_value(self) -> None:
        return None

    def srs_wkt(self) -> None:
        return None

    def read_window(self, x0: int, y0: int, nx: int, ny: int) -> Floats:
        found = self._read(slice(y0, y0 + ny), slice(x0, x0 + nx))
        return np.array(found, dtype=np.float64, order="C")


class _Polygon(Feature):  # type: ignore[misc]
    def __init__(self, row: int, wkb: bytes) -> None:
        super().__init__()
        self._row, self._wkb = row, wkb

    def geometry(self) -> bytes:
        return self._wkb

    def get(self, name: str) -> int:
        return self._row

    def fields(self) -> list[str]:
        return [ROW]


class _Polygons(FeatureSource):  # type: ignore[misc]
    """Handed over as bytes, without a text of every coordinate."""

    def __init__(self, polygons: Geometries, rows: Sequence[int]) -> None:
        super().__init__()
        self._polygons, self._rows = polygons, rows

    def count(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[_Polygon]:
        for row in self._rows:
            yield _Polygon(row, shapely.to_wkb(self._polygons[row]))

    def srs_wkt(self) -> None:
        return None


def covered(
    polygons: Geometries, cells: Cells, weights: Cells, statistics: Sequence[str]
) -> list[Floats]:
    """Statistics of the cells that each polygon covers, one array of shape (n,) for each.

    Parameters
    ----------
    polygons : array of geometries, shape (n,)
        In the coordinates of the grid, none of them empty; what is no polygon gets NaN.
    cells, weights : Cells
        Of the same grid.
    statistics : sequence of str
        exactextract's: mean, sum, count, weighted_mean, weighted_sum.
    """
    found = [np.full(len(polygons), np.nan) for _ in statistics]
    rows = np.flatnonzero(np.isin(shapely.get_type_id(polygons), POLYGONAL)).tolist()
    if not rows:
        return found
    answers: list[dict[str, Any]] = exact_extract(
        cells, _Polygons(polygons, rows), list(statistics), weights=weights, include_cols=[ROW]
    )
    for answer in answers:
        properties = answer["properties"]
        for name, column in zip(statistics, found, strict=True):
            column[properties[ROW]] = properties[name]
    return found
