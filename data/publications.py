"""The log of what was served: its last row is the published run, and adding a row is the switch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from data.records import RunStatus
from data.tables import publications, runs
from data.versions import next_number


@dataclass(frozen=True)
class Standing:
    """What the log says of a run; of one that is not in it, that it is a draft."""

    status: RunStatus = "draft"
    accepted_worse: str | None = None
    accepted_by: str | None = None


def last(connection: Connection) -> Row[Any] | None:
    """The publication that is served: number, run_id, run, at, previous; None before the first."""
    return connection.execute(
        select(publications, runs.c.id.label("run_id"))
        .join(runs)
        .order_by(publications.c.number.desc())
        .limit(1)
    ).one_or_none()


def at_number(connection: Connection, number: int) -> Row[Any]:
    """One publication."""
    return connection.execute(select(publications).where(publications.c.number == number)).one()


def id_of(connection: Connection, run: int) -> str:
    """The id of a run by its number."""
    found: str = connection.execute(select(runs.c.id).where(runs.c.number == run)).scalar_one()
    return found


def switch(
    connection: Connection,
    run: int,
    *,
    at: str,
    previous: int | None,
    accepted_worse: str | None = None,
    accepted_by: str | None = None,
) -> int:
    """Serve ``run`` from now on; a rollback then goes to publication ``previous``. Its number."""
    number = next_number(connection, publications)
    connection.execute(
        insert(publications).values(
            number=number,
            run=run,
            at=at,
            previous=previous,
            accepted_worse=accepted_worse,
            accepted_by=accepted_by,
        )
    )
    return number


def last_times(connection: Connection) -> dict[str, str]:
    """When each run was published last, by its id; the one published last comes last."""
    rows = select(runs.c.id, publications.c.at).join(publications).order_by(publications.c.number)
    found: dict[str, str] = {}
    for run, at in connection.execute(rows):
        found.pop(run, None)
        found[run] = at
    return found


def standings(connection: Connection) -> dict[int, Standing]:
    """By number of run, of all that were ever served; a signature stays with its run."""
    rows = connection.execute(select(publications).order_by(publications.c.number)).all()
    found: dict[int, Standing] = {}
    for row in rows:
        served = row.number == rows[-1].number
        signed = row if row.accepted_worse else found.get(row.run, Standing())
        found[row.run] = Standing(
            "published" if served else "retired", signed.accepted_worse, signed.accepted_by
        )
    return found
