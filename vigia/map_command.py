"""``vigia map``: the map as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vigia.options import HERE, Folder, Json, Language
from vigia.project import load_project
from vigia.terminal import Terminal, written


def map_file(
    out: Annotated[Path, typer.Option("--out", help="The file to write.", dir_okay=False)],
    offline: Annotated[
        bool,
        typer.Option(
            "--offline",
            help="All in one file, which opens without internet (so far every map does).",
        ),
    ] = True,
    department: Annotated[
        str | None, typer.Option(help="The districts of a department alone: a smaller file.")
    ] = None,
    plans: Annotated[
        bool,
        typer.Option(
            "--plans",
            help="With the last plans of the run, for those who may know where teams go.",
        ),
    ] = False,
    language: Language = "es",
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """Write the map of the published run as one HTML file."""
    from data.plans import count_plans, newest_plans
    from maps.page import write_offline
    from maps.stored_plans import MOST_PLANS, StoredPlans
    from vigia import pipeline

    opened = load_project(project)
    run = pipeline.published(opened)
    beside = pipeline.beside(opened, run)
    stored = None
    if plans:
        with pipeline.open_store(opened) as store:
            newest = newest_plans(store, run.record.id, MOST_PLANS)
            stored = StoredPlans(newest, count_plans(store, run.record.id) - len(newest))
    write_offline(
        run,
        pipeline.drawable_layers(opened, run),
        out,
        language,
        beside=beside,
        department=department,
        plans=stored,
        others=pipeline.other_years(opened, run, beside),
        online=opened.settings.map,
    )
    Terminal(as_json=json).answer(f"Map written to {out}.", written(out))
