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

from benchmarks.peers.memory import peak_mb

OURS = "vigia"
ENGINES = ("postgis", "geopandas", "sedonadb", OURS)


def run(engine: str, folder: Path, out: Path) -> dict[str, object]:
    """Compute the table into ``out``; what it took.

    Returns
    -------
    dict
        ``seconds`` of the whole, ``parts`` of each column or group of columns, ``loaded_mb`` and
        ``peak_mb``: the largest memory of the process before and after the clock.
    """
    made = importlib.import_module(f"benchmarks.peers.with_{engine}")
    loaded = made.load(folder)
    loaded_mb = peak_mb()
    began = time.perf_counter()
    table, parts = made.table(loaded)
    seconds = time.perf_counter() - began
    process = made.process(loaded) if hasattr(made, "process") else "self"
    took = {"seconds": seconds, "parts": parts, "loaded_mb": loaded_mb, "peak_mb": peak_mb(process)}
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
