"""The feature table: what each factor is in each district and year, from geometry only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.crs import MetricCRS
from geo.geodesy import Floats
from geo.layer import Features, read_features
from geo.measures import measure_named
from geo.region import Ground, Region
from vigia.errors import GeometryError

__all__ = ["Factor", "Region", "feature_table"]

LABEL = "features"


@dataclass(frozen=True)
class Factor:
    """One column of the feature table."""

    layer: str
    measure: str
    support: str

    @property
    def id(self) -> str:
        return f"{self.layer}__{self.measure}__{self.support}"

    @property
    def unit(self) -> str:
        """Of its numbers; a GeometryError where there is no such measure."""
        return measure_named(self.measure).unit


def feature_table(
    region: Region,
    layers: Mapping[str, pd.DataFrame],
    factors: Sequence[Factor],
    years: Sequence[int],
    metric: MetricCRS,
    progress: Callable[[str, int, int], None],
) -> pd.DataFrame:
    """Measure every factor in every district, as it stood at the end of every year.

    Parameters
    ----------
    region : Region
        EPSG:4326, as all geometry here.
    layers : mapping of layer id to DataFrame or GeoDataFrame
        fid, code, from_year, until_year, value and, but for attributes, geometry.
    factors : sequence of Factor
    years : sequence of int
    metric : MetricCRS
        Of the area of the districts.
    progress : callable
        Told a label, how many factors are done, and of how many.

    Returns
    -------
    DataFrame
        Indexed by (code, year), sorted byte by byte; a float column for each factor, in the order
        given. NaN: no answer. The order of rows in the tables does not matter.

    Raises
    ------
    GeometryError
        When a factor has no meaning for its layer, or a table cannot be measured.
    """
    ground = Ground(region, metric)
    known = {factor.layer: _features(factor.layer, layers) for factor in factors}
    for factor in factors:
        measure_named(factor.measure).refuse(known[factor.layer], factor.support)
    ordered = sorted(set(years))
    index = pd.MultiIndex.from_product([ground.codes, ordered], names=["code", "year"])
    columns: dict[str, Floats] = {}
    for done, factor in enumerate(factors):
        progress(LABEL, done, len(factors))
        columns[factor.id] = _column(ground, known[factor.layer], factor, ordered)
    progress(LABEL, len(factors), len(factors))
    return pd.DataFrame(columns, index=index, dtype=float)


def _features(layer: str, layers: Mapping[str, pd.DataFrame]) -> Features:
    if layer not in layers:
        raise GeometryError(
            f'A factor is of the layer "{layer}", which is not there.',
            hint="Run vigia ingest, or correct the layer's id.",
        )
    return read_features(layer, layers[layer])


def _column(ground: Ground, features: Features, factor: Factor, years: list[int]) -> Floats:
    """Shape (districts * years,); years in which the same features stand are measured once."""
    measure = measure_named(factor.measure)
    nothing = np.full(len(ground.codes), np.nan)
    measured: dict[bytes, Floats] = {}
    by_year = []
    for year in years:
        if features.silent_about(year):
            by_year.append(nothing)
            continue
        standing = features.standing(year)
        key = standing.tobytes()
        if key not in measured:
            measured[key] = measure.values(ground, features.only(standing), factor.support)
        by_year.append(measured[key])
    return np.column_stack(by_year).ravel() if by_year else np.empty(0)
