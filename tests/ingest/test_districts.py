"""Districts and what is told of them: capitals, areas, people, visits."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from data.ingest import read_inputs
from data.records import InputTable
from tests import tiny_project
from tests.ingest import reading
from tests.ingest.reading import CREDIT
from vigia.project import load_project


def districts(folder: Path, table: gpd.GeoDataFrame) -> InputTable:
    tiny_project.write(folder)
    (folder / "districts.geojson").write_text(json.dumps(json.loads(table.to_json())))
    return reading.read(folder)["districts"]


def test_holes_overlaps_and_islands_of_the_map(tmp_path: Path) -> None:
    table = tiny_project.districts()
    middle = table.index[table["code"] == "010202"]
    ring = table.drop(index=middle).reset_index(drop=True)
    ring.loc[0, "geometry"] = shapely.box(-74.0, -9.0, -73.79, -8.8)  # into its neighbour
    island = {
        "code": "020299",
        "name": "Isla",
        "province": "Provincia 4",
        "department": "Departamento 2",
    }
    far = gpd.GeoDataFrame([{**island, "geometry": shapely.box(-72.9, -9, -72.8, -8.9)}], crs=4326)
    item = districts(tmp_path, pd.concat([ring, far], ignore_index=True))
    assert reading.codes(item) == {"coverage_hole": 1, "coverage_overlap": 1, "island": 1}
    told = {f.code: f.message for f in item.report.findings}
    assert "020299" in told["island"]
    area = shapely.box(-73.8, -8.8, -73.6, -8.6)
    km2 = gpd.GeoSeries([area], crs=4326).to_crs(6933).area.iloc[0] / 1e6
    assert f"{km2:.1f} km²" in told["coverage_hole"]


def test_districts_of_points_are_refused(tmp_path: Path) -> None:
    table = tiny_project.districts()
    table["geometry"] = [shape.centroid for shape in table.geometry]
    assert reading.codes(districts(tmp_path, table)) == {"wrong_geometry_type": 1}


def test_codes_and_names_of_districts(tmp_path: Path) -> None:
    table = tiny_project.districts()
    table["code"] = table["code"].astype(int)  # zeros lost, as in a spreadsheet
    table.loc[0, "name"] = None
    table.loc[1, "province"] = "Provincia Una"
    table.loc[2, "name"] = "Año\x07 nuevo"
    item = districts(tmp_path, table)
    assert item.table["code"].tolist() == tiny_project.districts()["code"].tolist()
    assert item.table["name"].iloc[2] == "Año nuevo"
    assert reading.codes(item) == {
        "leading_zeros": 12,
        "missing_value": 1,
        "name_code_mismatch": 1,
        "control_characters": 1,
    }


def test_codes_of_another_length_are_told(tmp_path: Path) -> None:
    table = tiny_project.districts()
    table["code"] = "PE" + table["code"]
    told = reading.codes(districts(tmp_path, table))
    assert told == {"odd_code": 12, "name_code_mismatch": 12}  # cut off, it is no parent's code


def test_a_district_twice_in_the_file_counts_once(tmp_path: Path) -> None:
    table = tiny_project.districts()
    item = districts(tmp_path, pd.concat([table, table[:1]], ignore_index=True))
    assert len(item.table) == 12
    assert reading.codes(item) == {"exact_duplicate": 1}


def test_capitals_official_areas_and_points(tmp_path: Path) -> None:
    truth = tiny_project.districts()
    km2 = truth.to_crs(6933).area / 1e6
    official = pd.DataFrame({"code": truth["code"], "km2": km2})
    official.loc[0, "km2"] *= 1.3
    official.loc[1, "km2"] = np.nan
    at = [shape.centroid for shape in truth.geometry]
    capitals = pd.DataFrame(
        {"code": truth["code"], "x": [p.x for p in at], "y": [p.y for p in at], "name": "C"}
    )
    capitals.loc[0, "x"] += tiny_project.SIDE  # in its neighbour
    points = capitals.assign(people=10).drop(columns="name")
    points.loc[0, "code"] = "010177"
    sections = {
        "\n[population]": (
            '\n[districts.capitals]\npath = "capitals.csv"\ncode = "code"\nname = "name"\n'
            f'lon = "x"\nlat = "y"\n{CREDIT}\n[districts.official_area]\npath = "official.csv"\n'
            f'code = "code"\narea_km2 = "km2"\n{CREDIT}\n[population]'
        ),
        "\n[[layers]]": (
            '\n[population.points]\npath = "points.csv"\ncode = "code"\npeople = "people"\n'
            f'lon = "x"\nlat = "y"\n{CREDIT}\n[[layers]]'
        ),
    }
    reading.write(tmp_path, change=sections)
    for name, table in (("capitals", capitals), ("official", official), ("points", points)):
        reading.rows(tmp_path, f"{name}.csv", table)
    inputs = reading.read(tmp_path)
    assert reading.codes(inputs["capitals"]) == {"code_place_mismatch": 1}
    assert reading.codes(inputs["official_area"]) == {"area_differs": 1, "missing_value": 1}
    assert reading.codes(inputs["points"]) == {"district_not_on_map": 1}
    assert inputs["points"].table["code"].iloc[0] == "010201"  # where it lies
    assert inputs["points"].table["people"].tolist() == [10] * 12


def test_areas_split_by_a_misspelt_name_are_joined(tmp_path: Path) -> None:
    half = tiny_project.SIDE / 2
    west, south = tiny_project.WEST, tiny_project.SOUTH
    table = gpd.GeoDataFrame(
        {"id": ["101", "0101", "0102"], "n": ["Provincia Una", "PROVINCIA 1", "Provincia Dos"]},
        geometry=[
            shapely.box(west, south, west + half, south + 0.6),
            shapely.box(west + half, south, west + 2 * half, south + 0.6),
            shapely.box(west + 2 * half, south, west + 4 * half, south + 0.6),
        ],
        crs=4326,
    )
    section = '\n[[areas]]\nid = "province"\npath = "p.gpkg"\ncode = "id"\nname = "n"\n' + CREDIT
    reading.write(tmp_path, extra=section)
    table.to_file(tmp_path / "p.gpkg")
    item = reading.read(tmp_path)["areas/province"]
    assert item.table["area"].tolist() == ["0101", "0102"]
    assert item.table["name"].tolist() == ["Provincia 1", "Provincia Dos"]
    assert item.table["geometry"].iloc[0].area == pytest.approx(0.2 * 0.6)
    assert reading.codes(item) == {"leading_zeros": 1, "name_code_mismatch": 2, "split_code": 2}
    assert reading.account(item) == (3, 1, 1, 1, 0)


def test_population_of_several_years(tmp_path: Path) -> None:
    change = {"\nyear = 2020\n": '\nyear_column = "y"\n'}
    reading.write(tmp_path / "a", change=change)
    table = (
        "code,people,y\n010101,5,2019\n010101,6,2020\n010102,,2020\n010177,7,2020\n010177,7,2020\n"
    )
    reading.rows(tmp_path / "a", "population.csv", table)
    item = reading.read(tmp_path / "a")["population"]
    made = item.table.astype(object).where(item.table.notna(), None).values.tolist()
    assert made == [
        ["district", "010101", 2019, 5],
        ["district", "010101", 2020, 6],
        ["district", "010102", 2020, None],
        ["province", "0101", 2020, 7],
    ]
    assert reading.codes(item) == {
        "exact_duplicate": 1,
        "missing_value": 1,
        "district_not_on_map": 1,
    }
    reading.write(tmp_path / "b", change=change)
    reading.rows(tmp_path / "b", "population.csv", "code,people,y\n010101,5,2019\n010101,6,2019\n")
    assert reading.read(tmp_path / "b")["population"].report.refused


def test_more_people_than_there_are_is_a_mistake(tmp_path: Path) -> None:
    reading.write(tmp_path)
    reading.rows(tmp_path, "population.csv", "code,people\n010101,1e300\n010102,7\n")
    item = reading.read(tmp_path)["population"]
    assert item.report.refused
    assert reading.codes(item) == {"impossible_count": 1}


def test_visits_none_of_which_has_a_date_are_refused(tmp_path: Path) -> None:
    section = (
        '\n[[effort]]\nid = "raids"\npath = "raids.csv"\ncode = "code"\ndate_column = "day"\n'
        'team_days = "days"\n' + CREDIT
    )
    reading.write(tmp_path, extra=section)
    reading.rows(tmp_path, "raids.csv", "code,day,days\n010101,2020,4\n010102,soon,1\n")
    item = reading.read(tmp_path)["effort/raids"]
    assert reading.codes(item) == {"bad_date": 2, "no_rows_left": 1}


def test_raids_and_visits(tmp_path: Path) -> None:
    section = (
        '\n[[effort]]\nid = "raids"\npath = "raids.csv"\ncode = "code"\ndate_column = "day"\n'
        'team_days = "days"\nmethod = "how"\nfound = "found"\n' + CREDIT
    )
    reading.write(tmp_path, extra=section)
    table = (
        "code,day,days,how,found\n10101,2020-03-01,4,raid,31337\n010102,15/04/2021,2,,\n"
        "010102,2190-01-01,1,raid,0\n010102,soon,1,raid,0\n010102,,1,raid,0\n999999,2020-01-01,1,x,1\n"
    )
    reading.rows(tmp_path, "raids.csv", table)
    item = reading.read(tmp_path)["effort/raids"]
    assert item.table["code"].tolist() == ["010101", "010102"]
    assert item.table["date"].dt.strftime("%Y-%m-%d").tolist() == ["2020-03-01", "2021-04-15"]
    assert item.table["found"].iloc[0] == 31337
    assert item.years == (2020, 2021)
    assert "31337" not in repr(item.report)
    assert reading.codes(item) == {
        "leading_zeros": 1,
        "future_date": 1,
        "bad_date": 1,
        "missing_date": 1,
        "unknown_district": 1,
        "missing_value": 1,
    }


def test_several_files_of_one_form(tmp_path: Path) -> None:
    reading.write(tmp_path, change={'path = "cases.csv"': 'path = "cases_*.csv"'})
    for year in (2022, 2021):
        reading.rows(tmp_path, f"cases_{year}.csv", f"code,year,count\n010101,{year},1\n")
    inputs = read_inputs(load_project(tmp_path), lambda *_: None, today=reading.TODAY)
    told = [(item.file, item.years) for item in inputs if item.kind == "cases"]
    assert told == [("cases_2021.csv", (2021,)), ("cases_2022.csv", (2022,))]
