"""What is printed, and where to."""

from __future__ import annotations

import io
import json
import time

import pytest
from rich.console import Console

from data.records import Finding, InputReport
from vigia.errors import ProjectError
from vigia.terminal import Terminal


def report(findings: tuple[Finding, ...]) -> InputReport:
    return InputReport("cases/a", "a.csv", "0" * 64, 10, 7, 1, 1, 1, findings, {"added": 9})


def test_answers_are_text_for_people_and_one_line_of_json_for_machines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Terminal().answer("Done [not markup].", {"b": 1, "a": "ñ"})
    assert capsys.readouterr().out == "Done [not markup].\n"
    Terminal(as_json=True).answer("Done.", {"b": 1, "a": "ñ"})
    assert capsys.readouterr().out == '{"a": "ñ", "b": 1}\n'


def test_a_failure_says_what_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    error = ProjectError("No [area] in vigia.toml.", hint="Add one.")
    Terminal().failure(error)
    assert capsys.readouterr().err == "Error: No [area] in vigia.toml.\nAdd one.\n"
    Terminal(as_json=True).failure(error)
    said = json.loads(capsys.readouterr().out)
    assert said == {"error": "ProjectError", "message": error.message, "hint": "Add one."}


def test_the_report_accounts_for_rows_and_shows_the_worst_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    small = tuple(Finding("null_value", "info", "nothing", row=n, count=2) for n in range(6))
    bad = Finding("negative_count", "error", "is below zero", row=3, column="n")
    Terminal().reports([report((*small, bad))])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("refused; 10 rows: 7 kept, 1 repaired, 1 merged, 1 rejected")
    assert lines[1].strip() == "against what was stored: 9 added"
    assert lines[2].strip() == "negative_count row 3, column n, is below zero"
    assert lines[3].strip() == "null_value row 0, nothing"
    assert lines[4].strip() == "… and 10 more null_value, in var/ingest-report.json"
    assert len(lines) == 5
    Terminal().reports([report(()), report((bad,))])
    assert "read, not stored; 10 rows" in capsys.readouterr().out.splitlines()[0]
    Terminal(as_json=True).reports([report(())])
    Terminal(as_json=True).table("t", ["a"], [[1]])
    assert capsys.readouterr().out == ""


def test_tables_show_what_they_are_given(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().table("Runs", ["run", "status"], [["a1", "[draft]"]])
    shown = capsys.readouterr().out
    assert "a1" in shown
    assert "[draft]" in shown


def test_no_bars_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with Terminal().progress() as progress:
        progress("reading", 1, 2)
    assert capsys.readouterr().err == ""


def test_bars_come_after_a_second_where_somebody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vigia.terminal.SHOW_AFTER_SECONDS", 0.05)
    terminal = Terminal()
    terminal.err = Console(file=io.StringIO(), force_terminal=True, width=80)
    with terminal.progress() as progress:
        progress("reading", 0, 2)
        assert terminal.err.file.getvalue() == ""
        time.sleep(0.1)
        progress("reading", 1, 2)
    assert "reading" in terminal.err.file.getvalue()
    assert "1/2" in terminal.err.file.getvalue()
