"""``vigia serve`` as it is run: several workers, their counters, their logs, and how they end."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from data.keys import add_key
from data.store import Store
from tests.api.serving import served_project, serving
from tests.maps.region import RUN_ID
from vigia.project import Project

WAIT_SECONDS = 30


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return served_project(tmp_path_factory.mktemp("serving") / "project")


@pytest.fixture(scope="module")
def key(project: Project) -> str:
    with Store.open(project.store_url()) as store:
        return add_key(store, "x", "admin", per_minute=10**6)[1]


def get(port: int, path: str, key: str | None = None) -> tuple[int, str]:
    headers = {"X-API-Key": key} if key else {}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=WAIT_SECONDS) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def workers(parent: int) -> set[int]:
    """Those that answer; the resource tracker of multiprocessing is no worker."""
    found = set()
    for one in psutil.Process(parent).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            found |= {one.pid} if "spawn_main" in " ".join(one.cmdline()) else set()
    return found


def counted(port: int, key: str) -> float:
    text = get(port, "/metrics", key)[1]
    rows = [row for row in text.splitlines() if row.startswith("vigia_requests_total")]
    return sum(float(row.split()[-1]) for row in rows if '"/v1/runs"' in row)


def test_workers_count_together_and_are_replaced(
    project: Project, key: str, tmp_path: Path
) -> None:
    with serving(project, "--workers", "2", errors=tmp_path / "errors") as (port, process):
        until(lambda: len(workers(process.pid)) == 2)
        with ThreadPoolExecutor(8) as pool:
            said = list(pool.map(lambda _: get(port, "/v1/runs", key), range(200)))
        assert {status for status, _ in said} == {200}
        assert {counted(port, key) for _ in range(10)} == {200.0}
        before = workers(process.pid)
        os.kill(min(before), signal.SIGKILL)
        until(lambda: len(workers(process.pid) - before) == 1)
        until(lambda: get(port, "/v1/runs", key)[0] == 200)
        assert counted(port, key) > 200
        running = {get(port, "/metrics", key)[1] for _ in range(5)}
        assert all("vigia_requests_running 1.0" in text for text in running)
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT_SECONDS) is not None


def test_workers_end_with_a_parent_that_was_killed(
    project: Project, key: str, tmp_path: Path
) -> None:
    with serving(project, "--workers", "2", errors=tmp_path / "errors") as (_, process):
        until(lambda: len(workers(process.pid)) == 2)
        left = workers(process.pid)
        process.kill()
        process.wait()
        until(lambda: not any(psutil.pid_exists(one) for one in left))


def test_a_request_under_way_is_answered_before_the_end(
    project: Project, key: str, tmp_path: Path
) -> None:
    with serving(project, errors=tmp_path / "errors") as (port, process):
        with ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(get, port, "/?lang=en", key) for _ in range(4)]
            process.send_signal(signal.SIGTERM)
            ended = [one.result() for one in asked if not one.exception()]
        assert all(status == 200 and text.endswith("</html>\n") for status, text in ended)
        process.wait(WAIT_SECONDS)


def test_what_it_says_is_json_and_no_secret(project: Project, key: str, tmp_path: Path) -> None:
    errors = tmp_path / "errors"
    with serving(project, errors=errors) as (port, _):
        assert get(port, "/v1/runs", key)[0] == 200
        store = Path(project.store_url().removeprefix("sqlite:///"))
        away = store.rename(tmp_path / "away")
        try:
            assert get(port, "/v1/districts", key)[0] == 200
            until(lambda: "out of reach" in errors.read_text())
        finally:
            away.rename(store)
    first, *rest = errors.read_text().splitlines()
    assert first.startswith("Map: ")
    told = [json.loads(line) for line in rest]
    assert any(line["logger"] == "vigia.api" and line["level"] == "warning" for line in told)
    assert key[19:] not in errors.read_text()
    lines = [json.loads(line) for file in (project.var / "access").iterdir()
             for line in file.read_text().splitlines()]  # fmt: skip
    assert {line["run"] for line in lines if line["path"] == "/v1/runs"} <= {RUN_ID, None}
