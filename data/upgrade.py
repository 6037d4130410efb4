"""A store of an earlier version brought up to this one. First a copy is made."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from data.backup import copy_store, opened
from data.engine import place, reading, writing
from data.lock import project_lock
from data.schema import Migrations, current_revision
from vigia.errors import StoreError
from vigia.project import Project


def upgrade(project: Project, migrations: Migrations | None = None) -> Path | None:
    """Bring the project's store up to the schema of this version, in one transaction.

    Returns
    -------
    Path or None
        The copy of before (``vigia restore`` takes it); None when nothing had to be done.

    Raises
    ------
    StoreError
        When there is no store, it is of a newer version, or the copy cannot be made.
    """
    line = migrations or Migrations()
    with project_lock(project), opened(project) as engine:
        with reading(engine) as connection:
            state, revision = line.state(connection), current_revision(connection)
        if state == "newer":
            raise StoreError(
                f"The store {place(engine.url)} was made by a newer version of vigia.",
                hint="Install a newer vigia.",
            )
        if state == "head":
            return None
        copy = None
        if state == "behind":
            clock = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
            copy = project.var / f"before-upgrade-from-{revision}-{clock}.zip"
            copy_store(engine, copy, line)
        with writing(engine) as connection:
            if state == "new":
                line.create(connection)
            else:
                line.upgrade(connection)
        return copy
