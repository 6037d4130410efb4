"""The expected flow between recruitment and exploitation: a gravity model over quickest ways.

Everybody recruited in a district is taken to another one, or abroad: to each in proportion to what
draws people there, and the less the longer the way (an origin-constrained gravity model; Wilson
1971, Environment and Planning 3). Which share of the recruited is moved at all is a constant that
no factor on the log scale can see. The flow of a district is how many come by: those whose way
begins, leads through or ends there, each once, as one who is moved can be met on all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geo.grid import njit
from vigia.errors import ModelError

if TYPE_CHECKING:
    from geo.travel.journeys import Journeys  # and with it the network, which is not needed here

Floats = NDArray[np.float64]

MINUTES_PER_HOUR = 60.0
TOP = 0.1  # of districts: an exit draws as many as the mean of those with most exploitation
FLOOR = 0.5  # of the least flow that there is, for districts where nobody comes by


class Gravity:
    """Who comes by each district, given who is recruited and exploited where.

    Parameters
    ----------
    seasons : sequence of Journeys
        All between the same districts and exits. Each is as long a part of the year as the others
        are: flows are worked out for each and averaged.
    hours : float
        By which a longer way lessens the pull to 1 / e.
    """

    def __init__(self, seasons: Sequence[Journeys], hours: float = 14.0) -> None:
        if not (np.isfinite(hours) and hours > 0):
            raise ModelError(f"The pull falls over {hours:g} hours.", hint="Give more than 0.")
        if len({(one.districts, one.exits) for one in seasons}) != 1:
            raise ModelError(
                "The seasons of a gravity model are not of the same places.",
                hint="Give one or more, made for the same districts and exits.",
            )
        self.seasons, self.hours = tuple(seasons), hours

    def passing(self, recruited: Floats, exploited: Floats) -> Floats:
        """People who come by each district.

        Parameters
        ----------
        recruited, exploited : arrays of shape (districts,) or (districts, draws)
            Expected cases: rate times people.

        Returns
        -------
        array of the same shape
            In the unit of ``recruited``. A district from which no way leads, or only to where
            nothing draws, sends nobody.

        Raises
        ------
        ModelError
            When shapes differ, or a number is missing, infinite or negative.
        """
        recruited, exploited = (np.asarray(one, dtype=np.float64) for one in (recruited, exploited))
        self._refuse(recruited, exploited)
        people = np.ascontiguousarray(recruited.reshape(len(recruited), -1))
        mass = self._mass(exploited.reshape(people.shape))
        total = np.zeros(people.shape)
        for one in self.seasons:
            total += _passing(
                one.stretches, one.district, one.parent, one.arrivals, one.place, one.last,
                one.minutes, MINUTES_PER_HOUR * self.hours, people, mass,
            )  # fmt: skip
        return (total / len(self.seasons)).reshape(recruited.shape)

    def factor(self, recruited: Floats, exploited: Floats, people: Floats) -> Floats:
        """Log of the people who come by, per inhabitant; as a factor of the log rate.

        Parameters
        ----------
        recruited, exploited : arrays of shape (districts,) or (districts, draws)
        people : array of shape (districts,)
            Who live there, in any unit.

        Returns
        -------
        array of the same shape as ``recruited``
            Where nobody comes by, or nobody lives, it is the log of half the least flow per
            inhabitant of the others (by draw); 0 everywhere if nobody comes by anywhere.
        """
        flow = self.passing(recruited, exploited)
        people = np.asarray(people, dtype=np.float64).reshape(-1, *[1] * (flow.ndim - 1))
        there = (flow > 0) & (people > 0)
        each = np.divide(flow, people, out=np.full(flow.shape, np.inf), where=there)
        least = FLOOR * each.min(axis=0)
        return np.log(np.where(there, each, np.where(np.isfinite(least), least, 1.0)))

    def _mass(self, exploited: Floats) -> Floats:
        """What draws people to every place: districts, then exits."""
        count = max(1, round(TOP * len(exploited)))
        top = np.cumsum(np.sort(exploited, axis=0)[-count:], axis=0)[-1:] / count  # in one order
        exits = np.repeat(top, self.seasons[0].exits, axis=0)
        return np.ascontiguousarray(np.vstack([exploited, exits]))

    def _refuse(self, recruited: Floats, exploited: Floats) -> None:
        size = self.seasons[0].districts
        if recruited.shape != exploited.shape or recruited.ndim > 2 or len(recruited) != size:
            raise ModelError(
                f"Cases of {size} districts came in the shapes {recruited.shape} and "
                f"{exploited.shape}.",
                hint="Give both as (districts,) or (districts, draws).",
            )
        for cases in (recruited, exploited):
            if not (np.isfinite(cases) & (cases >= 0)).all():
                raise ModelError(
                    "Expected cases are missing, infinite or negative.",
                    hint="A flow needs a rate and people for every district.",
                )


@njit
def _passing(
    stretches: NDArray[np.int64],
    district: NDArray[np.int32],
    parent: NDArray[np.int32],
    arrivals: NDArray[np.int64],
    place: NDArray[np.int32],
    last: NDArray[np.int32],
    minutes: NDArray[np.float32],
    fall: float,
    people: Floats,
    mass: Floats,
) -> Floats:
    """Sent out to the stretches where ways end, and added up from there to where they begin."""
    districts, draws = people.shape
    flow = np.zeros((districts, draws))
    load = np.zeros((np.diff(stretches).max() if districts else 0, draws))
    total = np.empty(draws)
    for origin in range(districts):
        first, end = arrivals[origin], arrivals[origin + 1]
        if first == end:
            continue
        base, size = stretches[origin], stretches[origin + 1] - stretches[origin]
        nearest = minutes[first:end].min()  # taken off all: their shares stay as they are
        load[:size] = 0.0
        total[:] = 0.0
        for arrival in range(first, end):
            nearness = np.exp(-(minutes[arrival] - nearest) / fall)
            for draw in range(draws):
                pull = mass[place[arrival], draw] * nearness
                total[draw] += pull
                load[last[arrival], draw] += pull
        for stretch in range(size - 1, 0, -1):
            load[parent[base + stretch]] += load[stretch]
        for stretch in range(size):
            for draw in range(draws):
                if total[draw] > 0:
                    share = load[stretch, draw] / total[draw]
                    flow[district[base + stretch], draw] += people[origin, draw] * share
    return flow
