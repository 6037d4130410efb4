"""The releases of counts in the store: made when a run is published, and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, insert, select

from data.counts.recorded import Counted, counted
from data.counts.releases import AUDIENCES, Audience, Release, audit, freeze
from data.records import RunRecord
from data.service_tables import releases
from data.snapshot import Snapshot
from data.store import Store
from data.versions import next_number
from vigia.settings import CountsSettings


@dataclass(frozen=True)
class Counts:
    """True counts of a run, and the smallest that is told to each audience. They stay inside."""

    of: Sequence[Counted]
    smallest: dict[Audience, int]


def counts_of(store: Store, record: RunRecord, rules: CountsSettings) -> Counts:
    """The counts that a run rests on."""
    snapshot = Snapshot.from_json(record.inputs)
    found = counted(
        store.cases(snapshot), store.districts(snapshot), record.settings["cases"], rules.years
    )
    return Counts(list(found), {"public": rules.public, "partner": rules.partner})


def release(connection: Connection, run_id: str, counts: Counts, *, at: str) -> None:
    """Settle what is told of a run's counts, beside all that was told before; once and for good.

    Raises
    ------
    PublicationRefusedError
        See ``data.counts.releases.audit``.
    """
    if released(connection, run_id, "public") is not None:
        return
    wider: Release | None = None
    all_wider: list[Release] = []
    for audience in AUDIENCES:
        earlier = [Release.from_json(row.content) for row in _rows(connection, audience)]
        new = freeze(counts.of, counts.smallest[audience], earlier, wider)
        audit([*earlier, new], all_wider)
        connection.execute(
            insert(releases).values(
                number=next_number(connection, releases),
                run=run_id,
                audience=audience,
                at=at,
                content=new.to_json(),
            )
        )
        wider, all_wider = new, [*earlier, new]


def released(connection: Connection, run_id: str, audience: Audience) -> Release | None:
    """What is told of a run's counts; None of a run that was published before there were any."""
    rows = _rows(connection, audience)
    return next((Release.from_json(row.content) for row in rows if row.run == run_id), None)


def last_number(connection: Connection) -> int:
    """Of the last release; 0 before the first."""
    return next_number(connection, releases) - 1


def _rows(connection: Connection, audience: Audience) -> Sequence[Row[tuple[object, ...]]]:
    return connection.execute(
        select(releases).where(releases.c.audience == audience).order_by(releases.c.number)
    ).all()
