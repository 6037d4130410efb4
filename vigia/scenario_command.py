"""The command ``vigia scenario``; it imports what it needs when it runs, as all commands do."""

from __future__ import annotations

import json as as_json
from pathlib import Path
from typing import Annotated

import typer

from vigia.options import HERE, Folder, Json, Language
from vigia.project import load_project
from vigia.terminal import Terminal

scenario_app = typer.Typer()


@scenario_app.command("scenario")
def scenario(
    file: Annotated[Path, typer.Argument(help="The scenario, TOML or JSON.", dir_okay=False)],
    run: Annotated[
        str | None,
        typer.Option(help="A run's id, its beginning, or latest; by default the published one."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="A JSON file to write it all to.", dir_okay=False)
    ] = None,
    map_file: Annotated[
        Path | None,
        typer.Option("--map", help="An HTML file: today's map, and the scenario beside it."),
    ] = None,
    language: Language = "es",
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """What the model would say if a front closed, moved or opened, or a river ran low.

    With [plan] in the file, what becomes of that plan. A scenario of the model, no causal effect.
    """
    from maps.files import written_whole
    from maps.page import write_offline
    from maps.scenario_text import scenario_text
    from vigia import pipeline
    from vigia.scenario_file import read_scenario
    from vigia.scenario_plan import plan_twice
    from vigia.scenario_told import told
    from vigia.scenarios import work_out

    terminal = Terminal(as_json=json)
    asked, of = read_scenario(file), load_project(project)
    with terminal.progress() as progress:
        worked = work_out(of, asked, run, progress)
        answer = told(worked, language, plan_twice(of, worked, progress))
    if out is not None:
        with written_whole(out) as half:
            text = as_json.dumps(answer, ensure_ascii=False, indent=1, sort_keys=True)
            half.write_text(text + "\n", encoding="utf-8")
    if map_file is not None:
        layers = pipeline.drawable_layers(of, worked.run)
        beside = pipeline.beside(of, worked.run)
        write_offline(worked.run, layers, map_file, language, beside, scenario=answer)
    terminal.answer(scenario_text(answer, language), answer)
