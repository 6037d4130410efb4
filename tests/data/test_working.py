"""Workers: whatever a handler does, the job ends as it should and the next one is done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data import engine, jobs, working
from data.records import JobFailure, JobProgress, JobRecord
from data.store import Store
from data.working import Handler, Progress, work
from vigia.errors import PlanRequestError


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        yield opened


def made(job: JobRecord, progress: Progress) -> str:
    progress("working", 1, 2)
    return f"of {job.request['number']}"


def wait_for(condition: Callable[[], object]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_all_that_waits_is_done(store: Store) -> None:
    ids = [jobs.enqueue(store, "plan", {"number": n}).id for n in range(3)]
    other = jobs.enqueue(store, "train", {}).id
    assert work(store, {"plan": made}, once=True) == 3
    ended = [jobs.get(store, one) for one in ids]
    assert [(job.state, job.result) for job in ended] == [("done", f"of {n}") for n in range(3)]
    assert ended[0].progress == JobProgress(1, 2, "working")
    assert jobs.get(store, other).state == "queued"  # for a worker who can
    assert work(store, {"plan": made}, once=True) == 0


def test_a_failure_ends_one_job_and_not_the_work(store: Store) -> None:
    def refuse(job: JobRecord, progress: Progress) -> str:
        raise PlanRequestError("0 teams go nowhere.", hint="Send one.")

    def break_down(job: JobRecord, progress: Progress) -> str:
        raise ZeroDivisionError("7 victims in 010101")

    ids = [jobs.enqueue(store, kind, {"number": 1}).id for kind in ("refuse", "break", "plan")]
    handlers: dict[str, Handler] = {"refuse": refuse, "break": break_down, "plan": made}
    assert work(store, handlers, once=True) == 3
    refused, broken, done = (jobs.get(store, one) for one in ids)
    assert refused.error == JobFailure("PlanRequestError", "0 teams go nowhere.", "Send one.")
    assert broken.error is not None
    assert "ZeroDivisionError" in broken.error.message
    assert "victims" not in repr(broken)
    assert done.state == "done"


def test_one_that_runs_is_cancelled_from_outside(store: Store) -> None:
    begun, stopped = threading.Event(), threading.Event()

    def slow(job: JobRecord, progress: Progress) -> str:
        begun.set()
        try:
            for step in range(10_000):
                progress("step", step, 10_000)
                time.sleep(0.01)
        finally:
            stopped.set()
        return "all of it"

    first = jobs.enqueue(store, "slow", {}).id
    second = jobs.enqueue(store, "plan", {"number": 2}).id
    handlers: dict[str, Handler] = {"slow": slow, "plan": made}
    thread = threading.Thread(target=work, args=(store, handlers), kwargs={"once": True})
    thread.start()
    assert begun.wait(30)
    jobs.cancel(store, first)
    assert stopped.wait(10)
    thread.join()
    assert (jobs.get(store, first).state, jobs.get(store, first).result) == ("cancelled", None)
    assert jobs.get(store, second).state == "done"


def test_who_is_interrupted_gives_the_job_back(store: Store) -> None:
    def interrupted(job: JobRecord, progress: Progress) -> str:
        raise KeyboardInterrupt

    asked = jobs.enqueue(store, "plan", {"number": 1})
    with pytest.raises(KeyboardInterrupt):
        work(store, {"plan": interrupted})
    assert (jobs.get(store, asked.id).state, jobs.get(store, asked.id).deaths) == ("queued", 0)
    assert work(store, {"plan": made}, once=True) == 1


def test_it_waits_for_jobs_until_it_is_asked_to_stop(store: Store) -> None:
    stop = threading.Event()
    options = {"poll_seconds": 0.02, "stop": stop}
    thread = threading.Thread(target=work, args=(store, {"plan": made}), kwargs=options)
    thread.start()
    asked = jobs.enqueue(store, "plan", {"number": 1})
    wait_for(lambda: jobs.get(store, asked.id).state == "done")
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_a_silent_handler_is_not_taken_for_dead(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "BEAT_SECONDS", 0.1)

    def silent(job: JobRecord, progress: Progress) -> str:
        wait_for(lambda: str(jobs.get(store, job.id).heartbeat) > str(job.heartbeat))
        return "made"

    asked = jobs.enqueue(store, "plan", {})
    work(store, {"plan": silent}, once=True)
    assert jobs.get(store, asked.id).result == "made"


def test_jobs_of_the_dead_are_taken_up(store: Store) -> None:
    asked = jobs.enqueue(store, "plan", {"number": 1})
    nobody = jobs.Worker(jobs.Worker.here().host, 2**22 + 1)  # above what Linux gives
    assert jobs.claim(store, nobody)
    assert work(store, {"plan": made}, once=True) == 1
    ended = jobs.get(store, asked.id)
    assert (ended.state, ended.deaths, ended.attempts) == ("done", 1, 2)


def test_an_ingest_meanwhile_costs_time_and_no_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    with Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
        asked = jobs.enqueue(store, "plan", {})
        writing, over = threading.Event(), threading.Event()

        def ingest() -> None:
            with store.writing():
                writing.set()
                over.wait(30)

        thread = threading.Thread(target=ingest)

        def disturbed(job: JobRecord, progress: Progress) -> str:
            thread.start()
            assert writing.wait(30)
            progress("nobody hears it", 1, 2)
            threading.Timer(0.5, over.set).start()
            return "made"

        assert work(store, {"plan": disturbed}, once=True) == 1
        thread.join()
        assert jobs.get(store, asked.id).result == "made"
