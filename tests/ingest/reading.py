"""Projects that ingest tests read: the tiny one, with its files and its settings changed."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pandas as pd

from data.ingest import read_inputs
from data.records import InputTable
from tests import tiny_project
from vigia.project import load_project

ROOT = Path(__file__).parent.parent.parent
TODAY = date(2026, 6, 1)
CASES_END = 'absent = "zero"\n'
CREDIT = 'source = "the tests"\ndate = "2020"\n'
FULL_CREDIT = CREDIT + 'licence = "CC0-1.0"\nattribution = "the tests"\n'


def _documented() -> dict[str, set[str]]:
    """Codes of findings with their severities, as docs/ingest.md has them."""
    text = (ROOT / "docs" / "ingest.md").read_text(encoding="utf-8").split("## Findings")[1]
    rows = re.findall(r"^\| `(\w+)` \| ([a-z, ]+) \|", text, flags=re.MULTILINE)
    return {code: set(severities.split(", ")) for code, severities in rows}


DOCUMENTED = _documented()


def read(folder: Path, today: date = TODAY) -> dict[str, InputTable]:
    """Every input of a project by its key; of several files the last."""
    told: list[tuple[int, int]] = []
    inputs = read_inputs(
        load_project(folder), lambda _, done, total: told.append((done, total)), today=today
    )
    assert told[-1] == (len(inputs), len(inputs))
    for item in inputs:  # the whole account, whatever the test is about
        report = item.report
        parts = report.kept + report.repaired + report.merged + report.rejected
        assert report.rows_read == parts
        for finding in report.findings:
            assert finding.severity in DOCUMENTED[finding.code]
        if not report.refused:
            assert len(item.table) <= report.rows_read
    return {item.key: item for item in inputs}


def write(folder: Path, *, change: dict[str, str] | None = None, extra: str = "") -> Path:
    """The tiny project with parts of its settings replaced, and more at the end."""
    settings = tiny_project.SETTINGS
    for old, new in (change or {}).items():
        assert old in settings
        settings = settings.replace(old, new)
    return tiny_project.write(folder, settings + extra)


def rows(folder: Path, name: str, table: pd.DataFrame | str) -> None:
    """Write a text file of the project."""
    text = table if isinstance(table, str) else table.to_csv(index=False)
    (folder / name).write_text(text, encoding="utf-8")


def codes(item: InputTable) -> dict[str, int]:
    """Findings by code, in rows."""
    return dict(item.report.codes())


def account(item: InputTable) -> tuple[int, int, int, int, int]:
    """Rows read, kept, repaired, merged, rejected."""
    r = item.report
    return (r.rows_read, r.kept, r.repaired, r.merged, r.rejected)
