"""Trainings asked for over HTTP, at a running service: to the end, called off, and killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data import jobs
from data.keys import add_key
from data.lock import project_lock
from data.store import Store
from tests.integration.callers import Caller, calling, commands, ended, until
from tests.integration.commands import vigia
from vigia.project import Project, load_project

LONG = {"draws": 20_000}


@pytest.fixture
def project(tiny_published: Path, tmp_path: Path) -> Project:
    return load_project(shutil.copytree(tiny_published, tmp_path / "project"))


@pytest.fixture(scope="module")
def shared(tiny_published: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Of the service that tests share: each leaves it with nothing under way."""
    folder = tmp_path_factory.mktemp("trainings") / "project"
    return load_project(shutil.copytree(tiny_published, folder))


@pytest.fixture(scope="module")
def caller(shared: Project) -> Iterator[Caller]:
    with calling(shared) as opened:
        yield opened


def events(caller: Caller, where: str, after: int = 0) -> list[dict[str, str]]:
    """All events until the stream ends by itself."""
    headers = {"Accept-Encoding": "gzip"} | ({"Last-Event-ID": str(after)} if after else {})
    with caller.open("GET", f"{where}/events", **headers) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert "Content-Encoding" not in answer.headers
        blocks = answer.read().decode().split("\n\n")
    parsed = [dict(row.split(": ", 1) for row in block.splitlines()) for block in blocks]
    return [one for one in parsed if "event" in one]


def job(project: Project, where: str) -> Any:
    """As the store has it."""
    with Store.open(project.store_url()) as store:
        return jobs.get(store, where.rpartition("/")[2])


def test_a_training_is_asked_for_followed_and_ends_in_a_draft(caller: Caller) -> None:
    served_before = caller.ask("GET", "/v1/runs")[1]["published"]
    where = caller.train(quick=True, seed=5)
    with caller.open("POST", "/v1/runs", {}) as busy:
        assert (busy.status, json.loads(busy.read())["training"]) == (409, where)
        assert int(busy.headers["Retry-After"]) > 0
    told = events(caller, where)
    steps = [json.loads(one["data"]) for one in told if one["event"] == "progress"]
    assert [one["id"] for one in told if "id" in one] == [str(n + 1) for n in range(len(steps))]
    assert "held-out test" in {one["label"] for one in steps}
    states = [json.loads(one["data"])["state"] for one in told if one["event"] == "state"]
    assert states[-1] == "done"
    assert "running" in states
    again = [one for one in events(caller, where, after=3) if one["event"] == "progress"]
    assert [one["id"] for one in again] == [str(n) for n in range(4, len(steps) + 1)]
    done = caller.ask("GET", where)[1]
    status, run = caller.ask("GET", f"/v1/runs/{done['run']}")
    assert (status, run["status"], run["seed"]) == (200, "draft", 5)
    listed = caller.ask("GET", "/v1/runs")[1]
    assert listed["published"] == served_before
    assert done["run"] not in {one["id"] for one in listed["runs"]}
    with caller.open("GET", f"{where}/log") as answer:
        log = answer.read().decode()
    assert log.splitlines()[-1].endswith(f"done: run {done['run']}")
    assert caller.ask("DELETE", where)[1]["state"] == "done"


def test_what_nobody_can_mean_is_refused_and_nothing_asked_for(
    caller: Caller, shared: Project
) -> None:
    forms = [b'{"quick": ', {"colour": "red"}, {"seed": -1}, {"draws": 99}, {"draws": 20_001}, []]
    for form in forms:
        status, told = caller.ask("POST", "/v1/runs", form)
        assert (status, bool(told["detail"])) == (422, True), form
    with Store.open(shared.store_url()) as store:
        partner = replace(caller, key=add_key(store, "y", "partner")[1])
    for nobody in ("", "vigia_nobody"):
        assert replace(caller, key=nobody).ask("POST", "/v1/runs", {})[0] == 401
    until(lambda: partner.ask("POST", "/v1/runs", {})[0] == 403)  # once its key is known
    caller.call_off(caller.train(**LONG))  # nothing else is under way


def test_one_that_runs_is_called_off_and_leaves_nothing_behind(
    caller: Caller, shared: Project
) -> None:
    where = caller.train(**LONG)
    until(lambda: commands(caller.process.pid, "train"))
    caller.call_off(where)
    until(lambda: not commands(caller.process.pid, "train"))
    vigia("ingest", "--project", shared.folder)  # the lock is free


def test_of_two_that_write_at_once_the_second_is_told(caller: Caller, shared: Project) -> None:
    where = caller.train(**LONG)
    until(lambda: caller.ask("GET", where)[1]["label"] not in (None, "start"))
    (training,) = commands(caller.process.pid, "train")
    training.suspend()  # it would be too quick
    for command in ("train", "ingest"):
        assert "at work" in vigia(command, "--project", shared.folder, code=5).stderr
    assert caller.ask("GET", where)[1]["state"] == "running"
    training.resume()
    caller.call_off(where)
    with project_lock(shared):
        told = caller.until(caller.train(quick=True), "done", "failed")
    assert (told["state"], told["run"]) == ("failed", None)
    assert told["error"] == "Another command was at work on the project."
    vigia("doctor", "--project", shared.folder)


def test_a_training_that_is_killed_fails_in_words(caller: Caller, shared: Project) -> None:
    where = caller.train(**LONG)
    (training,) = until(lambda: commands(caller.process.pid, "train"))
    training.kill()
    told = caller.until(where, "failed")
    assert "was killed before its end" in told["error"]
    vigia("runs", "--project", shared.folder)


def test_a_worker_that_is_killed_is_replaced_and_its_training_failed(caller: Caller) -> None:
    where = caller.train(**LONG)
    until(lambda: commands(caller.process.pid, "train"))
    (worker,) = commands(caller.process.pid, "work")
    training = commands(worker.pid, "train")[0]
    worker.kill()
    told = caller.until(where, "failed")
    assert "was killed before the end" in told["error"]
    until(lambda: ended(training))
    next_one = caller.train(**LONG)
    until(lambda: commands(caller.process.pid, "train"))  # by the next worker
    caller.call_off(next_one)


def service_ends(project: Project, how: signal.Signals) -> Any:
    """The training it had under way, as the store has it once nothing of the service is left."""
    with calling(project) as caller:
        where = caller.train(quick=True, seed=7)
        (training,) = until(lambda: commands(caller.process.pid, "train"))
        (worker,) = commands(caller.process.pid, "work")
        os.kill(caller.process.pid, how)
        caller.process.wait()
        until(lambda: ended(worker) and ended(training))
    return job(project, where)


def test_a_service_that_is_asked_to_end_leaves_its_training_to_the_next(project: Project) -> None:
    left = service_ends(project, signal.SIGTERM)
    assert (left.state, left.deaths) == ("queued", 0)
    vigia("work", "--once", "--project", project.folder)
    assert job(project, left.id).state == "done"


def test_under_a_service_that_is_killed_the_training_fails_in_words(project: Project) -> None:
    left = service_ends(project, signal.SIGKILL)
    assert left.state == "failed"
    assert left.error.message.startswith("The service was killed under it")


def test_a_budget_of_seconds_ends_a_training_in_words(project: Project) -> None:
    file = project.folder / "vigia.toml"
    file.write_text(file.read_text() + "\n[serve]\ntraining_seconds = 1\n")
    with Store.open(project.store_url()) as store:
        asked = jobs.enqueue_training(store, LONG)
    vigia("work", "--once", "--project", project.folder)
    spent = job(project, asked.id)
    assert (spent.state, spent.result) == ("failed", None)
    assert spent.error.message == "It took more than 1 seconds, and was ended."


def test_a_plan_does_not_wait_for_a_training(caller: Caller, shared: Project) -> None:
    where = caller.train(**LONG)
    (training,) = until(lambda: commands(caller.process.pid, "train"))
    training.suspend()  # however quick it is
    form = {"teams": 1, "reach_minutes": 60, "outcome": "exploitation"}
    status, asked = caller.ask("POST", "/v1/plans", form)
    assert status == 202
    caller.until(f"/v1/plans/{asked['id']}", "failed")  # taken up: the project has no ways
    assert job(shared, asked["id"]).error.type == "MissingStepError"
    assert caller.ask("GET", where)[1]["state"] == "running"
    training.resume()
    caller.call_off(where)
