"""Somebody with a key at a running service, with a worker beside it."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psutil

from data.keys import add_key
from data.store import Store
from tests.api.serving import serving
from vigia.project import Project

WAIT_SECONDS = 120


@dataclass
class Caller:
    """Somebody with a key, or with none."""

    port: int
    key: str
    process: subprocess.Popen[str]

    def open(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer, whatever its status; bytes are sent as they are, all else as JSON."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers |= {"X-API-Key": self.key} if self.key else {}
        headers |= {"Content-Type": "application/json"} if data else {}
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
        """The address of a training that was just asked for."""
        status, told = self.ask("POST", "/v1/runs", form)
        assert status == 202, told
        return f"/v1/trainings/{told['id']}"

    def until(self, where: str, *states: str) -> dict[str, Any]:
        return until(lambda: (told := self.ask("GET", where)[1])["state"] in states and told)

    def call_off(self, where: str) -> None:
        assert self.ask("DELETE", where)[0] == 200
        assert self.until(where, "cancelled")["run"] is None


@contextmanager
def calling(project: Project) -> Iterator[Caller]:
    """An analyst."""
    with Store.open(project.store_url()) as store:
        key = add_key(store, "x", "analyst", per_minute=10**6)[1]
    with serving(project, "--worker", errors=project.folder / "errors") as (port, process):
        yield Caller(port, key, process)


def until(true: Callable[[], Any]) -> Any:
    """What comes of it once that is true."""
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


def ended(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    return True
