"""The feature table: what each factor is in each district and year, from geometry only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from geo.chunks import Part, chunks, parts_of
from geo.crs import Bounds, MetricCRS
from geo.factor import Factor
from geo.geodesy import Floats, Ints
from geo.layer import LaidLayer, Layer, RasterLayer, layer_named
from geo.layer_files import FiledLayer, LayerFile
from geo.measures import measure_named
from geo.raster import Raster
from geo.region import Ground, Points, Region, lay_ground
from geo.runners import Runner, in_threads, runner
from geo.surface import Surface, surface_of
from vigia.errors import GeometryError

if TYPE_CHECKING:
    from geo.travel import Network  # and with it the library of graphs, only where it is used

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
    network: Network | None = None,
    threads: int | None = None,
    scheduler: str | None = None,
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
    network : Network, optional
        What can be travelled on, for travel times.
    threads : int, optional
        How many parts are measured at once; as many as there are cores.
    scheduler : str, optional
        Address of a Dask scheduler, such as ``tcp://127.0.0.1:8786``, whose workers measure the
        parts in place of threads; layer files must be where they can read them.

    Returns
    -------
    DataFrame
        Indexed by (code, year), sorted byte by byte; a float column for each factor, in the order
        given. NaN: no answer. The order of rows in the tables does not matter, nor do
        threads or machines.

    Raises
    ------
    GeometryError
        When a factor has no meaning for its layer, a table cannot be measured, or no scheduler
        answers.
    """
    _refuse_twice(factors)
    surface = surface_of(metric)
    ground = lay_ground(region, surface, network)
    names = sorted({factor.layer for factor in factors} & layers.keys())
    known = dict(in_threads(_laid, (layers, surface), names, threads=threads))
    for factor in factors:
        measure_named(factor.measure).refuse(layer_named(factor.layer, known), factor)
    task = Task(known, tuple(factors), tuple(sorted(set(years))), ground.everyone)
    if scheduler is None and len(ground):
        _make_ready(task, ground, threads)
    values = _measured(ground, task, progress, runner(threads, scheduler))
    index = pd.MultiIndex.from_product([ground.codes, task.years], names=["code", "year"])
    columns = {factor.id: column.ravel() for factor, column in zip(factors, values, strict=True)}
    return pd.DataFrame(columns, index=index, dtype=float)


def _refuse_twice(factors: Sequence[Factor]) -> None:
    ids = [factor.id for factor in factors]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise GeometryError(
            f"The factor {twice[0]} is asked for twice.",
            hint="Leave one of the two out: each is a column of its own.",
        )


def _laid(given: tuple[Mapping[str, LayerData], Surface], name: str) -> tuple[str, Layer]:
    layers, surface = given
    data = layers[name]
    if isinstance(data, LayerFile):
        return name, FiledLayer(name, data, surface)
    if isinstance(data, pd.DataFrame):
        return name, LaidLayer(name, data, surface)
    return name, RasterLayer(name, data)


@dataclass(frozen=True)
class Task:
    """What is measured: of the whole ground at once, or of any part of it."""

    layers: Mapping[str, Layer]
    factors: tuple[Factor, ...]
    years: tuple[int, ...]
    everyone: Points | None

    def crowd(self, bounds: Bounds) -> int:
        """How many features of a layer must be read, of that with the most."""
        filed = [layer for layer in self.layers.values() if isinstance(layer, FiledLayer)]
        return max((layer.rows_near(bounds) for layer in filed), default=0)

    def of(self, ground: Ground, *, whole: bool) -> Floats:
        """Shape (factors, districts, years); NaN for the factors that are measured the other way.

        Years in which the same features stand are measured once.
        """
        found = np.full((len(self.factors), len(ground), len(self.years)), np.nan)
        for number, factor in enumerate(self.factors):
            if measure_named(factor.measure).whole == whole:
                self._measure(ground, factor, found[number])
        return found

    def of_layer(self, ground: Ground, name: str) -> None:
        """Measure what is asked of one layer, for the sake of what is made on the way."""
        for factor in self.factors:
            if factor.layer == name and not measure_named(factor.measure).whole:
                self._measure(ground, factor, np.empty((len(ground), len(self.years))))

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


def _make_ready(task: Task, ground: Ground, threads: int | None) -> None:
    """Make the indexes of layers in memory side by side: else all parts wait for one at a time."""
    held = {
        name: len(layer.near(None))
        for name, layer in task.layers.items()
        if layer.in_memory and layer.kind == "features"
    }
    biggest_first = sorted(held, key=lambda name: (-held[name], name))
    first = ground.part(np.zeros(1, dtype=np.intp))
    for _ in in_threads(task.of_layer, first, biggest_first, threads=threads):
        pass


def measure_part(task: Task, part: Part) -> tuple[Ints, Floats]:
    """The rows of a part of the ground, and what is measured there."""
    rows, ground = part
    return rows, task.of(replace(ground, everyone=task.everyone), whole=False)


def _measured(ground: Ground, task: Task, progress: Progress, run: Runner) -> Floats:
    values = task.of(ground, whole=True)
    local = np.flatnonzero([not measure_named(f.measure).whole for f in task.factors])
    if len(local) == 0 or len(ground) == 0:
        return values
    cuts = chunks(ground, task.crowd)
    total, parts = len(cuts), parts_of(ground, cuts)
    progress(LABEL, 0, total)
    for done, (rows, found) in enumerate(run(measure_part, task, parts), 1):
        values[np.ix_(local, rows)] = found[local]
        progress(LABEL, done, total)
    return values
