"""How long itineraries take, and how near to the best: ``python -m benchmarks.itineraries_speed``.

Small made-up countries, in which the whole is solved at once; and the made-up country of
``benchmarks.plan_speed``, with ten teams for fourteen days, beside OR-Tools' own routing library
(one-day outings only: it knows no nights), given the same ways and as long as ours took. For
docs/plans.md.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from benchmarks.plan_speed import MINUTES_PER_KM, SIDE_KM, UPSTREAM, country
from benchmarks.results import ROOT, Results, write_between
from models.plan.demand import Demand
from models.plan.itineraries import plan_itineraries
from models.plan.itineraries_limits import Travel
from models.plan.itineraries_request import Effort, ItinerariesRequest, Return, Team
from models.plan.rounds import Rounds
from models.plan.routes_best import BestRoutes, best_routes

MARKS = (
    "<!-- speed of itineraries: written by benchmarks.itineraries_speed -->",
    "<!-- end of speed -->",
)
RETURNS: tuple[Return, ...] = ("daily", "end", "no")
FIRST = date(2027, 3, 1)
SMALL = {"districts": 20, "teams": 2, "days": 3, "side_km": 300.0}
LARGE = {"districts": 1_800, "teams": 10, "days": 14, "side_km": SIDE_KM}
SEEDS = range(1, 11)
LONGER = Effort(tries=4 * Effort().tries)
WHOLE = 1_000_000


def asked(
    districts: int, teams: int, days: int, side_km: float, returns: Return, seed: int
) -> tuple[Demand, pd.DataFrame, np.ndarray, Travel, ItinerariesRequest]:
    """Everything that itineraries are made from."""
    demand, stops, minutes = country(districts, 200, seed, side_km)
    rng = np.random.default_rng([seed, 2])
    bases = rng.choice(districts, teams, replace=False)
    noise = np.exp(UPSTREAM * rng.standard_normal((2, teams, districts)))
    out = (minutes[bases] + MINUTES_PER_KM) * noise[0]
    back = (minutes[:, bases].T + MINUTES_PER_KM) * noise[1]
    request = ItinerariesRequest(
        tuple(Team(f"team {n}", str(bases[n]), days, FIRST) for n in range(teams)),
        reach_minutes=30,
        returns=returns,
    )
    return demand, stops, minutes, Travel(minutes, out, back), request


def of_small(returns: Return) -> dict[str, Any]:
    """Share of the bound that is reached, over some small countries, solved whole and by hand."""
    gaps, by_hand, seconds, proven = [], [], [], 0
    for seed in SEEDS:
        demand, stops, _, travel, request = asked(**SMALL, returns=returns, seed=seed)  # type: ignore[arg-type]
        rounds, cases = travel.rounds(request, stops.index), demand.cases
        began = time.process_time()
        best = _searched(rounds, cases, request.effort)
        seconds.append(time.process_time() - began)
        hand = _searched(rounds, cases, Effort(exact_arcs=0))
        gaps.append(1 - best.value / best.bound)
        by_hand.append(1 - hand.value / best.bound)
        proven += best.proven
    return {
        "gap": max(gaps),
        "by_hand_gap": max(by_hand),
        "seconds": max(seconds),
        "proven": proven,
        "of": len(gaps),
    }


def _searched(rounds: Rounds, cases: np.ndarray, effort: Effort) -> BestRoutes:
    found = best_routes(rounds, cases, 1.0, effort, 0)
    if found is None:
        raise RuntimeError("Nothing is forced, so there are always itineraries.")
    return found


def of_large(returns: Return) -> dict[str, Any]:
    """Processor seconds of the search, and of all that is told; gap; what the peer finds."""
    demand, stops, minutes, travel, request = asked(**LARGE, returns=returns, seed=1)  # type: ignore[arg-type]
    rounds, cases = travel.rounds(request, stops.index), demand.cases
    _searched(rounds, cases, Effort(tries=1, blocks=0))  # compiled once
    began, clock = time.process_time(), time.perf_counter()
    best = _searched(rounds, cases, request.effort)
    search, search_cpu = time.perf_counter() - clock, time.process_time() - began
    began = time.process_time()
    plan_itineraries(demand, stops, minutes, travel, request)
    told = {
        "search_seconds": search_cpu,
        "seconds": time.process_time() - began,
        "gap": 1 - best.value / best.bound,
        "share": best.value / float(demand.total.mean()),
        "longer": _searched(rounds, cases, LONGER).value / best.value - 1,
    }
    if returns == "daily":
        told["peer"] = peer(rounds, cases.mean(axis=0), round(search)) / best.value
    return told


def peer(rounds: Rounds, worth: np.ndarray, seconds: int) -> float:
    """Worth of what OR-Tools' routing library finds: guided local search, stops that may drop."""
    ways, stops, outings = rounds.ways, len(worth), rounds.outings
    size = stops + len(ways.out)
    minutes = np.zeros((size, size), dtype=np.int64)
    minutes[:stops, :stops] = ways.between
    minutes[stops:, :stops], minutes[:stops, stops:] = ways.out, ways.back.T
    minutes[:stops] += ways.service[:, None]
    np.fill_diagonal(minutes, 0)
    bases = [int(stops + team) for team in ways.team]
    manager = pywrapcp.RoutingIndexManager(size, outings, bases, bases)
    routing = pywrapcp.RoutingModel(manager)
    transit = routing.RegisterTransitMatrix(minutes.tolist())
    routing.AddDimension(transit, 0, ways.day_minutes, True, "minutes")
    value = np.round(worth / worth.sum() * WHOLE).astype(int)
    for stop in range(stops):
        routing.AddDisjunction([manager.NodeToIndex(stop)], int(value[stop]))
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterUnaryTransitVector([0] * size))
    rules = pywrapcp.DefaultRoutingSearchParameters()
    rules.first_solution_strategy = (
        routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    )
    rules.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    rules.time_limit.seconds = seconds
    found = routing.SolveWithParameters(rules)
    dropped = [s for s in range(stops) if found.Value(routing.NextVar(s)) == s]
    return float(worth.sum() - worth[dropped].sum())


def table(of: dict[str, Any], commit: str) -> str:
    """For the page."""
    large = {returns: of[f"large {returns}"] for returns in RETURNS}
    small = {returns: of[f"small {returns}"] for returns in RETURNS}
    rows: list[tuple[str, Callable[[Return], str]]] = [
        ("small: gap at most", lambda one: f"{small[one]['gap']:.1%}"),
        ("small: proven best", lambda one: f"{small[one]['proven']} of {small[one]['of']}"),
        ("small: seconds of one processor at most", lambda one: f"{small[one]['seconds']:.0f}"),
        ("small, by hand alone: gap at most", lambda one: f"{small[one]['by_hand_gap']:.1%}"),
        ("large: seconds of one processor", lambda one: f"{large[one]['search_seconds']:.0f}"),
        ("large: the same with all that is told", lambda one: f"{large[one]['seconds']:.0f}"),
        ("large: gap to the relaxation", lambda one: f"{large[one]['gap']:.0%}"),
        (
            "large: four times the tries find so much more",
            lambda one: f"{large[one]['longer']:.1%}",
        ),
        ("large: share of all cases", lambda one: f"{large[one]['share']:.1%}"),
    ]
    lines = [f"| home | {' | '.join(RETURNS)} |", "|---|---:|---:|---:|"]
    lines += [f"| {name} | {' | '.join(map(cell, RETURNS))} |" for name, cell in rows]
    lines.append("")
    lines.append("Small: 20 stops, 2 teams, 3 days, ten countries. Large: 1,800, 10 and 14. On it,")
    lines.append("with teams home daily, OR-Tools' routing library (guided local search, as many")
    lines.append(f"seconds) reaches {large['daily']['peer']:.1%} of what ours does.")
    lines.append("")
    lines.append(f"Measured at commit {commit}.")
    return "\n".join(lines)


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="The small countries alone.")
    given = parser.parse_args()
    results = Results("itineraries_speed")
    for name, measure in (("small", of_small), ("large", of_large)):
        for returns in RETURNS:
            key = f"{name} {returns}"
            if (name == "large" and given.small) or key in results.of:
                continue
            results.of[key] = measure(returns)
            results.save()
            print(key, json.dumps(results.of[key]), flush=True)
    if not given.small:
        write_between(ROOT / "docs" / "plans.md", MARKS, table(results.of, results.commit))


if __name__ == "__main__":
    main()
