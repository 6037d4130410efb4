"""How long the way is, over rivers and roads and on foot."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from geo.factor import Factor
from geo.geodesy import Floats, Geometries, Ints
from geo.layer import Features, Layer
from geo.measures.around import mean_of_places
from geo.measures.base import EVERYWHERE, NEARLY_ALL, Measure
from geo.region import Ground, Points
from vigia.errors import GeometryError

if TYPE_CHECKING:
    # and with it the library of graphs, only where it is used
    from geo.travel import Network, Placed, Times, Trips


class Travel(Measure):
    """A number of the quickest way to the nearest feature of the layer, or back from it."""

    supports = EVERYWHERE
    options = frozenset({"season", "direction"})
    whole = True

    @abstractmethod
    def number(self, times: Times) -> Floats:
        """For each place."""

    def values(self, ground: Ground, layer: Layer, factor: Factor, year: int) -> Floats:
        network = network_of(ground, factor)

        def times_of(places: Points) -> Times:
            def make(features: Features) -> Trips:
                here = _placed(network, ground, places, places.geometry)
                return network.trips(here, _placed(network, ground, features, features.shapes))

            trips = layer.made(year, ("trips", places is ground.capitals), make, None)
            return trips.nearest(factor.season or "high", factor.direction or "to")

        if factor.support != "polygon":
            places = ground.places(factor.support)
            times = times_of(places)
            return _mean_of_those_with_a_way(places, self.number(times), len(ground))
        some = [places for places in (ground.capitals, ground.points) if places is not None]
        if not some:
            ground.places("capital")
        soonest = _Soonest(len(ground))
        for places in some:
            times = times_of(places)
            soonest.see(places.row, times.minutes, self.number(times))
        return soonest.number


class TravelTime(Travel):
    """Minutes to the nearest feature of the layer, over rivers and roads and on foot.

    ``season`` is that of the water (``high`` where nothing is said); ``direction`` is ``to`` the
    feature (where nothing is said) or ``from`` it: against the current it is another time. From the
    polygon: of the district's population points and its capital the one that is soonest there. From
    the population points: the mean by people of those that have a way.

    Missing: no feature can be reached, or only by a longer walk than the limit; more than a tenth
    of the people have no way; the district has no capital or no point.

    Source: docs/travel.md for the network and its speeds; the quickest way by Dijkstra 1959,
    Numerische Mathematik 1.
    """

    name = "travel_time"

    def unit(self, factor: Factor) -> str:
        return "min"

    def number(self, times: Times) -> Floats:
        return times.minutes


class WalkedShare(Travel):
    """Per cent of the minutes of ``travel_time`` that are walked, with the same supports.

    Missing: as for ``travel_time``.

    Source: as of ``travel_time``.
    """

    name = "walked_share"

    def unit(self, factor: Factor) -> str:
        return "%"

    def number(self, times: Times) -> Floats:
        return 100 * times.walked_share


class _Soonest:
    """The number of the place of each district with the least minutes; of equals the first."""

    def __init__(self, districts: int) -> None:
        self.number = np.full(districts, np.nan)
        self._minutes = np.full(districts, np.inf)

    def see(self, row: Ints, minutes: Floats, number: Floats) -> None:
        known = np.flatnonzero(np.isfinite(minutes))
        order = known[np.lexsort((number[known], minutes[known], row[known]))]
        rows, first = np.unique(row[order], return_index=True)
        best = order[first]
        sooner = minutes[best] < self._minutes[rows]
        self._minutes[rows[sooner]] = minutes[best[sooner]]
        self.number[rows[sooner]] = number[best[sooner]]


def network_of(ground: Ground, factor: Factor) -> Network:
    """The region's network; a GeometryError where there is none."""
    if ground.network is None:
        raise GeometryError(
            f'Layer "{factor.layer}": {factor.measure} has no network to travel on.',
            hint="Add [travel] with its ways to vigia.toml, or measure the distance.",
        )
    return ground.network


def _placed(
    network: Network, ground: Ground, of: Points | Features, geometry: Geometries
) -> Placed:
    """Where they enter the network: found once for places, and for features that stand together."""
    return network.placed.of(of, lambda: network.place(ground.surface.to_degrees(geometry)))


def _mean_of_those_with_a_way(places: Points, numbers: Floats, districts: int) -> Floats:
    known = np.isfinite(numbers)
    weight = np.where(known, places.weight, 0.0)
    every = np.bincount(places.row, weights=places.weight, minlength=districts)
    with_a_way = np.bincount(places.row, weights=weight, minlength=districts)
    mean = mean_of_places(replace(places, weight=weight), numbers, districts)
    return np.where(with_a_way >= NEARLY_ALL * every, mean, np.nan)
