"""Bad inputs as an analyst meets them: a clear refusal or a told repair; the store as it was."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

from tests.integration.commands import answer, exported, vigia, whole_way

HOSTILE = "<img src=x onerror=alert(1)>"
Spoil = Callable[[Path], None]


@pytest.fixture
def project(tiny_published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_published, tmp_path / "project"))


def text(path: str, change: Callable[[str], str]) -> Spoil:
    """Change the text of a file."""

    def spoil(project: Path) -> None:
        file = project / path
        before = file.read_text(encoding="utf-8")
        after = change(before)
        assert after != before
        file.write_text(after, encoding="utf-8")

    return spoil


def features(change: Callable[[list[dict[str, Any]]], None]) -> Spoil:
    """Change the features of the districts' file."""

    def spoil(project: Path) -> None:
        file = project / "districts.geojson"
        content = json.loads(file.read_text())
        change(content["features"])
        file.write_text(json.dumps(content))

    return spoil


def bow_tie(rows: list[dict[str, Any]]) -> None:
    (ring,) = rows[0]["geometry"]["coordinates"]
    ring[1], ring[2] = ring[2], ring[1]


def truncated_geopackage(project: Path) -> None:
    gpd.read_file(project / "districts.geojson").to_file(project / "districts.gpkg")
    whole = (project / "districts.gpkg").read_bytes()
    (project / "districts.gpkg").write_bytes(whole[: len(whole) // 3])
    toml = project / "vigia.toml"
    toml.write_text(toml.read_text().replace("districts.geojson", "districts.gpkg"))


def first_row(change: Callable[[str], str]) -> Callable[[str], str]:
    def spoil(content: str) -> str:
        head, row, *rest = content.splitlines()
        return "\n".join([head, change(row), *rest]) + "\n"

    return spoil


REFUSED: dict[str, tuple[Spoil, str]] = {
    "an empty file": (text("cases.csv", lambda t: t.splitlines()[0] + "\n"), "empty_file"),
    "a file of no bytes": (text("cases.csv", lambda t: ""), "empty_file"),
    "a truncated GeoPackage": (truncated_geopackage, "unreadable_file"),
    "a column that is not there": (
        text("cases.csv", lambda t: t.replace("count", "cuenta", 1)),
        "missing_column",
    ),
    "a negative count": (
        text("cases.csv", first_row(lambda r: r.rsplit(",", 1)[0] + ",-1")),
        "negative_count",
    ),
    "half a case": (text("cases.csv", first_row(lambda r: r[:-1] + "0.5")), "fractional_count"),
    "exact duplicates, with no rule": (
        text("cases.csv", lambda t: t + t.splitlines()[1] + "\n"),
        "exact_duplicate",
    ),
    "two counts for one place and year": (
        text("cases.csv", lambda t: t + t.splitlines()[1][:-1] + "77\n"),
        "conflicting_duplicate",
    ),
    "a layer on the other side of the world": (
        text("mines.csv", lambda t: "lon,lat\n105.1,52.3\n"),
        "layer_outside_area",
    ),
    "two districts of one code": (
        features(lambda rows: rows[1]["properties"].update(code=rows[0]["properties"]["code"])),
        "duplicate_code",
    ),
}

REPAIRED: dict[str, tuple[Spoil, str]] = {
    "lost leading zeros": (text("cases.csv", lambda t: t.replace("\n01", "\n1")), "leading_zeros"),
    "latitude and longitude swapped": (
        text("mines.csv", lambda t: t.replace("lon,lat", "lat,lon")),
        "swapped_coordinates",
    ),
    "a ring that crosses itself": (features(bow_tie), "invalid_geometry"),
    "a null geometry": (features(lambda rows: rows[0].update(geometry=None)), "null_geometry"),
    "cases in a district nobody knows": (
        text("cases.csv", lambda t: t + "999999,2023,1\n"),
        "unknown_district",
    ),
    "a year that has not come": (
        text("cases.csv", lambda t: t + "010101,2190,1\n"),
        "future_date",
    ),
}


def codes(reports: list[dict[str, Any]]) -> set[str]:
    return {finding["code"] for report in reports for finding in report["findings"]}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_a_reason_and_the_store_as_it_was(
    name: str, project: Path, tiny_published: Path
) -> None:
    spoil, code = REFUSED[name]
    was = exported(project)
    stored = answer("runs", "--project", project)
    spoil(project)
    done = vigia("ingest", "--project", project, code=4)
    assert code in done.stdout
    assert "Nothing was stored" in done.stderr
    assert exported(project) == was
    assert answer("runs", "--project", project) == stored
    shutil.copy(tiny_published / "vigia.toml", project)
    for file in ("districts.geojson", "cases.csv", "mines.csv"):
        shutil.copy(tiny_published / file, project)
    reports = answer("ingest", "--project", project)["reports"]
    assert all(report["unchanged"] for report in reports)


@pytest.mark.parametrize("name", REPAIRED)
def test_repaired_or_set_aside_and_told(name: str, project: Path) -> None:
    spoil, code = REPAIRED[name]
    spoil(project)
    reports = answer("ingest", "--project", project)["reports"]
    assert code in codes(reports)
    for report in reports:
        parts = ("kept", "repaired", "merged", "rejected")
        assert report["rows_read"] == sum(report[part] for part in parts)


def test_no_value_of_a_case_file_is_ever_shown(project: Path) -> None:
    cases = pd.read_csv(project / "cases.csv", dtype=str)
    cases.loc[0, "count"] = "-98765"
    cases.loc[1, "count"] = "43219.5"
    cases.loc[2, "count"] = "sesenta y tres mil"
    cases.to_csv(project / "cases.csv", index=False)
    done = vigia("ingest", "--project", project, code=4)
    kept = (project / "var" / "ingest-report.json").read_text()
    for value in ("98765", "43219", "sesenta"):
        assert value not in done.stdout + done.stderr + kept


def test_a_file_without_a_line_of_names_shows_none_of_its_counts(project: Path) -> None:
    rows = pd.read_csv(project / "cases.csv", dtype=str).assign(count="98765")
    rows.to_csv(project / "cases.csv", index=False, header=False)
    done = vigia("ingest", "--project", project, code=4)
    kept = (project / "var" / "ingest-report.json").read_text()
    assert "98765" not in done.stdout + done.stderr + kept


def test_what_the_disk_refuses_is_a_sentence(project: Path) -> None:
    done = vigia("init", project / "cases.csv" / "new", code=1)
    assert "cannot be used: Not a directory" in done.stderr
    (project / "var" / "ingest-report.json").unlink(missing_ok=True)
    (project / "var" / "ingest-report.json").mkdir()
    done = vigia("ingest", "--project", project, code=1)
    assert "cannot be used: Is a directory" in done.stderr
    assert "Something failed" not in done.stderr


def test_a_hostile_name_is_text_everywhere(project: Path, tmp_path: Path) -> None:
    features(lambda rows: rows[0]["properties"].update(name=HOSTILE))(project)
    whole_way(project)
    page = tmp_path / "map.html"
    vigia("map", "--offline", "--out", page, "--project", project)
    assert HOSTILE not in page.read_text(encoding="utf-8")
    assert HOSTILE.encode() in exported(project)  # in a table it is only text


def test_a_misspelt_key_changes_nothing(project: Path) -> None:
    was = exported(project)
    toml = project / "vigia.toml"
    good = toml.read_text()
    toml.write_text(good.replace("year_column", "yaer_column"))
    done = vigia("ingest", "--project", project, code=3)
    assert "Did you mean 'year_column'?" in done.stderr
    toml.write_text(good)
    assert exported(project) == was
