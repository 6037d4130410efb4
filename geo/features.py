"""The feature table: what each factor is in each district and year, from geometry only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from geo.chunks import chunks, in_threads, parts_of
from geo.crs import MetricCRS
from geo.factor import Factor
from geo.geodesy import Floats
from geo.layer import LaidLayer, Layer, RasterLayer, layer_named
from geo.layer_files import FiledLayer, LayerFile
from geo.measures import measure_named
from geo.nearest import Ints
from geo.raster import Raster
from geo.region import Ground, Region, lay_ground
from geo.surface import Surface, surface_of

__all__ = ["Factor", "Region", "feature_table", "unit_of"]

LABEL = "features"
LayerData: TypeAlias = pd.DataFrame | LayerFile | Sequence[Raster]
Progress: TypeAlias = Callable[[str, int, int], None]


def unit_of(factor: Factor) -> str:
    """Of a factor's numbers; a GeometryError where there is no such measure."""
    return measure_named(factor.measure).unit(factor)


def feature_table(
    region: Region,
    layers: Mapping[str, LayerData],
    factors: Sequence[Factor],
    years: Sequence[int],
    metric: MetricCRS,
    progress: Progress,
    *,
    threads: int | None = None,
) -> pd.DataFrame:
    """Measure every factor in every district, as it stood at the end of every year.

    Parameters
    ----------
    region : Region
    layers : mapping of layer id to DataFrame, GeoDataFrame, LayerFile or sequence of Raster
        Tables have code, from_year, until_year, value (each may be absent) and, but for attributes,
        geometry, in EPSG:4326 or any CRS that the table says.
    factors : sequence of Factor
    years : sequence of int
    metric : MetricCRS
        Of the area of the districts; says whether lengths are measured on the ellipsoid or in the
        plane.
    progress : callable
        Told a label, how many parts of the region are done, and of how many.
    threads : int, optional
        How many parts are measured at once; as many as there are cores.

    Returns
    -------
    DataFrame
        Indexed by (code, year), sorted byte by byte; a float column for each factor, in the order
        given. NaN: no answer. The order of rows in the tables does not matter, nor do threads.

    Raises
    ------
    GeometryError
        When a factor has no meaning for its layer, or a table cannot be measured.
    """
    surface = surface_of(metric)
    ground = lay_ground(region, surface)
    names = sorted({factor.layer for factor in factors} & layers.keys())
    known = dict(in_threads(lambda name: (name, _laid(name, layers[name], surface)), names))
    for factor in factors:
        measure_named(factor.measure).refuse(layer_named(factor.layer, known), factor)
    task = Task(known, tuple(factors), tuple(sorted(set(years))))
    values = _measured(ground, task, progress, threads)
    index = pd.MultiIndex.from_product([ground.codes, task.years], names=["code", "year"])
    columns = {factor.id: column.ravel() for factor, column in zip(factors, values, strict=True)}
    return pd.DataFrame(columns, index=index, dtype=float)


def _laid(name: str, data: LayerData, surface: Surface) -> Layer:
    if isinstance(data, LayerFile):
        return FiledLayer(name, data, surface)
    if isinstance(data, pd.DataFrame):
        return LaidLayer(name, data, surface)
    return RasterLayer(name, data)


@dataclass(frozen=True)
class Task:
    """What is measured: of the whole ground at once, or of any part of it."""

    layers: Mapping[str, Layer]
    factors: tuple[Factor, ...]
    years: tuple[int, ...]

    def of(self, ground: Ground, *, whole: bool) -> Floats:
        """Shape (factors, districts, years); NaN for the factors that are measured the other way.

        Years in which the same features stand are measured once.
        """
        found = np.full((len(self.factors), len(ground), len(self.years)), np.nan)
        for number, factor in enumerate(self.factors):
            if measure_named(factor.measure).whole == whole:
                self._measure(ground, factor, found[number])
        return found

    def _measure(self, ground: Ground, factor: Factor, column: Floats) -> None:
        measure, layer = measure_named(factor.measure), self.layers[factor.layer]
        known: dict[int, Floats] = {}
        for place, year in enumerate(self.years):
            if layer.years.silent_about(year):
                continue
            key = year if measure.of_the_year(factor) else layer.years.epoch(year)
            if key not in known:
                known[key] = measure.values(ground, layer, factor, year)
            column[:, place] = known[key]


def _measured(ground: Ground, task: Task, progress: Progress, threads: int | None) -> Floats:
    values = task.of(ground, whole=True)
    if all(measure_named(factor.measure).whole for factor in task.factors):
        return values
    local = np.flatnonzero([not measure_named(f.measure).whole for f in task.factors])
    total = len(chunks(ground))
    progress(LABEL, 0, total)

    def measured(part: tuple[Ints, Ground]) -> tuple[Ints, Floats]:
        rows, there = part
        return rows, task.of(there, whole=False)

    for done, (rows, found) in enumerate(in_threads(measured, parts_of(ground), threads), 1):
        values[np.ix_(local, rows)] = found[local]
        progress(LABEL, done, total)
    return values
