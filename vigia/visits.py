"""The commands of ``vigia visits``; they import what they need when they run, as all do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigia.options import HERE, Data, Folder, Json
from vigia.project import load_project
from vigia.terminal import Terminal

if TYPE_CHECKING:
    from data.visits import Recorded

visits_app = typer.Typer(
    help="Record where teams went and what they found, for the next training.",
    no_args_is_help=True,
)


@visits_app.command("add")
def visits_add(
    district: Annotated[str, typer.Option(help="The code of the district.")],
    date: Annotated[str, typer.Option(help="The day, as 2026-05-31.")],
    team_days: Annotated[str, typer.Option(help="Teams times days: 2 teams for 3 days are 6.")],
    method: Annotated[str, typer.Option(help="raid, visit, or your own word.")],
    outcome: Annotated[
        str, typer.Option(help="What was looked for: an outcome of [[cases]].")
    ] = "",
    found: Annotated[str, typer.Option(help="How many were found; 0 teaches too.")] = "",
    project: Folder = HERE,
    data: Data = None,
    json: Json = False,
) -> None:
    """Record one visit; what was found is kept and never shown."""
    from data.visits import record_visit

    # As text: what is wrong with it is told by the checks of ingest, without the number itself.
    visit = {"code": district, "date": date, "team_days": team_days, "method": method}
    done = record_visit(load_project(project, data), **visit, outcome=outcome, found=found)
    _answer(done, json=json)


@visits_app.command("import")
def visits_import(
    file: Annotated[Path, typer.Argument(help="A table of visits.", dir_okay=False)],
    project: Folder = HERE,
    data: Data = None,
    json: Json = False,
) -> None:
    """Record the visits of a table, all or none; those that are recorded already are left out."""
    from data.visits import import_visits

    _answer(import_visits(load_project(project, data), file), json=json)


@visits_app.command("list")
def visits_list(project: Folder = HERE, data: Data = None, json: Json = False) -> None:
    """List the visits: where, when, how long; whether cases were counted, and never how many."""
    from data.disclosure import release_visits
    from data.visits import recorded_visits

    table, left_out = recorded_visits(load_project(project, data))
    released = release_visits(table)
    terminal = Terminal(as_json=json)
    columns = ("district", "date", "team-days", "method", "outcome", "counted")
    terminal.table("Visits", columns, [tuple(one.values()) for one in released])
    text = f"{_visits(len(released))}." if released else "No visit is recorded yet."
    if left_out:
        text += f" Besides, ingest does not take {left_out} rows; its report says why."
    terminal.answer(text, {"visits": released, "left_out": left_out})


def _visits(number: int) -> str:
    return f"{number} visit{'' if number == 1 else 's'}"


def _answer(done: Recorded, *, json: bool) -> None:
    sentences = [f"Recorded {_visits(done.recorded)} in visits.csv."]
    if done.known:
        sentences.append(f"{done.known} were recorded already.")
    if done.section_added:
        sentences.append("vigia.toml has a new section [[effort]] that names the file.")
    if done.teaches:
        sentences.append("vigia ingest takes them up, and the next vigia train learns from them.")
    else:
        sentences.append(
            "vigia ingest takes them up; training learns from them once [model] in vigia.toml says "
            "discovered = true."
        )
    Terminal(as_json=json).answer(" ".join(sentences), vars(done))
