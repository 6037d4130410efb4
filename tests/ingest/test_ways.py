"""Ways: lines with a class, speeds and lengths; what is not known stays unknown."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from data.records import InputTable
from tests.ingest import reading
from tests.ingest.reading import FULL_CREDIT

SECTION = """
[travel]

[[travel.ways]]
id = "rivers"
path = "rivers.gpkg"
mode = "river"
"""
SPEEDS = ("kmh_down_high", "kmh_up_high", "kmh_down_low", "kmh_up_low")


def line(*lons: float) -> shapely.LineString:
    return shapely.LineString([(lon, -8.9) for lon in lons])


def rivers(folder: Path, table: gpd.GeoDataFrame | str, keys: str = "") -> InputTable:
    """A project with one file of ways."""
    reading.write(folder, extra=SECTION + FULL_CREDIT + keys)
    if isinstance(table, str):
        (folder / "rivers.gpkg").write_text(table)
    else:
        table.to_file(folder / "rivers.gpkg")
    return reading.read(folder)["travel.ways/rivers"]


def lines(*geometries: object, **columns: object) -> gpd.GeoDataFrame:
    table = {"n": range(len(geometries)), **columns}
    return gpd.GeoDataFrame(table, geometry=list(geometries), crs="EPSG:4326")


def test_a_line_alone_is_a_way(tmp_path: Path) -> None:
    item = rivers(tmp_path, lines(line(-74, -73.9), line(-73.9, -73.8)))
    assert reading.codes(item) == {}
    table = item.table
    assert list(table.columns) == [
        *("fid", "mode", "way_class", *SPEEDS, "length_km", "crossings", "geometry")
    ]
    assert table["fid"].tolist() == [1, 2]
    assert table["mode"].tolist() == ["river", "river"]
    assert table["crossings"].tolist() == [True, True]
    assert table[[*SPEEDS, "length_km"]].isna().all(axis=None)
    assert table["way_class"].isna().all()
    assert item.years == ()


def test_classes_speeds_and_lengths_of_their_own(tmp_path: Path) -> None:
    table = lines(
        *(line(-74 + i / 10, -73.9 + i / 10) for i in range(4)),
        kind=["main", "", "side", None],
        down=[18.5, np.nan, 0, 12],
        up=["9,5", "", "4,25", "3,5"],
        km=[12.5, -1, 0, np.nan],
    )
    keys = 'class_column = "kind"\nkmh_down_high = "down"\nkmh_up_low = "up"\nlength_km = "km"\n'
    item = rivers(tmp_path, table, keys + "crossings = false\n")
    made = item.table
    assert made["way_class"].isna().tolist() == [False, True, False, True]
    np.testing.assert_array_equal(made["kmh_down_high"], [18.5, np.nan, 0, 12])
    np.testing.assert_array_equal(made["kmh_up_low"], [9.5, np.nan, 4.25, 3.5])
    np.testing.assert_array_equal(made["length_km"], [12.5, np.nan, np.nan, np.nan])
    assert not made["crossings"].any()
    assert reading.codes(item) == {
        "decimal_comma": 1,
        "missing_value": 2 + 1 + 1 + 1,
        "zero_value": 1,
        "not_positive": 2,
    }
    assert reading.account(item) == (4, 2, 2, 0, 0)
    severities = {one.code: one.severity for one in item.report.findings}
    assert (severities["missing_value"], severities["not_positive"]) == ("info", "warning")


@pytest.mark.parametrize("speed", ["fast", "inf", "1e999"])
def test_a_speed_that_is_no_number_refuses_the_file(speed: str, tmp_path: Path) -> None:
    table = lines(line(-74, -73.9), line(-73.9, -73.8), down=[speed, "5"])
    item = rivers(tmp_path, table, 'kmh_down_high = "down"\n')
    assert item.report.refused
    assert reading.codes(item) == {"not_a_number": 1}


def test_a_negative_speed_is_told_and_unknown(tmp_path: Path) -> None:
    table = lines(line(-74, -73.9), line(-73.9, -73.8), down=[-4.0, 5.0])
    item = rivers(tmp_path, table, 'kmh_down_high = "down"\n')
    assert reading.codes(item) == {"not_positive": 1}
    np.testing.assert_array_equal(item.table["kmh_down_high"], [np.nan, 5.0])


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    item = rivers(tmp_path, lines(line(-74, -73.9), klass=["a"]), 'class_column = "class"\n')
    assert reading.codes(item) == {"missing_column": 1}
    assert "klass" in item.report.findings[0].message


def test_only_lines_are_ways(tmp_path: Path) -> None:
    many = shapely.MultiLineString([line(-74, -73.95), line(-73.9, -73.8)])
    lake = shapely.box(-74, -9, -73.9, -8.9)
    table = lines(line(-74, -73.9), many, lake, shapely.Point(-73.9, -8.9), None)
    item = rivers(tmp_path / "some", table)
    assert reading.codes(item) == {"wrong_geometry_type": 2, "null_geometry": 1}
    assert item.table["fid"].tolist() == [1, 2]
    item = rivers(tmp_path / "none", lines(lake))
    assert item.report.refused
    assert reading.codes(item) == {"wrong_geometry_type": 1}


def test_ways_are_read_as_any_other_geometry(tmp_path: Path) -> None:
    """Heights, another system, far away, the same twice."""
    high = shapely.force_3d(line(-74, -73.9), 100)
    table = lines(high, high, line(-60, -59), line(-73.8, -73.7)).assign(n=0)
    item = rivers(tmp_path, table.to_crs("EPSG:32718"))
    assert reading.codes(item) == {
        "crs_converted": 1,
        "dimensions_dropped": 1,
        "exact_duplicate": 1,
        "outside_area": 1,
    }
    assert item.table["fid"].tolist() == [1, 4]


def test_files_of_ways_stack(tmp_path: Path) -> None:
    extra = SECTION.replace("rivers.gpkg", "rivers_*.gpkg") + FULL_CREDIT
    reading.write(tmp_path, extra=extra)
    lines(line(-74, -73.9)).to_file(tmp_path / "rivers_a.gpkg")
    lines(line(-73.9, -73.8)).to_file(tmp_path / "rivers_b.gpkg")
    item = reading.read(tmp_path)["travel.ways/rivers"]
    assert item.file == "rivers_b.gpkg"


def test_a_change_of_mode_is_another_version(tmp_path: Path) -> None:
    table = lines(line(-74, -73.9))
    river = rivers(tmp_path / "a", table)
    (tmp_path / "b").mkdir()
    reading.write(tmp_path / "b", extra=SECTION.replace('"river"', '"road"') + FULL_CREDIT)
    (tmp_path / "b" / "rivers.gpkg").write_bytes((tmp_path / "a" / "rivers.gpkg").read_bytes())
    road = reading.read(tmp_path / "b")["travel.ways/rivers"]
    assert river.sha256 == road.sha256
    assert river.settings_sha256 != road.settings_sha256
    assert road.table["mode"].tolist() == ["road"]


def test_rows_are_picked_by_keep(tmp_path: Path) -> None:
    table = lines(line(-74, -73.9), line(-73.9, -73.8), kind=["river", "canal"])
    item = rivers(tmp_path, table, 'keep = [{ kind = "river" }]\n')
    assert pd.Series(item.table["fid"]).tolist() == [1]
    assert reading.codes(item) == {"left_out_by_keep": 1}
