"""What the steps hand to each other, on a project small enough to read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from data.publish import as_published
from maps.released import release
from maps.report import render_report
from tests import tiny_project
from vigia import pipeline
from vigia.cli import app
from vigia.errors import MissingStepError, PublicationRefusedError
from vigia.project import Project, load_project

SECOND = (
    tiny_project.SETTINGS[
        tiny_project.SETTINGS.index("[[cases]]") : tiny_project.SETTINGS.index("[model]")
    ]
    .replace('id = "complaints"', 'id = "others"')
    .replace("cases.csv", "others.csv")
)


@pytest.fixture(autouse=True)
def own_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIGIA_STORE_URL", raising=False)


def measured(folder: Path, settings: str = tiny_project.SETTINGS) -> Project:
    """A project of which all is done but training."""
    project = load_project(tiny_project.write(folder, settings))
    pipeline.ingest(project)
    pipeline.build_features(project)
    return project


def test_a_section_taken_out_of_the_project_file_is_in_no_run(tmp_path: Path) -> None:
    folder = tiny_project.write(tmp_path / "project", tiny_project.SETTINGS + SECOND)
    shutil.copy(folder / "cases.csv", folder / "others.csv")
    runs = []
    for settings in (tiny_project.SETTINGS + SECOND, tiny_project.SETTINGS):
        (folder / "vigia.toml").write_text(settings)
        project = load_project(folder)
        pipeline.ingest(project)
        pipeline.build_features(project)
        runs.append(pipeline.train(project, quick=True))
    both, one = runs
    assert set(both.inputs) - set(one.inputs) == {"cases/others"}
    assert "other_registers_left_out" in both.warnings
    assert "other_registers_left_out" not in one.warnings


def test_each_step_says_what_has_to_come_before(tmp_path: Path) -> None:
    project = load_project(tiny_project.write(tmp_path / "project"))
    with pytest.raises(MissingStepError, match=r"store is empty.*vigia ingest"):
        pipeline.build_features(project)
    pipeline.ingest(project)
    with pytest.raises(MissingStepError, match=r"no feature table.*vigia features"):
        pipeline.train(project)
    with pytest.raises(MissingStepError, match=r"published.*vigia train"):
        pipeline.published(project)


def test_a_quick_run_is_a_run_of_its_own_and_never_published(tmp_path: Path) -> None:
    project = measured(tmp_path / "project")
    asked = ["train", "--project", str(project.folder), "--json"]
    quick = json.loads(CliRunner().invoke(app, [*asked, "--quick"]).stdout)
    assert "quick_run" in quick["warnings"]
    assert (quick["tested"], quick["beats_baseline"]) == (False, None)
    with pytest.raises(PublicationRefusedError, match="quick one"):
        pipeline.publish(project, quick["id"], accept_worse="It looks well.", by="the tests")
    with pytest.raises(MissingStepError, match="No run has been published"):
        pipeline.published(project)
    whole = pipeline.train(project)
    assert whole.id != quick["id"]
    assert "quick_run" not in whole.warnings
    assert whole.tested
    assert pipeline.train(project, quick=True).id == quick["id"]  # known: not trained again


def test_training_leaves_its_honesty_report_as_a_page(tmp_path: Path) -> None:
    project = measured(tmp_path / "project")
    done = CliRunner().invoke(app, ["train", "--quick", "--project", str(project.folder)])
    assert done.exit_code == 0, done.output
    (page,) = (project.var / "reports").iterdir()
    assert str(page) in done.stdout.replace("\n", "")
    with pipeline.open_store(project) as store:
        (run,) = store.runs()
        told = release(as_published(store, run.id))
    assert page.name == f"{run.id}.html"
    assert page.read_text(encoding="utf-8") == render_report(told, "es")


def test_without_cases_experts_weights_rank_the_districts(tmp_path: Path) -> None:
    before, _, model = tiny_project.SETTINGS.partition("[model]")
    settings = before[: before.index("[[cases]]")].replace(
        'sign = "-"', 'sign = "-", weight = -0.7'
    )
    project = measured(tmp_path / "project", f"{settings}[model]{model}target_year = 2024\n")
    record = pipeline.train(project)
    assert (record.outcomes, record.warnings) == (("expert_index",), ("expert_index",))
    assert (record.tested, record.target_year) == (False, 2024)
    with pytest.raises(PublicationRefusedError, match="could not be tested"):
        pipeline.publish(project, record.id)
    pipeline.publish(project, record.id, accept_worse="There are no cases.", by="the tests")
    run = pipeline.published(project)
    (label,) = run.outcomes
    assert (label.id, label.stage) == ("expert_index", None)
    scores = run.scores.set_index("code")["score"]
    near = run.contributions.set_index("code")["value"].sort_values().index  # km to the mine
    assert scores[near[:4]].min() > scores[near[-4:]].max()
