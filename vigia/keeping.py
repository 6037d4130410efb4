"""The commands that keep a store: backup, restore, upgrade, doctor, purge."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from vigia.options import HERE, Folder, Json
from vigia.project import load_project
from vigia.terminal import Terminal, written


def backup(
    file: Annotated[Path, typer.Argument(help="The zip file to write.", dir_okay=False)],
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """Write store and runs to one file; it restores into SQLite and PostGIS alike."""
    from data.backup import write_backup

    write_backup(load_project(project), file)
    Terminal(as_json=json).answer(f"Backup written to {file}.", written(file))


def restore(
    file: Annotated[Path, typer.Argument(help="A file of vigia backup.", dir_okay=False)],
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """Put back what a backup holds, in place of what is stored."""
    from data.backup import restore_backup

    restore_backup(load_project(project), file)
    Terminal(as_json=json).answer(f"Restored from {file}.", {"file": str(file)})


def upgrade(project: Folder = HERE, json: Json = False) -> None:
    """Bring a store of an earlier version up to this one; a copy is kept first."""
    from data.upgrade import upgrade as bring_up

    copy = bring_up(load_project(project))
    text = f"Store upgraded; the copy of before is {copy}." if copy else "The store is up to date."
    Terminal(as_json=json).answer(text, {"copy": str(copy) if copy else None})


def doctor(project: Folder = HERE, json: Json = False) -> None:
    """Look whether store, layers and disk are well. Shows no case data."""
    from data.doctor import examine

    checks = examine(load_project(project))
    terminal = Terminal(as_json=json)
    rows = [("ok" if check.ok else "LOOK", check.name, check.detail) for check in checks]
    terminal.table("Doctor", ("", "check", "detail"), rows)
    well = all(check.ok for check in checks)
    terminal.answer(
        "All is well." if well else "Some checks need a look.",
        {"ok": well, "checks": [vars(check) for check in checks]},
    )


def purge(
    source: Annotated[str | None, typer.Argument(help="The id of a [[cases]] section.")] = None,
    year: Annotated[int | None, typer.Option(help="The year to remove.")] = None,
    access_before: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Delete the access log of the days before."),
    ] = None,
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """Remove stored cases of one source and year for good, or access logs of long ago."""
    from data.purge import purge_access, purge_cases

    terminal, opened = Terminal(as_json=json), load_project(project)
    if access_before is not None and source is None and year is None:
        days = purge_access(opened, access_before.date())
        terminal.answer(f"Deleted the access log of {len(days)} days.", {"days": days})
    elif source is not None and year is not None and access_before is None:
        gone = purge_cases(opened, source, year)
        text = f"Removed {source} {year}. Runs that rested on it: {', '.join(gone.runs) or 'none'}."
        terminal.answer(text, vars(gone))
    else:
        raise typer.BadParameter("Say SOURCE and --year, or --access-before alone.")
