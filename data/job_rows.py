"""Rows of the queue as records: by which clock, by whose hand, and whether that one still lives."""

from __future__ import annotations

import os
import re
import socket
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from data.clock import read_stamp, stamped
from data.records import JobFailure, JobProgress, JobRecord
from data.service_tables import jobs
from vigia.errors import JobLostError, NotFoundError, VigiaError

DEATHS_AT_MOST = 1
TRAINING = "training"  # a kind of job
IDENTITY = re.compile(r"[A-Za-z0-9_-]{22}")  # 128 bits
WAITING: dict[str, Any] = {
    "state": "queued",
    **dict.fromkeys(("progress", "started_at", "heartbeat", "host", "pid")),
}


def read_job(connection: Connection, identity: str) -> JobRecord:
    """A job by its id, or NotFoundError."""
    known = IDENTITY.fullmatch(identity)  # ids come from addresses; a database refuses some texts
    row = known and connection.execute(select(jobs).where(jobs.c.id == identity)).one_or_none()
    if not row:
        raise NotFoundError("There is no such job.", hint="It may have ended long ago.")
    return _record(row)


def _record(row: Row[Any]) -> JobRecord:
    kept = {key: value for key, value in row._mapping.items() if key != "number"}
    if kept["progress"] is not None:
        kept["progress"] = JobProgress(**kept["progress"])
    if kept["error"] is not None:
        kept["error"] = JobFailure(**kept["error"])
    return JobRecord(**kept)


def held(job: JobRecord) -> ColumnElement[bool]:
    """The row of a job, while whoever took it up as ``job`` still has it."""
    by_this = jobs.c.attempts == job.attempts
    return (jobs.c.id == job.id) & (jobs.c.state == "running") & by_this


def told(error: VigiaError) -> dict[str, Any]:
    """An error as it is kept."""
    return asdict(JobFailure(type(error).__name__, error.message, error.hint, error.about))


def now(connection: Connection) -> str:
    """The time by the clock that all workers share: the database's, or that of this machine."""
    return stamped(_clock(connection))


def _clock(connection: Connection) -> datetime:
    if connection.dialect.name == "postgresql":
        clock: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return clock.astimezone(UTC)
    return datetime.now(UTC)


def dead_jobs(connection: Connection, after_seconds: float) -> list[JobRecord]:
    """Running jobs whose worker was silent for so long, or is known to be gone."""
    running = select(jobs).where(jobs.c.state == "running").order_by(jobs.c.number)
    clock = _clock(connection)
    found = [_record(row) for row in connection.execute(running)]
    return [job for job in found if _silent_seconds(job, clock) > after_seconds or _is_gone(job)]


def _silent_seconds(job: JobRecord, clock: datetime) -> float:
    last = read_stamp(str(job.heartbeat))
    return (clock - last).total_seconds()


def _is_gone(job: JobRecord) -> bool:
    """Whether the worker was a process of this machine that is no more."""
    if job.host != socket.gethostname() or job.pid is None:
        return False
    try:
        os.kill(job.pid, 0)
    except ProcessLookupError:
        return True
    except OSError:  # it is another user's
        return False
    return False


def after_death(job: JobRecord, moment: str) -> dict[str, Any]:
    """What becomes of a job whose worker died."""
    deaths = job.deaths + 1
    if job.cancelling:
        return {"state": "cancelled", "deaths": deaths, "ended_at": moment}
    if job.kind == TRAINING:  # hours of work: whoever wants them again says so
        error = JobLostError(
            "Whoever trained was killed before the end; the store is as it was.",
            hint="Ask again if it is still wanted.",
        )
    elif deaths <= DEATHS_AT_MOST:
        return {**WAITING, "deaths": deaths}
    else:
        error = JobLostError(
            f"Whoever worked on this died {deaths} times; it is not tried again.",
            hint="Ask for less at once, or look whether the machine has memory enough.",
        )
    return {"state": "failed", "deaths": deaths, "error": told(error), "ended_at": moment}
