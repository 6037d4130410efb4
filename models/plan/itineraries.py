"""Who goes where on which day: itineraries of teams, with their doubt and what limits cost.

A stop serves the people to whom no other stop is quicker, within reach: so stops add up, and
which of them are visited is all that counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from geo.geodesy import Floats
from models.plan.demand import MIDDLE, Demand, Interval
from models.plan.inserting import by_hand
from models.plan.itineraries_limits import (
    Setting,
    Travel,
    explain_left,
    explain_nothing,
    loosened,
    of_unlimited,
)
from models.plan.itineraries_request import ItinerariesRequest, checked_stops
from models.plan.limits import Loosened
from models.plan.rounds import Rounds, visits_of
from models.plan.routes_best import BestRoutes, best_routes, version
from models.plan.steps import Progress, Steps, silent
from vigia.errors import PlanRequestError

FEW = 20  # draws that are planned for one by one
TRIES = 100  # of each of them
LEFT = 10  # stops that are named though nobody visits them


@dataclass(frozen=True)
class ItinerariesPlan:
    """Itineraries.

    Attributes
    ----------
    visits : DataFrame
        A row for each visit and each way home, by team and time. Columns team, stop (id; of the
        base where it is the way home), home, day (of the team, from 1), leaves, arrives, starts,
        ends (local time), travel_minutes; cases, cases_low, cases_high, people, belongs (share of
        some draws whose own itineraries, made by hand, have the stop).
    left : DataFrame
        Index: ids of stops with most cases that nobody visits. Columns cases, cases_low,
        cases_high, people, belongs, reason (no_way, too_long, no_time).
    cases, of_all : Interval
        Reached, and as a share of all.
    value, bound : float
        What was made large, and what it could be at best.
    of_unlimited : float
        ``value`` as a share of what as many teams and days reach without other limits.
    limits : tuple of Loosened
        Of itineraries made by hand from these on: no less could be gained.
    proven : bool
        Whether nothing better is possible.
    solver : str
    """

    visits: pd.DataFrame
    left: pd.DataFrame
    cases: Interval
    of_all: Interval
    value: float
    bound: float
    of_unlimited: float
    limits: tuple[Loosened, ...]
    proven: bool
    solver: str
    request: ItinerariesRequest

    @property
    def gap(self) -> float:
        """What may be missing, as a share of what could be."""
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0


def plan_itineraries(
    demand: Demand,
    stops: pd.DataFrame,
    minutes: ArrayLike,
    travel: Travel,
    request: ItinerariesRequest,
    progress: Progress = silent,
) -> ItinerariesPlan:
    """Choose which stops the teams visit, when, and in what order.

    Parameters
    ----------
    demand : Demand
    stops : DataFrame
        Index: their ids.
    minutes : array of shape (stops, points)
        From each stop to each point of the demand; NaN or infinite where there is no way.
    travel : Travel
        Minutes between stops, from the teams' bases, and back.
    request : ItinerariesRequest

    Raises
    ------
    PlanRequestError
        When the request makes no sense, or tables do not fit together.
    PlanImpossibleError
        When forced stops do not fit, or nobody is reached.
    """
    checked_stops(stops, request)
    times = np.asarray(minutes, dtype=float)
    _same_size(len(stops), len(request.teams), len(demand.district), times, travel)
    steps = Steps(progress, 4)
    few = Demand(demand.cases[: request.draws], demand.people, demand.district, demand.share)

    def cases_of(asked: ItinerariesRequest) -> Floats:
        return few.cases @ _weight(few, times, stops.index, asked)

    setting = Setting(request, travel, stops.index, cases_of)
    cases, rounds = cases_of(request), setting.rounds()
    steps.begin("best")
    best = best_routes(rounds, cases, request.tail, request.effort, request.seed)
    if best is None or not best.value > 0:
        raise explain_nothing(setting, times, best)
    steps.begin("limits")
    limits, free = tuple(loosened(setting, best)), of_unlimited(setting, best)
    steps.begin("belonging")
    belongs = _belonging(rounds, cases, request.seed)
    people = demand.people @ _weight(few, times, stops.index, request)
    table = _stop_table(stops.index, cases, people, belongs)
    reached = best.visited
    by_draw, total = cases @ reached.astype(float), few.total
    left = table[~reached & (table["cases"] > 0).to_numpy()]
    left = left.sort_values("cases", ascending=False, kind="stable").head(LEFT)
    rows = stops.index.get_indexer(left.index)
    left = left.assign(reason=[explain_left(rounds, int(row)) for row in rows])
    return ItinerariesPlan(
        _visit_table(rounds, best, request, table),
        left,
        Interval.of(by_draw),
        Interval.of(by_draw / np.where(total > 0, total, 1)),
        best.value,
        best.bound,
        free,
        limits,
        best.proven,
        version(),
        request,
    )


def _same_size(stops: int, teams: int, points: int, times: Floats, travel: Travel) -> None:
    wanted = (stops, points), (stops, stops), (teams, stops), (teams, stops)
    given = tuple(np.shape(one) for one in (times, travel.between, travel.out, travel.back))
    if given != wanted:
        raise PlanRequestError(
            f"Tables of minutes are of the sizes {given}, not {wanted}.",
            hint="Give stops by points, stops by stops, and twice teams by stops.",
        )


def _weight(demand: Demand, times: Floats, ids: pd.Index, request: ItinerariesRequest) -> Floats:
    """Share of each district's people (rows) whom each stop serves.

    Who has two stops that are as quick is served by the first; nobody by a forbidden one.
    """
    allowed = ~ids.isin(request.forbidden)
    near = np.where(allowed[:, None] & (times <= request.reach_minutes), times, np.inf)
    served = np.isfinite(near.min(axis=0))
    weight = np.zeros((demand.cases.shape[1], len(ids)))
    at = demand.district[served], near.argmin(axis=0)[served]
    np.add.at(weight, at, demand.share[served])
    return weight


def _belonging(rounds: Rounds, cases: Floats, seed: int) -> Floats:
    """Share of a few draws, each taken for the truth, whose itineraries have each stop."""
    count = np.zeros(cases.shape[1])
    for draw in cases[:FEW]:
        for route in by_hand(rounds, draw, TRIES, seed):
            count[route] += 1
    return count / len(cases[:FEW])


def _stop_table(ids: pd.Index, cases: Floats, people: Floats, belongs: Floats) -> pd.DataFrame:
    low, high = np.quantile(cases, MIDDLE, axis=0)
    return pd.DataFrame(
        {
            "cases": cases.mean(axis=0),
            "cases_low": low,
            "cases_high": high,
            "people": people,
            "belongs": belongs,
        },
        index=ids,
    )


def _visit_table(
    rounds: Rounds, best: BestRoutes, request: ItinerariesRequest, stops: pd.DataFrame
) -> pd.DataFrame:
    columns = ["team", "stop", "home", "day", "leaves", "arrives", "starts", "ends"]
    rows = list(_visit_rows(rounds, best, request, stops.index))
    table = pd.DataFrame(rows, columns=[*columns, "travel_minutes"])
    more = stops.reindex(table["stop"].where(~table["home"]))
    return pd.concat([table, more.reset_index(drop=True)], axis=1)


def _visit_rows(
    rounds: Rounds, best: BestRoutes, request: ItinerariesRequest, ids: pd.Index
) -> Iterator[tuple[Any, ...]]:
    first = min(team.first for team in request.teams)
    for k, route in enumerate(best.routes):
        team = request.teams[rounds.ways.team[k]]
        begins = int(rounds.ways.first[k])
        for visit in visits_of(rounds.ways, k, route):
            at = [
                datetime(first.year, first.month, first.day)  # noqa: DTZ001 - where the teams are
                + timedelta(days=begins + day, minutes=request.morning + minute)
                for day, minute in (visit.leaves, visit.arrives, visit.starts, visit.ends)
            ]
            home = visit.stop < 0
            stop = team.base if home else ids[visit.stop]
            day = (at[3].date() - team.first).days + 1
            travel = (visit.arrives[0] - visit.leaves[0]) * rounds.ways.day_minutes
            travel += visit.arrives[1] - visit.leaves[1]
            yield (team.name, stop, home, day, *at, travel)
