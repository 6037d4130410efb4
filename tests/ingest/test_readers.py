"""What reading does to geometry is told: one thing at a time, in real files."""

from __future__ import annotations

import json
import sqlite3
import struct
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from data.checks.antimeridian import turned
from data.records import Finding, InputTable
from tests import tiny_project
from tests.ingest import reading
from tests.ingest.test_layers import COLUMNS, INSIDE, layer, shapes

SQUARE = shapely.box(-74, -9, -73.9, -8.9)


def findings(item: InputTable, code: str) -> list[Finding]:
    return [one for one in item.report.findings if one.code == code]


def geojson(folder: Path, *geometries: dict[str, object]) -> InputTable:
    """The layer of the tiny project as GeoJSON that no library would write."""
    reading.write(folder, change={COLUMNS: 'path = "mines.geojson"\n'})
    features = [
        {"type": "Feature", "properties": {"n": n}, "geometry": geometry}
        for n, geometry in enumerate(geometries)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    reading.rows(folder, "mines.geojson", text)
    return reading.read(folder)["layers/mining"]


def geopackage(folder: Path, *wkb: bytes, kind: str = "GEOMETRY", measured: int = 0) -> InputTable:
    """The layer of the tiny project as a GeoPackage with these bytes as geometry."""
    reading.write(folder, change={COLUMNS: 'path = "mines.gpkg"\n'})
    file = folder / "mines.gpkg"
    table = gpd.GeoDataFrame({"n": range(len(wkb))}, geometry=[INSIDE] * len(wkb), crs="EPSG:4326")
    table.to_file(file, SPATIAL_INDEX="NO", geometry_type="Unknown")
    with sqlite3.connect(file) as store:
        store.execute(
            "UPDATE gpkg_geometry_columns SET geometry_type_name = ?, m = ?", (kind, measured)
        )
        for number, content in enumerate(wkb):
            blob = b"GP\x00\x01" + struct.pack("<i", 4326) + content
            store.execute("UPDATE mines SET geom = ? WHERE n = ?", (blob, number))
    store.close()
    return reading.read(folder)["layers/mining"]


def test_plain_geometry_in_degrees_is_nothing_to_speak_of(tmp_path: Path) -> None:
    item = layer(tmp_path, shapes(SQUARE, INSIDE.buffer(0.01)))
    assert reading.codes(item) == {}
    assert reading.account(item) == (2, 2, 0, 0, 0)


def test_another_system_is_named(tmp_path: Path) -> None:
    item = layer(tmp_path, shapes(INSIDE, SQUARE.centroid).to_crs("EPSG:32718"))
    (said,) = findings(item, "crs_converted")
    assert (said.severity, "EPSG:32718" in said.message) == ("info", True)
    assert reading.account(item) == (2, 2, 0, 0, 0)


def test_an_old_datum_says_how_far_off_it_may_be(tmp_path: Path) -> None:
    """PSAD56, on which the old sheets of Peru are drawn."""
    item = layer(tmp_path, shapes(INSIDE).to_crs("EPSG:24878"))
    (said,) = findings(item, "crs_converted")
    assert "EPSG:24878" in said.message
    assert " m." in said.message
    assert item.table.geometry.iloc[0].distance(INSIDE) < 1e-6


def test_a_system_without_a_code_is_told_by_its_name(tmp_path: Path) -> None:
    local = "+proj=tmerc +lat_0=-9 +lon_0=-74 +x_0=1000 +ellps=intl +units=m +no_defs"
    item = layer(tmp_path, shapes(INSIDE).set_crs(local, allow_override=True))
    (said,) = findings(item, "crs_converted")
    assert said.severity == "warning"  # nothing says how its ellipsoid lies
    assert len(said.message) < 300


def test_heights_are_left_out_and_told(tmp_path: Path) -> None:
    high = shapely.force_3d([INSIDE, SQUARE.centroid], 812.0)
    item = layer(tmp_path, shapes(*high, shapely.Point(-73.8, -8.9)))
    (said,) = findings(item, "dimensions_dropped")
    assert (said.severity, said.count) == ("info", 2)
    assert not item.table.geometry.has_z.any()
    assert item.table.geometry.iloc[0] == INSIDE


@pytest.mark.parametrize(("kind", "measured"), [("GEOMETRY", 2), ("POINT", 1)])
def test_measures_are_left_out_and_told(kind: str, measured: int, tmp_path: Path) -> None:
    point = struct.pack("<BI3d", 1, 2001, -73.95, -8.9, 7.0)
    item = geopackage(tmp_path, point, kind=kind, measured=measured)
    assert reading.codes(item) == {"dimensions_dropped": 1}
    assert "measures (M)" in findings(item, "dimensions_dropped")[0].message
    assert item.table.geometry.iloc[0] == INSIDE


@pytest.mark.parametrize("kind", ["GEOMETRY", "CURVE", "CIRCULARSTRING"])
def test_curves_become_lines_of_many_points(kind: str, tmp_path: Path) -> None:
    """A half circle around -73.9, -8.9 of radius 0.1."""
    arc = struct.pack("<BII6d", 1, 8, 3, -74, -8.9, -73.9, -8.8, -73.8, -8.9)
    straight = shapely.to_wkb(shapely.LineString([(-74, -9), (-73.9, -9)]), byte_order=1)
    item = geopackage(tmp_path, arc, *([straight] if kind == "GEOMETRY" else []), kind=kind)
    assert reading.codes(item) == {"curves_linearised": 1}
    drawn = item.table.geometry.iloc[0]
    assert drawn.length == pytest.approx(np.pi * 0.1, rel=1e-3)
    assert len(drawn.coords) > 40


def test_a_curved_polygon_keeps_its_area(tmp_path: Path) -> None:
    coordinates = (-73.8, -8.9, -73.9, -8.8, -74, -8.9, -73.9, -9, -73.8, -8.9)
    ring = struct.pack("<BII10d", 1, 8, 5, *coordinates)
    item = geopackage(tmp_path, struct.pack("<BII", 1, 10, 1) + ring)
    assert reading.codes(item) == {"curves_linearised": 1}
    assert item.table.geometry.iloc[0].area == pytest.approx(np.pi * 0.01, rel=2e-3)


def test_an_open_ring_is_closed_and_told(tmp_path: Path) -> None:
    corners = (-74, -9, -73.9, -9, -73.9, -8.9, -74, -8.9)
    ring = struct.pack("<BIII8d", 1, 3, 1, 4, *corners)
    item = geopackage(tmp_path, ring, shapely.to_wkb(SQUARE, byte_order=1))
    assert reading.codes(item) == {"open_ring": 1}
    assert item.table.geometry.iloc[0].equals(SQUARE)
    assert reading.account(item) == (2, 1, 1, 0, 0)


def test_an_open_ring_in_geojson_is_closed_too(tmp_path: Path) -> None:
    corners = [[-74, -9], [-73.9, -9], [-73.9, -8.9], [-74, -8.9]]
    item = geojson(tmp_path, {"type": "Polygon", "coordinates": [corners]})
    assert item.table.geometry.iloc[0].equals(SQUARE)
    assert reading.codes(item) == {"open_ring": 1, "reader_warning": 1}


def test_what_is_no_geometry_here_is_rejected_by_its_name(tmp_path: Path) -> None:
    """A surface in space, a line of one point, an empty polygon, nothing at all."""
    triangle = struct.pack("<BIII12d", 1, 1017, 1, 4, *[0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0])
    surface = struct.pack("<BII", 1, 1016, 1) + triangle
    alone = struct.pack("<BII2d", 1, 2, 1, -73.9, -8.9)
    good, empty = (shapely.to_wkb(one, byte_order=1) for one in (SQUARE, shapely.Polygon()))
    item = geopackage(tmp_path, surface, alone, empty, good)
    assert reading.codes(item) == {"unreadable_geometry": 2, "null_geometry": 1}
    assert "empty" in findings(item, "null_geometry")[0].message
    assert item.table["fid"].tolist() == [4]


def test_a_district_that_cannot_be_read_stays_without_a_boundary(tmp_path: Path) -> None:
    reading.write(tmp_path)
    file = tmp_path / "districts.geojson"
    content = json.loads(file.read_text())
    content["features"][0]["geometry"] = {"type": "Polygon", "coordinates": [[[-74, -9]]]}
    file.write_text(json.dumps(content))
    item = reading.read(tmp_path)["districts"]
    assert not item.report.refused
    assert reading.codes(item)["unreadable_geometry"] == 1
    assert item.table.geometry.isna().sum() == 1


def test_a_mixture_is_told_with_its_numbers(tmp_path: Path) -> None:
    line = shapely.LineString([(-74, -9), (-73.9, -9)])
    item = layer(tmp_path, shapes(INSIDE, SQUARE.centroid, SQUARE, line))
    (said,) = findings(item, "mixed_geometry")
    assert (said.severity, said.count) == ("warning", 4)
    assert "2 points and 1 lines and 1 polygons" in said.message
    assert len(item.table) == 4


def test_many_parts_and_one_are_no_mixture(tmp_path: Path) -> None:
    item = layer(tmp_path, shapes(SQUARE, shapely.MultiPolygon([SQUARE])))
    assert reading.codes(item) == {}


def test_of_a_collection_the_highest_dimension_stays(tmp_path: Path) -> None:
    line = shapely.LineString([(-74, -9), (-73.9, -9)])
    second = shapely.box(-73.95, -9, -73.85, -8.9)  # over half of the first
    item = layer(
        tmp_path,
        shapes(
            shapely.GeometryCollection([INSIDE, line, SQUARE, second]),
            shapely.GeometryCollection([INSIDE, shapely.GeometryCollection([line])]),
            shapely.GeometryCollection([INSIDE, SQUARE.centroid]),
        ),
    )
    assert reading.codes(item) == {"geometry_collection": 3, "mixed_geometry": 3}
    made = item.table.geometry
    assert made.geom_type.tolist() == ["Polygon", "LineString", "MultiPoint"]
    assert made.iloc[0].area == pytest.approx(0.015)
    assert made.iloc[1] == line
    assert reading.account(item) == (3, 0, 3, 0, 0)


def test_longitudes_to_360_are_turned(tmp_path: Path) -> None:
    item = layer(tmp_path, "lon,lat\n286.05,-8.9\n-73.9,-8.8\n")
    assert reading.codes(item) == {"antimeridian": 1}
    assert item.table.geometry.iloc[0].distance(INSIDE) < 1e-9
    assert reading.account(item) == (2, 1, 1, 0, 0)


def at_the_line(folder: Path, table: gpd.GeoDataFrame) -> InputTable:
    """The tiny project moved to Fiji, its layer with these features."""
    reading.write(
        folder,
        change={COLUMNS: 'path = "mines.gpkg"\n'},
    )
    moved = tiny_project.districts()
    moved["geometry"] = moved.geometry.translate(179 + 74, -8)
    (folder / "districts.geojson").write_text(json.dumps(json.loads(moved.to_json())))
    table.to_file(folder / "mines.gpkg")
    return reading.read(folder)["layers/mining"]


def test_what_lies_over_the_line_is_cut_in_two(tmp_path: Path) -> None:
    seems_wide = shapely.Polygon([(179, -17), (-179, -17), (-179, -16), (179, -16)])
    item = at_the_line(tmp_path, shapes(seems_wide))
    assert reading.codes(item) == {"antimeridian": 1}
    made = item.table.geometry.iloc[0]
    assert made.equals(
        shapely.MultiPolygon([shapely.box(179, -17, 180, -16), shapely.box(-180, -17, -179, -16)])
    )
    assert reading.account(item) == (1, 0, 1, 0, 0)


def test_what_was_cut_already_stays_as_it_is(tmp_path: Path) -> None:
    cut = shapely.MultiPolygon([shapely.box(179, -17, 180, -16), shapely.box(-180, -17, -179, -16)])
    item = at_the_line(tmp_path, shapes(cut))
    assert reading.codes(item) == {}
    assert item.table.geometry.iloc[0] == cut


def test_what_goes_round_a_pole_is_rejected(tmp_path: Path) -> None:
    pole = shapely.Polygon([(0, -80), (120, -80), (-120, -80)])
    item = layer(tmp_path, shapes(pole, SQUARE))
    assert reading.codes(item) == {"antimeridian": 1}
    assert item.table["fid"].tolist() == [2]


@given(
    west=st.integers(-180, 179),
    width=st.floats(0.5, 170),
    south=st.floats(-60, 50),
    hole=st.booleans(),
)
def test_a_turned_polygon_covers_the_same_ground(
    west: int, width: float, south: float, hole: bool
) -> None:
    """Drawn anywhere, with longitudes on either side of the line: its area in degrees stays."""
    rim = shapely.box(0, south, width, south + 5)
    if hole:
        rim = rim - shapely.box(width / 4, south + 1, width / 2, south + 2)
    lon = shapely.transform(rim, lambda xy: xy + np.array([west, 0.0]))
    wrapped = shapely.transform(
        lon, lambda xy: np.column_stack([(xy[:, 0] + 180) % 360 - 180, xy[:, 1]])
    )
    for drawn in (lon, wrapped):
        made = turned(drawn)
        assert made is not None
        assert made.is_valid
        low, _, high, _ = made.bounds
        assert -180 <= low <= high <= 180
        assert made.area == pytest.approx(rim.area, rel=1e-9)


def test_metres_that_are_said_to_be_degrees_are_told(tmp_path: Path) -> None:
    far = shapes(INSIDE).to_crs("EPSG:32718").set_crs("EPSG:4326", allow_override=True)
    item = layer(tmp_path, far)
    assert reading.codes(item) == {"bad_coordinates": 1, "no_rows_left": 1}
    assert "metres of another crs" in findings(item, "bad_coordinates")[0].message
    assert item.report.refused


def test_a_layer_of_another_country_is_refused(tmp_path: Path) -> None:
    item = layer(tmp_path, shapes(shapely.Point(10, 50), shapely.Point(11, 51)))
    assert reading.codes(item) == {"layer_outside_area": 1}


def test_a_layer_without_features_is_refused(tmp_path: Path) -> None:
    item = layer(tmp_path, shapes(INSIDE)[:0])
    assert reading.codes(item) == {"empty_file": 1}
