"""Outings of teams, and when they are where: the team orienteering problem with nights.

Chao, Golden & Wasil (1996). An outing is a team out from its base for one day or several. Times
are whole minutes; a way, or work at a stop, is never halved by a night: what does not fit into the
rest of a day begins the next morning, so that the earliest times of a given order are also those
that leave most room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.geodesy import Floats
from geo.grid import njit
from models.plan.demand import Bools
from models.plan.itineraries_request import ItinerariesRequest

Minutes = NDArray[np.int64]
Routes = list[list[int]]
NEVER = 1_000_000  # minutes: there is no way


class Ways(NamedTuple):
    """The numbers of a problem, as compiled code takes them.

    Attributes
    ----------
    between : array of int, shape (stops, stops)
        Minutes from each stop (row) to each other.
    turned : array of int, shape (stops, stops)
        The same with rows and columns exchanged, by rows in memory.
    out, back : array of int, shape (teams, stops)
        From each team's base to the stops, and back.
    service : array of int, shape (stops,)
    team, first, days : array of int, shape (outings,)
        Who goes, from which day on (0: the first of all), for how many days.
    day_minutes : int
    returns : bool
        Whether outings end at the base.
    boats : int
        That can be out on one day.
    """

    between: Minutes
    turned: Minutes
    out: Minutes
    back: Minutes
    service: Minutes
    team: Minutes
    first: Minutes
    days: Minutes
    day_minutes: int
    returns: bool
    boats: int


@dataclass(frozen=True)
class Rounds:
    """Everything that itineraries are chosen from.

    Attributes
    ----------
    ways : Ways
    must, may : array of bool, shape (stops,)
        What some team has to visit, and what one can.
    """

    ways: Ways
    must: Bools
    may: Bools

    @property
    def outings(self) -> int:
        return len(self.ways.team)

    @property
    def horizon(self) -> int:
        """Days from the first to the last."""
        return int((self.ways.first + self.ways.days).max())

    @property
    def boats_bind(self) -> bool:
        return self.ways.boats < len(self.ways.out)

    def fits(self, outing: int, route: Sequence[int]) -> bool:
        """Whether an outing has time for these stops in this order."""
        stops = np.asarray(route, dtype=np.int64)
        left, late = np.zeros((2, len(stops) + 1), dtype=np.int64)
        return bool(times(self.ways, outing, stops, len(stops), left, late))

    @cached_property
    def kinds(self) -> list[int]:
        """An outing of each team and length."""
        kinds = np.stack([self.ways.team, self.ways.days])
        return [int(k) for k in np.unique(kinds, axis=1, return_index=True)[1]]

    def reaches(self, stop: int) -> bool:
        """Whether some team can visit a stop, if it visits no other."""
        return any(self.fits(k, [stop]) for k in self.kinds)

    def busy(self, outings: Sequence[int]) -> Minutes:
        """How many boats are out, by day, when these outings are made."""
        days = np.zeros(self.horizon, dtype=np.int64)
        for k in outings:
            days[self.ways.first[k] : self.ways.first[k] + self.ways.days[k]] += 1
        return days


def whole_minutes(minutes: ArrayLike) -> Minutes:
    """Rounded up; ``NEVER`` where there is no way."""
    times = np.asarray(minutes, dtype=float)
    reached = np.isfinite(times) & (times < NEVER)
    return np.where(reached, np.ceil(np.where(reached, times, 0) - 1e-6), NEVER).astype(np.int64)


def rounds_of(
    request: ItinerariesRequest,
    ids: Sequence[str],
    between: ArrayLike,
    out: ArrayLike,
    back: ArrayLike,
) -> Rounds:
    """The problem of a request.

    Parameters
    ----------
    ids : sequence of str
        Of the stops.
    between : array of shape (stops, stops)
    out, back : array of shape (teams, stops)
        Minutes; NaN or infinite where there is no way.
    """
    begin = min(team.first for team in request.teams)
    outings = [
        (row, (request.teams[row].first - begin).days + day, days)
        for row, day, days in request.outings
    ]
    team, first, days = np.ascontiguousarray(np.array(outings, dtype=np.int64).T)
    service = [request.service.get(one, request.service_minutes) for one in ids]
    there = np.ascontiguousarray(whole_minutes(between))
    ways = Ways(
        there,
        np.ascontiguousarray(there.T),
        np.ascontiguousarray(whole_minutes(out)),
        np.ascontiguousarray(whole_minutes(back)),
        np.array(service, dtype=np.int64),
        team,
        first,
        days,
        request.day_minutes,
        request.returns != "no",
        min(request.boats or len(request.teams), len(request.teams)),
    )
    return Rounds(ways, np.isin(ids, request.forced), ~np.isin(ids, request.forbidden))


@njit
def after(at: int, minutes: int, day: int) -> int:
    """When something that takes so long ends, begun now or, where a night is near, after it."""
    if at % day + minutes > day:
        at += day - at % day
    return at + minutes


@njit
def before(at: int, minutes: int, day: int) -> int:
    """When it has to begin at the latest, to end by then."""
    rest = at % day
    if rest < minutes and not (rest == 0 and at > 0):
        at -= rest
    return at - minutes


@njit
def times(ways: Ways, outing: int, route: Minutes, size: int, left: Minutes, late: Minutes) -> bool:
    """Whether a route fits into its days.

    Parameters
    ----------
    left : array of int, shape (size + 1,)
        Is given when the team can leave for each stop, and for home.
    late : array of int, shape (size + 1,)
        Is given when it has to come to each of them at the latest.
    """
    day, team = ways.day_minutes, ways.team[outing]
    last = ways.days[outing] * day
    left[0], fits = 0, True
    for n in range(size):
        way = ways.out[team, route[0]] if n == 0 else ways.between[route[n - 1], route[n]]
        fits &= way <= day
        left[n + 1] = after(after(left[n], way, day), ways.service[route[n]], day)
    late[size] = last
    for n in range(size - 1, -1, -1):
        if n + 1 < size:
            leaves = before(late[n + 1], ways.between[route[n], route[n + 1]], day)
        else:
            leaves = before(last, ways.back[team, route[n]], day) if ways.returns else last
        late[n] = before(leaves, ways.service[route[n]], day)
    if size and ways.returns:
        way = ways.back[team, route[size - 1]]
        return fits and way <= day and after(left[size], way, day) <= last
    return fits and left[size] <= last


@dataclass(frozen=True)
class Visit:
    """Where and when; days are those of the outing, minutes count from its morning.

    ``stop`` is -1 for the way back to the base.
    """

    stop: int
    leaves: tuple[int, int]
    arrives: tuple[int, int]
    starts: tuple[int, int]
    ends: tuple[int, int]


def visits_of(ways: Ways, outing: int, route: Sequence[int]) -> list[Visit]:
    """The earliest times of a route that fits, the way back included."""
    day, team = ways.day_minutes, ways.team[outing]
    found, at, last = [], 0, -1
    for stop in route:
        way = int(ways.out[team, stop] if last < 0 else ways.between[last, stop])
        work = int(ways.service[stop])
        arrives = int(after(at, way, day))
        ends = int(after(arrives, work, day))
        found.append(_visit(stop, (arrives - way, arrives, ends - work, ends), day))
        at, last = ends, stop
    if ways.returns and found:
        way = int(ways.back[team, last])
        home = int(after(at, way, day))
        found.append(_visit(-1, (home - way, home, home, home), day))
    return found


def _visit(stop: int, times: tuple[int, int, int, int], day: int) -> Visit:
    leaves, arrives, starts, ends = times
    begins = divmod(starts, day) if starts < ends else _late(starts, day)
    return Visit(stop, divmod(leaves, day), _late(arrives, day), begins, _late(ends, day))


def _late(at: int, day: int) -> tuple[int, int]:
    """The end of a day is its own, not the next one's beginning."""
    return divmod(at, day) if at % day or at == 0 else (at // day - 1, day)


def visited(routes: Routes, stops: int) -> Bools:
    """Which of so many stops some route has."""
    found = np.zeros(stops, dtype=bool)
    for route in routes:
        found[route] = True
    return found


def value_of(routes: Routes, worth: Floats) -> float:
    """What routes are worth together."""
    return float(sum(worth[stop] for route in routes for stop in route))
