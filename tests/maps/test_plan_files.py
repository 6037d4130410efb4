"""A plan in files: names that would be formulas, and characters that no cell may hold."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from maps.plan_files import SUFFIXES, write_plan
from tests.maps.plans import told_plan


@pytest.mark.parametrize("suffix", SUFFIXES)
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
