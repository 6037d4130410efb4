"""Every possible plan of a small instance, looked at one by one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from models.plan.best import worst_weights
from models.plan.demand import Demand, demand_of
from models.plan.request import SitesRequest


def instance(
    seed: int, places: int = 7, points: int = 12, draws: int = 6
) -> tuple[Demand, pd.DataFrame, np.ndarray]:
    """A small random region: four districts, asymmetric minutes, some of them missing."""
    rng = np.random.default_rng(seed)
    district = np.sort(rng.integers(0, 4, points))
    district[:4] = range(4)
    rates = rng.lognormal(3, 1, (draws, 4))
    demand = demand_of(rates, rng.integers(500, 5000, 4), district, rng.integers(0, 50, points))
    candidates = pd.DataFrame(
        {
            "name": [f"Puerto {n}" for n in range(places)],
            "code": [f"0{n % 4}" for n in range(places)],
            "department": [("NORTE", "SUR")[n % 2] for n in range(places)],
            "cost": rng.integers(1, 6, places).astype(float),
            "existing": False,
        },
        index=[f"p{n}" for n in range(places)],
    )
    minutes = rng.uniform(0, 200, (places, points))
    minutes[rng.random((places, points)) < 0.2] = np.nan
    return demand, candidates, minutes


def best_value(
    demand: Demand, candidates: pd.DataFrame, minutes: np.ndarray, request: SitesRequest
) -> float | None:
    """Value of the best of all plans that keep the limits; None where there is none."""
    new = np.flatnonzero(~candidates["existing"].to_numpy()).tolist()
    values = [
        value_of(demand, candidates, minutes, request, [*picked])
        for size in range(request.teams + 1)
        for picked in combinations(new, size)
        if _allowed(candidates, request, picked)
    ]
    return max(values, default=None)


def _allowed(candidates: pd.DataFrame, request: SitesRequest, picked: tuple[int, ...]) -> bool:
    ids = set(candidates.index[list(picked)])
    there = candidates[candidates.index.isin(ids) | candidates["existing"]]
    cost = candidates.loc[sorted(ids), "cost"].sum()
    return (
        set(request.forced) <= set(there.index)
        and not ids & set(request.forbidden)
        and (request.budget is None or cost <= request.budget + 1e-9)
        and all((there["department"] == d).sum() >= n for d, n in request.minimum.items())
    )


def value_of(
    demand: Demand,
    candidates: pd.DataFrame,
    minutes: np.ndarray,
    request: SitesRequest,
    picked: list[int],
) -> float:
    """Value of one plan: with capacities by a linear programme of its own."""
    rows = np.flatnonzero(
        candidates["existing"].to_numpy() | np.isin(range(len(candidates)), picked)
    )
    within = minutes[rows] <= request.reach_minutes
    at_point = demand.cases[:, demand.district] * demand.share
    if request.capacity_people is None:
        reached = at_point @ within.any(axis=0)
        return float(worst_weights(reached, request.tail) @ reached)
    assert request.tail == 1
    return _attended(within, at_point.mean(axis=0), demand.people_at, request.capacity_people)


def _attended(within: np.ndarray, cases: np.ndarray, people: np.ndarray, capacity: float) -> float:
    places, points = within.shape
    if not places:
        return 0.0
    once = np.tile(np.eye(points), places)
    loads = np.kron(np.eye(places), people)
    found = linprog(
        -np.tile(cases, places),
        np.vstack([once, loads]),
        np.concatenate([np.ones(points), np.full(places, capacity)]),
        bounds=[(0, float(one)) for one in within.ravel()],
    )
    return float(-found.fun)
