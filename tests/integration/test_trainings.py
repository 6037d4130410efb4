"""Trainings asked for over HTTP, at a running service: to the end, called off, and killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from data.keys import add_key
from data.store import Store
from tests.api.serving import serving
from tests.integration.commands import vigia
from vigia.project import Project, load_project

WAIT_SECONDS = 120
LONG = {"draws": 20_000}


@dataclass
class Caller:
    """Somebody with a key, at a running service."""

    port: int
    key: str
    process: subprocess.Popen[str]

    def open(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers |= {"X-API-Key": self.key} | ({"Content-Type": "application/json"} if data else {})
        address = f"http://127.0.0.1:{self.port}{path}"
        asked = urllib.request.Request(address, data, headers, method=method)
        try:
            return urllib.request.urlopen(asked, timeout=WAIT_SECONDS)  # noqa: S310
        except urllib.error.HTTPError as error:
            return error

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        with self.open(method, path, body) as answer:
            return answer.status, json.loads(answer.read())

    def train(self, **form: Any) -> str:
        status, told = self.ask("POST", "/v1/runs", form)
        assert status == 202, told
        return f"/v1/trainings/{told['id']}"

    def until(self, where: str, *states: str) -> dict[str, Any]:
        return until(lambda: (told := self.ask("GET", where)[1])["state"] in states and told)


def until(true: Callable[[], Any]) -> Any:
    end = time.monotonic() + WAIT_SECONDS
    while not (found := true()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return found


def commands(parent: int, name: str) -> list[psutil.Process]:
    """Processes below one that run such a command."""
    found = []
    for one in psutil.Process(parent).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            found += [one] if one.cmdline()[1:4] == ["-m", "vigia", name] else []
    return found


@pytest.fixture
def project(tiny_published: Path, tmp_path: Path) -> Project:
    return load_project(shutil.copytree(tiny_published, tmp_path / "project"))


@pytest.fixture
def key(project: Project) -> str:
    with Store.open(project.store_url()) as store:
        return add_key(store, "x", "analyst", per_minute=10**6)[1]


@contextmanager
def served(project: Project, key: str) -> Iterator[Caller]:
    """A service with a worker beside it."""
    errors = project.folder / "errors"
    with serving(project, "--worker", errors=errors) as (port, process):
        yield Caller(port, key, process)


@pytest.fixture
def caller(project: Project, key: str) -> Iterator[Caller]:
    with served(project, key) as opened:
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


def test_a_training_is_asked_for_followed_and_ends_in_a_draft(caller: Caller) -> None:
    served_before = caller.ask("GET", "/v1/runs")[1]["published"]
    where = caller.train(quick=True, seed=5)
    status, busy = caller.ask("POST", "/v1/runs", {})
    assert (status, busy["training"]) == (409, where)
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


def test_one_that_runs_is_called_off_and_leaves_nothing_behind(
    caller: Caller, project: Project
) -> None:
    where = caller.train(**LONG)
    until(lambda: commands(caller.process.pid, "train"))
    assert caller.ask("DELETE", where)[0] == 200
    assert caller.until(where, "cancelled")["run"] is None
    until(lambda: not commands(caller.process.pid, "train"))
    vigia("ingest", "--project", project.folder)  # the lock is free


def test_a_training_that_is_killed_fails_in_words(caller: Caller, project: Project) -> None:
    where = caller.train(**LONG)
    (training,) = until(lambda: commands(caller.process.pid, "train"))
    training.kill()
    told = caller.until(where, "failed")
    assert "was killed before its end" in told["error"]
    assert caller.ask("POST", "/v1/runs", LONG)[0] == 202
    vigia("runs", "--project", project.folder)


def test_a_worker_that_is_killed_is_replaced_and_its_training_failed(caller: Caller) -> None:
    where = caller.train(**LONG)
    until(lambda: commands(caller.process.pid, "train"))
    (worker,) = commands(caller.process.pid, "work")
    training = commands(worker.pid, "train")[0]
    worker.kill()
    told = caller.until(where, "failed")
    assert "was killed before the end" in told["error"]
    until(lambda: not training.is_running() or training.status() == psutil.STATUS_ZOMBIE)
    next_one = caller.train(quick=True, seed=6)
    assert caller.until(next_one, "done", "failed")["state"] == "done"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_service_that_ends_leaves_the_training_to_the_next(
    how: signal.Signals, project: Project, key: str
) -> None:
    with served(project, key) as caller:
        where = caller.train(quick=True, seed=7)
        (training,) = until(lambda: commands(caller.process.pid, "train"))
        (worker,) = commands(caller.process.pid, "work")
        os.kill(caller.process.pid, how)
        caller.process.wait()
        until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)
        until(lambda: not training.is_running() or training.status() == psutil.STATUS_ZOMBIE)
    with served(project, key) as caller:
        told = caller.until(where, "done", "failed")
        assert told["state"] == "done"
        assert caller.ask("GET", f"/v1/runs/{told['run']}")[1]["status"] == "draft"
