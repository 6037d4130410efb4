"""What the steps hand to each other, on a project small enough to read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests import tiny_project
from vigia import pipeline
from vigia.errors import MissingStepError
from vigia.project import load_project

SECOND = (
    tiny_project.SETTINGS[
        tiny_project.SETTINGS.index("[[cases]]") : tiny_project.SETTINGS.index("[model]")
    ]
    .replace('id = "complaints"', 'id = "others"')
    .replace("cases.csv", "others.csv")
)


def test_a_section_taken_out_of_the_project_file_is_in_no_run(tmp_path: Path) -> None:
    folder = tiny_project.write(tmp_path / "project", tiny_project.SETTINGS + SECOND)
    shutil.copy(folder / "cases.csv", folder / "others.csv")
    runs = []
    for settings in (tiny_project.SETTINGS + SECOND, tiny_project.SETTINGS):
        (folder / "vigia.toml").write_text(settings)
        project = load_project(folder)
        pipeline.ingest(project)
        pipeline.build_features(project)
        runs.append(pipeline.train(project))
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
