"""How long plans take, and how near to the best they are: ``python -m benchmarks.plan_speed``.

A made-up country: districts scattered evenly, each with a capital where its people live and a
team could go; times between all of them, not the same there and back; rates lognormal, with joint
draws. Written down with the commit, for docs/plans.md.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.results import Results
from models.plan.demand import Demand, demand_of
from models.plan.request import SitesRequest
from models.plan.sites import plan_sites

SIDE_KM, MINUTES_PER_KM, UPSTREAM = 1_000.0, 3.0, 0.3
REACHES = (120.0, 240.0, 480.0)
TAILS = (1.0, 0.2)
TEAMS, DRAWS, DISTRICTS = 20, 200, 1_800


def country(
    districts: int, draws: int, seed: int = 1, side_km: float = SIDE_KM
) -> tuple[Demand, pd.DataFrame, np.ndarray]:
    """Demand, candidates and asymmetric minutes."""
    rng = np.random.default_rng(seed)
    at = rng.random((districts, 2)) * side_km
    km = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    minutes = km * MINUTES_PER_KM * np.exp(UPSTREAM * rng.standard_normal(km.shape))
    np.fill_diagonal(minutes, 0)
    rates = 20 * np.exp(rng.normal(0, 1, districts) + rng.normal(0, 0.4, (draws, districts)))
    people = rng.lognormal(9, 1, districts)
    codes = [f"{n:06d}" for n in range(districts)]
    candidates = pd.DataFrame(
        {"name": codes, "code": codes, "department": [code[:2] for code in codes]}, index=codes
    )
    each = np.arange(districts)
    return demand_of(rates, people, each, np.ones(districts)), candidates, minutes


def measured(districts: int, draws: int, reach: float, tail: float) -> dict[str, Any]:
    """Processor seconds of one plan, with everything that is told of it, and its gap."""
    demand, candidates, minutes = country(districts, draws)
    request = SitesRequest(teams=TEAMS, reach_minutes=reach, tail=tail, draws=draws)
    began, clock = time.process_time(), time.perf_counter()
    plan = plan_sites(demand, candidates, minutes, request)
    return {
        "cpu_seconds": time.process_time() - began,
        "seconds": time.perf_counter() - clock,
        "gap": plan.gap,
        "share_of_all_cases": plan.of_all,
        "stopped_by_work": plan.stopped_by_work,
    }


def main() -> None:
    """Measure every reach and tail."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--districts", type=int, default=DISTRICTS)
    parser.add_argument("--draws", type=int, default=DRAWS)
    asked = parser.parse_args()
    results = Results("plan_speed")
    for reach in REACHES:
        for tail in TAILS:
            name = f"{asked.districts} districts, {reach:g} minutes, tail {tail:g}"
            if name not in results.of:
                results.of[name] = measured(asked.districts, asked.draws, reach, tail)
                results.save()
            print(name, json.dumps(results.of[name]))


if __name__ == "__main__":
    main()
