"""The queue of what takes long: plans, trainings. Whoever asks enqueues, a worker does it.

Every change is one short transaction. On PostgreSQL these wait for each other and not for an
ingest; an SQLite file has one writer, whatever is written. Times are those of the database's own
clock, as machines that share it may differ in theirs.

A worker holds a job by its number of ``attempts``: one that was thought dead and is not finds that
the job is no longer its own, and stops.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Any, Self

from sqlalchemy import Connection, func, insert, select, update

from data.engine import JOBS_LOCK, writing
from data.job_rows import TRAINING, WAITING, after_death, dead_jobs, held, now, read_job, told
from data.records import JobProgress, JobRecord
from data.service_tables import jobs
from data.store import Store
from data.versions import next_number
from vigia.errors import (
    JobCancelledError,
    JobLostError,
    NotFoundError,
    TooManyJobsError,
    TrainerBusyError,
    VigiaError,
)

PLAN_SITES = "plan_sites"  # kinds of jobs
PLAN_ITINERARIES = "plan_itineraries"
PLANS = (PLAN_SITES, PLAN_ITINERARIES)
QUEUED_AT_MOST = 20
ENDED = ("done", "failed", "cancelled")
DEAD_AFTER_SECONDS = 120.0  # without a heartbeat; workers give one every ``working.BEAT_SECONDS``


@dataclass(frozen=True)
class Worker:
    """A process that does jobs."""

    host: str
    pid: int

    @classmethod
    def here(cls) -> Self:
        """The process that asks."""
        return cls(socket.gethostname(), os.getpid())


def enqueue(
    store: Store, kind: str, request: Mapping[str, Any], *, limit: int = QUEUED_AT_MOST
) -> JobRecord:
    """Add a job to the end of the queue.

    Raises
    ------
    TooManyJobsError
        When ``limit`` jobs wait already.
    """
    with taking_turn(store) as connection:
        queued = select(func.count()).select_from(jobs).where(jobs.c.state == "queued")
        if connection.execute(queued).scalar_one() >= limit:
            raise TooManyJobsError(
                f"{limit} jobs are waiting already, and no more may.",
                hint="Wait until some are done, or cancel one.",
            )
        return _add(connection, kind, request)


def enqueue_training(store: Store, request: Mapping[str, Any]) -> JobRecord:
    """Add a training to the queue.

    Raises
    ------
    TrainerBusyError
        When another one waits or runs.
    """
    under_way = (jobs.c.kind == TRAINING) & jobs.c.state.in_(("queued", "running"))
    with taking_turn(store) as connection:
        other = connection.execute(select(jobs.c.id).where(under_way)).scalar()
        if other is not None:
            raise TrainerBusyError(other)
        return _add(connection, TRAINING, request)


def _add(connection: Connection, kind: str, request: Mapping[str, Any]) -> JobRecord:
    identity = secrets.token_urlsafe(16)
    connection.execute(
        insert(jobs).values(
            number=next_number(connection, jobs),
            id=identity,
            kind=kind,
            request=dict(request),
            state="queued",
            cancelling=False,
            attempts=0,
            deaths=0,
            created_at=now(connection),
        )
    )
    return read_job(connection, identity)


def claim(
    store: Store, worker: Worker | None = None, kinds: Collection[str] | None = None
) -> JobRecord | None:
    """Take the job that has waited longest; nobody else gets it. None when nothing waits.

    Parameters
    ----------
    worker : Worker, optional
        Who will do it; this process.
    kinds : collection of str, optional
        What the worker can do; other jobs go on waiting for one who can.
    """
    waiting = select(jobs.c.id).where(jobs.c.state == "queued").order_by(jobs.c.number).limit(1)
    if kinds is not None:
        waiting = waiting.where(jobs.c.kind.in_(kinds))
    with store.reading() as connection:  # where nothing waits, nobody is kept from writing
        if connection.execute(waiting).scalar() is None:
            return None
    with taking_turn(store) as connection:
        identity = connection.execute(waiting).scalar()
        if identity is None:  # another was faster
            return None
        at = now(connection)
        taken = {"state": "running", "started_at": at, "heartbeat": at, "progress": None}
        connection.execute(
            update(jobs)
            .where(jobs.c.id == identity)
            .values(attempts=jobs.c.attempts + 1, **asdict(worker or Worker.here()), **taken)
        )
        return read_job(connection, identity)


def progress(store: Store, job: JobRecord, done: int, total: int, label: str) -> None:
    """Say how far a running job has come, and that its worker is alive.

    Raises
    ------
    JobCancelledError
        When the job was cancelled, or is no longer this worker's: stop working on it.
    """
    if _change(store, job, progress=asdict(JobProgress(done, total, label))):
        _change(store, job, state="cancelled")
        raise JobCancelledError("The job was cancelled.", hint="Ask again if it is still wanted.")


def beat(store: Store, job: JobRecord) -> None:
    """Say that the worker is alive.

    Raises
    ------
    JobCancelledError
        When the job is no longer this worker's.
    """
    _change(store, job)


def finish(store: Store, job: JobRecord, result: str) -> None:
    """End a running job well; ``result`` is the id of what it made.

    Raises
    ------
    JobCancelledError
        When the job is no longer this worker's. What it made is kept all the same.
    """
    _change(store, job, state="done", result=result)


def fail(store: Store, job: JobRecord, error: VigiaError) -> None:
    """End a running job with what went wrong.

    Raises
    ------
    JobCancelledError
        When the job is no longer this worker's.
    """
    _change(store, job, state="failed", error=told(error))


def give_back(store: Store, job: JobRecord) -> None:
    """Return a running job to its place in the queue: the worker has to leave.

    Raises
    ------
    JobCancelledError
        When the job is no longer this worker's.
    """
    _change(store, job, **WAITING)


def cancel(store: Store, identity: str, kinds: Collection[str] | None = None) -> JobRecord:
    """Cancel a job: one that waits ends at once, one that runs at its next ``progress``.

    Nothing happens to one that has ended.

    Raises
    ------
    NotFoundError
        When there is no such job, of these kinds.
    """
    with taking_turn(store) as connection:
        job = _of_kinds(read_job(connection, identity), kinds)
        changes: dict[str, dict[str, Any]] = {
            "queued": {"state": "cancelled", "ended_at": now(connection)},
            "running": {"cancelling": True},
        }
        if job.state in changes:
            of_job = jobs.c.id == job.id
            connection.execute(update(jobs).where(of_job).values(changes[job.state]))
        return read_job(connection, identity)


def get(store: Store, identity: str, kinds: Collection[str] | None = None) -> JobRecord:
    """A job by its id.

    Raises
    ------
    NotFoundError
        When there is none, of these kinds.
    """
    with store.reading() as connection:
        return _of_kinds(read_job(connection, identity), kinds)


def _of_kinds(job: JobRecord, kinds: Collection[str] | None) -> JobRecord:
    if kinds is not None and job.kind not in kinds:
        raise NotFoundError("There is no such job.", hint="It may have ended long ago.")
    return job


def recover(
    store: Store, *, dead_after_seconds: float = DEAD_AFTER_SECONDS
) -> tuple[JobRecord, ...]:
    """Jobs whose worker died go back into the queue, once; then they fail. Those it was done to.

    A training fails at once.

    A worker is dead when it gave no heartbeat for so long, or was a process of this machine that
    is no more.
    """
    with store.reading() as connection:
        if not dead_jobs(connection, dead_after_seconds):
            return ()
    with taking_turn(store) as connection:
        dead = dead_jobs(connection, dead_after_seconds)
        for job in dead:
            values = after_death(job, now(connection))
            connection.execute(update(jobs).where(held(job)).values(values))
        return tuple(read_job(connection, job.id) for job in dead)


def end_unfinished(connection: Connection) -> None:
    """Fail what waits or runs in a store that was restored: nobody asked for it now."""
    error = JobLostError(
        "The store was restored from a backup before this was done.",
        hint="Ask again if it is still wanted.",
    )
    connection.execute(
        update(jobs)
        .where(jobs.c.state.in_(("queued", "running")))
        .values(state="failed", error=told(error), ended_at=now(connection))
    )


def taking_turn(store: Store) -> AbstractContextManager[Connection]:
    """A transaction that writes of jobs alone; one at a time."""
    return writing(store.engine, JOBS_LOCK)


def _change(store: Store, job: JobRecord, **values: Any) -> bool:
    """Write of a job that its worker still holds, as a sign of life; whether it is to stop."""
    with taking_turn(store) as connection:
        at = now(connection)
        ended = {"ended_at": at} if values.get("state") in ENDED else {}
        change = update(jobs).where(held(job)).values({"heartbeat": at, **values, **ended})
        cancelling = connection.execute(change.returning(jobs.c.cancelling)).scalar()
        if cancelling is None:
            raise JobCancelledError(
                "The job is no longer this worker's: it ended, or was given to another."
            )
        return bool(cancelling)
