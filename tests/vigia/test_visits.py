"""The commands of ``vigia visits``: what they say, and what they never say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests import tiny_project
from tests.integration.commands import answer, vigia
from vigia import pipeline
from vigia.cli import app
from vigia.project import load_project

FOUND = "7341"
VISIT = ("--district", "010101", "--date", "2023-05-31", "--team-days", "1.5", "--method", "raid")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("VIGIA_STORE_URL", raising=False)
    made = tiny_project.write(tmp_path / "project")
    pipeline.ingest(load_project(made))
    return made


def run(folder: Path, *arguments: str | Path) -> str:
    asked = ["visits", *map(str, arguments), "--project", str(folder)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_visit_is_recorded_and_listed_without_what_was_found(folder: Path) -> None:
    assert "No visit is recorded yet." in run(folder, "list")
    said = run(folder, "add", *VISIT, "--outcome", "trafficking", "--found", FOUND)
    assert "Recorded 1 visit in visits.csv." in said
    assert "vigia.toml has a new section [[effort]]" in said
    assert "discovered = true" in said  # or it would teach nothing, and nobody would know
    listed = run(folder, "list")
    assert "010101" in listed
    assert "raid" in listed
    assert FOUND in (folder / "visits.csv").read_text()
    assert FOUND not in said + listed
    told = json.loads(run(folder, "list", "--json"))
    assert told["left_out"] == 0
    (visit,) = told["visits"]
    assert visit == {
        "code": "010101",
        "date": "2023-05-31",
        "team_days": 1.5,
        "method": "raid",
        "outcome": "trafficking",
        "counted": True,
    }


def test_a_table_is_imported(folder: Path, tmp_path: Path) -> None:
    toml = folder / "vigia.toml"
    toml.write_text(toml.read_text() + "discovered = true\n")
    table = tmp_path / "week.csv"
    table.write_text(
        "code,date,team_days,method,outcome,found\n"
        f"010101,2023-05-31,2,raid,trafficking,{FOUND}\n010102,2023-05-31,2,visit,,\n"
    )
    said = run(folder, "import", table)
    assert "Recorded 2 visits" in said
    assert "the next vigia train learns from them" in said
    again = json.loads(run(folder, "import", table, "--json"))
    assert again == {"recorded": 0, "known": 2, "section_added": False, "teaches": True}


def test_a_mistake_ends_in_a_sentence_that_repeats_no_count(folder: Path) -> None:
    asked = ["visits", "add", *VISIT, "--outcome", "trafficking", "--project", folder]
    done = vigia(*asked, "--found", f"-{FOUND}", code=4)
    assert "found: The number cannot be negative." in done.stderr
    assert FOUND not in done.stdout + done.stderr
    told = answer("visits", "add", *VISIT, "--outcome", "theft", "--found", FOUND,
                  "--project", folder, code=4)  # fmt: skip
    assert told["error"] == "InputRefusedError"
    assert "there are trafficking" in told["message"]
    assert FOUND not in json.dumps(told)
    assert [file.name for file in folder.iterdir() if "visits" in file.name] == []
