"""Places and targets set on a network once, for every season and direction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from geo.factor import Direction, Season
from geo.geodesy import Geometries
from geo.travel.access import Access
from geo.travel.answers import Times, nearest_of
from geo.travel.rules import is_towards, season_index
from geo.travel.spread import Stops, graph
from geo.travel.walks import Walks, nearest_walks

if TYPE_CHECKING:
    from geo.travel.network import Network


@dataclass(frozen=True)
class Placed:
    """Geometries in the plane of a network, and where they enter it.

    To find this takes most of the time of an answer, and it is the same for all of them.
    """

    plane: Geometries
    access: Access


@dataclass(frozen=True)
class Trips:
    """From places to the nearest of some targets, or back; each answer is found once."""

    network: Network
    places: Placed
    targets: Placed

    def nearest(self, season: Season, direction: Direction = "to") -> Times:
        """See ``Network.minutes_to_nearest``."""
        season_index(season)
        towards = is_towards(direction)
        if (season, towards) not in self._found:
            self._found[season, towards] = self._search(season, towards)
        return self._found[season, towards]

    @cached_property
    def _found(self) -> dict[tuple[Season, bool], Times]:
        return {}

    @cached_property
    def _stops(self) -> Stops:
        return self.network.stops(self.targets.access)

    @cached_property
    def _on_foot(self) -> Walks:
        network = self.network
        here, there = self.places.plane, self.targets.plane
        return nearest_walks(here, there, network.rules, network.drawn.crs)

    def _search(self, season: Season, towards: bool) -> Times:
        network, stops = self.network, self._stops
        minutes = network.minutes[season]
        return nearest_of(
            self.places.access,
            stops,
            graph(network.arcs[season], stops, minutes, towards),
            minutes,
            towards,
            self._on_foot,
            len(self.places.plane),
        )
