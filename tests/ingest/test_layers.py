"""Layers: where things are, and whether they can be there."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from data.records import InputTable
from tests.ingest import reading
from tests.ingest.reading import FULL_CREDIT

COLUMNS = 'path = "mines.csv"\nlon = "lon"\nlat = "lat"\n'
INSIDE = shapely.Point(-73.95, -8.9)


def layer(folder: Path, table: pd.DataFrame | str, keys: str = "") -> InputTable:
    """The layer of the tiny project, with other rows: geometry or lon and lat."""
    if isinstance(table, gpd.GeoDataFrame):
        reading.write(folder, change={COLUMNS: 'path = "mines.gpkg"\n' + keys})
        table.to_file(folder / "mines.gpkg")
    else:
        reading.write(folder, change={COLUMNS: COLUMNS + keys})
        reading.rows(folder, "mines.csv", table)
    return reading.read(folder)["layers/mining"]


def shapes(*geometries: object, crs: str | None = "EPSG:4326", **more: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"n": range(len(geometries)), **more}, geometry=list(geometries), crs=crs
    )


def test_another_system_of_coordinates_ends_in_degrees(tmp_path: Path) -> None:
    far = shapes(INSIDE).to_crs("EPSG:32718")
    item = layer(tmp_path / "says", far)
    assert item.table["geometry"].iloc[0].distance(INSIDE) < 1e-9
    assert reading.codes(item) == {"crs_converted": 1}
    x, y = far.geometry.iloc[0].coords[0]
    item = layer(tmp_path / "told", f"lon,lat\n{x},{y}\n", 'crs = "EPSG:32718"\n')
    assert item.table["geometry"].iloc[0].distance(INSIDE) < 1e-9
    item = layer(tmp_path / "turned", f"lon,lat\n{y},{x}\n", 'crs = "EPSG:32718"\n')
    assert item.table["geometry"].iloc[0].distance(INSIDE) < 1e-9
    assert reading.codes(item) == {"crs_converted": 1, "swapped_coordinates": 1}


@pytest.mark.filterwarnings("ignore:'crs' was not provided")  # by the one who writes the file
def test_a_file_that_does_not_say_its_system_is_refused(tmp_path: Path) -> None:
    item = layer(tmp_path / "silent", shapes(INSIDE, crs=None))
    assert reading.codes(item) == {"missing_crs": 1}
    item = layer(tmp_path / "told", shapes(INSIDE, crs=None), 'crs = "EPSG:4326"\n')
    assert item.table["geometry"].iloc[0] == INSIDE
    item = layer(tmp_path / "wrong", shapes(INSIDE, crs=None), 'crs = "EPSG:424242"\n')
    assert reading.codes(item) == {"unknown_crs": 1}


def test_a_table_without_coordinates_is_no_layer(tmp_path: Path) -> None:
    reading.write(tmp_path, change={COLUMNS: 'path = "mines.csv"\n'})
    assert reading.codes(reading.read(tmp_path)["layers/mining"]) == {"missing_geometry": 1}


def test_coordinates_missing_bad_and_far(tmp_path: Path) -> None:
    table = (
        "lon,lat\n-73.95,-8.9\n,-8.9\n-73.95,\n-73.95,south\n-73.95,-95\n"
        "-60,-8.9\n-73.95,-10.0\n"  # 1,400 km and 110 km away
    )
    item = layer(tmp_path, table)
    assert reading.codes(item) == {
        "missing_coordinates": 2,
        "bad_coordinates": 2,
        "outside_area": 1,
    }
    assert item.table["fid"].tolist() == [1, 7]
    assert reading.account(item) == (7, 2, 0, 0, 5)


def test_swapped_is_told_only_where_it_helps(tmp_path: Path) -> None:
    item = layer(tmp_path, "lon,lat\n-8.9,-73.95\n-73.95,-8.9\n10,50\n")
    assert reading.codes(item) == {"swapped_coordinates": 1, "outside_area": 1}
    assert [p.coords[0] for p in item.table["geometry"]] == [(-73.95, -8.9), (-73.95, -8.9)]


def test_decimal_commas_in_coordinates(tmp_path: Path) -> None:
    item = layer(tmp_path, "lon;lat\n-73,95;-8,9\n")
    assert item.table["geometry"].iloc[0] == INSIDE
    assert reading.codes(item) == {"delimiter": 1, "decimal_comma": 2}


def test_broken_null_and_empty_features(tmp_path: Path) -> None:
    bow_tie = shapely.Polygon([(-74, -9), (-73.8, -8.8), (-73.8, -9), (-74, -8.8)])
    good = shapely.box(-74, -9, -73.9, -8.9)
    item = layer(tmp_path, shapes(bow_tie, None, good, shapely.Polygon()))
    assert reading.codes(item) == {"invalid_geometry": 1, "null_geometry": 2}
    assert all(shape.is_valid for shape in item.table["geometry"])
    assert item.table["geometry"].iloc[0].area == pytest.approx(0.02)  # two halves of the square
    assert reading.account(item) == (4, 1, 1, 0, 2)


def test_nested_values_and_geometry_that_is_none(tmp_path: Path) -> None:
    """A point without coordinates, a line of one point, lists where a number belongs."""
    point = {"type": "Point", "coordinates": [-73.9, -8.9]}
    rows = [
        ({"v": 1, "t": [1, 2]}, point),
        ({"v": 1, "t": [1, 2]}, point),
        ({"v": 1, "t": [1, 3]}, point),
        ({"v": 2}, {"type": "Point", "coordinates": []}),
        ({"v": 3}, {"type": "LineString", "coordinates": [[-73.9, -8.9]]}),
        ({"v": 4}, {"type": "Point", "coordinates": [1e300, 1e300]}),
    ]
    features = [{"type": "Feature", "properties": p, "geometry": g} for p, g in rows]
    reading.write(tmp_path, change={COLUMNS: 'path = "m.geojson"\nvalue = "v"\n'})
    text = json.dumps({"type": "FeatureCollection", "features": features})
    reading.rows(tmp_path, "m.geojson", text)
    item = reading.read(tmp_path)["layers/mining"]
    assert item.table["fid"].tolist() == [1, 3]
    codes = reading.codes(item)
    codes.pop("reader_warning", None)
    assert codes == {
        "exact_duplicate": 1,
        "null_geometry": 1,
        "unreadable_geometry": 1,
        "bad_coordinates": 1,
    }


def test_features_that_are_the_same_in_everything_count_once(tmp_path: Path) -> None:
    item = layer(tmp_path, "lon,lat,name\n-73.95,-8.9,a\n-73.95,-8.9,a\n-73.95,-8.9,b\n")
    assert item.table["fid"].tolist() == [1, 3]
    assert reading.codes(item) == {"exact_duplicate": 1}


def test_years_of_features(tmp_path: Path) -> None:
    table = (
        "lon,lat,a,b\n-73.95,-8.9,2018,2020\n-73.95,-8.8,,\n-73.95,-8.7,2190,\n"
        "-73.95,-8.6,2020,2018\n-73.95,-8.5,x,\n"
    )
    item = layer(tmp_path, table, 'from_year = "a"\nuntil_year = "b"\n')
    assert reading.codes(item) == {
        "missing_year": 1,
        "future_date": 1,
        "bad_period": 1,
        "bad_year": 1,
    }
    assert item.table["from_year"].tolist() == [2018, pd.NA]
    assert item.table["until_year"].tolist() == [2020, pd.NA]
    assert item.years == (2018,)


def test_a_year_that_stands_out_and_one_that_is_not_there(tmp_path: Path) -> None:
    sizes = {2018: 10, 2019: 11, 2020: 9, 2022: 10, 2023: 100, 2024: 0}
    rows = [
        f"-73.95,{-8.9 + i / 100},{year},{size}" for i, (year, size) in enumerate(sizes.items())
    ]
    table = "lon,lat,year,ha\n" + "\n".join(rows) + "\n"
    item = layer(tmp_path, table, 'from_year = "year"\nvalue = "ha"\n')
    assert reading.codes(item) == {"jump_between_years": 1, "missing_period": 1, "zero_value": 1}
    told = {f.code: f.message for f in item.report.findings}
    assert "2023" in told["jump_between_years"]
    assert "2021" in told["missing_period"]


def test_values_missing_and_no_numbers(tmp_path: Path) -> None:
    item = layer(tmp_path / "a", "lon,lat,ha\n-73.95,-8.9,\n", 'value = "ha"\n')
    assert np.isnan(item.table["value"].iloc[0])
    assert reading.codes(item) == {"missing_value": 1}
    item = layer(tmp_path / "b", "lon,lat,ha\n-73.95,-8.9,many\n", 'value = "ha"\n')
    assert item.report.refused


def test_codes_of_points_against_their_place(tmp_path: Path) -> None:
    table = (
        "lon,lat,code\n-73.9,-8.9,010101\n-73.9,-8.9,10101\n-73.9,-8.9,010102\n"
        "-73.9,-8.9,010177\n-73.9,-8.9,999999\n-73.9,-8.9,\n-74.5,-8.9,010101\n"
    )
    item = layer(tmp_path, table, 'code = "code"\n')
    assert item.table["code"].tolist() == ["010101", "010101", "010102", *["010101"] * 4]
    assert reading.codes(item) == {
        "leading_zeros": 1,
        "code_place_mismatch": 1,
        "district_not_on_map": 1,
        "unknown_district": 1,
        "missing_code": 1,
        "outside_all_districts": 1,
    }


def attributes(folder: Path, table: str, keys: str = "") -> InputTable:
    change = {COLUMNS: 'path = "mines.csv"\nkind = "attributes"\ncode = "c"\nvalue = "v"\n' + keys}
    change['factors = [{ measure = "distance", sign = "-" }]\n'] = ""
    reading.write(folder, change=change)
    reading.rows(folder, "mines.csv", table)
    return reading.read(folder)["layers/mining"]


def test_attributes_are_joined_by_code(tmp_path: Path) -> None:
    item = attributes(tmp_path, "c,v\n10101,1.5\n010102,\n010177,3\n0101,4\n,5\n990000,6\n")
    assert "geometry" not in item.table
    assert item.table["code"].tolist() == ["010101", "010102"]
    assert item.table["value"].isna().tolist() == [False, True]
    assert reading.codes(item) == {
        "leading_zeros": 1,
        "missing_value": 1,
        "district_not_on_map": 1,
        "wider_area_code": 1,
        "missing_code": 1,
        "unknown_district": 1,
        "missing_district": 10,
    }


def test_attributes_of_provinces_and_of_years(tmp_path: Path) -> None:
    table = "c,v,y\n010100,1,2018\n010100,2,2020\n0102,3,2018\n"
    item = attributes(tmp_path, table, 'code_level = "province"\nfrom_year = "y"\n')
    made = item.table[["code", "from_year", "until_year", "value"]].values.tolist()
    assert made == [["0101", 2018, 2020, 1], ["0101", 2020, pd.NA, 2], ["0102", 2018, pd.NA, 3]]
    assert reading.codes(item) == {"padded_code": 2, "missing_district": 2}


def test_two_values_for_one_place_are_refused(tmp_path: Path) -> None:
    item = attributes(tmp_path, "c,v\n010101,1\n010101,2\n")
    assert item.report.refused
    assert reading.codes(item)["conflicting_duplicate"] == 2


def test_licence_and_notes_go_along(tmp_path: Path) -> None:
    extra = FULL_CREDIT.replace("CC0-1.0", "")
    section = (
        f'\n[[layers]]\nid = "x"\nlabel = "x"\nlabel_en = "x"\nrole = "context"\n{COLUMNS}{extra}'
    )
    reading.write(tmp_path, extra=section + 'note = ["A sample."]\n')
    item = reading.read(tmp_path)["layers/x"]
    assert (item.licence, item.attribution, item.note) == ("", "the tests", ("A sample.",))
