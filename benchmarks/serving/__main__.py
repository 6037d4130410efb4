"""How fast districts are served, beside others on the same data: ``python -m benchmarks.serving``.

1,834 made-up districts in a throw-away PostGIS. Each server is one process; wrk asks over 16
connections with gzip, one server after another, in rounds, and the median of a server's rounds
counts. vigia asks for a key and writes its access log; the others do neither. Written down with the
commit and into docs/api.md.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers.environment import peers_python
from benchmarks.results import ROOT, Results, write_between
from benchmarks.serving import servers
from benchmarks.serving.load import load
from benchmarks.serving.region import DISTRICTS, OUTCOME, TABLE, publish_runs, write_table
from tests.postgis import cluster

GEOJSON, MVT = "application/geo+json", "application/vnd.mapbox-vector-tile"
MARKS = ("<!-- serving -->", "<!-- /serving -->")
BARE = ("fastapi", "asgi")
COLUMNS = (
    *("", "vigia", "tipg", "pygeoapi", "bare FastAPI", "bare ASGI"),
    *("vigia / tipg (aim)", "vigia / bare FastAPI", "304", "MiB"),
)


@dataclass(frozen=True)
class Case:
    """One thing asked of each server, where it has it; ``at_least`` times tipg is aimed for."""

    title: str
    ours: str
    tipg: str
    pygeoapi: str | None
    at_least: float
    media_type: str = GEOJSON
    script: str | None = None


OURS, TIPG, PYGEOAPI = (
    f"/ogc/collections/scores_{OUTCOME}",
    f"/collections/public.{TABLE}",
    "/collections/scores",
)
ANY_SCORE = """
math.randomseed(os.time())
request = function()
  local path = wrk.path .. string.format(QUERY, math.random() * 100)
  return wrk.format("GET", path)
end
"""
CASES = {
    "all": Case(
        "whole collection",
        f"{OURS}/items?limit=10000",
        f"{TIPG}/items?limit=10000",
        f"{PYGEOAPI}/items?f=json&limit=10000",
        500,
    ),
    "page": Case(
        "page of 100",
        f"{OURS}/items?limit=100",
        f"{TIPG}/items?limit=100",
        f"{PYGEOAPI}/items?f=json&limit=100",
        50,
    ),
    "one": Case(
        "one district",
        f"{OURS}/items/000900",
        f"{TIPG}/items/000900",
        f"{PYGEOAPI}/items/000900?f=json",
        8,
    ),
    "tile": Case(
        "vector tile",
        f"{OURS}/tiles/WebMercatorQuad/6/33/18",
        f"{TIPG}/tiles/WebMercatorQuad/6/18/33",
        None,
        50,
        MVT,
    ),
    "filter": Case(
        "CQL2 filter, another one each time",
        f"{OURS}/items?limit=100",
        f"{TIPG}/items?limit=100",
        None,
        5,
        script='"&filter-lang=cql2-text&filter=score%%3E%.9f"',
    ),
}


def main() -> None:
    """Measure, write down, and put the table into the docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--districts", type=int, default=DISTRICTS)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--alone", action="store_true", help="no peers, nothing written")
    asked = parser.parse_args()
    results = Results("serving")
    with (
        tempfile.TemporaryDirectory() as folder,
        cluster() as postgres,
        postgres.database() as url,
    ):
        key = publish_runs(url, runs=3, count=asked.districts)
        write_table(url)
        bench = Bench(url, key, Path(folder), asked.seconds, asked.rounds)
        for name in asked.cases:
            results.of[name] = bench.case(CASES[name], alone=asked.alone)
            print(name, results.of[name], flush=True)
            if not asked.alone:
                results.save()
    if not asked.alone:
        lines = table(results.of, results.commit)
        write_between(ROOT / "docs" / "serving.md", MARKS, "\n".join(lines))


@dataclass(frozen=True)
class Bench:
    """One region, served by each in turn."""

    url: str
    key: str
    folder: Path
    seconds: float
    rounds: int

    def case(self, case: Case, *, alone: bool) -> dict[str, Any]:
        """Requests a second of each server, and more of ours."""
        with contextlib.ExitStack() as running:
            start: dict[str, Callable[[], Any]] = {
                "vigia": lambda: servers.ours(self.url, self.folder)
            }
            paths = {"vigia": case.ours}
            python = None if alone else peers_python("serving")
            if python is not None:
                start["tipg"] = lambda: servers.tipg(python, self.url)
                paths["tipg"] = case.tipg
            if python is not None and case.pygeoapi:
                start["pygeoapi"] = lambda: servers.pygeoapi(python, self.url, self.folder)
                paths["pygeoapi"] = case.pygeoapi
            up = {name: running.enter_context(begin()) for name, begin in start.items()}
            if not case.script:
                body = self._save(up["vigia"].base + case.ours)
                for kind in BARE:
                    up[kind] = running.enter_context(servers.bare(kind, body, case.media_type))
                    paths[kind] = case.ours
            return self._measure(case, up, paths)

    def _measure(
        self, case: Case, up: dict[str, servers.Server], paths: dict[str, str]
    ) -> dict[str, Any]:
        rates: dict[str, list[float]] = {name: [] for name in up}
        failed: dict[str, int] = dict.fromkeys(up, 0)
        for _ in range(self.rounds):
            for name, server in up.items():
                script = self._script(case, name)
                sent = {"X-API-Key": self.key} if name == "vigia" else {}
                one = load(server.base + paths[name], sent, self.seconds, script)
                rates[name].append(one.per_second)
                failed[name] += one.failed
        found: dict[str, Any] = {name: statistics.median(all_of) for name, all_of in rates.items()}
        found |= {"failed": failed, "pss_mb": up["vigia"].pss_mb()}
        if not case.script:
            known = {
                "If-None-Match": self._tag(up["vigia"].base + case.ours),
                "X-API-Key": self.key,
            }
            found["not_modified"] = load(
                up["vigia"].base + case.ours, known, self.seconds
            ).per_second
        return found

    def _script(self, case: Case, name: str) -> Path | None:
        if case.script is None:
            return None
        path = self.folder / "any.lua"
        path.write_text(ANY_SCORE.replace("QUERY", case.script), encoding="utf-8")
        return path

    def _ask(self, url: str) -> Any:
        asked = urllib.request.Request(  # noqa: S310 - of this machine
            url, headers={"X-API-Key": self.key, "Accept-Encoding": "gzip"}
        )
        return urllib.request.urlopen(asked, timeout=60)  # noqa: S310

    def _save(self, url: str) -> Path:
        path = self.folder / "body"
        with self._ask(url) as answer:
            path.write_bytes(answer.read())
        return path

    def _tag(self, url: str) -> str:
        with self._ask(url) as answer:
            return str(answer.headers["ETag"])


def table(of: dict[str, Any], commit: str) -> list[str]:
    """Markdown."""
    lines = [
        f"Requests a second at commit {commit}:",
        "",
        f"| {' | '.join(COLUMNS)} |",
        "|---" * len(COLUMNS) + "|",
    ]
    for name, case in CASES.items():
        if name in of:
            lines.append(_row(case, of[name]))
    return lines


def _row(case: Case, one: dict[str, Any]) -> str:
    def told(name: str) -> str:
        rate = one.get(name)
        return "" if rate is None else f"{rate:,.0f}" if rate >= 20 else f"{rate:.1f}"

    times = f"{one['vigia'] / one['tipg']:,.1f} ({case.at_least:g})"
    share = f"{one['vigia'] / one['fastapi']:.0%}" if "fastapi" in one else ""
    cells = [case.title, *map(told, ("vigia", "tipg", "pygeoapi", "fastapi", "asgi"))]
    cells += [times, share, told("not_modified"), f"{one['pss_mb']:.0f}"]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
