"""The table by our own engine, measured in the plane as the others measure it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from benchmarks.peers.columns import COLUMNS, PEOPLE_RADII_KM, RADII_KM
from benchmarks.peers.region import SIZES, build, read
from benchmarks.peers.scatter import CRS
from geo.crs import MetricCRS, choose_metric_crs
from geo.features import Factor, Region, feature_table

YEAR = 2024  # the layers have no years
FACTORS = (
    Factor("rivers", "distance", "polygon"),
    Factor("rivers", "distance", "capital"),
    Factor("rivers", "distance", "population"),
    Factor("mines", "distance", "polygon"),
    Factor("mines", "distance", "capital"),
    Factor("mines", "share_of_area", "polygon"),
    Factor("rivers", "length_density", "polygon"),
    Factor("points", "count_density", "polygon"),
    Factor("mines", "count_density", "polygon"),
    *(
        Factor("mines", "count_density", "population", radius_km=km, weighted=weighted)
        for km in PEOPLE_RADII_KM
        for weighted in (False, True)
    ),
    Factor("points", "count_density", "population", radius_km=10),
    *(Factor("mines", "count_density", "capital", radius_km=km) for km in RADII_KM),
    *(Factor("points", "count_density", "capital", radius_km=km) for km in RADII_KM),
)


@dataclass(frozen=True)
class Loaded:
    """What ``feature_table`` takes."""

    region: Region
    layers: Mapping[str, gpd.GeoDataFrame]
    metric: MetricCRS


def load(folder: Path) -> Loaded:
    """The tables in memory, and the engine compiled; not timed."""
    table(_loaded(build(SIZES["tiny"], seed=1)))
    return _loaded(read(folder))


def _loaded(tables: Mapping[str, gpd.GeoDataFrame]) -> Loaded:
    west, south, east, north = tables["districts"].to_crs(4326).total_bounds
    return Loaded(
        Region(tables["districts"], tables["capitals"], tables["points"]),
        {
            "rivers": tables["rivers"][["geometry"]],
            "mines": tables["mines"][["value", "geometry"]],
            "points": tables["points"][["geometry"]],
        },
        choose_metric_crs((west, south, east, north), CRS, measured="plane"),
    )


def table(loaded: Loaded) -> tuple[pd.DataFrame, dict[str, float]]:
    """All columns, and the seconds that they took."""
    began = time.perf_counter()
    found = feature_table(
        loaded.region, loaded.layers, FACTORS, [YEAR], loaded.metric, lambda *_: None
    )
    seconds = time.perf_counter() - began
    return found.droplevel("year").set_axis(list(COLUMNS), axis=1), {"table": seconds}
