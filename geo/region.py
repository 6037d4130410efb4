"""The region that is measured: its districts, their capitals, and where their people live."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.errors import ShapelyError

from geo.arrays import as_array
from geo.borders import Borders, borders_of
from geo.boundaries import AT_ONCE, Boundaries
from geo.checks import require_polygons, require_unique_codes
from geo.crs import Bounds
from geo.geodesy import Floats, Geometries, Ints
from geo.locate import place
from geo.surface import WGS84, Patch, Surface, bounds_of_all, coordinates, patches_of
from vigia.errors import GeometryError

if TYPE_CHECKING:
    from geo.travel import Network  # and with it the library of graphs, only where it is used

TOUCHING_KM = 0.001
Made = TypeVar("Made")


@dataclass(frozen=True)
class Region:
    """What factors are measured for; in EPSG:4326 or any CRS that the tables say.

    Attributes
    ----------
    districts : GeoDataFrame or DataFrame
        code, name, province_code, department_code, geometry (None where there is no boundary). In
        a DataFrame the geometry is WKB in EPSG:4326: it stays so until a part of the region is
        measured, and takes a third of the memory.
    capitals : GeoDataFrame
        code, name, geometry; may be empty.
    points : GeoDataFrame
        Population points: code (of the district; where it is missing or unknown, the place tells),
        name, people (may be NaN), geometry; may be empty.
    population : DataFrame, optional
        code, year, people: of districts.
    """

    districts: gpd.GeoDataFrame | pd.DataFrame
    capitals: gpd.GeoDataFrame
    points: gpd.GeoDataFrame
    population: pd.DataFrame | None = None


@dataclass(frozen=True)
class Points:
    """Places in districts: which row of the codes each is in (-1: none), and its weight there.

    Attributes
    ----------
    geometry : array of points
        In the surface's coordinates; None for a capital that is not known.
    people : array of float
        NaN where nobody knows.
    """

    geometry: Geometries
    row: Ints
    weight: Floats
    people: Floats

    def of(self, rows: Ints, districts: int) -> Points:
        """Those of some districts, numbered anew in the order of ``rows``."""
        number = np.full(districts, -1, dtype=np.intp)
        number[rows] = np.arange(len(rows))
        mine = np.flatnonzero((self.row >= 0) & (number[self.row] >= 0))
        return Points(
            self.geometry[mine], number[self.row[mine]], self.weight[mine], self.people[mine]
        )


@dataclass(frozen=True)
class Around:
    """Districts, and those that lie around them, in the order of all codes.

    Attributes
    ----------
    polygons : array of polygons
    row : array of int
        Which row of the measured codes each is, rising; -1 for one that only lies near.
    tolerance : float
        What is nearer than this to a border may be on it.
    """

    polygons: Geometries
    row: Ints
    tolerance: float

    @cached_property
    def borders(self) -> Borders:
        """The polygons made ready to tell what lies in them."""
        return borders_of(self.polygons, self.tolerance)

    def measured(self, numbers: Floats) -> Floats:
        """Of numbers for all of them those of the measured codes."""
        return numbers[self.row >= 0]


@dataclass(frozen=True)
class Ground:
    """A region, or a part of it, laid out to be measured; everything aligned to ``codes``.

    Attributes
    ----------
    surface : Surface
    codes : list of str
        Sorted byte by byte.
    parents : tuple of lists
        Codes of each district's province and department, or None.
    boundaries : Boundaries
    around : Around or None
        None for the whole region.
    capitals, points : Points or None
        None where the region has none at all.
    everyone : Points or None
        The population points of the whole region, those outside of all districts among them: the
        people of a circle are those who live in it.
    people : DataFrame or None
        A row for each code and a column for each year; NaN where nobody knows.
    network : Network or None
        What can be travelled on; of the whole region's ground alone.
    """

    surface: Surface
    codes: list[str]
    parents: tuple[list[str | None], list[str | None]]
    boundaries: Boundaries
    around_it: Around | None
    capitals: Points | None
    points: Points | None
    everyone: Points | None
    people: pd.DataFrame | None
    network: Network | None = None
    _made: dict[Hashable, Any] = field(init=False, repr=False, default_factory=dict)

    def __len__(self) -> int:
        return len(self.codes)

    def places(self, support: str) -> Points:
        """The capitals, or the population points; a GeometryError where there are none."""
        found = self.capitals if support == "capital" else self.points
        if found is None:
            table, key = (
                ("capitals", "[districts.capitals]")
                if support == "capital"
                else ("population points", "[population.points]")
            )
            raise GeometryError(
                f'No {table} are known, so nothing has the support "{support}".',
                hint=f'Add {key} to vigia.toml, or write support = "polygon".',
            )
        return found

    def patches(self, support: str) -> list[Patch]:
        """The same places in the planes that circles are drawn in."""
        places = self.places(support)
        return self.once(support, lambda: patches_of(self.surface, places.geometry))

    @cached_property
    def polygons(self) -> Geometries:
        """None where there is no boundary."""
        return self.boundaries.of(slice(None))

    @property
    def around(self) -> Around:
        """The districts of a part, and those that lie around them."""
        assert self.around_it is not None  # noqa: S101 - what looks around measures parts
        return self.around_it

    @cached_property
    def area_km2(self) -> Floats:
        """Of each district; NaN where there is no boundary."""
        return self.surface.area_km2(self.polygons)

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What is made of this ground, for all layers, factors and years."""
        if key not in self._made:
            self._made[key] = make()
        made: Made = self._made[key]
        return made

    def everyone_known(self) -> Points:
        """The population points of the whole region; a GeometryError where there are none."""
        self.places("population")
        assert self.everyone is not None  # noqa: S101 - the region has points
        return self.everyone

    def people_in(self, year: int) -> Floats:
        """People of each district: the latest figure not after ``year``, else the earliest."""
        if self.people is None:
            raise GeometryError(
                "No population is known, so there is no density per people.",
                hint='Add [population] to vigia.toml, or write per = "area".',
            )
        return people_by_then(self.people, year)

    def part(self, rows: Ints) -> Ground:
        """A part of the whole, with what lies around it."""
        size = len(self.codes)
        bounds = bounds_of_all(self.boundaries.bounds[rows])
        near = rows if bounds is None else np.union1d(rows, self._near(bounds))
        around = self.boundaries.of(near)
        number = np.full(size, -1, dtype=np.intp)
        number[rows] = np.arange(len(rows))
        provinces, departments = self.parents
        return replace(
            self,
            codes=[self.codes[row] for row in rows],
            parents=([provinces[row] for row in rows], [departments[row] for row in rows]),
            boundaries=Boundaries(around[number[near] >= 0], packed=False),
            around_it=Around(around, number[near], self.surface.tolerance),
            capitals=None if self.capitals is None else self.capitals.of(rows, size),
            points=None if self.points is None else self.points.of(rows, size),
            people=None if self.people is None else self.people.iloc[rows],
            network=None,
        )

    def _near(self, bounds: Bounds) -> Ints:
        """What touches the bounds, if not for the last digits."""
        return self.boundaries.touching(*self.surface.reach(bounds, TOUCHING_KM))


def lay_ground(region: Region, surface: Surface, network: Network | None = None) -> Ground:
    """The whole region on a surface.

    Raises
    ------
    GeometryError
        When two districts or two capitals have the same code, or a geometry cannot be measured.
    """
    require_unique_codes("[districts]", region.districts)
    districts = region.districts.sort_values("code", ignore_index=True)
    boundaries = _laid(districts, surface)
    codes: list[str] = districts["code"].tolist()
    everyone = _population_points(region.points, codes, boundaries, surface)
    return Ground(
        surface=surface,
        codes=codes,
        parents=(_parents(districts, "province_code"), _parents(districts, "department_code")),
        boundaries=boundaries,
        around_it=None,
        capitals=_capitals(region.capitals, codes, surface),
        points=None if everyone is None else everyone.of(np.arange(len(codes)), len(codes)),
        everyone=everyone,
        people=None if region.population is None else people_by_year(region.population, codes),
        network=network,
    )


def _laid(districts: pd.DataFrame, surface: Surface) -> Boundaries:
    if isinstance(districts, gpd.GeoDataFrame):
        return Boundaries(_polygons_of(districts, surface), packed=False)
    kept = districts["geometry"].to_numpy(dtype=object, copy=True)
    for at in range(0, len(kept), AT_ONCE):
        some = slice(at, at + AT_ONCE)
        shapes = gpd.GeoSeries(_unpacked(kept[some]), crs=WGS84)
        laid = _polygons_of(gpd.GeoDataFrame(geometry=shapes), surface)
        if surface.crs != WGS84:
            kept[some] = shapely.to_wkb(laid)
        kept[some][shapely.is_missing(laid)] = None
    return Boundaries(kept, packed=True)


def _unpacked(wkb: NDArray[np.object_]) -> Geometries:
    try:
        geometries: Geometries = shapely.from_wkb(wkb)
    except (ShapelyError, TypeError) as error:
        raise GeometryError(
            "[districts] has a geometry that is not WKB.",
            hint="Give a GeoDataFrame, or WKB as bytes.",
        ) from error
    return geometries


def _polygons_of(districts: gpd.GeoDataFrame, surface: Surface) -> Geometries:
    polygons = surface.lay("[districts]", districts)
    require_polygons("[districts]", polygons)
    return polygons


def _parents(districts: pd.DataFrame, name: str) -> list[str | None]:
    column = districts[name]
    parents: list[str | None] = column.astype(object).where(column.notna(), None).tolist()
    return parents


def _capitals(table: gpd.GeoDataFrame, codes: list[str], surface: Surface) -> Points | None:
    if len(table) == 0:
        return None
    require_unique_codes("[districts.capitals]", table)
    laid = pd.Series(surface.lay("[districts.capitals]", table), index=table["code"].tolist())
    geometry = as_array(gpd.GeoSeries(laid.reindex(codes)))
    one = np.ones(len(codes))
    return Points(geometry, np.arange(len(codes), dtype=np.intp), one, np.full(len(codes), np.nan))


def _population_points(
    table: gpd.GeoDataFrame, codes: list[str], boundaries: Boundaries, surface: Surface
) -> Points | None:
    """Where people live; points outside of all districts have the row -1."""
    if len(table) == 0:
        return None
    geometry = surface.lay("[population.points]", table)
    people = table["people"].to_numpy(float)
    row = _rows_of(table, geometry, codes, boundaries)
    kept = np.flatnonzero(~shapely.is_missing(geometry))
    geometry, people, row = geometry[kept], people[kept], row[kept]
    x, y = coordinates(geometry).T
    order = np.lexsort((people, y, x, row))
    geometry, people, row = geometry[order], people[order], row[order]
    return Points(geometry, row, _weights(people, row, len(codes)), people)


def _rows_of(
    table: gpd.GeoDataFrame, geometry: Geometries, codes: list[str], boundaries: Boundaries
) -> Ints:
    row = np.full(len(table), -1, dtype=np.intp)
    if "code" in table.columns:
        row[:] = pd.Index(codes).get_indexer(table["code"].astype(object))
    lost = row < 0
    if lost.any():
        row[lost] = place(geometry[lost], boundaries.of(slice(None)))
    return row


def _weights(people: Floats, row: Ints, districts: int) -> Floats:
    """People; where a district has none or nobody knows, its points weigh the same."""
    known = np.nan_to_num(people, nan=0.0)
    nobody = np.bincount(row + 1, weights=known, minlength=districts + 1) <= 0
    return np.where(nobody[row + 1], 1.0, known)


def people_by_year(table: pd.DataFrame, codes: list[str]) -> pd.DataFrame:
    """A row for each code and a column for each year of a table of code, year, people.

    Raises a GeometryError where a code has two figures for one year.
    """
    known = table[table["people"].notna()]
    twice = known[known.duplicated(["code", "year"])]
    if len(twice):
        code, year = twice.iloc[0][["code", "year"]]
        raise GeometryError(
            f"[population] has two figures for {code!r} in {year}.",
            hint="Keep one: which of the two is right, nobody can tell.",
        )
    wide = known.pivot_table(index="code", columns="year", values="people", aggfunc="last")
    return wide.reindex(codes).sort_index(axis="columns")


def people_by_then(people: pd.DataFrame, year: int) -> Floats:
    """The latest figure not after ``year`` of each row, else the earliest one.

    Parameters
    ----------
    people : DataFrame
        A column for each year, in order; NaN where there is no figure.
    """
    figures, years = people.to_numpy(float), np.asarray(people.columns)
    latest_first = np.concatenate(
        [np.flatnonzero(years <= year)[::-1], np.flatnonzero(years > year)]
    )
    found = np.full(len(people), np.nan)
    for column in latest_first:
        found = np.where(np.isnan(found), figures[:, column], found)
    return found
