"""One engine on one region, in a process of its own: ``python -m benchmarks.peers.run``.

Reading files, filling and indexing a database and compiling come before the clock starts; the clock
stops when the whole table is in a DataFrame.
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import time
from pathlib import Path

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
    loaded_mb = _peak_mb()
    began = time.perf_counter()
    table, parts = made.table(loaded)
    seconds = time.perf_counter() - began
    peak_mb = made.peak_mb(loaded) if hasattr(made, "peak_mb") else _peak_mb()
    table.to_parquet(out)
    return {"seconds": seconds, "parts": parts, "loaded_mb": loaded_mb, "peak_mb": peak_mb}


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


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
