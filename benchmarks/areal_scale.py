"""How ``ArealRates`` grows: ``python -m benchmarks.areal_scale``, for the tables of docs/areal.md.

Simulated districts on a plane (neighbours by Delaunay's triangles), five factors, in sizes that are
half a power of ten apart; every fit in a process of its own, written down as it ends with its
commit, so that a second call goes on where the first one stopped. Then what a training of one
project takes: 2,000 districts, eight years, three stages, with joint draws and ranks.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import Delaunay

from benchmarks.peers.process import cpu_seconds, peak_mb
from benchmarks.results import ROOT, Results, write_between
from geo.geodesy import Floats
from geo.grid import Int64s
from geo.neighbours import neighbours_from_pairs
from models.areal.rates import ArealRates
from models.scores import summary
from models.settings import TrainSettings

SIZES = (1_000, 3_162, 10_000, 31_623, 100_000)
FACTORS = 5
DRAWS = 1_000
IN_TOTALS = 5  # one district in as many is counted in totals alone
OF_A_COUNTRY = 40  # totals, as many as departments and registers may have
STEEPEST = 1.5  # exponent of time that is allowed
SEED = 1
PANEL = {"districts": 2_000, "years": 8, "cases": (0.5, 0.1, 0.01)}  # cases: by district and year
PANEL_SECONDS = 60.0  # of CPU time: what the clock says where nothing else runs
MARKS = (
    "<!-- scale of areal rates: written by benchmarks.areal_scale -->",
    "<!-- end of scale of areal rates -->",
)


@dataclass(frozen=True)
class Kind:
    """What is fitted at which sizes.

    Attributes
    ----------
    label : str
    totals : int or None
        How many; None is one for each ten districts that are in one.
    weighed : bool
        Whether coefficients are drawn and weighed: by default where totals have few districts.
    largest : int
        Beyond it a fit takes hours.
    judged : bool
        Whether its time may not grow faster than ``STEEPEST``.
    """

    label: str
    totals: int | None
    weighed: bool
    largest: int
    judged: bool = True

    def totals_of(self, districts: int) -> int:
        return districts // IN_TOTALS // 10 if self.totals is None else self.totals


KINDS = {
    "counts": Kind("every district counted", 0, weighed=False, largest=100_000),
    "country": Kind("a fifth only in 40 totals", 40, weighed=False, largest=100_000),
    "tens": Kind(
        "a fifth only in totals of ten", None, weighed=False, largest=10_000, judged=False
    ),
    "country-weighed": Kind(
        "a fifth only in 40 totals, coefficients weighed", 40, weighed=True, largest=3_162
    ),
}


def triangles(districts: int, rng: np.random.Generator) -> tuple[Floats, csr_array]:
    """Places, and neighbours: a planar graph as borders make one."""
    place = rng.uniform(size=(districts, 2)) * np.sqrt(districts)
    corners = Delaunay(place).simplices
    sides = np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
    return place, neighbours_from_pairs(sides, np.arange(districts))


def world(districts: int, totals: int, seed: int = SEED) -> dict[str, Any]:
    """Arguments of ``ArealRates.fit``, and ``neighbours``: about two cases a district."""
    rng = np.random.default_rng(seed)
    place, neighbours = triangles(districts, rng)
    x = rng.normal(size=(districts, FACTORS))
    field = 0.4 * np.sin(place[:, 0] / 12) * np.cos(place[:, 1] / 12)
    log = 0.5 + x @ [0.5, -0.3, 0.2, 0.0, 0.0] + field + 0.2 * rng.normal(size=districts)
    people = np.exp(rng.normal(0, 0.7, districts))
    cases = rng.poisson(people * np.exp(log)).astype(float)
    given: dict[str, Any] = {"neighbours": neighbours, "X": x, "y": cases, "exposure": people}
    if totals:
        total = side_by_side(place, totals)
        part = total >= 0
        given["total"] = total
        given["total_counts"] = np.bincount(total[part], cases[part], totals)
        given["y"] = np.where(part, np.nan, cases)
    return given


def side_by_side(place: Floats, totals: int) -> Int64s:
    """Which total each place is in, -1 for none: strips of a fifth of the land, cut across."""
    n = len(place)
    size = n // IN_TOTALS // totals
    strip = np.floor(place[:, 0] / np.sqrt(size))
    order = np.lexsort((place[:, 1], strip))[: size * totals]
    total = np.full(n, -1)
    total[order] = np.arange(size * totals) // size
    return total


def fitted(kind: Kind, districts: int) -> ArealRates:
    """A fit as it is measured."""
    given = world(districts, kind.totals_of(districts))
    model = ArealRates(given.pop("neighbours"), weighed=kind.weighed, draws=DRAWS)
    return model.fit(**given)


def measured(kind: Kind, districts: int) -> dict[str, float]:
    """Fit once; run in a process of its own.

    Returns
    -------
    dict
        ``seconds`` by the clock and ``cpu_seconds`` of making the data and the fit (one thread: the
        same, where nothing else runs); ``peak_mb`` of the process, ``loaded_mb`` before it;
        ``totals``; ``settled``.
    """
    fitted(kind, 400 if kind.totals else 200)  # compiled code is loaded before the clock starts
    before = peak_mb()
    began, used = time.perf_counter(), cpu_seconds()
    model = fitted(kind, districts)
    took = {"seconds": time.perf_counter() - began, "cpu_seconds": cpu_seconds() - used}
    return took | {
        "peak_mb": peak_mb(),
        "loaded_mb": before,
        "totals": kind.totals_of(districts),
        "settled": model.settled_,
    }


def panel(districts: int, years: int, cases: tuple[float, ...]) -> dict[str, float]:
    """Each stage of a project fitted, with joint draws, ranks and levels of the next year.

    Returns
    -------
    dict
        ``seconds``, ``cpu_seconds``, ``peak_mb``, ``rows`` of each stage, ``stages``, ``settled``.
    """
    rng = np.random.default_rng(SEED)
    _, neighbours = triangles(districts, rng)
    district = np.tile(np.arange(districts), years)
    year = np.repeat(np.arange(years), districts)
    steady = rng.normal(size=(districts, FACTORS))
    x = steady[district] + 0.2 * rng.normal(size=(len(district), FACTORS))
    seen = rng.normal(size=(districts, 2))[district]
    people = np.exp(rng.normal(0, 0.7, districts))
    fitted(KINDS["counts"], 200)
    began, used = time.perf_counter(), cpu_seconds()
    settled = True
    for mean in cases:
        log = x @ [0.5, -0.3, 0.2, 0.0, 0.0] + 0.3 * rng.normal(size=districts)[district]
        found = rng.poisson(mean * people[district] * np.exp(log - 0.2) * 0.5)
        model = ArealRates(
            neighbours, family="negative_binomial", coefficient_sd=0.5, draws=DRAWS
        ).fit(
            x, found, exposure=people[district], district=district, period=year, detection=seen
        )  # fmt: skip
        draws = model.rates_at(steady, np.arange(districts), np.full(districts, years)).T
        summary(draws.mean(axis=0), draws, people, TrainSettings())
        settled = settled and model.settled_
    took = {"seconds": time.perf_counter() - began, "cpu_seconds": cpu_seconds() - used}
    return took | {
        "peak_mb": peak_mb(), "rows": len(district), "stages": len(cases), "settled": settled
    }  # fmt: skip


def measure(sizes: list[int], kinds: list[str]) -> dict[str, Any]:
    """Run what is not yet measured at this commit; write after every run."""
    results = Results("areal_scale")
    wanted = [f"{name}:{n}" for n in sizes for name in kinds if n <= KINDS[name].largest]
    for name in ["panel", *wanted]:
        if name in results.of:
            continue
        command = [sys.executable, "-m", "benchmarks.areal_scale", "--one", name]
        done = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        results.of[name] = json.loads(done.stdout)
        results.save()
        print(f"{name}: {results.of[name]}", file=sys.stderr, flush=True)
    return {name: results.of[name] for name in [*wanted, "panel"]}


def by_size(results: dict[str, Any], kind: str) -> dict[int, dict[str, float]]:
    """Results of a kind by the number of districts, the fewest first."""
    sizes = sorted(int(name.split(":")[1]) for name in results if name.startswith(f"{kind}:"))
    return {size: results[f"{kind}:{size}"] for size in sizes}


def exponent(results: dict[str, Any], kind: str) -> float:
    """Slope of the log of CPU time over the log of the number of districts."""
    found = by_size(results, kind)
    time_taken = [entry["cpu_seconds"] for entry in found.values()]
    return float(np.polyfit(np.log(list(found)), np.log(time_taken), 1)[0])


def too_much(results: dict[str, Any]) -> list[str]:
    """What grows faster or takes longer than it may."""
    said = [
        f"The time of {kind.label} grows as n^{exponent(results, name):.2f}."
        for name, kind in KINDS.items()
        if kind.judged and len(by_size(results, name)) > 1
        if exponent(results, name) > STEEPEST
    ]
    if results["panel"]["cpu_seconds"] > PANEL_SECONDS:
        said.append(f"The three stages take {results['panel']['cpu_seconds']:.0f} CPU seconds.")
    return said


def table(results: dict[str, Any]) -> str:
    """The Markdown tables."""
    lines = [
        "| what is counted | districts | totals | CPU seconds | peak MB |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, kind in KINDS.items():
        for districts, entry in by_size(results, name).items():
            figures = [f"{entry['cpu_seconds']:,.1f}", f"{entry['peak_mb']:,.0f}"]
            cells = [f"{districts:,}", f"{entry['totals']:,}", *figures]
            lines.append(f"| {kind.label} | {' | '.join(cells)} |")
    lines += ["", "| what is counted | CPU time grows as |", "|---|---:|"]
    for name, kind in KINDS.items():
        if len(by_size(results, name)) > 1:
            lines.append(f"| {kind.label} | n^{exponent(results, name):.2f} |")
    entry = results["panel"]
    return "\n".join([*lines, "", _of_panel(results["panel"])])


def _of_panel(entry: dict[str, Any]) -> str:
    return (
        f"{PANEL['districts']:,} districts, {PANEL['years']} years, {entry['stages']} stages "
        "(negative binomial, two detection factors, effects of years), one after another, with "
        f"{DRAWS:,} joint draws, ranks and levels of the next year: {entry['cpu_seconds']:.0f} "
        f"CPU seconds, {entry['peak_mb']:,.0f} MB."
    )


def main() -> None:
    """Measure what is asked for; 1 where something grows or takes more than is allowed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--districts", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--json", action="store_true", help="print JSON; leave docs/areal.md")
    parser.add_argument("--one", help="measure one fit in this process")
    asked = parser.parse_args()
    if asked.one:
        kind, _, districts = asked.one.partition(":")
        found = measured(KINDS[kind], int(districts)) if districts else panel(**PANEL)  # type: ignore[arg-type]
        print(json.dumps(found))
        return
    results = measure(sorted(asked.districts), asked.kinds)
    if asked.json:
        print(json.dumps(results))
    else:
        print(table(results))
        if tuple(sorted(asked.districts)) == SIZES and asked.kinds == list(KINDS):
            write_between(ROOT / "docs" / "areal.md", MARKS, table(results))
    if said := too_much(results):
        sys.exit("\n".join(said))


if __name__ == "__main__":
    main()
