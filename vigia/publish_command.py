"""``vigia publish``: which run is served, forward, back, or never again."""

from __future__ import annotations

from typing import Annotated

import typer

from vigia.options import HERE, Folder, Json
from vigia.project import load_project
from vigia.terminal import Terminal


def publish(
    run: Annotated[str, typer.Argument(help="A run's id, its beginning, or latest.")] = "latest",
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Serve the run published before this one.")
    ] = False,
    accept_worse: Annotated[
        str | None, typer.Option(help="Why an untested or losing run is published all the same.")
    ] = None,
    withdraw: Annotated[
        str | None,
        typer.Option(help="Why a run that is not served now is never served again: it leaked."),
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who signs for it.")] = None,
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """Switch api and maps to a run, in one step; --rollback switches back."""
    from vigia import pipeline

    opened = load_project(project)
    if withdraw is not None:
        gone = pipeline.withdraw(opened, run, why=withdraw, by=by or "")
        Terminal(as_json=json).answer(
            f"Run {gone.id} is withdrawn.", {"run": gone.id, "status": "withdrawn"}
        )
        return
    if rollback:
        record = pipeline.rollback(opened)
    else:
        record = pipeline.publish(opened, run, accept_worse=accept_worse, by=by)
    Terminal(as_json=json).answer(
        f"Run {record.id} is published.", {"run": record.id, "status": record.status}
    )
