"""Whether a project is well: store, schema, integrity, layers, disk. No case data is looked at."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, select, text

from data import publications
from data.artefacts import read_draws, read_runs
from data.backup import opened
from data.engine import place, reading, sqlite_path
from data.grids import check_grids
from data.lock import project_lock
from data.schema import Migrations, current_revision
from data.tables import inputs, standing
from vigia.errors import StoreError, VigiaError
from vigia.project import Project

ROOM_BYTES = 500_000_000
ROOM_TIMES_STORE = 3  # a backup, a copy before an upgrade, and what the next ingest adds

STATES = {
    "new": "nothing is in it yet: run vigia ingest",
    "behind": "made by an earlier version: run vigia upgrade",
    "newer": "made by a newer version: install a newer vigia",
}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str


def examine(project: Project, today: datetime | None = None) -> list[Check]:
    """Look at everything; what is wrong is told and never raised.

    Parameters
    ----------
    today : datetime, optional
        What the age of layers is measured against; now by default.
    """
    checks = [_lock(project), _disk(project)]
    try:
        with opened(project) as engine, reading(engine) as connection:
            checks += _store(project, engine, connection, today or datetime.now(UTC))
    except VigiaError as error:
        checks.append(Check("store", ok=False, detail=str(error)))
    return checks


def _lock(project: Project) -> Check:
    try:
        with project_lock(project, wait_seconds=0):
            return Check("lock", ok=True, detail="nobody is writing")
    except StoreError as error:
        return Check("lock", ok=False, detail=error.message)


def _disk(project: Project) -> Check:
    path = project.folder / project.settings.store.path
    size = path.stat().st_size if path.is_file() else 0
    needed = max(ROOM_BYTES, ROOM_TIMES_STORE * size)
    free = shutil.disk_usage(project.var).free
    return Check("disk", free >= needed, f"{free // 10**6} MB free, {needed // 10**6} MB advised")


def _store(
    project: Project, engine: Engine, connection: Connection, today: datetime
) -> Iterator[Check]:
    yield Check("store", ok=True, detail=place(engine.url))
    line = Migrations()
    state, revision = line.state(connection), current_revision(connection)
    yield Check("schema", state == "head", STATES.get(state, f"revision {revision}, the newest"))
    yield _integrity(engine, connection)
    if state == "head":
        yield _looked("runs", _runs, connection)
        yield _looked("rasters", check_grids, connection)
        yield _publication(connection)
        yield from _layers(project, connection, today)


def _integrity(engine: Engine, connection: Connection) -> Check:
    if sqlite_path(engine.url) is None:
        found = connection.execute(text("SELECT postgis_lib_version()")).scalar()
        return Check("integrity", ok=True, detail=f"PostGIS {found} answers")
    said = connection.execute(text("PRAGMA integrity_check(1)")).scalar()
    strays = connection.execute(text("PRAGMA foreign_key_check")).first()
    well = said == "ok" and strays is None
    detail = "every page is whole" if well else "damaged: restore a backup with vigia restore"
    return Check("integrity", well, detail)


def _looked(name: str, look: Callable[[Connection], str], connection: Connection) -> Check:
    try:
        return Check(name, ok=True, detail=look(connection))
    except (VigiaError, ValueError, OSError) as error:
        return Check(name, ok=False, detail=f"cannot be read: {error}")


def _runs(connection: Connection) -> str:
    records = read_runs(connection)
    for record in records:
        for outcome in record.outcomes:
            read_draws(connection, record.id, outcome)
    return f"{len(records)} runs, whole"


def _publication(connection: Connection) -> Check:
    served = publications.last(connection)
    if served is None:
        return Check("publication", ok=False, detail="no run is published yet: run vigia publish")
    return Check("publication", ok=True, detail=f"run {served.run_id}, since {served.at}")


def _layers(project: Project, connection: Connection, today: datetime) -> Iterator[Check]:
    rows = connection.execute(select(inputs.c.key, inputs.c.date).join(standing)).all()
    for layer in project.settings.layers:
        name = f"layer {layer.id}"
        dates = [row.date for row in rows if row.key == f"layers/{layer.id}"]
        if not dates:
            yield Check(name, ok=False, detail="not ingested yet: run vigia ingest")
            continue
        newest, life = max(dates), layer.shelf_life_years
        last = layer.good_until(newest)
        stale = last is not None and last < today.strftime("%Y-%m-%d")
        limit = "no shelf life is set" if life is None else f"shelf life {life} years"
        yield Check(name, not stale, f"of {newest}, {limit}{': out of date' if stale else ''}")
    for way in project.settings.travel.ways if project.settings.travel else ():
        there = [row.date for row in rows if row.key == f"travel.ways/{way.id}"]
        detail = f"of {max(there)}" if there else "not ingested yet: run vigia ingest"
        yield Check(f"ways {way.id}", bool(there), detail)
