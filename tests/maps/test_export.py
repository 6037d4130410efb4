from __future__ import annotations

import csv
import json
import os
import sqlite3
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import get_args, get_type_hints

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from data.records import PublishedRun
from geo.topology import SCALES
from maps.export import FORMULA_STARTS, Format, Scale, export, harmless
from maps.released import Released, release
from maps.table import COLUMNS, NUMBERS, as_records, score_table
from tests.geo.topojson_reader import read
from tests.maps.region import (
    IMG,
    LAYERS,
    NO_BOUNDARY,
    OUTCOMES,
    RUN_ID,
    published_run,
    settings,
)
from vigia.cli import app
from vigia.cli import export as command
from vigia.errors import ProjectError

FORMATS = get_args(Format)


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_run_gives_the_same_bytes(run: PublishedRun, tmp_path: Path, form: Format) -> None:
    export(run, form, tmp_path / "a")
    time.sleep(1.1)  # clocks in files count whole seconds
    later = replace(run, published_at="2030-01-01T00:00:00Z")
    export(later, form, tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_is_replaced_whole(run: PublishedRun, tmp_path: Path, form: Format) -> None:
    path = tmp_path / f"scores.{form}"
    path.write_text("something else")
    export(run, form, path)
    first = path.read_bytes()
    export(run, form, path)
    assert path.read_bytes() == first


def test_csv_keeps_every_score_with_its_doubt(
    run: PublishedRun, released: Released, tmp_path: Path
) -> None:
    path = tmp_path / "scores.csv"
    export(run, "csv", path)
    table = pd.read_csv(path, dtype={"code": str}, keep_default_na=True)
    assert list(table.columns) == [*COLUMNS, "licence", "attribution"]
    assert len(table) == len(OUTCOMES) * len(released.districts)
    assert set(table["run"]) == {RUN_ID}
    assert set(table["attribution"]) == {"vigia"}
    unknown = table[table["level"] == "no_data"]
    assert len(unknown) == len(OUTCOMES)
    assert unknown[list(NUMBERS)].isna().all(axis=None)
    assert unknown["no_data_reason"].notna().all()
    known = table[table["level"] != "no_data"]
    assert known[["rate", "rate_low", "rate_high", "rank_low", "rank_high"]].notna().all(axis=None)
    pd.testing.assert_series_equal(
        table["rate"], score_table(released)["rate"], check_exact=True, check_index=False
    )


def test_a_spreadsheet_runs_no_cell(run: PublishedRun, tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    export(run, "csv", path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    numeric = {rows[0].index(name) for name in NUMBERS}
    cells = [cell for row in rows[1:] for i, cell in enumerate(row) if i not in numeric]
    assert not [cell for cell in cells if cell.startswith(FORMULA_STARTS)]
    assert '\'=HYPERLINK("http://example.invalid")' in cells
    assert IMG in cells  # as it is: a table is no page


@given(st.text(min_size=1))
def test_harmless_changes_nothing_else(text: str) -> None:
    assert harmless(text) in (text, f"'{text}")
    assert not str(harmless(text)).startswith(FORMULA_STARTS)


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_every_way_to_start_a_formula_is_neutralised(start: str) -> None:
    assert harmless(f"{start}1+1") == f"'{start}1+1"
    assert harmless(1.5) == 1.5


def test_a_geopackage_has_a_layer_per_outcome(run: PublishedRun, tmp_path: Path) -> None:
    path = tmp_path / "scores.gpkg"
    export(run, "gpkg", path)
    assert [name for name, _ in pyogrio.list_layers(path)] == [o.id for o in OUTCOMES]
    layer = gpd.read_file(path, layer="recruitment")
    assert layer.crs == "EPSG:4326"
    assert layer.geometry.isna().sum() == 1
    assert layer["rank"].dropna().astype(int).min() == 1
    said = pyogrio.read_info(path, layer="recruitment")["layer_metadata"]
    assert said["run"] == RUN_ID
    assert said["licence"] == "CC0-1.0"
    assert "not_trafficking" in json.loads(said["warnings"])["misdemeanours"]
    told = json.loads(said["layers"])
    assert list(told) == [layer.id for layer in LAYERS]
    assert {name: told["mining"][name] for name in ("licence", "date")} == {
        "licence": "CC-BY-4.0",
        "date": "2024-06",
    }
    with sqlite3.connect(path) as database:
        stamps = database.execute("select last_change from gpkg_contents").fetchall()
    database.close()
    assert set(stamps) == {("2026-01-01T00:00:00.000Z",)}


def test_geoparquet_carries_run_and_licence(run: PublishedRun, tmp_path: Path) -> None:
    path = tmp_path / "scores.parquet"
    export(run, "parquet", path)
    table = gpd.read_parquet(path)
    assert table.crs == "EPSG:4326"
    assert table["rank"].dtype == "Int64"
    said = json.loads(pq.read_schema(path).metadata[b"vigia"])
    assert (said["run"], said["licence"], said["target_year"]) == (RUN_ID, "CC0-1.0", "2026")


def test_topojson_has_every_score_with_its_doubt_on_shared_borders(
    run: PublishedRun, released: Released, tmp_path: Path
) -> None:
    path = tmp_path / "scores.topojson"
    export(run, "topojson", path)
    found = read(path.read_text(encoding="utf-8"))
    assert list(found.written["objects"]) == [outcome.id for outcome in OUTCOMES]
    records = as_records(score_table(released))
    for outcome in OUTCOMES:
        of_outcome = [row for row in records if row["outcome"] == outcome.id]
        assert [f["properties"] for f in found.features(outcome.id)] == of_outcome
        assert [f["id"] for f in found.features(outcome.id)] == released.districts["code"].tolist()
    known = [row for row in records if row["level"] != "no_data"]
    assert all(row["rate_low"] <= row["rate"] <= row["rate_high"] for row in known)
    shapes = found.geometries("recruitment")
    assert [code for code, shape in shapes.items() if shape is None] == [
        released.districts["code"][NO_BOUNDARY]
    ]
    assert len(found.steps()) == len(set(found.steps()))


def test_topojson_says_of_itself_what_a_geoparquet_says(run: PublishedRun, tmp_path: Path) -> None:
    export(run, "topojson", tmp_path / "a")
    export(run, "parquet", tmp_path / "b")
    said = read((tmp_path / "a").read_text(encoding="utf-8")).written["vigia"]
    other = json.loads(pq.read_schema(tmp_path / "b").metadata[b"vigia"])
    structured = {name: json.loads(other[name]) for name in ("layers", "rates", "warnings")}
    assert said == {**other, **structured, "scale": "region"}


def test_qgis_finds_the_same_districts_in_a_topojson_and_a_geopackage(
    run: PublishedRun, tmp_path: Path
) -> None:
    """Through GDAL: names in accents, hostile ones, and the district without a boundary."""
    tables = []
    for form in ("topojson", "gpkg"):
        path = tmp_path / f"scores.{form}"
        export(run, form, path)  # type: ignore[arg-type]
        table = gpd.read_file(path, layer="recruitment").set_index("code")
        tables.append(table.set_crs(4326))
    light, exact = tables
    assert light["name"].equals(exact["name"])
    assert light["rate"].dropna().tolist() == exact["rate"].dropna().tolist()
    assert light["rate"].isna().equals(exact["rate"].isna())
    drawn = exact.geometry.notna()
    assert light.geometry[~drawn].is_empty.all()
    here, there = (table.geometry[drawn].to_numpy() for table in tables)
    moved = shapely.area(shapely.symmetric_difference(here, there))
    assert (moved < 0.01 * shapely.area(there)).all()


def test_scales_are_those_of_geo_and_of_the_command_line(run: PublishedRun, tmp_path: Path) -> None:
    assert set(get_args(Scale)) == set(SCALES)
    asked = get_type_hints(command)
    assert set(get_args(asked["form"])) == set(FORMATS)
    (scale_or_none,) = (part for part in get_args(asked["scale"]) if part is not type(None))
    assert set(get_args(scale_or_none)) == set(SCALES)
    sizes = []
    for scale in get_args(Scale):
        export(run, "topojson", tmp_path / scale, scale)
        sizes.append((tmp_path / scale).stat().st_size)
    assert sizes[0] < sizes[-1]
    assert sizes == sorted(sizes)


def test_a_scale_for_another_format_is_told(tmp_path: Path) -> None:
    out = tmp_path / "scores.csv"
    asked = ["export", "--format", "csv", "--scale", "area", "--out", str(out)]
    answer = CliRunner().invoke(app, asked)
    assert answer.exit_code == 2
    assert "--scale is for --format topojson" in answer.output
    assert not out.exists()


@pytest.mark.parametrize("licence", ["", " "])
def test_topojson_without_a_licence_has_no_border(tmp_path: Path, licence: str) -> None:
    path = tmp_path / "scores.topojson"
    export(published_run(settings=settings(licence=licence)), "topojson", path)
    found = read(path.read_text(encoding="utf-8"))
    assert found.written["arcs"] == []
    assert set(found.geometries("recruitment").values()) == {None}
    assert len(found.features("recruitment")) > 0


@pytest.mark.parametrize("licence", ["", " "])
@pytest.mark.parametrize("form", ["gpkg", "parquet"])
def test_boundaries_without_a_licence_stay_at_home(
    tmp_path: Path, form: Format, licence: str
) -> None:
    path = tmp_path / f"scores.{form}"
    export(published_run(settings=settings(licence=licence)), form, path)
    read = partial(gpd.read_file, layer="recruitment") if form == "gpkg" else gpd.read_parquet
    table = read(path)
    assert len(table) > 0
    assert table.geometry.isna().all()


@pytest.mark.parametrize("form", FORMATS)
def test_a_folder_that_is_not_there_is_said(
    run: PublishedRun, tmp_path: Path, form: Format
) -> None:
    with pytest.raises(ProjectError, match="does not exist"):
        export(run, form, tmp_path / "no" / "scores")


def test_a_name_that_is_a_folder_is_said_and_leaves_nothing(
    run: PublishedRun, tmp_path: Path
) -> None:
    (tmp_path / "scores").mkdir()
    with pytest.raises(ProjectError, match="cannot be written"):
        export(run, "csv", tmp_path / "scores")
    assert [path.name for path in tmp_path.iterdir()] == ["scores"]


@pytest.mark.parametrize("form", FORMATS)
def test_a_pipe_or_a_device_is_never_replaced_by_a_file(
    run: PublishedRun, tmp_path: Path, form: Format
) -> None:
    os.mkfifo(tmp_path / "scores")
    with pytest.raises(ProjectError, match="it is no file"):
        export(run, form, tmp_path / "scores")
    assert (tmp_path / "scores").is_fifo()
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", ["/proc/scores", "a" * 300])
def test_a_name_that_cannot_be_is_said(
    run: PublishedRun, tmp_path: Path, form: Format, name: str
) -> None:
    with pytest.raises(ProjectError, match="cannot be written"):
        export(run, form, tmp_path / name)


def test_records_have_null_and_whole_ranks(released: Released) -> None:
    records = as_records(score_table(released))
    unknown = [row for row in records if row["level"] == "no_data"]
    assert {row[name] for row in unknown for name in NUMBERS} == {None}
    assert all(isinstance(row["rank"], int) for row in records if row["level"] != "no_data")
    assert all(row["no_data_reason"] is None for row in records if row["level"] != "no_data")
    assert json.loads(json.dumps(records, allow_nan=False)) == records


def test_misdemeanours_and_untested_runs_warn() -> None:
    run = release(published_run(tested=False, beats_baseline=None))
    assert run.warnings_of("misdemeanours")[:3] == ("synthetic", "not_trafficking", "untested")
    assert "not_trafficking" not in run.warnings_of("recruitment")
    lost = release(published_run(beats_baseline=False))
    assert "worse_than_baseline" in lost.warnings_of("recruitment")
