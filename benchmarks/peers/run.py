"""One engine on one region, in a process of its own: ``python -m benchmarks.peers.run``.

Reading files, filling and indexing a database and compiling come before the clock starts; the clock
stops when the whole table is in a DataFrame.
"""

from __future__ import annotations

import argparse
import importlib
import json
import time
from pathlib import Path

from benchmarks.peers.process import cpu_seconds, peak_mb

OURS = "vigia"
ENGINES = ("postgis", "geopandas", "sedonadb", OURS)


def run(name: str, folder: Path, out: Path) -> dict[str, object]:
    """Compute the table into ``out``; what it took.

    Returns
    -------
    dict
        ``seconds`` of the whole and ``parts`` of each column or group of columns, by the clock;
        ``cpu_seconds`` and ``peak_mb`` of the process that does the work (of a database, the one
        that serves us, without parallel workers); ``loaded_mb``: its peak when the clock starts.
    """
    engine = importlib.import_module(f"benchmarks.peers.with_{name}")
    loaded = engine.load(folder)
    process = engine.process(loaded) if hasattr(engine, "process") else "self"
    took: dict[str, object] = {"loaded_mb": peak_mb(process)}
    cpu, began = cpu_seconds(process), time.perf_counter()
    table, took["parts"] = engine.table(loaded)
    took["seconds"] = time.perf_counter() - began
    took["cpu_seconds"] = cpu_seconds(process) - cpu
    took["peak_mb"] = peak_mb(process)
    table.to_parquet(out)
    return took


def main() -> None:
    """Print what it took as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    print(json.dumps(run(asked.engine, asked.folder, asked.out)))


if __name__ == "__main__":
    main()
