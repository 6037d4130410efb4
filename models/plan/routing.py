"""OR-Tools' CP-SAT, asked for the best routes of some outings among some stops.

A circuit for each outing, with arcs that are taken or not (Perron & Didier; the multi-circuit
constraint), and for outings of several days the day and minute of each arrival and of each piece of
work. On one worker with a fixed seed, stopped by deterministic time, which counts work and not the
clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from itertools import pairwise, permutations

import numpy as np
from ortools.sat.python import cp_model

from geo.geodesy import Floats, Ints
from models.plan.rounds import Rounds, Routes

WORTH = 1_000_000  # whole-number value of everything together
BASE = -1
Arc = tuple[int, int]


def version() -> str:
    """Name and version of the solver."""
    return f"OR-Tools {metadata.version('ortools')}"


@dataclass(frozen=True)
class Routed:
    """What the solver found.

    Attributes
    ----------
    routes : list of lists of int, optional
        By outing that was asked for; None where nothing was found.
    bound : float
        No such routes are worth more.
    proven : bool
        Nothing is better than ``routes``, or nothing fits at all.
    """

    routes: Routes | None
    bound: float
    proven: bool


def routed(
    rounds: Rounds,
    worth: Floats,
    outings: Sequence[int],
    stops: Sequence[int],
    start: Routes,
    work: float,
    *,
    busy: Ints | None = None,
    alike: bool = False,
) -> Routed:
    """The best routes of some outings among some stops, the others left as they are.

    Parameters
    ----------
    worth : array of shape (stops of the rounds,)
    outings, stops : sequence of int
        Forced stops among them are visited.
    start : list of lists of int
        Routes of the outings, to go on from; they need not keep the forced stops.
    work : float
        Deterministic seconds.
    busy : array of int, shape (days,), optional
        Boats of other outings, by day.
    alike : bool
        Whether outings of a team that differ in their day only can be told apart by nothing: then
        those that are worth more come first.
    """
    scale = WORTH / max(float(worth[list(stops)].sum()), 1e-300)
    asked = _Asked(rounds, worth * scale, list(outings), list(stops))
    asked.limit_boats(np.zeros(rounds.horizon, dtype=np.intp) if busy is None else busy)
    if alike:
        asked.put_in_order()
    asked.begin_with(start)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = work
    solver.parameters.relative_gap_limit = 1e-6
    status = solver.solve(asked.model)
    proven = status in (cp_model.OPTIMAL, cp_model.INFEASIBLE)
    if status == cp_model.INFEASIBLE:
        return Routed(None, -np.inf, proven)
    # each stop's worth was rounded by half a unit at most
    minutes = asked.most_minutes
    bound = (solver.best_objective_bound / (minutes + 1) + 0.5 * len(stops) + 1) / scale
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Routed(None, bound, proven)
    return Routed([asked.route(solver, k) for k in range(len(outings))], bound, proven)


class _Asked:
    """The model, with a literal for each arc that an outing can take."""

    def __init__(self, rounds: Rounds, worth: Floats, outings: list[int], stops: list[int]) -> None:
        self.rounds, self.outings, self.stops = rounds, outings, stops
        self.model = cp_model.CpModel()
        self.arcs: list[dict[Arc, cp_model.IntVar]] = []
        self.visited: list[dict[int, cp_model.IntVar]] = []
        self.used: list[cp_model.IntVar] = []
        self.worth = {stop: round(float(worth[stop])) for stop in stops}
        for outing in outings:
            self._circuit(outing)
        for stop in stops:
            by = [visited[stop] for visited in self.visited]
            if rounds.must[stop]:
                self.model.add_exactly_one(by)
            else:
                self.model.add_at_most_one(by)
        self._clock()
        spent = [
            literal * self._minutes(outing, arc)
            for outing, arcs in zip(outings, self.arcs, strict=True)
            for arc, literal in arcs.items()
        ]
        ways = rounds.ways
        self.most_minutes = int(ways.day_minutes * ways.days[outings].sum())
        value = sum(v * self.worth[s] for one in self.visited for s, v in one.items())
        self.model.maximize(value * (self.most_minutes + 1) - sum(spent))

    def _minutes(self, outing: int, arc: Arc) -> int:
        """On the way from the one to the other; nothing for a way back that is not gone."""
        ways, (one, other) = self.rounds.ways, arc
        team = ways.team[outing]
        if one == BASE:
            return int(ways.out[team, other])
        if other == BASE:
            return int(ways.back[team, one]) if ways.returns else 0
        return int(ways.between[one, other])

    def _circuit(self, outing: int) -> None:
        """From the base over some stops to the base, or staying there."""
        model, day = self.model, self.rounds.ways.day_minutes
        service = self.rounds.ways.service
        node = {stop: number for number, stop in enumerate([BASE, *self.stops])}
        arcs, visited = {}, {}
        used = model.new_bool_var("")
        listed = [(0, 0, ~used)]
        for stop in self.stops:
            visited[stop] = model.new_bool_var("")
            listed.append((node[stop], node[stop], ~visited[stop]))
            model.add_implication(visited[stop], used)
        whole = day * int(self.rounds.ways.days[outing])
        for one, other in permutations(node, 2):
            minutes = self._minutes(outing, (one, other))
            works = sum(int(service[stop]) for stop in (one, other) if stop != BASE)
            if minutes <= day and minutes + works <= whole:
                arcs[one, other] = model.new_bool_var("")
                listed.append((node[one], node[other], arcs[one, other]))
        model.add_circuit(listed)
        spent = [literal * self._minutes(outing, arc) for arc, literal in arcs.items()]
        spent += [literal * int(service[stop]) for stop, literal in visited.items()]
        model.add(cp_model.LinearExpr.sum(spent) <= whole)
        self.arcs.append(arcs)
        self.visited.append(visited)
        self.used.append(used)

    def _clock(self) -> None:
        """Arrivals and work of outings of several days, neither halved by a night.

        Minutes count from the first morning. An arrival of a way of so many minutes is no fewer
        minutes after a morning, and not after the evening of that day.
        """
        ways, model = self.rounds.ways, self.model
        days = int(ways.days[self.outings].max())
        if days == 1:
            return
        day = ways.day_minutes
        arrives: dict[int, tuple[cp_model.LinearExprT, cp_model.LinearExprT]] = {}
        ends: dict[int, cp_model.LinearExprT] = {BASE: 0}
        for stop in self.stops:
            work = int(ways.service[stop])
            on, late = model.new_int_var(0, days - 1, ""), model.new_int_var(0, day, "")
            of, begins = model.new_int_var(0, days - 1, ""), model.new_int_var(0, day - work, "")
            model.add(of * day + begins >= on * day + late)
            arrives[stop] = on * day + late, late
            ends[stop] = of * day + begins + work
        for outing, arcs in zip(self.outings, self.arcs, strict=True):
            evening: tuple[cp_model.LinearExprT, cp_model.LinearExprT]
            evening = int(ways.days[outing]) * day, day
            for (one, other), literal in arcs.items():
                minutes = self._minutes(outing, (one, other))
                at, of_day = evening if other == BASE else arrives[other]
                model.add(at - minutes >= ends[one]).only_enforce_if(literal)
                if other != BASE:
                    model.add(of_day >= minutes).only_enforce_if(literal)

    def limit_boats(self, busy: Ints) -> None:
        """On no day more boats than there are."""
        ways = self.rounds.ways
        if not self.rounds.boats_bind:
            return
        for today in range(self.rounds.horizon):
            out = [
                used
                for outing, used in zip(self.outings, self.used, strict=True)
                if ways.first[outing] <= today < ways.first[outing] + ways.days[outing]
            ]
            self.model.add(sum(out) <= int(ways.boats - busy[today]))

    def put_in_order(self) -> None:
        """Of a team's days, those that are worth more come first."""
        ways = self.rounds.ways
        value = [
            sum(literal * (self.worth[stop] + 1) for stop, literal in visited.items())
            for visited in self.visited
        ]
        for k, (one, other) in enumerate(zip(self.outings, self.outings[1:], strict=False)):
            if ways.team[one] == ways.team[other] and ways.days[one] == ways.days[other]:
                self.model.add(value[k] >= value[k + 1])

    def begin_with(self, routes: Routes) -> None:
        """Hint at routes that are known."""
        for arcs, visited, used, route in zip(
            self.arcs, self.visited, self.used, routes, strict=True
        ):
            way = [BASE, *route, BASE]
            taken = set(pairwise(way)) if route else set()
            for arc, literal in arcs.items():
                self.model.add_hint(literal, arc in taken)
            for stop, literal in visited.items():
                self.model.add_hint(literal, stop in route)
            self.model.add_hint(used, bool(route))

    def route(self, solver: cp_model.CpSolver, number: int) -> list[int]:
        """Stops of an outing, in the order in which it comes to them."""
        after = {
            one: other
            for (one, other), literal in self.arcs[number].items()
            if solver.boolean_value(literal)
        }
        found, here = [], after.get(BASE, BASE)
        while here != BASE:
            found.append(here)
            here = after[here]
        return found
