"""Itineraries by hand: stops put in one after another, some taken out and put in anew.

Insertion by worth a minute, then ruin and recreate (Schrimpf et al. 2000; Christiaens & Vanden
Berghe 2020). What the solver starts from and makes better.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.geodesy import Floats
from geo.grid import njit
from models.plan.rounds import NEVER, Minutes, Rounds, Routes, Ways, after, times

LONGEST = 200  # stops of one outing
FORCED = 1_000.0  # what a forced stop counts beside all others together
POWERS = (0.5, 1.0, 2.0)
MOST_OUT = 20  # stops taken out at once
ANYWHERE = 0.2  # how often they do not lie together
NOISE = 0.3
WORSE = 0.01  # how far below the best so far the search may wander at first, as a share
ALIKE = 1e-12


class _State(NamedTuple):
    """Routes, and where each stop that nobody visits would best be put into each of them."""

    sequence: Minutes  # (outings, longest): stops in their order, then -1
    size: Minutes  # (outings,)
    outing: Minutes  # (stops,): who visits it; -1: nobody
    place: Minutes  # (outings, stops)
    added: Minutes  # (outings, stops): minutes; NEVER where it does not fit
    busy: Minutes  # (days,): boats that are out


def by_hand(
    rounds: Rounds, worth: Floats, tries: int, seed: int, start: Routes | None = None
) -> Routes:
    """Routes that fit, by outing; all forced stops are in them if that was found possible.

    Parameters
    ----------
    worth : array of shape (stops,)
    tries : int
        Times that some stops are taken out and put in anew.
    start : list of lists of int, optional
        Routes that fit, to go on from.
    """
    total = max(float(worth[rounds.may].sum()), ALIKE)
    weight = np.where(rounds.may, worth + np.where(rounds.must, FORCED * total, 0.0), 0.0)
    outings, stops = rounds.outings, len(worth)
    state = _State(
        np.full((outings, max(1, min(stops, LONGEST))), -1),
        np.zeros(outings, np.int64),
        np.full(stops, -1),
        np.zeros((outings, stops), np.int64),
        np.full((outings, stops), NEVER),
        np.zeros(rounds.horizon, np.int64),
    )
    for outing, route in enumerate(start or ()):
        state.sequence[outing, : len(route)] = route
        state.size[outing] = len(route)
    _searched(rounds.ways, state, weight, tries, seed)
    return [state.sequence[k, : state.size[k]].tolist() for k in range(outings)]


@njit
def _searched(ways: Ways, now: _State, weight: Floats, tries: int, seed: int) -> None:
    """Leaves the best that it finds in the sequences and their sizes."""
    np.random.seed(seed)
    best = _copied(now)
    _counted(ways, now, weight)
    if now.size.any():
        _fill(ways, now, weight, 1.0, 0.0)
        _copy(now, best)
        value, minutes = _worth(ways, now, weight)
    else:
        value, minutes = -1.0, 0
        empty = _copied(now)
        for power in POWERS:  # the best of some ways to begin
            _copy(empty, now)
            _fill(ways, now, weight, power, 0.0)
            other, its_minutes = _worth(ways, now, weight)
            if other > value:
                _copy(now, best)
                value, minutes = other, its_minutes
        _copy(best, now)
    last = _copied(now)
    for turn in range(tries):
        _ruin(ways, now, weight)
        _fill(ways, now, weight, POWERS[np.random.randint(len(POWERS))], NOISE)
        other, its_minutes = _worth(ways, now, weight)
        alike = other >= value * (1 - ALIKE)
        if other > value * (1 + ALIKE) or (alike and its_minutes < minutes):
            _copy(now, best)
            value, minutes = other, its_minutes
        if other >= value * (1 - WORSE * (1 - turn / tries)):
            _copy(now, last)
        else:
            _copy(last, now)
    _copy(best, now)


@njit
def _copied(state: _State) -> _State:
    return _State(
        state.sequence.copy(), state.size.copy(), state.outing.copy(), state.place.copy(),
        state.added.copy(), state.busy.copy(),
    )  # fmt: skip


@njit
def _copy(here: _State, there: _State) -> None:
    there.sequence[:], there.size[:], there.outing[:] = here.sequence, here.size, here.outing
    there.place[:], there.added[:], there.busy[:] = here.place, here.added, here.busy


@njit
def _counted(ways: Ways, state: _State, weight: Floats) -> None:
    """Everything that follows from the routes."""
    for k in range(len(state.size)):
        for n in range(state.size[k]):
            state.outing[state.sequence[k, n]] = k
        if state.size[k]:
            state.busy[ways.first[k] : ways.first[k] + ways.days[k]] += 1
    stops = np.arange(len(weight))
    for k in range(len(state.size)):
        _look(ways, state, weight, k, stops)


@njit
def _look(ways: Ways, state: _State, weight: Floats, k: int, stops: Minutes) -> None:
    """Where stops that nobody visits would best be put into an outing, and at what cost."""
    route, size, t, day = state.sequence[k], state.size[k], ways.team[k], ways.day_minutes
    left, late = np.zeros(size + 1, np.int64), np.zeros(size + 1, np.int64)
    times(ways, k, route, size, left, late)
    for s in stops:
        state.added[k, s] = NEVER
    if size >= len(route):
        return
    nowhere = np.zeros(len(weight), np.int64)
    for n in range(size + 1):  # row by row of the matrix, which is too large for the fast memory
        there = ways.out[t] if n == 0 else ways.between[route[n - 1]]
        on, old = nowhere, 0
        if n < size:
            on, old = ways.turned[route[n]], _leg(ways, t, route, n)
        elif ways.returns:
            on, old = ways.back[t], ways.back[t, route[n - 1]] if n else 0
        for s in stops:
            cost = there[s] + ways.service[s] + on[s] - old
            if cost >= state.added[k, s] or weight[s] <= 0 or state.outing[s] >= 0:
                continue
            if left[n] + cost + old > late[n] or there[s] > day or on[s] > day:
                continue
            leaves = after(after(left[n], there[s], day), ways.service[s], day)
            if after(leaves, on[s], day) <= late[n]:
                state.added[k, s], state.place[k, s] = cost, n


@njit
def _leg(ways: Ways, team: int, route: Minutes, n: int) -> int:
    return int(ways.out[team, route[0]] if n == 0 else ways.between[route[n - 1], route[n]])


@njit
def _fill(ways: Ways, state: _State, weight: Floats, power: float, noise: float) -> None:
    """Put in what is worth most a minute until nothing fits."""
    stops = np.arange(len(weight))
    wish = weight**power * (1 + noise * (2 * np.random.random(len(weight)) - 1))
    while True:
        top, best_k, best_s = 0.0, -1, -1
        for k in range(len(state.size)):
            first = ways.first[k]
            busy = state.busy[first : first + ways.days[k]].max()
            if state.size[k] == 0 and busy >= ways.boats:
                continue
            for s in stops:
                if state.outing[s] < 0 and state.added[k, s] < NEVER:
                    score = wish[s] / (max(state.added[k, s], 0) + 1)
                    if score > top:
                        top, best_k, best_s = score, k, int(s)
        if best_k < 0:
            return
        _put(ways, state, best_k, best_s)
        _look(ways, state, weight, best_k, stops)


@njit
def _put(ways: Ways, state: _State, k: int, s: int) -> None:
    route, size, place = state.sequence[k], state.size[k], state.place[k, s]
    for n in range(size, place, -1):
        route[n] = route[n - 1]
    route[place], state.outing[s] = s, k
    if size == 0:
        state.busy[ways.first[k] : ways.first[k] + ways.days[k]] += 1
    state.size[k] += 1


@njit
def _ruin(ways: Ways, state: _State, weight: Floats) -> None:
    """Take out some stops, most often such as lie together."""
    there = np.flatnonzero(state.outing >= 0)
    if not len(there):
        return
    seed = there[np.random.randint(len(there))]
    many = 1 + np.random.randint(min(MOST_OUT, len(there)))
    if np.random.random() < ANYWHERE:
        np.random.shuffle(there)
    else:
        there = there[np.argsort(ways.between[seed][there] + ways.between[:, seed][there])]
    freed, changed = there[:many], np.zeros(len(state.size), np.bool_)
    for s in freed:
        changed[state.outing[s]] = True
        _take(ways, state, s)
    stops = np.arange(len(weight))
    for k in range(len(state.size)):
        _look(ways, state, weight, k, stops if changed[k] else freed)


@njit
def _take(ways: Ways, state: _State, s: int) -> None:
    k = state.outing[s]
    route, size, n = state.sequence[k], state.size[k], 0
    while route[n] != s:
        n += 1
    for m in range(n, size - 1):
        route[m] = route[m + 1]
    route[size - 1], state.outing[s] = -1, -1
    state.size[k] -= 1
    if size == 1:
        state.busy[ways.first[k] : ways.first[k] + ways.days[k]] -= 1


@njit
def _worth(ways: Ways, state: _State, weight: Floats) -> tuple[float, int]:
    """What the routes are worth, and the minutes on the way."""
    value, minutes = 0.0, 0
    for k in range(len(state.size)):
        route, size = state.sequence[k], state.size[k]
        for n in range(size):
            value += weight[route[n]]
            minutes += _leg(ways, ways.team[k], route, n)
        if size and ways.returns:
            minutes += ways.back[ways.team[k], route[size - 1]]
    return value, minutes
