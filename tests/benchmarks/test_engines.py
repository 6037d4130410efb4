"""Every engine of the benchmark against plain loops over all pairs, on a small region."""

from __future__ import annotations

import math
from contextlib import closing
from pathlib import Path
from types import ModuleType

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from benchmarks.peers import with_geopandas, with_postgis, with_vigia
from benchmarks.peers.columns import COLUMNS, PEOPLE_RADII_KM, RADII_KM, counts, differences
from benchmarks.peers.process import peak_mb
from benchmarks.peers.region import SIZES, read, read_districts_km2, read_people, write
from benchmarks.peers.statements import joined, parts

Tables = dict[str, gpd.GeoDataFrame]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("region")
    write(made, SIZES["tiny"], seed=5)
    points = gpd.read_parquet(made / "points.parquet")
    nobody = points[points["code"] != "000003"]  # a district without a population point
    nobody.to_parquet(made / "points.parquet")
    return made


@pytest.fixture(scope="module")
def truth(folder: Path) -> pd.DataFrame:
    """Every pair of a place and a feature, no index, no library's join."""
    tables = read(folder)
    capital_of = tables["capitals"].set_index("code").geometry
    lowest = {what: lowest_codes(tables, what) for what in ("points", "mines")}
    rows = {
        row.code: of_district(row.code, row.geometry, capital_of[row.code], tables, lowest)
        for row in tables["districts"].itertuples()
    }
    return pd.DataFrame.from_dict(rows, orient="index")[list(COLUMNS)]


def places_of(tables: Tables, what: str) -> np.ndarray:
    shapes = tables[what].geometry.to_numpy()
    return shapes if what == "points" else shapely.point_on_surface(shapes)


def lowest_codes(tables: Tables, what: str) -> list[str | None]:
    districts = tables["districts"].sort_values("code")
    return [
        next((d.code for d in districts.itertuples() if d.geometry.intersects(place)), None)
        for place in places_of(tables, what)
    ]


def of_district(
    code: str,
    polygon: shapely.Polygon,
    capital: shapely.Point,
    tables: Tables,
    lowest: dict[str, list[str | None]],
) -> dict[str, float]:
    rivers, mines = (tables[name].geometry.to_numpy() for name in ("rivers", "mines"))
    mine_places, value = places_of(tables, "mines"), tables["mines"]["value"].to_numpy()
    people = tables["points"][tables["points"]["code"] == code]
    weight = people["people"].to_numpy()
    inside = shapely.intersection(rivers, polygon)
    found = {
        "river_km_polygon": shapely.distance(polygon, rivers).min() / 1000,
        "river_km_capital": shapely.distance(capital, rivers).min() / 1000,
        "mine_km_polygon": shapely.distance(polygon, mines).min() / 1000,
        "mine_km_capital": shapely.distance(capital, mines).min() / 1000,
        "mine_share": 100 * shapely.union_all(mines).intersection(polygon).area / polygon.area,
        "river_density": 1000 * shapely.length(inside).sum() / polygon.area,
        "point_density": lowest["points"].count(code) / (polygon.area / 1e9),
        "mine_density": lowest["mines"].count(code) / (polygon.area / 1e9),
        **dict.fromkeys((name for name in COLUMNS if name.endswith("people")), math.nan),
    }
    if len(people):
        places = people.geometry.to_numpy()
        nearest = [shapely.distance(place, rivers).min() / 1000 for place in places]
        found["river_km_people"] = np.average(nearest, weights=weight)
        for km in PEOPLE_RADII_KM:
            close = [shapely.distance(place, mine_places) <= 1000 * km for place in places]
            disc = math.pi * km**2 / 1000
            number, summed = [c.sum() for c in close], [value[c].sum() for c in close]
            found[f"mines_{km}km_people"] = np.average(number, weights=weight) / disc
            found[f"weight_{km}km_people"] = np.average(summed, weights=weight) / disc
        others = places_of(tables, "points")
        number = [(shapely.distance(place, others) <= 10_000).sum() for place in places]
        found["points_10km_people"] = np.average(number, weights=weight) / (math.pi * 100 / 1000)
    for what in ("mines", "points"):
        metres = shapely.distance(capital, places_of(tables, what))
        for km in RADII_KM:
            disc = math.pi * km**2 / 1000
            found[f"{what}_{km}km_capital"] = (metres <= 1000 * km).sum() / disc
    return found


def hold(table: pd.DataFrame, truth: pd.DataFrame, folder: Path) -> None:
    assert table.index.tolist() == truth.index.tolist()
    assert list(table.columns) == list(COLUMNS)
    assert differences(truth, table).max() < 1e-7
    sizes = read_districts_km2(folder), read_people(folder)
    assert counts(table, *sizes).equals(counts(truth, *sizes))
    assert table.loc["000003"].isna().sum() == 6


@pytest.mark.parametrize("engine", [with_geopandas, with_vigia])
def test_engine_agrees_with_all_pairs(
    engine: ModuleType, folder: Path, truth: pd.DataFrame
) -> None:
    table, seconds = engine.table(engine.load(folder))
    hold(table, truth, folder)
    assert all(took > 0 for took in seconds.values())


@pytest.mark.postgis
def test_postgis_agrees_with_all_pairs(
    postgis_url: str, folder: Path, truth: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(with_postgis.ADDRESS, postgis_url)
    with closing(with_postgis.load(folder)) as connection:
        table, seconds = with_postgis.table(connection)
        assert peak_mb(with_postgis.process(connection)) > 1
    hold(table, truth, folder)
    assert set(seconds) == set(parts(with_postgis.STATEMENTS))


def test_the_truth_has_something_to_tell(truth: pd.DataFrame) -> None:
    assert (truth.std() > 0).all()


def test_both_sql_files_have_the_same_parts() -> None:
    other = with_postgis.STATEMENTS.with_name("sedonadb.sql")
    assert list(parts(other)) == list(parts(with_postgis.STATEMENTS))


def test_a_density_without_a_row_is_0_and_a_distance_unknown() -> None:
    whole = {name: [1.0, 2.0] for name in COLUMNS if "_km_" not in name}
    short = {name: [1.0] for name in COLUMNS if name not in whole}
    answers = [
        pd.DataFrame({"code": ["a", "b"], **whole}).iloc[:1],
        pd.DataFrame({"code": ["b"], **short}),
    ]
    table = joined(answers)
    assert table.loc["b", "mine_share"] == 0
    assert table.loc["b", "points_10km_capital"] == 0
    assert math.isnan(table.loc["b", "mines_10km_people"])
    assert math.isnan(table.loc["a", "river_km_capital"])
