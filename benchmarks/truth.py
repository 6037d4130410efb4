"""What docs/model.md claims, held to simulated regions whose truth is known: ``make truth``.

Three parts: whether intervals hold the truth (``benchmarks.known_truth.calibration``), how near
the order of districts comes to the true one (``ranking``), and where teams end up that go where
the model says and teach it what they find (``loop``). Every region's result is written down when
it ends; a second call at the same commit goes on where the first one stopped. At the end the
tables in docs/model.md are written anew; ``--json`` prints figures and leaves the texts alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from threadpoolctl import threadpool_limits

from benchmarks.known_truth import calibration, loop, ranking
from benchmarks.known_truth.figures import figures
from benchmarks.known_truth.regions import prepared
from benchmarks.known_truth.tables import tables
from benchmarks.results import FOLDER, ROOT, Results, write_between
from data.synthetic import SyntheticParams

PARTS = ("calibration", "ranking", "loop")
PRINTED = ROOT / "var" / "truth"  # where results go that are printed, not committed
FEW = 5  # of so many regions one is in what takes long or adds little
FIRST_OF_LOOP = 2008  # all years of the loop are past ones: a file that tells of later ones is not


@dataclass(frozen=True)
class Task:
    """One region of one part."""

    part: str
    name: str
    params: SyntheticParams

    def result(self) -> Any:
        """Judge it."""
        seed, region = self.params.seed, prepared(self.params)
        if self.part == "calibration":
            return calibration.judged(region, seed, doubts=seed % FEW == 1)
        return (ranking.judged if self.part == "ranking" else loop.played)(region, seed)


def tasks(regions: int, districts: int, parts: tuple[str, ...]) -> Iterator[Task]:
    """All that is judged, region by region; what shares a region comes together."""
    for seed in range(1, regions + 1):
        strong = SyntheticParams(seed=seed, districts=districts, bias="strong")
        if "calibration" in parts:
            yield Task("calibration", f"{districts}-{seed}", strong)
        if "ranking" in parts:
            yield Task("ranking", f"strong-{districts}-{seed}", strong)
        if "ranking" in parts and seed % FEW == 0:
            for bias in ("moderate", "none"):
                params = SyntheticParams(seed=seed, districts=districts, bias=bias)
                yield Task("ranking", f"{bias}-{districts}-{seed}", params)
        if "loop" in parts and seed % FEW == 1:
            years = loop.KNOWN_YEARS + loop.ROUNDS
            params = SyntheticParams(
                seed=seed, districts=districts, bias="strong", first_year=FIRST_OF_LOOP, years=years
            )
            yield Task("loop", f"{districts}-{seed}", params)


def measure(asked: argparse.Namespace) -> dict[str, Results]:
    """Judge what is not yet judged at this commit; write after every region."""
    parts = PARTS if asked.part == "all" else (asked.part,)
    folder = PRINTED if asked.json else FOLDER
    results = {part: Results(f"truth-{part}", folder) for part in parts}
    with threadpool_limits(limits=1):
        for task in tasks(asked.regions, asked.districts, parts):
            known = results[task.part]
            if task.name not in known.of:
                known.of[task.name] = task.result()
                known.save()
                print(task.part, task.name, file=sys.stderr, flush=True)
    return results


def main() -> None:
    """Judge the asked-for regions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--regions", type=int, default=50)
    parser.add_argument("--districts", type=int, default=160)
    parser.add_argument("--part", choices=[*PARTS, "all"], default="all")
    parser.add_argument("--json", action="store_true", help="print figures, write no text")
    asked = parser.parse_args()
    results = measure(asked)
    of = {part: known.of for part, known in results.items()}
    if asked.json:
        stamp = next(iter(results.values())).commit
        print(json.dumps({"commit": stamp, **figures(of)}, indent=1))
        return
    for part, table in tables(of).items():
        marks = f"<!-- {part}: written by make truth -->", f"<!-- end of {part} -->"
        told = f"{table}\n\nMeasured at commit {results[part].commit}."
        write_between(ROOT / "docs" / "model.md", marks, told)


if __name__ == "__main__":
    main()
