"""The commands of ``vigia runs``; they import what they need when they run, as all commands do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from vigia.options import HERE, Folder, Json
from vigia.project import load_project
from vigia.terminal import Terminal

runs_app = typer.Typer(help="List the runs, show one, or compare two.", invoke_without_command=True)


@runs_app.callback()
def runs(context: typer.Context, project: Folder = HERE, json: Json = False) -> None:
    """List the runs."""
    from data.disclosure import release_run
    from vigia import pipeline

    if context.invoked_subcommand:
        if project != HERE or json:
            raise typer.BadParameter(
                f"say --project and --json after {context.invoked_subcommand}, not before it"
            )
        return
    terminal = Terminal(as_json=json)
    with pipeline.open_store(load_project(project)) as store:
        records = store.runs()
    rows = [(r.id, r.status, r.created_at, r.target_year, ", ".join(r.outcomes)) for r in records]
    terminal.table("Runs", ("run", "status", "trained", "target year", "outcomes"), rows)
    terminal.answer(f"{len(records)} runs.", {"runs": [release_run(r) for r in records]})


@runs_app.command("show")
def runs_show(
    run: Annotated[str, typer.Argument(help="A run's id, its beginning, or latest.")],
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """Show one run: what it rests on, how it was tested, and what it cannot know."""
    from data.disclosure import release_run
    from vigia import pipeline

    with pipeline.open_store(load_project(project)) as store:
        released = release_run(store.run(run))
    terminal = Terminal(as_json=json)
    terminal.answer(terminal.pretty(released), released)


@runs_app.command("compare")
def runs_compare(
    first: Annotated[str, typer.Argument(help="A run's id, or its beginning.")],
    second: Annotated[str, typer.Argument(help="The run to hold against it, or latest.")],
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """Where two runs differ: levels, the districts that moved beyond their doubt, and why."""
    from data.publish import as_published
    from maps.compare import compare
    from maps.compared_text import compared_text
    from maps.released import release
    from vigia import pipeline

    with pipeline.open_store(load_project(project)) as store:
        before, after = (release(as_published(store, run)) for run in (first, second))
    found = compare(before, after)
    terminal = Terminal(as_json=json)
    terminal.answer(compared_text(found), found)


@runs_app.command("report")
def runs_report(
    run: Annotated[str, typer.Argument(help="A run's id, its beginning, or latest.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write.", dir_okay=False)],
    language: Annotated[
        Literal["es", "en"], typer.Option(help="Of the report: Spanish or English.")
    ] = "es",
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """Write the honesty report of a run as one HTML file: its test, and what it cannot know."""
    from data.publish import as_published
    from maps.report import write_report
    from vigia import pipeline

    with pipeline.open_store(load_project(project)) as store:
        published = as_published(store, run)
    write_report(published, out, language)
    told = {"run": published.record.id, "file": str(out), "bytes": out.stat().st_size}
    Terminal(as_json=json).answer(f"Honesty report written to {out}.", told)
