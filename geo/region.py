"""The region that is measured: its districts, their capitals, and where their people live."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import shapely

from geo.checks import require_measurable, require_polygons, require_unique_codes
from geo.crs import MetricCRS
from geo.geodesy import Floats, Geometries, area_km2
from geo.locate import as_array, place
from geo.nearest import Ints
from vigia.errors import GeometryError


@dataclass(frozen=True)
class Region:
    """What factors are measured for; everything in EPSG:4326.

    Attributes
    ----------
    districts : GeoDataFrame
        code, name, province_code, department_code, geometry (None where there is no boundary).
    capitals : GeoDataFrame
        code, name, geometry; may be empty.
    points : GeoDataFrame
        Population points: code (of the district; where it is missing or unknown, the place tells),
        name, people (may be NaN), geometry; may be empty.
    """

    districts: gpd.GeoDataFrame
    capitals: gpd.GeoDataFrame
    points: gpd.GeoDataFrame


@dataclass(frozen=True)
class PopulationPoints:
    """Points with the row of their district and their weight in it, in an order of their own."""

    geometry: Geometries
    row: Ints
    weight: Floats


class Ground:
    """A region made ready to be measured: arrays aligned to the codes, sorted byte by byte.

    Raises
    ------
    GeometryError
        When two districts or two capitals have the same code, a geometry is invalid, or a table
        is not in EPSG:4326.
    """

    def __init__(self, region: Region, metric: MetricCRS) -> None:
        self.metric = metric
        self._region = region
        require_measurable("[districts]", region.districts)
        require_polygons("[districts]", region.districts)
        require_unique_codes("[districts]", region.districts)
        self._districts = region.districts.sort_values("code", ignore_index=True)
        self.codes: list[str] = self._districts["code"].tolist()

    @cached_property
    def polygons(self) -> Geometries:
        """Shape (districts,); None where there is no boundary."""
        return as_array(self._districts.geometry)

    @cached_property
    def area_km2(self) -> Floats:
        """Of the polygons; NaN where there is none."""
        return area_km2(self.polygons)

    @cached_property
    def parents(self) -> tuple[list[str | None], list[str | None]]:
        """Codes of each district's province and department."""
        province, department = (
            column.astype(object).where(column.notna(), None).tolist()
            for name in ("province_code", "department_code")
            for column in [self._districts[name]]
        )
        return province, department

    @cached_property
    def capitals(self) -> Geometries:
        """Shape (districts,); None where none is known."""
        table = self._region.capitals
        if len(table) == 0:
            raise GeometryError(
                'No capitals are known, so nothing has the support "capital".',
                hint='Add [districts.capitals] to vigia.toml, or write support = "polygon".',
            )
        require_measurable("[districts.capitals]", table)
        require_unique_codes("[districts.capitals]", table)
        placed = table.set_index("code").geometry.reindex(self.codes)
        return as_array(placed)

    @cached_property
    def points(self) -> PopulationPoints:
        """Where people live; points outside of all districts are left out."""
        table = self._region.points
        if len(table) == 0:
            raise GeometryError(
                'No population points are known, so nothing has the support "population".',
                hint='Add [population.points] to vigia.toml, or write support = "polygon".',
            )
        require_measurable("[population.points]", table)
        geometry, people = as_array(table.geometry), table["people"].to_numpy(float)
        row = self._rows_of(table, geometry)
        kept = np.flatnonzero((row >= 0) & ~shapely.is_missing(geometry))
        geometry, people, row = geometry[kept], people[kept], row[kept]
        order = np.lexsort((people, canonical_rank(geometry), row))
        geometry, people, row = geometry[order], people[order], row[order]
        return PopulationPoints(geometry, row, _weights(people, row, len(self.codes)))

    def _rows_of(self, table: gpd.GeoDataFrame, geometry: Geometries) -> Ints:
        row = np.full(len(table), -1, dtype=np.intp)
        if "code" in table.columns:
            number = {code: place for place, code in enumerate(self.codes)}
            row[:] = [number.get(code, -1) for code in table["code"]]
        lost = row < 0
        row[lost] = place(geometry[lost], self.polygons)
        return row


def _weights(people: Floats, row: Ints, districts: int) -> Floats:
    """People; where a district has none or nobody knows, its points weigh the same."""
    known = np.nan_to_num(people, nan=0.0)
    nobody = np.bincount(row, weights=known, minlength=districts) <= 0
    return np.where(nobody[row], 1.0, known)


def canonical_rank(geometries: Geometries) -> Ints:
    """Ranks by the geometries' bytes: what is made of them depends on no order of rows."""
    _, rank = np.unique(shapely.to_wkb(geometries, byte_order=1), return_inverse=True)
    return np.asarray(rank, dtype=np.intp)
