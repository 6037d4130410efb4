"""The table in GeoPandas, as an analyst writes it: ``overlay``, ``sjoin``, ``sjoin_nearest``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd

from benchmarks.peers.columns import PEOPLE_RADII_KM, RADII_KM, disc_1000km2
from benchmarks.peers.region import read
from benchmarks.peers.statements import joined

POINTS_AT_ONCE = 100_000  # all of a medium region; 79 million pairs (3 GB) of a large one
Tables = dict[str, gpd.GeoDataFrame]


def load(folder: Path) -> Tables:
    """The tables in memory, not timed."""
    return read(folder)


def table(tables: Tables) -> tuple[pd.DataFrame, dict[str, float]]:
    """All columns, and the seconds that each part took."""
    seconds, answers = {}, []
    began = time.perf_counter()
    for name, answer in _parts(tables):
        seconds[name] = time.perf_counter() - began
        answers.append(answer.rename_axis("code").reset_index())
        began = time.perf_counter()
    return joined(answers), seconds


def _parts(tables: Tables) -> Iterator[tuple[str, pd.Series[float] | pd.DataFrame]]:
    districts, capitals, points = tables["districts"], tables["capitals"], tables["points"]
    rivers, mines = tables["rivers"][["geometry"]], tables["mines"][["geometry"]]
    yield "river_km_polygon", _nearest_km(districts, rivers).rename("river_km_polygon")
    yield "river_km_capital", _nearest_km(capitals, rivers).rename("river_km_capital")
    yield "river_km_people", _nearest_km_of_people(points, rivers).rename("river_km_people")
    yield "mine_km_polygon", _nearest_km(districts, mines).rename("mine_km_polygon")
    yield "mine_km_capital", _nearest_km(capitals, mines).rename("mine_km_capital")
    area = districts.set_index("code").area
    yield "mine_share", (100 * _covered(districts, mines) / area).rename("mine_share")
    yield "river_density", (1000 * _length(districts, rivers) / area).rename("river_density")
    places = tables["mines"].set_geometry(tables["mines"].representative_point())
    yield "point_density", (1e9 * _inside(districts, points) / area).rename("point_density")
    yield "mine_density", (1e9 * _inside(districts, places) / area).rename("mine_density")
    yield "mines_around_people", _mines_around_people(points, places)
    yield "points_around_people", _points_around_people(points)
    yield "mines_around_capitals", _around_capitals(capitals, places, "mines")
    yield "points_around_capitals", _around_capitals(capitals, points, "points")


def _nearest_km(places: gpd.GeoDataFrame, features: gpd.GeoDataFrame) -> pd.Series[float]:
    """By code; where several are nearest the join has a row for each."""
    near = places.sjoin_nearest(features, distance_col="metres")
    km: pd.Series[float] = near.groupby("code")["metres"].first() / 1000
    return km


def _nearest_km_of_people(points: gpd.GeoDataFrame, features: gpd.GeoDataFrame) -> pd.Series[float]:
    near = points.sjoin_nearest(features, distance_col="metres").drop_duplicates("fid")
    weighted = (near["metres"] * near["people"]).groupby(near["code"]).sum()
    km: pd.Series[float] = weighted / near.groupby("code")["people"].sum() / 1000
    return km


def _covered(districts: gpd.GeoDataFrame, mines: gpd.GeoDataFrame) -> pd.Series[float]:
    pieces = gpd.overlay(
        mines, districts[["code", "geometry"]], how="intersection", keep_geom_type=True
    )
    area: pd.Series[float] = pieces.dissolve("code").area
    return area


def _length(districts: gpd.GeoDataFrame, rivers: gpd.GeoDataFrame) -> pd.Series[float]:
    pieces = gpd.overlay(
        rivers, districts[["code", "geometry"]], how="intersection", keep_geom_type=True
    )
    length: pd.Series[float] = pieces.length.groupby(pieces["code"]).sum()
    return length


def _inside(districts: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> pd.Series[int]:
    found = places[["fid", "geometry"]].sjoin(districts[["code", "geometry"]])
    number: pd.Series[int] = found.groupby("fid")["code"].min().value_counts()
    return number


def _mines_around_people(points: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> pd.DataFrame:
    """A join for each radius: faster than the distances of all pairs of the larger one."""
    found = {}
    for km in PEOPLE_RADII_KM:
        around = _within(points, places[["value", "geometry"]], km)
        found[f"mines_{km}km_people"] = _mean_of_people(points, around["number"], km)
        found[f"weight_{km}km_people"] = _mean_of_people(points, around["value"], km)
    return pd.DataFrame(found)


def _points_around_people(points: gpd.GeoDataFrame) -> pd.DataFrame:
    around = _within(points, points[["geometry"]], 10)
    return pd.DataFrame({"points_10km_people": _mean_of_people(points, around["number"], 10)})


def _within(points: gpd.GeoDataFrame, places: gpd.GeoDataFrame, km: int) -> pd.DataFrame:
    """Number and sums of the places around each point that has any.

    Some points at a time: all pairs of a large region at once would not fit into memory.
    """
    found = []
    for first in range(0, len(points), POINTS_AT_ONCE):
        some = points[["geometry"]].iloc[first : first + POINTS_AT_ONCE]
        pairs = some.sjoin(places, predicate="dwithin", distance=1000.0 * km)
        summed = pairs.drop(columns=["geometry", "index_right"]).assign(number=1)
        found.append(summed.groupby(level=0).sum())
    around: pd.DataFrame = pd.concat(found)
    return around


def _mean_of_people(
    points: gpd.GeoDataFrame, around: pd.Series[float], km: int
) -> pd.Series[float]:
    people = points["people"]
    weighted = (people * around.reindex(points.index, fill_value=0)).groupby(points["code"]).sum()
    mean: pd.Series[float] = weighted / people.groupby(points["code"]).sum() / disc_1000km2(km)
    return mean


def _around_capitals(
    capitals: gpd.GeoDataFrame, places: gpd.GeoDataFrame, what: str
) -> pd.DataFrame:
    found = {}
    for km in RADII_KM:
        pairs = capitals.sjoin(places[["geometry"]], predicate="dwithin", distance=1000.0 * km)
        found[f"{what}_{km}km_capital"] = pairs["code"].value_counts() / disc_1000km2(km)
    return pd.DataFrame(found)
