"""The queue: nothing is done twice or lost, whoever works on it and however they end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from data import engine, jobs
from data.backup import restore_backup, write_backup
from data.jobs import Worker
from data.purge import purge_jobs
from data.records import JobFailure, JobProgress, JobRecord
from data.store import Store
from tests.data import example
from vigia.errors import (
    JobCancelledError,
    NotFoundError,
    ScenarioError,
    StoreBusyError,
    TooManyJobsError,
)
from vigia.project import Project

ROOT = Path(__file__).parents[2]
ELSEWHERE = Worker("elsewhere", 1)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        yield opened


def worker(url: str, what: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.data.claiming_worker", url, what],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def start(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def claimed(store: Store, by: Worker | None = None) -> JobRecord:
    job = jobs.claim(store, by)
    assert job is not None
    return job


def kill_a_holder(url: str) -> str:
    """The id of a job whose worker was killed."""
    with worker(url, "hold") as process:
        start(process)
        assert process.stdout is not None
        held = process.stdout.readline().strip()
        process.kill()
    return held


def test_a_job_goes_its_way(store: Store) -> None:
    request = {"teams": 3, "places": [example.HOSTILE, "\0", "\ud800"]}
    asked = jobs.enqueue(store, "plan", request)
    assert (asked.state, asked.request, asked.attempts) == ("queued", request, 0)
    assert len(asked.id) == 22
    taken = claimed(store)
    assert (taken.id, taken.state, taken.pid) == (asked.id, "running", Worker.here().pid)
    jobs.progress(store, taken, 2, 5, example.HOSTILE)
    seen = jobs.get(store, asked.id).progress
    assert seen == JobProgress(2, 5, example.HOSTILE)
    jobs.finish(store, taken, "d" * 16)
    ended = jobs.get(store, asked.id)
    assert (ended.state, ended.result, ended.error) == ("done", "d" * 16, None)
    assert ended.created_at <= str(ended.started_at) <= str(ended.ended_at)
    assert jobs.claim(store) is None


def test_a_failure_says_what_is_wrong_and_what_to_do(store: Store) -> None:
    jobs.enqueue(store, "plan", {})
    taken = claimed(store)
    jobs.fail(store, taken, ScenarioError("\0 is no place.", hint="Name one."))
    failed = jobs.get(store, taken.id)
    assert failed.state == "failed"
    assert failed.error == JobFailure("ScenarioError", "\0 is no place.", "Name one.")


def test_who_waited_longest_is_next_and_each_worker_takes_what_it_can(store: Store) -> None:
    ids = [jobs.enqueue(store, kind, {}).id for kind in ("train", "plan", "plan")]
    assert jobs.claim(store, kinds=("other",)) is None
    assert [jobs.claim(store, kinds=("plan",)).id for _ in "ab"] == ids[1:]  # type: ignore[union-attr]
    assert jobs.claim(store, kinds=("plan",)) is None
    assert claimed(store).id == ids[0]


def test_ids_cannot_be_guessed_from_each_other(store: Store) -> None:
    ids = [jobs.enqueue(store, "plan", {}).id for _ in range(10)]
    assert len({one[:6] for one in ids}) == len({one[-6:] for one in ids}) == 10


def test_no_more_wait_than_may(store: Store) -> None:
    for _ in range(3):
        jobs.enqueue(store, "plan", {}, limit=3)
    with pytest.raises(TooManyJobsError, match="3 jobs are waiting"):
        jobs.enqueue(store, "plan", {}, limit=3)
    claimed(store)
    jobs.enqueue(store, "plan", {}, limit=3)


@pytest.mark.parametrize("name", ["", "x" * 22, "\0" * 22, "\ud800" * 22, "'; DROP TABLE jobs; --"])
def test_a_job_that_is_not_there_is_not_found(store: Store, name: str) -> None:
    for ask in (jobs.get, jobs.cancel):
        with pytest.raises(NotFoundError):
            ask(store, name)


def test_one_that_waits_is_cancelled_at_once(store: Store) -> None:
    asked = jobs.enqueue(store, "plan", {})
    assert jobs.cancel(store, asked.id).state == "cancelled"
    assert jobs.get(store, asked.id).ended_at
    assert jobs.claim(store) is None


def test_one_that_runs_stops_when_it_next_says_how_far_it_is(store: Store) -> None:
    jobs.enqueue(store, "plan", {})
    taken = claimed(store)
    jobs.progress(store, taken, 1, 2, "half")
    told = jobs.cancel(store, taken.id)
    assert (told.state, told.cancelling) == ("running", True)
    with pytest.raises(JobCancelledError, match="was cancelled"):
        jobs.progress(store, taken, 2, 2, "all")
    assert jobs.get(store, taken.id).state == "cancelled"
    with pytest.raises(JobCancelledError, match="no longer"):
        jobs.finish(store, taken, "made")
    assert jobs.get(store, taken.id).result is None


def test_what_has_ended_stays_as_it_is(store: Store) -> None:
    jobs.enqueue(store, "plan", {})
    taken = claimed(store)
    jobs.finish(store, taken, "made")
    ended = jobs.get(store, taken.id)
    assert jobs.cancel(store, taken.id) == ended
    for change in (jobs.beat, jobs.give_back):
        with pytest.raises(JobCancelledError):
            change(store, taken)
    assert jobs.get(store, taken.id) == ended


def test_no_two_processes_get_the_same(store: Store, store_url: str) -> None:
    ids = [jobs.enqueue(store, "plan", {"number": n}, limit=60).id for n in range(60)]
    processes = [worker(store_url, "empty") for _ in range(4)]
    for process in processes:
        start(process)
    got = [process.communicate()[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert sorted(one for some in got for one in some) == sorted(ids)
    assert {jobs.get(store, one).state for one in ids} == {"done"}
    assert {jobs.get(store, one).attempts for one in ids} == {1}


def test_a_job_whose_worker_dies_is_tried_once_more(store: Store, store_url: str) -> None:
    asked = jobs.enqueue(store, "plan", {})
    assert jobs.recover(store) == ()
    assert kill_a_holder(store_url) == asked.id
    assert jobs.get(store, asked.id).state == "running"
    (again,) = jobs.recover(store)
    assert (again.state, again.deaths, again.pid) == ("queued", 1, None)
    assert kill_a_holder(store_url) == asked.id
    (lost,) = jobs.recover(store)
    assert lost.state == "failed"
    assert lost.error is not None
    assert lost.error.type == "JobLostError"
    assert "died 2 times" in lost.error.message
    assert jobs.recover(store) == ()
    assert jobs.claim(store) is None


def test_one_that_was_to_stop_is_not_tried_again(store: Store, store_url: str) -> None:
    asked = jobs.enqueue(store, "plan", {})
    kill_a_holder(store_url)
    jobs.cancel(store, asked.id)
    assert [job.state for job in jobs.recover(store)] == ["cancelled"]


def test_the_living_keep_what_they_have(store: Store) -> None:
    for _ in range(2):
        jobs.enqueue(store, "plan", {})
    here, there = claimed(store), claimed(store, ELSEWHERE)
    assert jobs.recover(store) == ()
    assert [job.id for job in jobs.recover(store, dead_after_seconds=-1)] == [here.id, there.id]


def test_who_was_thought_dead_finds_the_job_taken(store: Store) -> None:
    jobs.enqueue(store, "plan", {})
    first = claimed(store, ELSEWHERE)
    jobs.recover(store, dead_after_seconds=-1)
    second = claimed(store)
    assert second.id == first.id
    with pytest.raises(JobCancelledError, match="given to another"):
        jobs.progress(store, first, 1, 2, "half")
    with pytest.raises(JobCancelledError, match="given to another"):
        jobs.finish(store, first, "first")
    jobs.finish(store, second, "second")
    assert jobs.get(store, first.id).result == "second"


def test_what_is_given_back_keeps_its_place(store: Store) -> None:
    ids = [jobs.enqueue(store, "plan", {}).id for _ in range(2)]
    first = claimed(store)
    jobs.give_back(store, first)
    assert (jobs.get(store, first.id).state, jobs.get(store, first.id).deaths) == ("queued", 0)
    again = claimed(store)
    assert again.id == ids[0]
    with pytest.raises(JobCancelledError):
        jobs.beat(store, first)


@pytest.mark.postgis
def test_jobs_wait_for_no_ingest_on_postgis(
    postgis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.2)
    with Store.open(postgis_url) as store, store.writing():
        jobs.enqueue(store, "plan", {})
        jobs.finish(store, claimed(store), "made")


def test_they_wait_for_the_one_writer_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.1)
    with Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
        with store.writing(), pytest.raises(StoreBusyError, match="is busy"):
            jobs.enqueue(store, "plan", {})
        jobs.enqueue(store, "plan", {})


def test_old_jobs_are_forgotten(store: Store) -> None:
    for _ in range(3):
        jobs.enqueue(store, "plan", {})
    done = claimed(store)
    jobs.finish(store, done, "made")
    running = claimed(store)
    assert purge_jobs(store, days=1) == 0
    assert purge_jobs(store, days=-1) == 1
    with pytest.raises(NotFoundError):
        jobs.get(store, done.id)
    assert jobs.get(store, running.id).state == "running"
    assert claimed(store).id not in (done.id, running.id)


def test_a_restored_store_does_nothing_that_was_asked_for_long_ago(
    filled: Project, tmp_path: Path
) -> None:
    with Store.open(filled.store_url()) as store:
        running, waiting = (jobs.enqueue(store, "plan", {}).id for _ in range(2))
        claimed(store)
        write_backup(filled, tmp_path / "backup.zip")
        restore_backup(filled, tmp_path / "backup.zip")
        assert jobs.claim(store) is None
        for one in (running, waiting):
            ended = jobs.get(store, one)
            assert ended.state == "failed"
            assert ended.error is not None
            assert "restored from a backup" in ended.error.message
