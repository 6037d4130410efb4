"""What a worker does before its first job."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from data import jobs
from data.clock import stamped
from data.service_tables import jobs as table
from data.store import Store
from tests import tiny_project
from vigia import pipeline
from vigia.errors import NotFoundError
from vigia.project import load_project
from vigia.worker import JOBS_KEPT_DAYS, work


def ended(store: Store, days: float) -> str:
    """The id of a job that was called off so many days ago."""
    job = jobs.cancel(store, jobs.enqueue(store, jobs.PLAN_SITES, {}).id)
    at = stamped(datetime.now(UTC) - timedelta(days=days))
    with jobs.taking_turn(store) as connection:
        connection.execute(update(table).where(table.c.id == job.id).values(ended_at=at))
    return job.id


def test_jobs_that_ended_long_ago_are_forgotten_when_a_worker_starts(tmp_path: Path) -> None:
    project = load_project(tiny_project.write(tmp_path / "project"))
    with pipeline.open_store(project) as store:
        old, young = ended(store, JOBS_KEPT_DAYS + 1), ended(store, JOBS_KEPT_DAYS - 1)
        assert work(project, once=True) == 0
        assert jobs.get(store, young).state == "cancelled"
        with pytest.raises(NotFoundError):
            jobs.get(store, old)
