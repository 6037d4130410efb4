"""A layer: its features near a place, and which of them stand at the end of a year."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import RLock
from typing import Any, ClassVar, Literal, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crs import Bounds
from geo.geodesy import Floats, Geometries, Ints
from geo.raster import Raster
from geo.stock import numbers
from geo.surface import Flat, Surface, coordinates
from vigia.errors import GeometryError

GEOMETRY = "geometry"
Kind = Literal["features", "attributes", "raster"]
Made = TypeVar("Made")


@dataclass(frozen=True)
class Features:
    """Features in an order of their own; those without a geometry are no features.

    Attributes
    ----------
    geometry : array of geometries, or None
        In the surface's coordinates; None for a table of attributes.
    code : array of str or None
        What attributes are joined by.
    value : array of float
    from_year, until_year : array of float
        NaN: always, still.
    """

    geometry: Geometries | None
    code: NDArray[np.object_]
    value: Floats
    from_year: Floats
    until_year: Floats
    _in_planes: dict[str, Floats] = field(init=False, repr=False, default_factory=dict)

    def __len__(self) -> int:
        return len(self.value)

    @cached_property
    def middles(self) -> Geometries:
        """The point at which each feature is counted: its own, or one on it, near its middle."""
        if (shapely.get_type_id(self.shapes) == shapely.GeometryType.POINT).all():
            return self.shapes
        points: Geometries = shapely.point_on_surface(self.shapes)
        return points

    def middles_in(self, flat: Flat) -> Floats:
        """The same in a plane, shape (features, 2); made once for each."""
        if flat.crs not in self._in_planes:
            self._in_planes[flat.crs] = coordinates(flat(self.middles))
        return self._in_planes[flat.crs]

    @property
    def shapes(self) -> Geometries:
        """The geometry of what is known to have one."""
        assert self.geometry is not None  # noqa: S101 - measures of geometry refuse tables
        return self.geometry

    @property
    def years(self) -> Years:
        """When they begin and end."""
        return _years(self.from_year, self.until_year)

    def standing(self, year: int) -> Features:
        """Those that stand at the end of ``year``."""
        return self.only(~((self.from_year > year) | (self.until_year <= year)))

    def only(self, rows: NDArray[np.bool_] | Ints) -> Features:
        """Those of ``rows``: a bool for each, or their numbers."""
        return Features(
            None if self.geometry is None else self.geometry[rows],
            self.code[rows],
            self.value[rows],
            self.from_year[rows],
            self.until_year[rows],
        )


@dataclass(frozen=True)
class Years:
    """What a layer knows of time.

    Attributes
    ----------
    first : float
        The first year that it says anything of: -inf for all, inf where it has nothing at all.
    changes : array of float
        Sorted: the years in which a feature begins or ends.
    """

    first: float
    changes: Floats

    def silent_about(self, year: int) -> bool:
        """Whether the layer begins after ``year``, or has nothing in it at all."""
        return self.first > year

    def epoch(self, year: int) -> int:
        """A number that is the same for years in which the same features stand."""
        return int(np.searchsorted(self.changes, year, side="right"))


class Layer(ABC):
    """What measures ask a layer, however much of it lies where.

    Attributes
    ----------
    name : str
    kind : {"features", "attributes", "raster"}
    dimensions : frozenset of int
        0 points, 1 lines, 2 polygons: which of them there are.
    valued : bool
        Whether any feature has a value.
    years : Years
    in_memory : bool
        Whether all of it is at hand, and need not be read.
    """

    name: str
    kind: Kind
    dimensions: frozenset[int]
    valued: bool
    years: Years
    in_memory: ClassVar[bool] = True

    @abstractmethod
    def near(self, bounds: Bounds | None) -> Features:
        """Features whose bounds touch ``bounds`` (of the surface); None: all of them.

        Their order is their own, and not that of the rows of a table.
        """

    @abstractmethod
    def made(
        self, year: int, key: Hashable, make: Callable[[Features], Made], near: Bounds | None
    ) -> Made:
        """What is made of the features that stand and are near, such as an index.

        ``near`` are bounds; None: all there are, and what is made of a layer in memory is kept
        under ``key`` and made once.
        """


class LaidLayer(Layer):
    """A table in memory, laid on a surface."""

    kind: Kind

    def __init__(self, name: str, table: pd.DataFrame, surface: Surface) -> None:
        self.name = name
        self._all = read_features(f'The layer "{name}"', table, surface)
        geometry = self._all.geometry
        self.kind = "attributes" if geometry is None else "features"
        self.dimensions = frozenset() if geometry is None else dimensions(geometry)
        self.valued = bool(np.isfinite(self._all.value).any())
        self.years = self._all.years
        self._made: dict[Hashable, Any] = {}
        self._lock = RLock()  # one thread makes a thing, and the others wait for it

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self._all.shapes)

    def near(self, bounds: Bounds | None) -> Features:
        if bounds is None or self._all.geometry is None:
            return self._all
        return self._all.only(np.sort(self._tree.query(shapely.box(*bounds))))

    def made(
        self, year: int, key: Hashable, make: Callable[[Features], Made], near: Bounds | None
    ) -> Made:
        if near is not None:
            return make(self.near(near).standing(year))
        standing: Features = self._once(year, "standing", lambda: self._all.standing(year))
        made: Made = self._once(year, ("made", key), lambda: make(standing))
        return made

    def _once(self, year: int, key: Hashable, make: Callable[[], Any]) -> Any:
        """What is made once for all years in which the same features stand."""
        name = (self.years.epoch(year), key)
        if name not in self._made:
            with self._lock:
                if name not in self._made:
                    self._made[name] = make()
        return self._made[name]

    def __getstate__(self) -> dict[str, Any]:
        """To another process goes what it is, and not what was made of it."""
        kept = {"_lock", "_made", "_tree"}
        return {name: value for name, value in self.__dict__.items() if name not in kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _made={}, _lock=RLock())


class RasterLayer(Layer):
    """Grids, each of which stands until the next one."""

    kind: Kind = "raster"
    dimensions: frozenset[int] = frozenset()
    valued = True

    def __init__(self, name: str, rasters: Sequence[Raster]) -> None:
        self.name = name
        self._rasters = sorted(rasters, key=lambda one: np.nan_to_num(one.from_year, nan=-np.inf))
        begins = np.array([one.from_year for one in self._rasters], dtype=float)
        if len(np.unique(begins)) < len(begins):
            raise GeometryError(
                f'Layer "{name}" has several grids of the same year.',
                hint="Keep one of them, or give each its year in vigia.toml.",
            )
        self.years = _years(begins, begins)

    def near(self, bounds: Bounds | None) -> Features:
        raise NotImplementedError

    def made(
        self, year: int, key: Hashable, make: Callable[[Features], Made], near: Bounds | None
    ) -> Made:
        raise NotImplementedError

    def in_year(self, year: int) -> Raster:
        """The last one that does not begin after ``year``; there is one unless it is silent."""
        return [one for one in self._rasters if not one.from_year > year][-1]


def read_features(where: str, table: pd.DataFrame, surface: Surface) -> Features:
    """The features of a layer's table (fid, code, from_year, until_year, value, geometry).

    ``from_year``, ``until_year``, ``code`` and ``value`` may be absent: always, still, none.
    """
    if not (isinstance(table, gpd.GeoDataFrame) and _has_geometry(table)):
        return as_columns(table, None)
    geometry = surface.lay(where, table)
    value = numbers(table, "value")
    rows = np.flatnonzero(~shapely.is_missing(geometry))
    rows = rows[canonical_order(geometry[rows], value[rows])]
    return as_columns(table.iloc[rows], geometry[rows])


def as_columns(table: pd.DataFrame, geometry: Geometries | None) -> Features:
    """A table's rows as they come, with the geometry given."""
    columns = (numbers(table, name) for name in ("value", "from_year", "until_year"))
    return Features(geometry, _codes(table), *columns)


def canonical_order(geometry: Geometries, *values: Floats) -> Ints:
    """An order of rows that follows from what they are: what is summed in it depends on no other.

    By bounds and values; where these are equal, by the geometries' bytes.
    """
    keys = np.column_stack([shapely.bounds(geometry), *values])
    order = np.argsort(keys[:, 0], kind="stable").astype(np.intp)
    for number in range(1, keys.shape[1] + 1):
        tied, run = _ties(keys[order, :number])
        if len(tied) == 0:
            break
        rows = order[tied]
        if number < keys.shape[1]:
            order[tied] = rows[np.lexsort((keys[rows, number], run))]
        else:
            wkb = shapely.to_wkb(geometry[rows], byte_order=1)
            _, rank = np.unique(wkb, return_inverse=True)
            order[tied] = rows[np.lexsort((rank, run))]
    return order


def _ties(ranked: Floats) -> tuple[Ints, Ints]:
    """Places of sorted rows that are equal to another one, and the number of their run."""
    same = np.zeros(len(ranked) + 1, dtype=bool)
    same[1:-1] = ((ranked[1:] == ranked[:-1]) | np.isnan(ranked[1:])).all(axis=1)
    tied = np.flatnonzero(same[1:] | same[:-1])
    return tied, np.cumsum(~same[:-1])[tied]


def _has_geometry(table: gpd.GeoDataFrame) -> bool:
    """Not where a table of attributes has come with a column of nothing."""
    return GEOMETRY in table.columns and (len(table) == 0 or bool(table.geometry.notna().any()))


def _codes(table: pd.DataFrame) -> NDArray[np.object_]:
    if "code" not in table.columns:
        return np.full(len(table), None, dtype=object)
    codes = table["code"].astype(object)
    return np.array(codes.where(codes.notna(), None), dtype=object)


def dimensions(geometry: Geometries) -> frozenset[int]:
    """0 points, 1 lines, 2 polygons: which of them there are."""
    return frozenset(np.unique(shapely.get_dimensions(geometry)).tolist())


def _years(begins: Floats, ends: Floats) -> Years:
    first = np.inf if len(begins) == 0 else float(np.nan_to_num(begins, nan=-np.inf).min())
    both = np.unique(np.concatenate([begins, ends]))
    return Years(first, both[np.isfinite(both)])


def layer_named(name: str, layers: Mapping[str, Layer]) -> Layer:
    """The layer of a factor, or a GeometryError."""
    if name in layers:
        return layers[name]
    raise GeometryError(
        f'A factor is of the layer "{name}", which is not there.',
        hint="Run vigia ingest, or correct the layer's id.",
    )
