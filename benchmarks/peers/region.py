"""The region that all engines measure, written once for each size as GeoParquet.

A square of 1.28 million km², in metres of EPSG:32718 as every engine measures it in the plane.
``districts``: code, name, province_code, department_code. ``capitals``: code, name. ``points``:
fid, code (of the district), name, people. ``rivers``: fid. ``mines``: fid, value (machines).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.peers.mosaic import mosaic
from benchmarks.peers.scatter import CRS, ORIGIN, Tile, mines, rivers

SIDE_M = 1_131_371.0
PER_TOWN = 10  # settlements
TOWN_M = 2_000.0  # how far they lie from their town: standard deviation
TOWNS_APART = 0.3  # how far towns lie from the capital, in widths of the district
TABLES = ("districts", "capitals", "points", "rivers", "mines")


@dataclass(frozen=True)
class Size:
    """How many of each."""

    districts: int
    rivers: int
    mines: int
    points: int


SIZES = {
    "tiny": Size(12, 400, 150, 300),  # for the tests
    "small": Size(200, 20_000, 2_000, 10_000),
    "medium": Size(1_826, 200_000, 20_000, 100_000),
    "large": Size(1_834, 2_000_000, 200_000, 1_000_000),
}


def side_m(size: Size) -> float:
    """As many km² for a district in a small region as in the others."""
    return SIDE_M * min(1.0, float(np.sqrt(size.districts / SIZES["medium"].districts)))


def districts_and_capitals(
    count: int, side: float, seed: int
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The districts, and a capital in each."""
    made = mosaic(count, side, seed)
    codes = [f"{number:06}" for number in range(1, count + 1)]
    polygons = shapely.transform(made.polygons, lambda xy: xy + ORIGIN)
    places = shapely.points(made.seeds + ORIGIN)
    named = pd.DataFrame({"code": codes, "name": codes})
    parents = {"province_code": [c[:4] for c in codes], "department_code": [c[:2] for c in codes]}
    return (
        gpd.GeoDataFrame(named.assign(**parents), geometry=polygons, crs=CRS),
        gpd.GeoDataFrame(named, geometry=places, crs=CRS),
    )


def whole(tiles: Iterable[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """All tiles in one table."""
    return gpd.GeoDataFrame(pd.concat(tiles, ignore_index=True))


def settlements(
    count: int, districts: gpd.GeoDataFrame, capitals: gpd.GeoDataFrame, side: float, seed: int
) -> gpd.GeoDataFrame:
    """Around the towns of each district, as many in a small one as in a large one: fid, people.

    About as many within 10, 25 and 50 km of a capital as there are populated centres in Peru (85,
    380 and 1,270).
    """
    rng = np.random.default_rng([seed, 4])
    towns = rng.integers(0, len(districts), -(-count // PER_TOWN))
    reach = TOWNS_APART * np.sqrt(districts.area.to_numpy()[towns])
    middles = capitals.get_coordinates().to_numpy()[towns]
    middles = middles + reach[:, None] * rng.normal(0, 1, (len(towns), 2))
    places = middles[rng.integers(0, len(towns), count)] + rng.normal(0, TOWN_M, (count, 2))
    return gpd.GeoDataFrame(
        {"fid": np.arange(count), "people": np.ceil(np.exp(rng.normal(4, 1.2, count)))},
        geometry=shapely.points(Tile(ORIGIN, side).within(places)),
        crs=CRS,
    )


def with_codes(points: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Each point with the code of its district, of the nearest one where it is outside of all."""
    tree = shapely.STRtree(districts.geometry.to_numpy())
    point, district = tree.query_nearest(points.geometry.to_numpy())
    row = np.full(len(points), len(districts))
    np.minimum.at(row, point, district)  # on a border: the lowest
    return points.assign(code=districts["code"].to_numpy()[row], name="")


def build(size: Size, seed: int) -> dict[str, gpd.GeoDataFrame]:
    """All tables by name."""
    side = side_m(size)
    districts, capitals = districts_and_capitals(size.districts, side, seed)
    points = with_codes(settlements(size.points, districts, capitals, side, seed), districts)
    return {
        "districts": districts,
        "capitals": capitals,
        "points": points,
        "rivers": whole(rivers(size.rivers, side, seed)),
        "mines": whole(mines(size.mines, side, seed)),
    }


def write(folder: Path, size: Size, seed: int = 1) -> None:
    """Write the tables, unless they are all there."""
    if all((folder / f"{name}.parquet").exists() for name in TABLES):
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in build(size, seed).items():
        half = folder / f"{name}.half"
        table.to_parquet(half)
        half.replace(folder / f"{name}.parquet")


def read(folder: Path) -> dict[str, gpd.GeoDataFrame]:
    """The tables by name."""
    return {name: gpd.read_parquet(folder / f"{name}.parquet") for name in TABLES}


def read_districts_km2(folder: Path) -> pd.Series[float]:
    """Area of the districts in km², by code."""
    area: pd.Series[float] = gpd.read_parquet(folder / "districts.parquet").set_index("code").area
    return area / 1e6


def read_people(folder: Path) -> pd.Series[float]:
    """People at the population points of each district that has any, by code."""
    points = pd.read_parquet(folder / "points.parquet", columns=["code", "people"])
    people: pd.Series[float] = points.groupby("code")["people"].sum()
    return people
