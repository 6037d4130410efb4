"""What a scenario makes of layers, ways and the network, held to times that one can reckon."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.geodesy import GEOD
from geo.travel.rules import TravelRules
from tests import tiny_project
from vigia import pipeline
from vigia.errors import ScenarioError
from vigia.project import Project, load_project
from vigia.scenario_changes import changed_layer, changed_ways, standing
from vigia.scenario_file import parse_scenario
from vigia.scenario_world import hanging_on, measured_twice

WEST, SOUTH, SIDE = tiny_project.WEST, tiny_project.SOUTH, tiny_project.SIDE
CREDIT = 'source = "s"\ndate = "2020"\nlicence = "CC0-1.0"\nattribution = "a"\n'
SETTINGS = tiny_project.SETTINGS.replace(
    "\n[population]\n",
    f'\n[districts.capitals]\npath = "capitals.csv"\ncode = "code"\nname = "name"\nlon = "lon"\n'
    f'lat = "lat"\n{CREDIT}\n[population]\n',
).replace(
    "\n[[cases]]\n",
    f"""
[travel]
walk_limit_minutes = 1
outlets = [[{WEST + 4 * SIDE}, {SOUTH + 0.1}]]
ports = "landings"

[[travel.ways]]
id = "rivers"
mode = "river"
path = "rivers.geojson"
class_column = "kind"
kmh_down_high = "down_high"
kmh_up_high = "up_high"
kmh_down_low = "down_low"
kmh_up_low = "up_low"
{CREDIT}
[[layers]]
id = "landings"
label = "Puertos"
label_en = "Landings"
path = "landings.csv"
lon = "lon"
lat = "lat"
role = "risk"
{CREDIT}
factors = [
  {{ measure = "travel_time", support = "capital", season = "high" }},
  {{ measure = "travel_time", support = "capital", season = "low" }},
]

[[cases]]
""",
    1,
)
HIGH, LOW = (f"landings__travel_time__capital__{season}" for season in ("high", "low"))
SPEEDS = {"down_high": 20.0, "up_high": 10.0, "down_low": 16.0, "up_low": 8.0}
ROW = ["010101", "010201", "020101", "020201"]  # the southern row, upstream first


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A river runs east through the capitals of the southern row, past a landing at its source."""
    folder = tiny_project.write(tmp_path_factory.mktemp("world") / "project", SETTINGS)
    edges = tiny_project.districts().bounds
    capitals = pd.DataFrame(
        {
            "code": tiny_project.districts()["code"], "name": "c",
            "lon": (edges["minx"] + edges["maxx"]) / 2, "lat": (edges["miny"] + edges["maxy"]) / 2,
        }
    )  # fmt: skip
    capitals.to_csv(folder / "capitals.csv", index=False)
    line = shapely.LineString([(WEST + x * SIDE / 2, SOUTH + 0.1) for x in range(9)])
    rivers = gpd.GeoDataFrame([{"kind": "main", **SPEEDS, "geometry": line}], crs=4326)
    rivers.to_file(folder / "rivers.geojson", driver="GeoJSON")
    (folder / "landings.csv").write_text(f"lon,lat\n{WEST},{SOUTH + 0.1}\n")
    made = load_project(folder)
    pipeline.ingest(made)
    return made


def both(project: Project, text: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    with pipeline.open_store(project) as store:
        return measured_twice(
            store, store.snapshot(), project.settings, parse_scenario(text), 2023,
            lambda label, done, total: None,
        )  # fmt: skip


def upstream_minutes(kmh: float) -> np.ndarray:
    """From each capital of the row to the landing at the source."""
    lon = WEST + SIDE * (np.arange(4) + 0.5)
    lat = np.full(4, SOUTH + 0.1)
    _, _, metres = GEOD.inv(lon, lat, np.full(4, WEST), lat)
    return np.asarray(metres) / 1000 / kmh * 60


def test_a_river_that_runs_low_is_slower_in_that_season_alone(project: Project) -> None:
    before, after = both(project, 'travel = { way = "rivers", factor = 0.5, season = "low" }')
    assert list(after.columns) == [HIGH, LOW]
    np.testing.assert_allclose(before.loc[ROW, HIGH], upstream_minutes(10), rtol=1e-4)
    np.testing.assert_allclose(after.loc[ROW, LOW], 2 * before.loc[ROW, LOW], rtol=1e-9)
    pd.testing.assert_series_equal(before[HIGH], after[HIGH], check_exact=True)


def test_a_speed_takes_the_place_of_both_directions(project: Project) -> None:
    _, after = both(project, 'travel = { way = "rivers", speed = 5.0 }')
    for column in (HIGH, LOW):
        np.testing.assert_allclose(after.loc[ROW, column], upstream_minutes(5), rtol=1e-4)


def test_a_way_that_cannot_be_used_leaves_times_unknown(project: Project) -> None:
    _, after = both(project, 'travel = { way = "rivers", factor = 0, season = "low" }')
    assert after.loc[ROW, LOW].isna().all()
    assert after.loc[ROW, HIGH].notna().all()


def test_the_same_speeds_are_the_same_times_to_the_last_bit(project: Project) -> None:
    before, after = both(project, 'travel = { way = "rivers", factor = 1.0 }')
    pd.testing.assert_frame_equal(before, after, check_exact=True)


def test_a_landing_that_opens_is_nearer_to_some_and_farther_from_nobody(project: Project) -> None:
    lon, lat = WEST + 3.5 * SIDE, SOUTH + 0.1
    before, after = both(project, f'open = {{ layer = "landings", at = [{lon}, {lat}] }}')
    assert after.loc["020201", HIGH] == pytest.approx(0, abs=0.1)
    assert (after.loc[ROW, HIGH] <= before.loc[ROW, HIGH] * (1 + 1e-9)).all()
    assert after.loc["010101", HIGH] == pytest.approx(before.loc["010101", HIGH], rel=1e-9)


def test_only_factors_that_hang_on_the_change_are_measured(project: Project) -> None:
    close = parse_scenario('close = { layer = "mining", feature = 1 }')
    assert [f.layer for f in hanging_on(project.settings, close)] == ["mining"]
    slow = parse_scenario('travel = { way = "rivers", factor = 0.5 }')
    assert [f.id for f in hanging_on(project.settings, slow)] == [HIGH, LOW]


def test_ways_and_classes_that_are_not_there_are_told(project: Project) -> None:
    with pytest.raises(ScenarioError, match="no ways 'roads'.*Its ways are rivers"):
        both(project, 'travel = { way = "roads", factor = 0.5 }')
    with pytest.raises(ScenarioError, match="no class 'creek'.*Their classes are main"):
        both(project, 'travel = { way = "rivers", way_class = "creek", factor = 0.5 }')


def lines() -> dict[str, gpd.GeoDataFrame]:
    """One river with a speed of its own, one without."""
    table = gpd.GeoDataFrame(
        {
            "mode": "river",
            "way_class": ["main", None],
            "kmh_down_high": [20.0, np.nan],
            "kmh_up_high": [10.0, np.nan],
            "kmh_down_low": [np.nan, np.nan],
            "kmh_up_low": [np.nan, np.nan],
        },
        geometry=[shapely.LineString([(0, 0), (0, 1)])] * 2,
        crs=4326,
    )
    return {"rivers": table}


def test_speeds_that_the_file_leaves_open_are_those_of_the_class() -> None:
    asked = parse_scenario('travel = { way = "rivers", factor = 0.5 }').travel
    found = changed_ways(lines(), asked, TravelRules())["rivers"]
    assert found["kmh_down_high"].tolist() == [10.0, 7.0]  # half of 20, and of the rules' 14
    assert found["kmh_up_low"].tolist() == [3.2, 3.2]
    assert lines()["rivers"]["kmh_down_high"][0] == 20.0


def test_a_class_changes_alone() -> None:
    asked = parse_scenario('travel = { way = "rivers", way_class = "main", speed = 3.0 }').travel
    found = changed_ways(lines(), asked, TravelRules())["rivers"]
    assert found["kmh_down_high"].iloc[0] == 3.0
    assert np.isnan(found["kmh_down_high"].iloc[1])


def fronts() -> gpd.GeoDataFrame:
    """A front that stands, one that has closed, one that begins later, and two of one number."""
    squares = [shapely.box(x, 0, x + 0.1, 0.1) for x in range(5)]
    years = {
        "from_year": [2020, 2018, 2030, None, None],
        "until_year": [None, 2022, None, None, None],
    }
    return gpd.GeoDataFrame(
        {
            "fid": [1, 2, 3, 4, 4],
            "code": pd.array([None] * 5, dtype="str"),
            **{name: pd.array(column, dtype="Int64") for name, column in years.items()},
            "value": [1.0, 2.0, 3.0, 4.0, 5.0],
        },
        geometry=squares,
        crs=4326,
    )  # fmt: skip


def changed(text: str) -> gpd.GeoDataFrame:
    return changed_layer("fronts", fronts(), fronts(), parse_scenario(text), 2023).table


def test_what_closes_stands_no_longer_and_stood_before() -> None:
    table = changed('close = { layer = "fronts", feature = 1 }')
    assert not standing(table, 2023)[0]
    assert standing(table, 2022)[0]
    assert table.iloc[1:].equals(fronts().iloc[1:])


def test_what_opens_has_always_been_there_and_has_its_size() -> None:
    table = changed(
        'open = { layer = "fronts", at = [2, 3], properties = { value = 7.0, area_km2 = 9.0 } }'
    )
    new = table.iloc[-1]
    assert (new["fid"], new["value"]) == (5, 7.0)
    assert standing(table, 1990).iloc[-1]
    size = abs(GEOD.geometry_area_perimeter(new["geometry"])[0]) / 1e6
    assert size == pytest.approx(9, rel=1e-4)
    assert table.iloc[:-1].equals(fronts())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('close = { layer = "fronts", feature = 2 }', "Feature 2 of 'fronts' does not stand"),
        ('close = { layer = "fronts", feature = 3 }', "Feature 3 of 'fronts' does not stand"),
        ('move = { layer = "fronts", feature = 4, to = [0, 0] }', "several features 4"),
        ('open = { layer = "fronts", at = [0, 0] }', "a new feature needs a size"),
    ],
)
def test_features_that_cannot_be_changed_are_told(text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        changed(text)


def test_nothing_can_open_among_lines() -> None:
    table = fronts().set_geometry([shapely.LineString([(0, 0), (1, 1)])] * 5, crs=4326)
    text = 'open = { layer = "fronts", at = [0, 0] }'
    with pytest.raises(ScenarioError, match="nothing can open in it"):
        changed_layer("fronts", table, table, parse_scenario(text), 2023)
