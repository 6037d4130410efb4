"""The best itineraries that are found: begun by hand, made better or proven best by a solver."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geo.geodesy import Floats, Ints
from models.plan.best import worst_weights
from models.plan.demand import Bools
from models.plan.highs import version as bounder
from models.plan.inserting import by_hand
from models.plan.itineraries_request import Effort
from models.plan.rounds import Minutes, Rounds, Routes, value_of, visited
from models.plan.routes_bound import bound_of
from models.plan.routing import routed
from models.plan.routing import version as router

BLOCK_OUTINGS = 4
BLOCK_STOPS = 24  # in all of a block's routes together, with those that could be visited instead
BLOCK_WORK = 0.1  # of the whole's
LEAST_GAIN = 1e-9
TURNS = 4  # of the worst draws


@dataclass(frozen=True)
class BestRoutes:
    """Routes, what they are worth, and what any could be worth at best.

    Attributes
    ----------
    routes : list of lists of int
        By outing.
    worth : array of shape (stops,)
        Cases of each stop, in the mean over the draws that count.
    value, bound : float
    proven : bool
        Nothing is worth more.
    """

    routes: Routes
    worth: Floats
    value: float
    bound: float
    proven: bool

    @property
    def visited(self) -> Bools:
        """Which stops some route has."""
        return visited(self.routes, len(self.worth))


def version() -> str:
    """Names and versions of the solvers: of the routes, and of their bound."""
    return f"{router()}, {bounder()}"


def best_routes(
    rounds: Rounds, cases: Floats, tail: float, effort: Effort, seed: int
) -> BestRoutes | None:
    """The best itineraries on the mean of the draws, or of the worst share of them.

    Parameters
    ----------
    cases : array of shape (draws, stops)
    tail : float
        For less than 1, the worst draws of what was found last are planned for anew, as long as
        that makes it better; and no plan is worth more than for any such choice of draws.

    Returns
    -------
    BestRoutes, optional
        None when forced stops do not fit, or no way was found in which they do.
    """
    worth, start, found, bound = cases.mean(axis=0), None, None, np.inf
    for _ in range(TURNS if tail < 1 else 1):
        best = _best_for(rounds, worth, effort, seed, start)
        if best is None:
            return None
        bound = min(bound, best.bound)
        by_draw = cases @ best.visited.astype(float)
        weights = worst_weights(by_draw, tail)
        value = float(weights @ by_draw)
        if found is not None and value <= found.value * (1 + LEAST_GAIN):
            break
        start, worth = best.routes, weights @ cases
        found = BestRoutes(start, worth, value, bound, best.proven and tail == 1)
    return None if found is None else replace(found, bound=max(bound, found.value))


def _best_for(
    rounds: Rounds, worth: Floats, effort: Effort, seed: int, start: Routes | None
) -> BestRoutes | None:
    routes = by_hand(rounds, worth, effort.tries, seed, start)
    stops = _worthwhile(rounds, worth)
    if is_small(rounds, worth, effort):
        return _solved(rounds, worth, stops, routes, effort)
    if not _keeps_forced(rounds, routes):
        return None
    if (rounds.ways.days == 1).all():  # of longer ones, the solver betters none in reasonable work
        routes = _by_blocks(rounds, worth, routes, effort, seed)
    value = value_of(routes, worth)
    bound = max(value, bound_of(rounds, worth))
    return BestRoutes(routes, worth, value, bound, bound <= value * (1 + LEAST_GAIN))


def _worthwhile(rounds: Rounds, worth: Floats) -> Ints:
    """Stops that some outing could visit alone, and that are worth it."""
    wanted = np.flatnonzero(rounds.may & ((worth > 0) | rounds.must))
    fits = [rounds.reaches(stop) for stop in wanted.tolist()]
    return wanted[np.array(fits, dtype=bool) | rounds.must[wanted]]


def is_small(rounds: Rounds, worth: Floats, effort: Effort) -> bool:
    """Whether the whole is solved at once."""
    stops = len(_worthwhile(rounds, worth))
    return rounds.outings * (stops + 1) * stops <= effort.exact_arcs


def _keeps_forced(rounds: Rounds, routes: Routes) -> bool:
    return bool(visited(routes, len(rounds.must))[rounds.must].all())


def _solved(
    rounds: Rounds, worth: Floats, stops: Ints, routes: Routes, effort: Effort
) -> BestRoutes | None:
    """The whole at once, proven best unless it takes too much work."""
    alike = not rounds.boats_bind
    outings = range(rounds.outings)
    start = in_order(rounds, worth, routes) if alike else routes
    answer = routed(rounds, worth, outings, stops.tolist(), start, effort.work, alike=alike)
    found = [one for one in (answer.routes, routes) if one and _keeps_forced(rounds, one)]
    if not found:
        return None
    best = max(found, key=lambda one: value_of(one, worth))
    value = value_of(best, worth)
    bound = answer.bound if answer.proven else min(answer.bound, bound_of(rounds, worth))
    return BestRoutes(best, worth, value, max(value, bound), answer.proven)


def in_order(rounds: Rounds, worth: Floats, routes: Routes) -> Routes:
    """The same, the days of a team that are worth more first; boats must not bind."""
    sorted_routes = list(routes)
    for team in range(len(rounds.ways.out)):
        mine = np.flatnonzero(rounds.ways.team == team).tolist()
        ranked = sorted((routes[k] for k in mine), key=lambda one: (-value_of([one], worth), one))
        for k, route in zip(mine, ranked, strict=True):
            sorted_routes[k] = route
    return sorted_routes


def _by_blocks(rounds: Rounds, worth: Floats, routes: Routes, effort: Effort, seed: int) -> Routes:
    """Outings that lie together planned anew by the solver, one group after another."""
    rng = np.random.default_rng(seed)
    routes = [list(route) for route in routes]
    for turn in rng.permutation(rounds.outings)[: effort.blocks]:
        outings = _neighbours(rounds, routes, int(turn))
        stops = _could(rounds, worth, routes, outings)
        others = [k for k, route in enumerate(routes) if route and k not in outings]
        mine = [routes[k] for k in outings]
        work = BLOCK_WORK * effort.work
        answer = routed(rounds, worth, outings, stops, mine, work, busy=rounds.busy(others))
        if answer.routes is not None and value_of(answer.routes, worth) > value_of(mine, worth):
            for k, route in zip(outings, answer.routes, strict=True):
                routes[k] = route
    return routes


def _neighbours(rounds: Rounds, routes: Routes, outing: int) -> list[int]:
    """An outing and some whose stops are near its own, as long as they have few stops."""
    chosen, count = [outing], len(routes[outing])
    distance = [_apart(rounds.ways.between, routes[outing], route) for route in routes]
    for k in np.argsort(distance, kind="stable").tolist():
        if k != outing and count + len(routes[k]) <= BLOCK_STOPS // 2:
            chosen.append(k)
            count += len(routes[k])
        if len(chosen) == BLOCK_OUTINGS:
            break
    return sorted(chosen)


def _apart(between: Minutes, one: list[int], other: list[int]) -> float:
    if not one or not other:
        return np.inf
    return float(between[np.ix_(one, other)].min())


def _could(rounds: Rounds, worth: Floats, routes: Routes, outings: list[int]) -> list[int]:
    """The outings' stops, and those that nobody visits yet and that promise most near them."""
    mine = [stop for k in outings for stop in routes[k]]
    free = rounds.may & (worth > 0)
    free &= ~visited(routes, len(worth))
    others = np.flatnonzero(free)
    ways = rounds.ways
    teams = ways.team[outings]
    ends = [ways.out[teams][:, others] + ways.back[teams][:, others]]
    if mine:
        ends.append(ways.between[mine][:, others] + ways.between[others][:, mine].T)
    detour = np.vstack(ends).min(axis=0)
    promise = worth[others] / (ways.service[others] + detour + 1)
    room = max(2, BLOCK_STOPS - len(mine))
    return sorted([*mine, *others[np.argsort(-promise, kind="stable")][:room].tolist()])
