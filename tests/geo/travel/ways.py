"""Small networks whose answers are known."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from pyproj import Geod

from geo.crs import MetricCRS, choose_metric_crs
from geo.travel import Network, TravelRules, WaySpeeds, build_network

WEST, SOUTH = -74.0, -5.0
STEP = 0.05  # degrees, about 5.5 km
GEOD = Geod(ellps="WGS84")
RIVER = WaySpeeds(20.0, 10.0, 12.0, 4.0)
ROAD = WaySpeeds(30.0, 30.0, 40.0, 40.0)
RULES = TravelRules(
    snap_m=100.0,
    walk_kmh=4.0,
    walk_limit_minutes=0.0,
    transfer_minutes=30.0,
    speeds={("river", None): RIVER, ("road", None): ROAD},
)


@cache
def metric() -> MetricCRS:
    return choose_metric_crs((WEST - 1, SOUTH - 1, WEST + 1, SOUTH + 1))


def at(x: float, y: float) -> shapely.Point:
    """A place of the grid."""
    return shapely.Point(WEST + x * STEP, SOUTH + y * STEP)


def line(*places: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([at(*place) for place in places])


def table(*lines: Any, mode: str = "river", **columns: Any) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame({"mode": [mode] * len(lines)}, geometry=list(lines), crs=4326)
    return frame.assign(**columns)


def both(*tables: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return pd.concat(tables, ignore_index=True)


def series(places: Sequence[shapely.Point]) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(places), crs=4326)


def ports(*places: shapely.Point, **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(places), crs=4326)


def network(
    ways: gpd.GeoDataFrame,
    outlets: Sequence[shapely.Point] = (),
    rules: TravelRules = RULES,
    port: gpd.GeoDataFrame | None = None,
    area: Any = None,
) -> Network:
    return build_network(ways, series(outlets), port, rules, metric(), area)


def minutes(net: Network, origin: Any, target: Any, season: str = "high") -> float:
    return float(net.matrix([origin], [target], season).minutes[0, 0])


def close(value: float) -> object:
    """In the middle of a line, places are found in a plane that is true to some 1e-5."""
    return pytest.approx(value, rel=2e-5)


def km(*places: tuple[float, float]) -> float:
    """Geodesics from place to place of the grid."""
    points = [at(*place) for place in places]
    return float(GEOD.line_length([p.x for p in points], [p.y for p in points])) / 1000
