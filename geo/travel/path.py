"""The quickest way itself: its line, its legs, its minutes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.geodesy import Floats, distance_km
from geo.travel.access import Access
from geo.travel.answers import share
from geo.travel.edges import AGAINST, ALONG
from geo.travel.rules import MODES
from geo.travel.spread import Approach, Reach, Stops, approach, graph, reach
from vigia.errors import GeometryError

if TYPE_CHECKING:
    from geo.travel.network import Network

WALK, CHANGE = "walk", "change"


@dataclass(frozen=True)
class Leg:
    """A part of a path in one mode: "river", "road", "walk" or "change"."""

    mode: str
    minutes: float
    km: float


@dataclass(frozen=True)
class Path:
    """The quickest way.

    Attributes
    ----------
    geometry : LineString
        EPSG:4326; along the drawn lines, with straight joins where ends were snapped.
    minutes : float
    walked_share : float
        Of the minutes, 0 to 1.
    legs : tuple of Leg
        In the order of travel; their minutes add up to the path's.
    """

    geometry: shapely.LineString
    minutes: float
    walked_share: float
    legs: tuple[Leg, ...]


@dataclass(frozen=True)
class _Part:
    """A stretch of a path with its coordinates in degrees."""

    mode: str
    minutes: float
    km: float
    lonlat: Floats


def find_path(
    network: Network, origin: shapely.Point, destination: shapely.Point, season: str
) -> Path:
    """See ``Network.path``."""
    ends = np.array([origin, destination], dtype=object)
    lonlat = shapely.get_coordinates(ends)
    plane = network.plane(ends, "Ends of the path")
    stops, minutes = network.stops(network.access(plane[1:])), network.minutes[season]
    found = reach(graph(network.arcs[season], stops, minutes, towards=True), stops)
    places = network.access(plane[:1])
    on_foot = float(
        network.rules.walk_minutes(distance_km(lonlat[:1], lonlat[1:]))[0]
    )  # infinite beyond the limit
    ways = approach(places, stops, minutes, towards=True)
    row = _best(ways, places, stops, found)
    total = np.inf if row is None else ways.minutes[row] + found.minutes[ways.node[row]]
    if not np.isfinite(min(total, on_foot)):
        raise GeometryError(
            "There is no way between the two points.",
            hint="See the network's report for gaps and separate parts, or allow a longer walk.",
        )
    if row is None or on_foot < total:
        return _joined([_Part(WALK, on_foot, float(distance_km(*lonlat[:, None])[0]), lonlat)])
    route = _Route(network, season, stops, found)
    return _joined(route.parts(places, int(ways.access[row]), int(ways.node[row]), lonlat))


def _best(ways: Approach, places: Access, stops: Stops, found: Reach) -> int | None:
    """The row of the approach that is quickest, of equals with the least walk."""
    total = ways.minutes + found.minutes[ways.node]
    there = np.flatnonzero(np.isfinite(total))
    if len(there) == 0:
        return None
    walked = places.walk_minutes[ways.access[there]]
    walked = walked + stops.access.walk_minutes[found.stop[ways.node[there]]]
    return int(there[np.lexsort((walked, total[there]))[0]])


@dataclass(frozen=True)
class _Route:
    network: Network
    season: str
    stops: Stops
    found: Reach

    def parts(self, places: Access, row: int, node: int, lonlat: Floats) -> list[_Part]:
        """From the origin to the network, node by node to the stop, and to the destination."""
        edge, fraction = int(places.edge[row]), float(places.fraction[row])
        parts = [self._walk(lonlat[0], edge, fraction, float(places.walk_minutes[row]))]
        parts.append(self._along(edge, fraction, self._where(node, edge, fraction)))
        entries = self.stops.size + len(self.stops.access)
        while (after := int(self.found.parent[node])) < entries:
            parts.append(self._hop(node, after))
            node = after
        stop = after - entries
        edge, fraction = (
            int(self.stops.access.edge[stop]),
            float(self.stops.access.fraction[stop]),
        )
        walk = float(self.stops.access.walk_minutes[stop])
        last = self._walk(lonlat[1], edge, fraction, walk)
        return [*parts, _Part(WALK, last.minutes, last.km, last.lonlat[::-1])]

    def _walk(self, lonlat: Floats, edge: int, fraction: float, minutes: float) -> _Part:
        """From a place to where it enters; the few metres of one that stands there take none."""
        mark = self.network.edges.marks(np.array([edge]), np.array([fraction]), self.network.drawn)
        there = self.network.drawn.lonlat_at(mark)
        km = float(distance_km(lonlat[None], there)[0]) if minutes > 0 else 0.0
        return _Part(WALK, minutes, km, np.vstack([lonlat, there]))

    def _where(self, node: int, edge: int, near: float) -> float:
        """How far along the edge a node at one of its ends, or a stop on it, is."""
        if node >= self.stops.size:
            return float(self.stops.access.fraction[node - self.stops.size])
        edges = self.network.edges
        if edges.start[edge] == edges.end[edge]:
            return float(round(near))
        return float(edges.end[edge] == node)

    def _along(self, edge: int, begin: float, end: float) -> _Part:
        network = self.network
        minutes = network.minutes[self.season][edge, ALONG if end >= begin else AGAINST]
        marks = network.edges.marks(
            np.array([edge, edge]), np.array([begin, end]), network.drawn
        ).tolist()
        part = abs(end - begin)
        return _Part(
            MODES[int(network.mode[edge])],
            float(minutes * part) if part > 0 else 0.0,
            float(network.edges.km[edge] * part),
            network.drawn.stretch(*marks),
        )

    def _hop(self, node: int, after: int) -> _Part:
        """From a node to its neighbour, by the quickest of the edges between them."""
        at_stop = [n - self.stops.size for n in (node, after) if n >= self.stops.size]
        if at_stop:
            edge = int(self.stops.access.edge[at_stop[0]])
            ends = [self._end_of_hop(n, edge, m) for n, m in ((node, after), (after, node))]
            return self._along(edge, *ends)
        edges, minutes = self.network.edges, self.network.minutes[self.season]
        along = self.network.between(node, after)
        cost = np.where(edges.start[along] == node, minutes[along, ALONG], minutes[along, AGAINST])
        change = self.network.change_minutes(node, after)
        if len(along) == 0 or change < cost.min():
            return _Part(CHANGE, change, 0.0, self.network.lonlat[[node, after]])
        edge = int(along[np.argmin(cost)])
        begin = float(edges.start[edge] != node)
        return self._along(edge, begin, 1.0 - begin)

    def _end_of_hop(self, node: int, edge: int, other: int) -> float:
        near = self._where(other, edge, 0.0) if other >= self.stops.size else 0.0
        return self._where(node, edge, near)


def _joined(parts: list[_Part]) -> Path:
    """Parts put together; those of one mode in a row are one leg."""
    legs: list[Leg] = []
    for part in parts:
        if legs and legs[-1].mode == part.mode:
            last = legs.pop()
            legs.append(Leg(part.mode, last.minutes + part.minutes, last.km + part.km))
        elif part.minutes > 0 or part.km > 0 or part.mode == CHANGE:
            legs.append(Leg(part.mode, part.minutes, part.km))
    lonlat = np.vstack([part.lonlat for part in parts])
    new = np.ones(len(lonlat), dtype=bool)
    new[1:] = (np.diff(lonlat, axis=0) != 0).any(axis=1)
    lonlat = lonlat[new] if new.sum() > 1 else lonlat[:2]
    total = np.array(sum(leg.minutes for leg in legs))
    foot = np.array(sum(leg.minutes for leg in legs if leg.mode == WALK))
    return Path(shapely.LineString(lonlat), float(total), float(share(foot, total)), tuple(legs))
