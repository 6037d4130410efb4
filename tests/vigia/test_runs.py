"""The commands of ``vigia runs`` that write and compare, over invented runs."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import data.publish
from data.records import PublishedRun
from maps.released import release
from maps.report import render_report
from tests import tiny_project
from tests.maps.made import with_composite
from vigia import pipeline
from vigia.cli import app


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose store knows the runs "one" and "two"."""
    first = with_composite()
    second = replace(first, record=replace(first.record, id="two", seed=2))
    runs = {"one": first, "two": second}

    def known(store: object, run: str, **_: str) -> PublishedRun:
        return runs[run]

    monkeypatch.setattr(data.publish, "as_published", known)
    monkeypatch.setattr(pipeline, "open_store", lambda project: nullcontext())
    settings = tiny_project.SETTINGS.partition("[model]")[0]
    tiny_project.write(tmp_path / "project", settings)
    return tmp_path / "project"


def run(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, ["runs", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_report_is_written_in_the_language_that_is_asked_for(
    project: Path, language: str
) -> None:
    out = project / "report.html"
    asked = ["report", "one", "--out", out, "--language", language, "--project", project]
    assert str(out) in run(*asked).replace("\n", "")
    html = out.read_text(encoding="utf-8")
    assert html == render_report(release(with_composite()), language)  # type: ignore[arg-type]
    told = json.loads(run(*asked, "--json"))
    assert told == {
        "run": with_composite().record.id,
        "file": str(out),
        "bytes": out.stat().st_size,
    }


def test_another_language_is_refused(project: Path) -> None:
    out = project / "report.html"
    asked = ["runs", "report", "one", "--out", str(out), "--language", "qu"]
    done = CliRunner().invoke(app, [*asked, "--project", str(project)])
    assert done.exit_code == 2
    assert not out.exists()


def test_runs_are_compared_in_words_and_for_machines(project: Path) -> None:
    text = run("compare", "one", "two", "--project", project)
    assert "nothing but the moment of training" in text
    assert "No district moved beyond its doubt." in text
    found = json.loads(run("compare", "one", "two", "--project", project, "--json"))
    assert found["after"] == "two"
    assert set(found["differs"]) == {"inputs", "factors", "settings", "versions"}


def test_options_before_a_subcommand_are_not_lost_in_silence(project: Path) -> None:
    done = CliRunner().invoke(app, ["runs", "--project", str(project), "report", "one"])
    assert done.exit_code == 2
