"""The feature table against PostGIS, plain GeoPandas and SedonaDB: how many times faster.

``python -m benchmarks.features --size medium``. All engines compute the table of
``benchmarks.peers.columns`` of one seeded region, each run in a process of its own, one engine
after the other and that some rounds; the shortest run of each counts. Every run is written down as
it ends, with its commit; a second call goes on where the first one stopped. At the end the engines'
numbers are held against ours: counts have to be the same, everything else to 1e-6. The table in
docs/measures.md is written anew.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.peers.columns import ALLOWED, counts, differences
from benchmarks.peers.environment import peers_python
from benchmarks.peers.region import SIZES, read_districts_km2, read_people, write
from benchmarks.peers.run import ENGINES, OURS
from benchmarks.results import ROOT, Results, write_between
from tests.postgis import cluster

WORK = ROOT / "var" / "bench"
ROUNDS = {"tiny": 1, "small": 3, "medium": 3, "large": 1}
NAMES = {
    "vigia": "vigia",
    "sedonadb": "SedonaDB",
    "geopandas": "GeoPandas",
    "postgis": "PostGIS",
}
MARKS = (
    "<!-- speed table: written by benchmarks.features -->",
    "<!-- end of speed table -->",
)
HEADING = (
    "| size | engine | seconds | times ours | CPU seconds | peak MB | largest difference |\n"
    "|---|---|---:|---:|---:|---:|---:|"
)


def folder_of(size: str) -> Path:
    """Where a size's region and tables lie."""
    return WORK / f"features-{size}"


def table_of(engine: str, size: str) -> Path:
    """Where an engine's table lies."""
    return folder_of(size) / f"table-{engine}.parquet"


def run(engine: str, size: str) -> dict[str, Any]:
    """One run in a process of its own; what it took."""
    python = sys.executable if engine == OURS else str(peers_python())
    command = [python, "-m", "benchmarks.peers.run", engine]
    command += [str(folder_of(size)), str(table_of(engine, size))]
    try:
        if engine != "postgis":
            return _called(command, {})
        with cluster() as server, server.database() as url:
            return _called(command, {"VIGIA_BENCH_POSTGIS": url})
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        raise SystemExit(f"{engine} has not measured {size}: {error}") from error


def _called(command: list[str], more: dict[str, str]) -> dict[str, Any]:
    environment = {**os.environ, **more}
    done = subprocess.run(
        command, check=True, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    took: dict[str, Any] = json.loads(done.stdout)
    return took


def measure(size: str, engines: list[str], rounds: int) -> dict[str, Any]:
    """Run what is not yet measured at this commit; write after every run."""
    write(folder_of(size), SIZES[size])
    results = Results("features")
    entry: dict[str, Any] = results.of.setdefault(size, {"runs": {}})
    for number in range(rounds):
        for engine in engines:
            done = len(entry["runs"].get(engine, []))
            if done > number and table_of(engine, size).exists():
                continue
            took = run(engine, size)
            entry["runs"].setdefault(engine, []).append(took)
            results.save()
            print(f"{size} {engine}: {took['seconds']:.2f} s", file=sys.stderr, flush=True)
    entry.update(compared(size, list(entry["runs"])))
    results.save()
    return results.of


def compared(size: str, engines: list[str]) -> dict[str, Any]:
    """The peers' numbers against ours.

    Returns
    -------
    dict
        ``differences``: by engine and column, the largest relative one; ``counts_off``: by engine,
        in how many places a whole number is another.
    """
    tables = {engine: pd.read_parquet(table_of(engine, size)) for engine in engines}
    ours = tables.pop(OURS, None)
    if ours is None:
        return {"differences": {}, "counts_off": {}}
    sizes = read_districts_km2(folder_of(size)), read_people(folder_of(size))
    whole = counts(ours, *sizes)
    return {
        "differences": {name: dict(differences(ours, table)) for name, table in tables.items()},
        "counts_off": {
            name: int((counts(table, *sizes).reindex(whole.index) != whole).to_numpy().sum())
            for name, table in tables.items()
        },
    }


def summary(entry: dict[str, Any]) -> dict[str, Any]:
    """The shortest run of each engine, its largest memory, and how many times faster we are."""
    best = {e: min(runs, key=lambda run: run["seconds"]) for e, runs in entry["runs"].items()}
    seconds = {e: run["seconds"] for e, run in best.items()}
    memory = {e: max(run["peak_mb"] for run in runs) for e, runs in entry["runs"].items()}
    ours = seconds.get(OURS)
    ratios = {e: s / ours for e, s in seconds.items() if e != OURS} if ours else {}
    return {
        "ratios": ratios,
        "seconds": seconds,
        "cpu_seconds": {e: run["cpu_seconds"] for e, run in best.items()},
        "peak_mb": memory,
        "differences": entry["differences"],
        "counts_off": entry["counts_off"],
    }


def rows(size: str, said: dict[str, Any]) -> list[str]:
    """Of one size, the fastest first; differences are those of the peers from us."""
    lines = []
    for engine, seconds in sorted(said["seconds"].items(), key=lambda pair: pair[1]):
        apart = said["differences"].get(engine)
        cells = [
            size,
            NAMES[engine],
            f"{seconds:,.2f}",
            f"{said['ratios'][engine]:.1f}" if engine in said["ratios"] else "",
            f"{said['cpu_seconds'][engine]:,.2f}",
            f"{said['peak_mb'][engine]:,.0f}",
            "" if apart is None else f"{max(apart.values()):.0e}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def table(results: dict[str, Any]) -> str:
    """The Markdown table of all sizes that are measured."""
    known = [size for size in SIZES if size in results and size != "tiny"]
    return "\n".join([HEADING, *(line for s in known for line in rows(s, summary(results[s])))])


def disagreements(said: dict[str, Any]) -> list[str]:
    """What keeps the ratios from being believed."""
    found = [f"{e}: {n} counts differ" for e, n in said["counts_off"].items() if n]
    for engine, columns in said["differences"].items():
        found += [f"{engine}: {c} by {x:.1e}" for c, x in columns.items() if not x <= ALLOWED]
    return found


def show(size: str, said: dict[str, Any]) -> None:
    """Print times, ratios, memory and, column by column, how far apart the numbers are."""
    print("\n".join([HEADING, *rows(size, said)]))
    if said["differences"]:
        print("\nlargest relative difference from ours")
        print(pd.DataFrame(said["differences"]).map("{:.1e}".format).to_string())


def main() -> None:
    """Measure one size; 1 where the engines do not agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="medium")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--rounds", type=int, help="runs of each engine; the shortest counts")
    parser.add_argument("--json", action="store_true", help="print JSON; leave docs/measures.md")
    asked = parser.parse_args()
    results = measure(asked.size, asked.engines, asked.rounds or ROUNDS[asked.size])
    said = summary(results[asked.size])
    if asked.json:
        print(json.dumps({"size": asked.size, **said}))
    else:
        show(asked.size, said)
        if asked.size != "tiny":
            write_between(ROOT / "docs" / "measures.md", MARKS, table(results))
    wrong = disagreements(said)
    if wrong:
        print("The engines do not agree:", *wrong, sep="\n  ", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
