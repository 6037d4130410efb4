"""A plan in files: names that would be formulas, and characters that no cell may hold."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from openpyxl import load_workbook

from maps.plan_files import WRITERS_OF, write_plan
from maps.plan_text import plan_said
from tests.maps.plans import told_plan


@pytest.mark.parametrize("suffix", WRITERS_OF["sites"])
def test_the_same_plan_is_the_same_bytes_at_any_time(suffix: str, tmp_path: Path) -> None:
    one, two = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    write_plan(told_plan(), one)
    time.sleep(2.1)  # the clock of a zip archive goes by two seconds
    write_plan(told_plan(), two)
    assert one.read_bytes() == two.read_bytes()


def test_no_cell_of_a_workbook_is_run(tmp_path: Path) -> None:
    told: dict[str, Any] = told_plan(name='=HYPERLINK("http://evil")\x07', department="+51 Loreto")
    write_plan(told, tmp_path / "plan.xlsx")
    book = load_workbook(tmp_path / "plan.xlsx")
    cells = [cell for sheet in book for row in sheet for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    texts = [cell.value for cell in cells if cell.data_type == "s"]
    assert '\'=HYPERLINK("http://evil")' in texts
    assert "'+51 Loreto" in texts


def test_districts_are_a_sheet_and_ways_are_lines(tmp_path: Path) -> None:
    for suffix in (".xlsx", ".gpkg"):
        write_plan(told_plan(), tmp_path / f"plan{suffix}")
    rows = list(load_workbook(tmp_path / "plan.xlsx")["Distritos"].values)
    assert rows[2] == ("Alto Tigre", "010102", "Selva", 0.25, 90, "Boca del Tigre", 95)
    assert rows[3][5:] == (None, None)
    ways = gpd.read_file(tmp_path / "plan.gpkg", layer="routes")
    assert ways[["site", "code", "minutes"]].values.tolist() == [["010101", "010102", 95.0]]
    assert list(ways.geometry[0].coords)[1] == (-73.0, -4.25)
    assert len(gpd.read_file(tmp_path / "plan.gpkg", layer="sites")) == 2


def test_a_plan_of_an_earlier_version_is_still_written_and_said(tmp_path: Path) -> None:
    told = told_plan()
    del told["districts"], told["routes"]
    for suffix in WRITERS_OF["sites"]:
        write_plan(told, tmp_path / f"plan{suffix}")
    said = plan_said(told, "es")
    assert said["districts"] == []
    assert "sin fecha" in said["head"]


def test_what_is_reached_is_said_of_those_with_most_people_first() -> None:
    first, second = plan_said(told_plan() | {"run_date": "2026-03-02"}, "es")["districts"]
    assert first["text"] == "Boca del Tigre (Selva): 80% de su gente, desde Boca del Tigre"
    assert second["text"] == (
        "Alto Tigre (Selva): 25% de su gente, desde Boca del Tigre; a la capital, 1 h 40 min"
    )


def test_what_was_asked_is_said() -> None:
    told = told_plan()
    assert plan_said(told, "es")["asked"] == "Con 1 equipo nuevo."
    told["request"] |= {"forced": ["a"], "forbidden": ["b", "c"], "budget": 2.5}
    told["request"]["minimum"] = [{"department": "Selva", "least": 2}]
    assert plan_said(told, "en")["asked"] == (
        "With 1 new team, a budget of 2.5, a minimum of 2 in Selva, 1 forced place, and "
        "2 excluded places."
    )
