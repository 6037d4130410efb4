"""A layer's features, and which of them stand at the end of a year."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.checks import require_measurable
from geo.geodesy import Floats, Geometries
from geo.locate import as_array
from geo.region import canonical_rank

GEOMETRY = "geometry"


@dataclass(frozen=True)
class Features:
    """Features in the order of their bytes; those without a geometry are no features.

    Attributes
    ----------
    geometry : array of geometries, or None
        None for a table of attributes.
    code : array of str or None
        What attributes are joined by.
    value : array of float
    """

    layer: str
    geometry: Geometries | None
    code: NDArray[np.object_]
    value: Floats
    from_year: Floats
    until_year: Floats

    def silent_about(self, year: int) -> bool:
        """Whether the layer begins after ``year``, or has nothing in it at all."""
        return bool((self.from_year > year).all())

    def standing(self, year: int) -> NDArray[np.bool_]:
        """Which features stand at the end of ``year``."""
        mask: NDArray[np.bool_] = ~((self.from_year > year) | (self.until_year <= year))
        return mask

    def only(self, mask: NDArray[np.bool_]) -> Features:
        """Those of ``mask``, a bool for each feature."""
        return Features(
            self.layer,
            None if self.geometry is None else self.geometry[mask],
            self.code[mask],
            self.value[mask],
            self.from_year[mask],
            self.until_year[mask],
        )


def read_features(layer: str, table: pd.DataFrame) -> Features:
    """The features of a layer's table (fid, code, from_year, until_year, value, geometry).

    ``from_year``, ``until_year``, ``code`` and ``value`` may be absent: always, still, none.
    """
    geometry = None
    if isinstance(table, gpd.GeoDataFrame) and _has_geometry(table):
        require_measurable(f'The layer "{layer}"', table)
        everything = as_array(table.geometry)
        rows = np.flatnonzero(~shapely.is_missing(everything))
        rows = rows[canonical_rank(everything[rows]).argsort(kind="stable")]
        table, geometry = table.iloc[rows], everything[rows]
    return Features(
        layer,
        geometry,
        _codes(table),
        *(_numbers(table, name) for name in ("value", "from_year", "until_year")),
    )


def _has_geometry(table: gpd.GeoDataFrame) -> bool:
    """Not where a table of attributes has come with a column of nothing."""
    return GEOMETRY in table.columns and (len(table) == 0 or bool(table.geometry.notna().any()))


def _codes(table: pd.DataFrame) -> NDArray[np.object_]:
    if "code" not in table.columns:
        return np.full(len(table), None, dtype=object)
    codes = table["code"].astype(object)
    return np.array(codes.where(codes.notna(), None), dtype=object)


def _numbers(table: pd.DataFrame, name: str) -> Floats:
    if name not in table.columns:
        return np.full(len(table), np.nan)
    return table[name].to_numpy(dtype=float, na_value=np.nan)


def dimensions(geometry: Geometries) -> set[int]:
    """0 points, 1 lines, 2 polygons: which of them there are."""
    return set(np.unique(shapely.get_dimensions(geometry)).tolist())
