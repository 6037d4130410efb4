"""Case data removed for good: from every version of its source, and from what deleting leaves.

And jobs that ended long ago, which nobody asks for any more, and access logs of long ago.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, text, update

from data.access_files import delete_before
from data.artefacts import read_runs
from data.clock import read_stamp, stamp, stamped
from data.engine import outside_transactions, sqlite_path
from data.job_rows import now
from data.jobs import ENDED, taking_turn
from data.lock import project_lock
from data.records import RunRecord
from data.service_tables import jobs
from data.store import Store
from data.tables import cases, inputs, purged, standing
from data.versions import purged_years
from vigia.errors import NotFoundError
from vigia.project import Project


@dataclass(frozen=True)
class Purged:
    """What was removed, and the runs whose scores were made with it."""

    source: str
    year: int
    runs: list[str]


def purge_cases(project: Project, source: str, year: int) -> Purged:
    """Remove the stored counts of one [[cases]] section that speak of ``year``.

    A count of several years goes if ``year`` is one of them. The year is barred from then on: files
    that are ingested under the same id are taken without it. Runs stay as they are. To purge again
    what was purged is no error: it finishes what an interrupted purge began.

    Raises
    ------
    NotFoundError
        When there is no such source, or nothing of that year in it.
    """
    key = f"cases/{source}"
    with project_lock(project), Store.open(project.store_url()) as store:
        with store.writing() as connection:
            for version in _versions(connection, key, year):
                _remove(connection, version, year)
            _bar(connection, key, year)
            runs = [run.id for run in read_runs(connection) if _rests_on(run, key, year)]
        _compact(store.engine)
    return Purged(source, year, runs)


def purge_access(project: Project, day: date) -> list[str]:
    """Delete the access log of the days before ``day``; which days these were."""
    folder = project.var / "access"
    return [name.removesuffix(".jsonl") for name in delete_before(folder, day)]


def purge_jobs(store: Store, days: float) -> int:
    """Forget jobs that ended more than so many days ago; how many. What they made stays."""
    with store.reading() as connection:  # where there is none, nobody is kept from writing
        today = read_stamp(now(connection))
        until = stamped(today - timedelta(days=days))
        long_ago = jobs.c.state.in_(ENDED) & (jobs.c.ended_at < until)
        if connection.execute(select(jobs.c.id).where(long_ago).limit(1)).scalar() is None:
            return 0
    with taking_turn(store) as connection:
        return connection.execute(delete(jobs).where(long_ago)).rowcount


def _versions(connection: Connection, key: str, year: int) -> list[Any]:
    """Versions of a source that have the year; none when it was purged before."""
    known = connection.execute(select(inputs.c.number, inputs.c.years).where(inputs.c.key == key))
    versions = known.all()
    if not versions:
        keys = connection.execute(select(inputs.c.key).where(inputs.c.key.like("cases/%")))
        ids = sorted({name.partition("/")[2] for name in keys.scalars()})
        raise NotFoundError(
            f"No cases of a source {key.partition('/')[2]!r} are stored.",
            hint=f"There are: {', '.join(ids)}." if ids else "No cases are stored at all.",
        )
    found = [version for version in versions if year in (version.years or ())]
    if not found and year not in purged_years(connection, key):
        years = sorted({one for version in versions for one in version.years or ()})
        raise NotFoundError(
            f"Nothing of {year} is stored of this source.",
            hint=f"It speaks of {', '.join(map(str, years)) or 'no year'}.",
        )
    return found


def _remove(connection: Connection, version: Any, year: int) -> None:
    of_version = cases.c.input == version.number
    speaks = (cases.c.year_from <= year) & (cases.c.year_to >= year)
    connection.execute(delete(cases).where(of_version, speaks))
    left = [one for one in version.years if one != year]
    connection.execute(update(inputs).where(inputs.c.number == version.number).values(years=left))
    of_standing = standing.c.input == version.number
    stands = connection.execute(select(standing.c.years).where(of_standing)).scalar()
    if stands is None:
        return
    left = [one for one in stands if one != year]
    if left:
        connection.execute(update(standing).where(of_standing).values(years=left))
    else:  # no years at all would mean: all that it has
        connection.execute(delete(standing).where(of_standing))


def _bar(connection: Connection, key: str, year: int) -> None:
    if year not in purged_years(connection, key):
        at = stamp()
        connection.execute(insert(purged).values(key=key, year=year, at=at))


def _rests_on(run: RunRecord, key: str, year: int) -> bool:
    return any(year in item["years"] for item in run.inputs.get(key, ()))


def _compact(engine: Engine) -> None:
    """Write what is left anew, so that nothing stays in free pages or dead rows."""
    with outside_transactions(engine) as connection:
        shared = sqlite_path(engine.url) is None
        connection.execute(text(f"VACUUM FULL {cases.name}" if shared else "VACUUM"))
