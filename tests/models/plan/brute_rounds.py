"""Every itinerary of a small instance, one by one, by a clock of its own."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from itertools import permutations

import numpy as np
import pandas as pd

from models.plan.demand import Demand, demand_of
from models.plan.itineraries_limits import Travel
from models.plan.itineraries_request import ItinerariesRequest, Return, Team

DAY = 480
FIRST = date(2027, 3, 1)


def country(
    seed: int, stops: int = 6, teams: int = 2, draws: int = 5, most: float = 300
) -> tuple[Demand, pd.DataFrame, np.ndarray, Travel]:
    """People at stops only; asymmetric minutes without a triangle inequality, some missing."""
    rng = np.random.default_rng(seed)
    demand = demand_of(
        rng.lognormal(3, 1, (draws, stops)),
        rng.integers(500, 5000, stops),
        np.arange(stops),
        np.ones(stops),
    )
    ids = [f"s{n}" for n in range(stops)]
    table = pd.DataFrame({"name": ids}, index=ids)
    between = rng.uniform(10, most, (stops, stops))
    between[rng.random((stops, stops)) < 0.1] = np.nan
    out, back = rng.uniform(10, most, (2, teams, stops))
    here = np.where(np.eye(stops) > 0, 0.0, np.nan)
    return demand, table, here, Travel(between, out, back)


def asked(returns: Return, days: int = 2, **more: object) -> ItinerariesRequest:
    """Two teams, the second of which begins a day later."""
    teams = (Team("A", "b0", days, FIRST), Team("B", "b1", days, FIRST + timedelta(days=1)))
    values = {"teams": teams, "reach_minutes": 30, "day_minutes": DAY, "service_minutes": 90}
    return ItinerariesRequest(**{**values, "returns": returns, **more})


def best_value(demand: Demand, travel: Travel, request: ItinerariesRequest) -> float | None:
    """Worth of the best plan; None where forced stops cannot all be visited."""
    worth = demand.cases[: request.draws].mean(axis=0)
    stops = len(worth)
    ids = [f"s{n}" for n in range(stops)]
    forced = {ids.index(one) for one in request.forced}
    forbidden = {ids.index(one) for one in request.forbidden}
    outings = []
    for row, team in enumerate(request.teams):
        begins = (team.first - FIRST).days
        if request.returns == "daily":
            outings += [(row, begins + day, 1) for day in range(team.days)]
        else:
            outings.append((row, begins, team.days))
    possible = {
        (row, days): _sets(travel, request, row, days, set(range(stops)) - forbidden)
        for row, _, days in outings
    }
    horizon = max(begins + days for _, begins, days in outings)

    @cache
    def best(number: int, done: frozenset[int], busy: tuple[int, ...]) -> float:
        if number == len(outings):
            return 0.0 if forced <= done else -np.inf
        row, begins, days = outings[number]
        found = best(number + 1, done, busy)
        out = tuple(n + (begins <= day < begins + days) for day, n in enumerate(busy))
        if max(out) > (request.boats or len(request.teams)):
            return found
        for some in possible[row, days]:
            if not some & done:
                value = sum(worth[stop] for stop in some)
                found = max(found, value + best(number + 1, done | some, out))
        return found

    value = best(0, frozenset(), (0,) * horizon)
    return None if value == -np.inf else float(value)


def _sets(
    travel: Travel, request: ItinerariesRequest, team: int, days: int, stops: set[int]
) -> set[frozenset[int]]:
    """Which stops can be visited together in some order."""
    found = set()
    for size in range(1, len(stops) + 1):
        for order in permutations(sorted(stops), size):
            if frozenset(order) not in found and walk(travel, request, team, days, order):
                found.add(frozenset(order))
    return found


def walk(
    travel: Travel, request: ItinerariesRequest, team: int, days: int, order: tuple[int, ...]
) -> bool:
    """Minute by minute: whether a team can make it."""
    tasks, last = [], None
    for stop in order:
        way = travel.out[team, stop] if last is None else travel.between[last, stop]
        tasks += [way, request.service.get(f"s{stop}", request.service_minutes)]
        last = stop
    if request.returns != "no":
        tasks.append(travel.back[team, last])
    day, left = 1, request.day_minutes
    for task in tasks:
        if not task <= request.day_minutes:
            return False
        need = int(np.ceil(task))
        if need > left:
            day, left = day + 1, request.day_minutes
        left -= need
    return day <= days
