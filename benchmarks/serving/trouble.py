"""The service under trouble: ``python -m benchmarks.serving.trouble`` (in ``make truth``).

Readers ask all the while, and every answer is held to the run that it names: each rate in it has
to be that run's. Meanwhile runs are published one after another, PostGIS is taken away, and the
service is killed. Written down into docs/serving.md; the tests do the same for seconds.
"""

from __future__ import annotations

import argparse
import http.client
import json
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.results import ROOT, Results, write_between
from benchmarks.serving import servers
from benchmarks.serving.region import OUTCOME, publish_run, publish_runs
from data.publish import as_published
from data.store import Store
from maps.released import release
from maps.table import as_records, score_table
from tests.postgis import cluster

DISTRICTS = 60
READERS = 3
MARKS = ("<!-- trouble -->", "<!-- /trouble -->")
PATHS = (
    f"/v1/districts?outcome={OUTCOME}&limit=1000",
    f"/ogc/collections/scores_{OUTCOME}/items?limit=40",
    f"/ogc/collections/scores_{OUTCOME}/items?limit=10&department_code=0001",
)
Rates = Mapping[str, float | None]


class Truth:
    """Which rates each run has, read from the store when first asked for."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._known: dict[str, Rates] = {}
        self._reading = threading.Lock()

    def of(self, run: str) -> Rates:
        """Rate by code."""
        with self._reading:
            if run not in self._known:
                with Store.open(self._url) as store:
                    table = score_table(release(as_published(store, run)))
                rows = as_records(table[table["outcome"] == OUTCOME])
                self._known[run] = {row["code"]: row["rate"] for row in rows}
            return self._known[run]


@dataclass
class Seen:
    """What readers saw."""

    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0  # connections that broke
    answers: list[tuple[str, dict[str, float | None]]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    longest_seconds: float = 0.0

    def wrong(self, truth: Truth) -> int:
        """Answers with any rate that is not of the run that they name."""
        distinct = {(run, tuple(sorted(rates.items()))) for run, rates in self.answers}
        return sum(
            any(truth.of(run).get(code, "none") != rate for code, rate in rates)
            for run, rates in distinct
        )

    @property
    def runs(self) -> set[str]:
        return {run for run, _ in self.answers}

    @property
    def failed(self) -> int:
        """Answers that were none."""
        return sum(n for status, n in self.statuses.items() if status != 200)


@contextmanager
def reading(base: Callable[[], str], key: str, readers: int = READERS) -> Iterator[Seen]:
    """Ask over and over, each reader over a connection of its own."""
    seen, stop, adding = Seen(), threading.Event(), threading.Lock()
    work = [
        threading.Thread(target=_read, args=(base, key, n, seen, stop, adding))
        for n in range(readers)
    ]
    for one in work:
        one.start()
    try:
        yield seen
    finally:
        stop.set()
        for one in work:
            one.join()


def _read(
    base: Callable[[], str],
    key: str,
    number: int,
    seen: Seen,
    stop: threading.Event,
    adding: threading.Lock,
) -> None:
    while not stop.is_set():
        connection = http.client.HTTPConnection(base().removeprefix("http://"), timeout=60)
        try:
            while not stop.is_set():
                number += 1
                one = _ask(connection, PATHS[number % len(PATHS)], key)
                with adding:
                    _add(seen, *one)
        except (OSError, http.client.HTTPException):
            with adding:
                seen.lost += 1
            time.sleep(0.05)
        finally:
            connection.close()


def _ask(connection: http.client.HTTPConnection, path: str, key: str) -> tuple[Any, bytes, float]:
    began = time.monotonic()
    connection.request("GET", path, headers={"X-API-Key": key})
    answer = connection.getresponse()
    return answer, answer.read(), time.monotonic() - began


def _add(seen: Seen, answer: http.client.HTTPResponse, body: bytes, seconds: float) -> None:
    seen.statuses[answer.status] += 1
    seen.longest_seconds = max(seen.longest_seconds, seconds)
    seen.requests.append(answer.headers["X-Request-ID"])
    if answer.status == 200:
        seen.answers.append(_told(json.loads(body)))


def _told(body: dict[str, Any]) -> tuple[str, dict[str, float | None]]:
    rows = body.get("scores") or [one["properties"] for one in body["features"]]
    return body["run"], {row["code"]: row["rate"] for row in rows}


def publishes(url: str, folder: Path, count: int) -> dict[str, Any]:
    """Publish so many runs while readers read."""
    key = publish_runs(url, 1, DISTRICTS)
    truth = Truth(url)
    with servers.ours(url, folder) as server, Store.open(url) as store:
        codes = store.districts(store.snapshot())["code"].tolist()
        with reading(lambda: server.base, key) as seen:
            for number in range(1, count + 1):
                publish_run(store, codes, number)
            last = f"{count:016x}"
            _until(lambda: last in seen.runs)
    return _figures(seen, truth) | {"published": count}


def away(
    url: str, folder: Path, seconds: float, take: Callable[[], None], give: Callable[[], None]
) -> dict[str, Any]:
    """Take PostGIS away for so long while readers read, then publish another run."""
    key = publish_runs(url, 1, DISTRICTS)
    truth = Truth(url)
    truth.of(f"{0:016x}")
    with servers.ours(url, folder) as server, reading(lambda: server.base, key) as seen:
        _until(lambda: len(seen.answers) > 10)
        before = _state(server)
        take()
        began = time.monotonic()
        try:
            _until(lambda: _state(server) == "degraded")
            time.sleep(max(0.0, seconds - (time.monotonic() - began)))
            during = len(seen.answers)
        finally:
            give()
        with Store.open(url) as store:
            publish_run(store, store.districts(store.snapshot())["code"].tolist(), 1)
        _until(lambda: f"{1:016x}" in seen.runs)
        after = _state(server)
    states = {"states": [before, "degraded", after], "answered_without": during}
    return _figures(seen, truth) | states


def killed(url: str, folder: Path, times: int) -> dict[str, Any]:
    """Kill the service so often, while readers read and runs are published."""
    key = publish_runs(url, 1, DISTRICTS)
    truth, where = Truth(url), [""]
    published = 0
    with reading(lambda: where[0] or "http://127.0.0.1:9", key) as seen:
        for _ in range(times):
            with servers.ours(url, folder) as server:
                where[0] = server.base
                goal = len(seen.answers) + 20
                with Store.open(url) as store:
                    published += 1
                    publish_run(
                        store, store.districts(store.snapshot())["code"].tolist(), published
                    )
                _until(lambda: len(seen.answers) > goal)  # noqa: B023 - called at once
                server.send(signal.SIGKILL)
        with servers.ours(url, folder) as server:
            where[0] = server.base
            _until(lambda: f"{published:016x}" in seen.runs)
    lines = "".join(one.read_text() for one in sorted((folder / "access").glob("*.jsonl")))
    written = {json.loads(line)["request"] for line in lines.splitlines()}
    return _figures(seen, truth) | {
        "killed": times,
        "lines_missing": len(set(seen.requests) - written),
    }


def _figures(seen: Seen, truth: Truth) -> dict[str, Any]:
    return {
        "answers": len(seen.answers),
        "failed": seen.failed,
        "lost": seen.lost,
        "wrong": seen.wrong(truth),
        "runs": len(seen.runs),
        "longest_seconds": round(seen.longest_seconds, 2),
    }


def _state(server: servers.Server) -> str:
    connection = http.client.HTTPConnection(server.base.removeprefix("http://"), timeout=60)
    with closing(connection):
        connection.request("GET", "/ready")
        return str(json.loads(connection.getresponse().read()).get("status"))


def _until(holds: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("what was waited for did not come")
        time.sleep(0.02)


def main() -> None:
    """All of it at length, written down as it comes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--publishes", type=int, default=1_000)
    parser.add_argument("--away", type=float, default=60)
    parser.add_argument("--kills", type=int, default=20)
    asked = parser.parse_args()
    results = Results("trouble")
    with cluster() as postgres:
        parts: dict[str, Callable[[str, Path], dict[str, Any]]] = {
            "publishes": lambda url, folder: publishes(url, folder, asked.publishes),
            "away": lambda url, folder: away(
                url, folder, asked.away, postgres.stop, postgres.start
            ),
            "silent": lambda url, folder: away(
                url, folder, asked.away, postgres.freeze, postgres.thaw
            ),
            "kills": lambda url, folder: killed(url, folder, asked.kills),
        }
        for name, part in parts.items():
            if name not in results.of:
                with tempfile.TemporaryDirectory() as folder, postgres.database() as url:
                    results.of[name] = part(url, Path(folder))
                results.save()
                print(name, results.of[name], flush=True)
    write_between(ROOT / "docs" / "serving.md", MARKS, "\n".join(table(results.of, results.commit)))


def table(of: Mapping[str, Any], commit: str) -> list[str]:
    """Markdown."""
    what = {
        "publishes": lambda one: f"{one['published']:,} runs published one after another",
        "away": lambda one: f"PostGIS away ({one['answered_without']:,} answers by then)",
        "silent": lambda one: f"PostGIS silent ({one['answered_without']:,} answers by then)",
        "kills": lambda one: (
            f"killed {one['killed']} times (lines of access missing: {one['lines_missing']})"
        ),
    }
    head = f"At commit {commit}, {READERS} readers of {DISTRICTS} districts:"
    columns = ("", "answers", "failed", "of no run, or of two", "connections lost", "longest, s")
    lines = [head, "", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for name, told in what.items():
        if name in of:
            one = of[name]
            cells = [told(one), f"{one['answers']:,}", one["failed"], one["wrong"], one["lost"]]
            lines.append(f"| {' | '.join(map(str, [*cells, one['longest_seconds']]))} |")
    return lines


if __name__ == "__main__":
    main()
