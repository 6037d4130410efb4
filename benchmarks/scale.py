"""Ten times the region: how memory and time grow. ``python -m benchmarks.scale``.

10,000 districts with 500,000 river segments, then ten times both on ten times the ground, so that a
district of the one is like a district of the other; every run in a process of its own that reads
the segments from a file on disk. Files are written tile by tile. Every run is written down as it
ends, with its commit; a second call goes on where the first one stopped. Peak memory may grow by
half, and the cost of a district by a quarter: counted in CPU time, which does not depend on what
else runs on the machine.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from benchmarks.peers.process import cpu_seconds, peak_mb
from benchmarks.peers.region import SIDE_M, districts_and_capitals
from benchmarks.peers.scatter import CRS, ORIGIN, rivers
from benchmarks.results import ROOT, Results, write_between
from geo.crs import Bounds, MetricCRS, choose_metric_crs
from geo.features import Factor, Region, feature_table
from geo.layer_files import LayerFile, write_layer_file

WORK = ROOT / "var" / "bench"
DISTRICTS = (10_000, 100_000)
SEGMENTS = 50  # for each district
MEMORY_ALLOWED = 1.5  # times that of the smaller one
COST_ALLOWED = 1.25  # times that of a district of the smaller one
AT_ONCE = 4_096  # districts read
BUFFER = 1 << 20  # bytes of a column that are read ahead
SEED = 1
YEAR = 2024
FACTORS = (
    Factor("rivers", "distance", "polygon"),
    Factor("rivers", "distance", "capital"),
    Factor("rivers", "length_density", "polygon"),
    Factor("rivers", "count_density", "polygon"),
    Factor("rivers", "count_density", "capital", radius_km=10),
)
MARKS = (
    "<!-- scale table: written by benchmarks.scale -->",
    "<!-- end of scale table -->",
)


def folder_of(districts: int) -> Path:
    """Where a region lies."""
    return WORK / f"scale-{districts}"


def write(folder: Path, districts: int) -> None:
    """Districts, capitals and a layer file of river segments, unless they are there."""
    done = folder / "rivers.parquet"
    if done.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    side_m = SIDE_M * math.sqrt(districts / max(DISTRICTS))
    polygons, capitals = districts_and_capitals(districts, side_m, SEED)
    polygons.to_crs(4326).to_parquet(folder / "districts.parquet")
    capitals.to_crs(4326).to_parquet(folder / "capitals.parquet")
    frames = rivers(districts * SEGMENTS, side_m, SEED)
    write_layer_file(done, frames, degrees_of_the_square(side_m))


def degrees_of_the_square(side_m: float) -> Bounds:
    """West, south, east, north of where rivers are."""
    square = shapely.box(*ORIGIN, *(ORIGIN + side_m)).segmentize(side_m / 100)
    west, south, east, north = gpd.GeoSeries([square], crs=CRS).to_crs(4326).total_bounds
    return float(west), float(south), float(east), float(north)


def measured(folder: Path) -> dict[str, float]:
    """Compute the table of a region; run in a process of its own.

    Returns
    -------
    dict
        ``seconds`` of the table by the clock, ``cpu_seconds`` of all threads; ``peak_mb`` of the
        process, ``loaded_mb`` before the table;
        ``missing``: how many numbers have no answer (none should).
    """
    _warm_up()
    region = _region(folder)
    metric = _metric(region)
    before = peak_mb()
    began, used = time.perf_counter(), cpu_seconds()
    layers = {"rivers": LayerFile(folder / "rivers.parquet")}
    found = feature_table(region, layers, FACTORS, [YEAR], metric, lambda *_: None)
    took = {"seconds": time.perf_counter() - began, "cpu_seconds": cpu_seconds() - used}
    missing = int(found.isna().to_numpy().sum())
    return took | {"peak_mb": peak_mb(), "loaded_mb": before, "missing": missing}


def _region(folder: Path) -> Region:
    points = gpd.GeoDataFrame({"code": [], "name": [], "people": []}, geometry=[], crs=4326)
    districts, capitals = (_read(folder / f"{name}.parquet") for name in ("districts", "capitals"))
    places = gpd.GeoSeries.from_wkb(capitals["geometry"], crs=4326)
    return Region(
        districts, gpd.GeoDataFrame(capitals.drop(columns="geometry"), geometry=places), points
    )


def _read(path: Path) -> pd.DataFrame:
    """With geometry as WKB; all of the file at once would be the peak of memory."""
    batches = pq.ParquetFile(path, buffer_size=BUFFER).iter_batches(AT_ONCE)
    return pd.concat([batch.to_pandas() for batch in batches], ignore_index=True)


def _metric(region: Region) -> MetricCRS:
    """Of where capitals are: all of the region but half a district at its rim."""
    west, south, east, north = region.capitals.total_bounds
    return choose_metric_crs((west, south, east, north))


def _warm_up() -> None:
    """Compiled code is loaded before the clock starts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, 20)
        region, layers = _region(folder), {"rivers": LayerFile(folder / "rivers.parquet")}
        metric = _metric(region)
        feature_table(region, layers, FACTORS, [YEAR], metric, lambda *_: None)


def measure(sizes: list[int]) -> dict[str, Any]:
    """Run what is not yet measured at this commit; write after every run."""
    results = Results("scale")
    for districts in sizes:
        if str(districts) in results.of:
            continue
        write(folder_of(districts), districts)
        command = [sys.executable, "-m", "benchmarks.scale", "--one", str(districts)]
        done = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        results.of[str(districts)] = json.loads(done.stdout)
        results.save()
        print(f"{districts:,}: {results.of[str(districts)]}", file=sys.stderr, flush=True)
    return {str(districts): results.of[str(districts)] for districts in sizes}


def ratios(results: dict[str, Any]) -> dict[str, float]:
    """The largest region's peak memory and time over the smallest one's."""
    small, *_, large = results.values()
    return {
        figure: large[figure] / small[figure] for figure in ("peak_mb", "seconds", "cpu_seconds")
    }


def too_much(results: dict[str, Any]) -> list[str]:
    """What grows more than it may."""
    found, (small, *_, large) = ratios(results), map(int, results)
    of_a_district = found["cpu_seconds"] * small / large
    said = []
    if found["peak_mb"] > MEMORY_ALLOWED:
        said.append(f"Memory grows more than {MEMORY_ALLOWED}-fold.")
    if of_a_district > COST_ALLOWED:
        said.append(f"A district costs {of_a_district:.2f} times as much in the larger region.")
    return said


def table(results: dict[str, Any]) -> str:
    """The Markdown table."""
    lines = [
        "| districts | river segments | seconds | CPU seconds | peak MB |",
        "|---:|---:|---:|---:|---:|",
    ]
    for name, entry in results.items():
        figures = [entry[figure] for figure in ("seconds", "cpu_seconds", "peak_mb")]
        cells = [int(name), int(name) * SEGMENTS, *figures]
        lines.append(f"| {' | '.join(f'{cell:,.0f}' for cell in cells)} |")
    found = ratios(results)
    grown = f"Memory grows {found['peak_mb']:.2f}-fold, CPU time {found['cpu_seconds']:.1f}-fold."
    return "\n".join([*lines, "", grown])


def main() -> None:
    """Measure both sizes; 1 where memory or cost grows by more than is allowed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--districts", type=int, nargs=2, default=list(DISTRICTS))
    parser.add_argument("--json", action="store_true", help="print JSON; leave docs/measures.md")
    parser.add_argument("--one", type=int, help="measure one written region in this process")
    asked = parser.parse_args()
    if asked.one:
        pa.set_memory_pool(pa.system_memory_pool())  # gives back what is freed
        print(json.dumps(measured(folder_of(asked.one))))
        return
    results = measure(sorted(asked.districts))
    if asked.json:
        print(json.dumps({"ratios": ratios(results), "results": results}))
    else:
        print(table(results))
        if tuple(sorted(asked.districts)) == DISTRICTS:
            write_between(ROOT / "docs" / "measures.md", MARKS, table(results))
    if said := too_much(results):
        sys.exit("\n".join(said))


if __name__ == "__main__":
    main()
