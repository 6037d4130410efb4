"""What itineraries could be worth at best: a relaxation that knows no order.

Each visit costs its work and the shortest way to it (and from it), and its part of the farthest
way that its outing goes; stops may be shared between teams. Any itineraries keep these limits, so
that none are worth more than the best that does.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from geo.geodesy import Floats
from geo.grid import njit
from models.plan.highs import Programme, solve
from models.plan.rounds import NEVER, Rounds
from models.plan.work import Work


def bound_of(rounds: Rounds, worth: Floats) -> float:
    """No itineraries are worth more.

    Parameters
    ----------
    worth : array of shape (stops,)
    """
    ways = rounds.ways
    stops = np.flatnonzero(rounds.may & ((worth > 0) | rounds.must))
    if not len(stops):
        return 0.0
    teams, size = len(ways.out), len(stops)
    service = ways.service[stops].astype(float)
    into, onward, far = _least(rounds, stops)
    outings = np.bincount(ways.team, minlength=teams)
    days = np.bincount(ways.team, ways.days, teams)
    room = days * ways.day_minutes
    longest = np.array([ways.days[ways.team == team].max() for team in range(teams)])
    most = np.array([_most(service + into[t], longest[t] * ways.day_minutes) for t in range(teams)])
    costs = [service + into, service + far / most[:, None], 1 / most[:, None] + 0 * far]
    rooms = [room, room, outings.astype(float)]
    if ways.returns:
        costs.append(service + onward)
        rooms.append(room)
    may = (far < NEVER) & (far + service <= longest[:, None] * ways.day_minutes)
    once = sp.hstack([sp.eye_array(size)] * teams)
    rows = [once, *(sp.block_diag([sp.csr_array(one[None]) for one in cost]) for cost in costs)]
    high = [np.ones(size), *rooms]
    if rounds.boats_bind:
        rows += [sp.csr_array(cost.ravel()[None]) for cost in costs]
        boat_days = float(ways.boats * rounds.horizon)
        whole = boat_days * ways.day_minutes
        of_outings = boat_days / longest.min()
        high += [np.array([whole]), np.array([whole]), np.array([of_outings])]
        high += [np.array([whole])] if ways.returns else []
    matrix = sp.csr_array(sp.vstack(rows))
    answer = solve(
        Programme(
            np.tile(worth[stops], teams),
            np.zeros(teams * size),
            may.astype(float).ravel(),
            np.zeros(teams * size, dtype=bool),
            matrix,
            np.full(matrix.shape[0], -np.inf),
            np.concatenate(high),
        ),
        Work(),
    )
    return min(answer.bound, float(worth[stops].sum()))


def _least(rounds: Rounds, stops: np.ndarray) -> tuple[Floats, Floats, Floats]:
    """Minutes into and onward from each stop at least, and of the way out and back over others.

    Each of shape (teams, stops).
    """
    ways = rounds.ways
    between = ways.between[np.ix_(stops, stops)].astype(float)
    np.fill_diagonal(between, np.inf)
    out, back = ways.out[:, stops].astype(float), ways.back[:, stops].astype(float)
    into = np.minimum(out, between.min(axis=0))
    onward = np.minimum(back, between.min(axis=1))
    far = np.array([_quickest(between, one) for one in out])
    if ways.returns:
        far = far + np.array([_quickest(between.T.copy(), one) for one in back])
    return into, onward, np.minimum(far, NEVER)


@njit
def _quickest(between: Floats, first: Floats) -> Floats:
    """The shortest way to each stop (Dijkstra 1959), ``first`` from outside straight to it."""
    found = first.copy()
    done = np.zeros(len(first), np.bool_)
    for _ in range(len(first)):
        here = -1
        for stop in range(len(first)):
            if not done[stop] and (here < 0 or found[stop] < found[here]):
                here = stop
        done[here] = True
        for stop in range(len(first)):
            found[stop] = min(found[stop], found[here] + between[here, stop])
    return found


def _most(costs: Floats, room: float) -> int:
    """How many stops an outing could have."""
    return max(1, int((np.cumsum(np.sort(costs)) <= room).sum()))
