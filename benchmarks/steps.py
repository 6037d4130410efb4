"""How long each step takes, and how much memory: ``make bench``.

Runs the command line itself, one process a step, on the real files of Peru (where they are) and on
synthetic regions of 2,000 and 20,000 districts. Every finished step is written down at once with
its commit; a second call goes on where the first one stopped. At the end the tables in both
READMEs are written anew.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.results import ROOT, Results, write_between

WORK = ROOT / "var" / "bench"
PERU = Path(os.environ.get("VIGIA_PERU_DATA", ROOT.parent / "shared" / "peru"))
STEPS = ("ingest", "features", "train", "publish", "map", "export")
HEADINGS = {
    "README.md": ("project", "districts", "figure", *STEPS),
    "README.es.md": ("proyecto", "distritos", "medida", *STEPS),
}
WORDS = {
    "README.md": ("Peru", "synthetic", "seconds", "peak MB"),
    "README.es.md": ("Perú", "sintética", "segundos", "MB máx."),
}
MARKS = ("<!-- benchmark table: written by make bench -->", "<!-- end of benchmark table -->")


def timed(arguments: list[str]) -> dict[str, float]:
    """Wall seconds and peak memory (of the largest process) of one command."""
    began = time.monotonic()
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}")
    return {
        "seconds": round(time.monotonic() - began, 1),
        "peak_mb": round(usage.ru_maxrss / 1024),
    }


def commands(name: str, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """The command of each step on one project."""
    vigia = str(Path(sys.executable).parent / "vigia")
    here = ["--project", str(folder)]
    data = ["--data", str(PERU)] if name == "peru" else []
    sign = ["--accept-worse", "benchmark", "--by", "make bench"]
    yield "ingest", [vigia, "ingest", *here, *data]
    yield "features", [vigia, "features", *here, *data]
    yield "train", [vigia, "train", *here, *data]
    yield "publish", [vigia, "publish", "latest", *sign, *here]
    yield "map", [vigia, "map", "--offline", "--out", str(folder / "map.html"), *here]
    yield "export", [vigia, "export", "--format", "gpkg", "--out", str(folder / "x.gpkg"), *here]


def prepare(name: str, folder: Path) -> int:
    """Lay out the project from nothing; returns its number of districts."""
    shutil.rmtree(folder, ignore_errors=True)
    if name == "peru":
        folder.mkdir(parents=True)
        shutil.copy(ROOT / "examples" / "peru" / "vigia.toml", folder)
        return len(json.loads((PERU / "districts.geojson").read_text())["features"])
    districts = int(name.removeprefix("synthetic-"))
    vigia = str(Path(sys.executable).parent / "vigia")
    subprocess.run(
        [vigia, "init", str(folder), "--example", "--districts", str(districts)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return districts


def measure(names: list[str]) -> dict[str, Any]:
    """Run what is not yet measured at this commit; write after every step."""
    results = Results("steps")
    for name in names:
        entry = results.of.setdefault(name, {"steps": {}})
        folder = WORK / name
        if not entry["steps"] or not folder.exists():
            entry["steps"] = {}
            entry["districts"] = prepare(name, folder)
        for step, command in commands(name, folder):
            if step not in entry["steps"]:
                entry["steps"][step] = timed(command)
                print(f"{name} {step}: {entry['steps'][step]}", flush=True)
                results.save()
    return {name: results.of[name] for name in names}


def table(results: dict[str, Any], readme: str) -> str:
    """The Markdown table of one README."""
    peru, synthetic, seconds, memory = WORDS[readme]
    heading = HEADINGS[readme]
    lines = [f"| {' | '.join(heading)} |", f"|{'---|' * len(heading)}"]
    for name, entry in results.items():
        label = peru if name == "peru" else synthetic
        for figure, words in (("seconds", seconds), ("peak_mb", memory)):
            cells = [f"{entry['steps'][step][figure]:,}" for step in STEPS]
            start = [label, f"{entry['districts']:,}", words]
            lines.append(f"| {' | '.join([*start, *cells])} |")
    return "\n".join(lines)


def write_readmes(results: dict[str, Any]) -> None:
    """Put the tables between their marks."""
    for readme in HEADINGS:
        write_between(ROOT / readme, MARKS, table(results, readme))


def main() -> None:
    """Measure the asked-for projects."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--districts", type=int, nargs="*", default=[2_000, 20_000])
    parser.add_argument("--json", action="store_true", help="print the results; leave the READMEs")
    asked = parser.parse_args()
    names = [*(["peru"] if PERU.is_dir() else []), *(f"synthetic-{n}" for n in asked.districts)]
    results = measure(names)
    if asked.json:
        print(json.dumps(results))
    else:
        write_readmes(results)


if __name__ == "__main__":
    main()
