"""The network of rivers and roads, and the questions that it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.factor import Direction, Season
from geo.geodesy import Floats, Geometries, Ints
from geo.travel.access import Access, access
from geo.travel.answers import Matrix, Times, across
from geo.travel.edges import AGAINST, ALONG, Edges
from geo.travel.frame import frame_of
from geo.travel.given import in_degrees
from geo.travel.isochrones import isochrones
from geo.travel.kept import OfEach
from geo.travel.lines import DrawnLines, to_plane
from geo.travel.pairs import Pairs, in_order
from geo.travel.path import Path, find_path
from geo.travel.report import NetworkReport
from geo.travel.rules import TravelRules, is_towards, season_index
from geo.travel.spread import Arcs, Stops, graph, quickest, set_stops
from geo.travel.trips import Placed, Trips
from geo.travel.walks import all_walks
from geo.travel.ways import Ways
from vigia.errors import GeometryError

Places: TypeAlias = gpd.GeoSeries | gpd.GeoDataFrame | Geometries | Sequence[object]


@dataclass(frozen=True)
class Network:
    """Rivers and roads as one directed graph, by season.

    Attributes
    ----------
    rules : TravelRules
    ways : Ways
    drawn : DrawnLines
    edges : Edges
    lonlat : array of shape (nodes, 2)
        Degrees.
    mode : array of int, shape (edges,)
    flow : array of int8, shape (edges,)
        1 where the water runs from an edge's start to its end, -1 where against, 0 unknown (roads
        have none).
    minutes : dict of str to array of shape (edges, 2)
        By season; along each edge and against it.
    changes : tuple of arrays
        Node of the one mode, of the other, minutes.
    report : NetworkReport
    """

    rules: TravelRules
    ways: Ways
    drawn: DrawnLines
    edges: Edges
    lonlat: Floats
    mode: Ints
    flow: NDArray[np.int8]
    minutes: dict[str, Floats]
    changes: Arcs
    report: NetworkReport

    @cached_property
    def arcs(self) -> dict[str, Arcs]:
        """By season, what can be travelled between nodes, with its minutes."""
        one, other, change = self.changes
        edges = self.edges
        rows = np.concatenate([edges.start, edges.end, one, other])
        columns = np.concatenate([edges.end, edges.start, other, one])
        return {
            season: quickest(
                rows,
                columns,
                np.concatenate([minutes[:, ALONG], minutes[:, AGAINST], change, change]),
            )
            for season, minutes in self.minutes.items()
        }

    def minutes_to_nearest(
        self, places: Places, targets: Places, season: Season, direction: Direction = "to"
    ) -> Times:
        """From each place to the target that is nearest in time, or from there.

        Parameters
        ----------
        places, targets : GeoSeries, GeoDataFrame or array of geometries
            EPSG:4326; lines and areas count as reached where any of them is.
        season : {"high", "low"}
            Of the water.
        direction : {"to", "from"}
            Whether people go to the targets or come from them.

        Returns
        -------
        Times
            NaN and -1 where no target can be reached, or only by a longer walk than the limit.
        """
        trips = self.trips(self.place(places), self.place(targets, "Targets"))
        return trips.nearest(season, direction)

    def trips(self, places: Placed, targets: Placed) -> Trips:
        """The same for all seasons and directions, of what was set on the network before."""
        return Trips(self, places, targets)

    def matrix(self, origins: Places, destinations: Places, season: Season) -> Matrix:
        """Minutes from every origin to every destination; there and back are not the same.

        Parameters
        ----------
        origins, destinations : GeoSeries, GeoDataFrame or array of geometries
            EPSG:4326.
        season : {"high", "low"}
        """
        season_index(season)
        here, there = self.place(origins, "Origins"), self.place(destinations, "Destinations")
        stops = self.stops(there.access)
        return across(
            here.access,
            stops,
            graph(self.arcs[season], stops, self.minutes[season], towards=True),
            self.minutes[season],
            all_walks(here.plane, there.plane, self.rules, self.drawn.crs),
            (len(here.plane), len(there.plane)),
        )

    def path(self, origin: shapely.Point, destination: shapely.Point, season: Season) -> Path:
        """The quickest way from one point to another, along the drawn lines.

        Raises
        ------
        GeometryError
            When there is none, or one of the two is no point.
        """
        season_index(season)
        ends = np.array([origin, destination], dtype=object)
        if (shapely.get_type_id(ends) != shapely.GeometryType.POINT).any():
            raise GeometryError("A path leads from point to point.", hint="Give two points.")
        return find_path(self, origin, destination, season)

    def isochrones(
        self,
        origins: Places,
        minutes: Sequence[float],
        season: Season,
        direction: Direction = "from",
    ) -> gpd.GeoDataFrame:
        """Areas within some minutes of the nearest of ``origins``: see geo.travel.isochrones.

        Parameters
        ----------
        origins : GeoSeries, GeoDataFrame or array of geometries
            EPSG:4326.
        minutes : sequence of float
        season : {"high", "low"}
        direction : {"to", "from"}
            ``"from"``: what is reached from the origins; ``"to"``: from where they are reached.

        Returns
        -------
        GeoDataFrame
            minutes (ascending) and geometry, EPSG:4326; each contains the one before.
        """
        season_index(season)
        return isochrones(
            self, self.plane(origins, "Origins"), minutes, season, is_towards(direction)
        )

    def plane(self, places: Places, where: str) -> Geometries:
        """Geometries of EPSG:4326 in the plane of the network; ``where`` says what they are."""
        if isinstance(places, gpd.GeoDataFrame | gpd.GeoSeries):
            array = in_degrees(where, places)
        else:
            array = np.empty(len(places), dtype=object)
            array[:] = list(places)
        return to_plane(array, self.drawn.crs, where)

    def access(self, plane: Geometries) -> Access:
        """How places of the plane stand to the network."""
        return access(plane, self.ways, self.edges, self.drawn, self.rules)

    def place(self, places: Places, where: str = "Places") -> Placed:
        """Geometries of EPSG:4326 and how they stand to the network."""
        plane = self.plane(places, where)
        return Placed(plane, self.access(plane))

    @cached_property
    def placed(self) -> OfEach[Placed]:
        """By table of places: what ``place`` found, for whoever asks with the same table again."""
        return OfEach()

    def stops(self, access: Access) -> Stops:
        """Places set on edges, as what everything is measured to."""
        return set_stops(self.edges, len(self.lonlat), access)

    @cached_property
    def _edges_by_pair(self) -> Pairs:
        return in_order(self.edges.start, self.edges.end, len(self.lonlat))

    @cached_property
    def _changes_by_pair(self) -> Pairs:
        return in_order(*self.changes[:2], len(self.lonlat))

    def between(self, node: int, other: int) -> Ints:
        """Rows of the edges that join two nodes."""
        return self._edges_by_pair.joining(node, other)

    def change_minutes(self, node: int, other: int) -> float:
        """To change between two nodes; infinite where nobody can."""
        those = self._changes_by_pair.joining(node, other)
        return float(self.changes[2][those].min(initial=np.inf))

    def frame(self) -> gpd.GeoDataFrame:
        """The edges for maps: fid, mode, flow, km and minutes by season; EPSG:4326.

        Lines run with the water where its direction is known (flow 1), else as they come (0).
        """
        return frame_of(self)
