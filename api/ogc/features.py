"""Features of a collection, ready: geometries once for all outcomes, every feature as bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from threading import RLock
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from api.ogc.columns import Column, column
from api.ogc.crs import as_frame, decimals_of, to_system
from api.ogc.jsonfg import place_of, time_of
from api.ogc.links import CRS84
from maps.payload import as_block
from maps.words import Language

INTERVALS = {
    "rate": ("rate_low", "rate_high"),
    "relative_risk": ("rr_low", "rr_high"),
    "rank": ("rank_low", "rank_high"),
    "score": ("rank", "rank_low", "rank_high"),
    "cases_reached": ("cases_reached_low", "cases_reached_high"),
    "share_of_all_cases": ("share_of_all_cases_low", "share_of_all_cases_high"),
}


class Shapes:
    """Geometries (CRS84) in the order of features."""

    def __init__(self, geometries: Any) -> None:
        self.geometries = np.asarray(geometries, dtype=object)
        self.missing = shapely.is_missing(self.geometries)
        self._making = RLock()
        self._written = lru_cache(maxsize=2)(self._write)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Finds what lies where."""
        return shapely.STRtree(self.geometries)

    def written(self, uri: str) -> Sequence[bytes]:
        """Each as GeoJSON in a system."""
        with self._making:
            return self._written(uri)

    def _write(self, uri: str) -> Sequence[bytes]:
        decimals = decimals_of(uri)
        rounded = shapely.transform(
            to_system(shapely.orient_polygons(self.geometries), uri),
            lambda points: np.round(points, decimals) + 0.0,
        )
        return [b"null" if one is None else one.encode() for one in shapely.to_geojson(rounded)]


class Features:
    """Rows of a collection by key.

    Parameters
    ----------
    keys : sequence of str
        The ids, in the order in which pages have them.
    columns : mapping
        Name -> property.
    shapes : Shapes or None
        None where the collection has no geometry.
    years : tuple of arrays
        First and last year that each feature is of.
    """

    def __init__(
        self,
        keys: Sequence[str],
        columns: Mapping[str, Column],
        shapes: Shapes | None,
        years: tuple[Any, Any],
    ) -> None:
        self.keys, self.columns, self.shapes = keys, columns, shapes
        self.first, self.last = (np.broadcast_to(one, len(keys)) for one in years)
        self.places = {key: place for place, key in enumerate(keys)}

    @classmethod
    def of(
        cls,
        table: pd.DataFrame,
        key: str,
        shapes: Shapes | None,
        years: tuple[Any, Any],
        titles: Mapping[str, Mapping[Language, str]] | None = None,
    ) -> Features:
        """Rows of a table in its order; every column is a property, ``titles`` name some."""
        named = titles or {}
        columns = {str(n): column(table[n], named.get(str(n))) for n in table.columns}
        return cls(table[key].astype(str).tolist(), columns, shapes, years)

    def with_doubt(self, names: Sequence[str]) -> tuple[str, ...]:
        """Properties, each once, and with every number its interval: none goes without."""
        whole = [one for name in names for one in (name, *INTERVALS.get(name, ()))]
        return tuple(dict.fromkeys(one for one in whole if one in self.columns))

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def _heads(self) -> list[bytes]:
        return [b'{"type":"Feature","id":' + as_block(key).encode() for key in self.keys]

    @cached_property
    def _bodies(self) -> list[bytes]:
        return self._told(np.arange(len(self)), tuple(self.columns))

    def written(
        self,
        rows: np.ndarray,
        uri: str = CRS84,
        names: tuple[str, ...] | None = None,
        *,
        fg: bool = False,
    ) -> list[bytes]:
        """GeoJSON or JSON-FG features, open at the end: the closing brace is missing."""
        where = self._where_and_when(rows, uri) if fg else self._where(rows, uri)
        told = [self._bodies[row] for row in rows] if names is None else self._told(rows, names)
        return [
            self._heads[row] + place + b',"properties":' + body
            for row, place, body in zip(rows.tolist(), where, told, strict=True)
        ]

    def _where(self, rows: np.ndarray, uri: str) -> list[bytes]:
        return [b',"geometry":' + shape for shape in self._shapes(rows, uri)]

    def _where_and_when(self, rows: np.ndarray, uri: str) -> list[bytes]:
        years = zip(self.first[rows].tolist(), self.last[rows].tolist(), strict=True)
        return [
            b',"time":' + time_of(first, last) + b"," + place_of(shape, uri)
            for (first, last), shape in zip(years, self._shapes(rows, uri), strict=True)
        ]

    def _shapes(self, rows: np.ndarray, uri: str) -> list[bytes]:
        if self.shapes is None:
            return [b"null"] * len(rows)
        written = self.shapes.written(uri)
        return [written[row] for row in rows.tolist()]

    def records(self, rows: np.ndarray, names: Sequence[str]) -> list[dict[str, Any]]:
        """Properties as plain values."""
        cells = [self.columns[name].cells for name in names]
        return [
            {name: column[row] for name, column in zip(names, cells, strict=True)}
            for row in rows.tolist()
        ]

    def table(
        self, rows: np.ndarray, uri: str = CRS84, names: Sequence[str] | None = None
    ) -> gpd.GeoDataFrame:
        """The rows as files have them: x before y, lists as text."""
        wanted = list(self.columns) if names is None else list(names)
        plain = pd.DataFrame({n: pd.Series(_typed(self.columns[n], rows)) for n in wanted})
        shapes = np.full(len(rows), None) if self.shapes is None else self.shapes.geometries[rows]
        return gpd.GeoDataFrame(plain, geometry=as_frame(shapes, uri))

    def _told(self, rows: np.ndarray, names: tuple[str, ...]) -> list[bytes]:
        return [as_block(one).encode() for one in self.records(rows, names)]


def _typed(told: Column, rows: np.ndarray) -> pd.Series:
    dtype = {"number": "float64", "integer": "Int64", "boolean": "boolean"}.get(told.kind, "object")
    cells = [told.cells[row] for row in rows.tolist()]
    if told.kind == "list":
        cells = [" ".join(cell) for cell in cells]  # as exports write them
    return pd.Series(cells, dtype=dtype)
