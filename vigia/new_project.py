"""New projects: the commented template, and the example region with everything done to it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from data.synthetic import SyntheticParams, simulate, write_project
from vigia import pipeline
from vigia.project import FILE_NAME, Project, load_project


def write_template(folder: Path) -> None:
    """A commented ``vigia.toml`` to fill in."""
    folder.mkdir(parents=True, exist_ok=True)
    text = files("vigia").joinpath("template.toml").read_text(encoding="utf-8")
    (folder / FILE_NAME).write_text(text, encoding="utf-8")


def write_example(
    folder: Path, *, districts: int = 160, seed: int = 1, bias: str = "moderate"
) -> None:
    """The synthetic Amazon as files, as if it came from real sources."""
    folder.mkdir(parents=True, exist_ok=True)
    params = SyntheticParams(seed=seed, districts=districts, bias=bias)
    write_project(simulate(params), folder)


def build_example(folder: Path, progress: pipeline.Progress = pipeline.silent) -> Project:
    """The example region from nothing to a published run; what is done already stays as it is."""
    if not (folder / FILE_NAME).exists():
        progress("simulate the example region", 0, 1)
        write_example(folder)
        progress("simulate the example region", 1, 1)
    project = load_project(folder)
    pipeline.ingest(project, progress)
    pipeline.build_features(project, progress)
    record = pipeline.train(project, progress)
    pipeline.honesty_report(project, record.id)
    beaten = record.tested and record.beats_baseline
    pipeline.publish(
        project,
        record.id,
        accept_worse=None if beaten else "Región de ejemplo: se muestra tal como salió.",
        by=None if beaten else "vigia demo",
    )
    return project
