"""Journeys between districts: which districts lie on the quickest ways from each to all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geo.arrays import as_array
from geo.factor import Season
from geo.geodesy import Geometries, Ints
from geo.grid import Int64s
from geo.locate import place
from geo.travel.access import Access
from geo.travel.crossed import marks_of
from geo.travel.edges import AGAINST, ALONG
from geo.travel.lines import points_of
from geo.travel.rules import season_index
from geo.travel.spread import Stops, quickest
from geo.travel.trees import Course, Int32s, bench_for, tree_from
from geo.travel.walks import Walks, all_walks
from vigia.errors import GeometryError

if TYPE_CHECKING:
    from geo.travel.network import Network

ALL_AMONG, NEAREST = 2_000, 300  # among so many districts all are reached, else the nearest


@dataclass(frozen=True)
class Journeys:
    """The quickest ways between places in one season, as the districts that they lead through.

    Places are those of the districts, then exits. From each district the ways form a tree of
    stretches, each in one district; the first is in the district itself. A way has no district
    twice. Nobody sets out for the own place.

    Attributes
    ----------
    districts, exits : int
        How many.
    stretches : array of int, shape (districts + 1,)
        Where the stretches of each origin begin, and their number.
    district : array of int, shape (stretches,)
        That each stretch is in.
    parent : array of int, shape (stretches,)
        The stretch before it, counted from the origin's first, and lower than its own number; -1
        for the first.
    arrivals : array of int, shape (districts + 1,)
        Where the arrivals of each origin begin, and their number.
    place : array of int, shape (arrivals,)
        That is reached; rising.
    last : array of int, shape (arrivals,)
        The stretch in which it is, counted from the origin's first.
    minutes : array of float, shape (arrivals,)
    """

    districts: int
    exits: int
    stretches: Int64s
    district: Int32s
    parent: Int32s
    arrivals: Int64s
    place: Int32s
    last: Int32s
    minutes: NDArray[np.float32]


def journeys(
    network: Network,
    places: gpd.GeoSeries,
    districts: gpd.GeoDataFrame,
    *,
    exits: gpd.GeoSeries | None = None,
    seasons: Sequence[Season] = ("high", "low"),
    nearest: int | None = None,
    within_minutes: float = np.inf,
) -> tuple[Journeys, ...]:
    """The quickest ways from each district's place to those of the others, and to exits.

    Minutes are those of ``Network.matrix``. A way is told by the districts that its lines lead
    through, looked at often enough (``geo.travel.crossed``); a walk straight from place to place
    by its ends alone.

    Parameters
    ----------
    network : Network
    places : GeoSeries
        A point for each district, by code (``geo.neighbours.places_of``); None where there is none.
    districts : GeoDataFrame
        code and geometry (None possible), in EPSG:4326.
    exits : GeoSeries, optional
        Points where people leave the area, such as border crossings; EPSG:4326.
    seasons : sequence of {"high", "low"}
    nearest : int, optional
        How many places are reached from each district at most, the nearest in time. Where nothing
        is said, all among up to 2,000 districts, else 300: so memory grows no faster than
        the number of districts.
    within_minutes : float
        Places farther off are not reached.

    Returns
    -------
    tuple of Journeys
        For each season, in the order of ``places``.

    Raises
    ------
    GeometryError
        When there is no such season, ``nearest`` is below 1, or a code has no row.
    """
    for season in seasons:
        season_index(season)
    if nearest is not None and nearest < 1:
        raise GeometryError(f"nearest is {nearest}.", hint="It is 1 or more.")
    laid = _lay(network, places, _polygons(places, districts), exits)
    most = nearest or (len(laid.at_place) if len(places) <= ALL_AMONG else NEAREST)
    return tuple(_in_season(laid, season, most, within_minutes) for season in seasons)


def _polygons(places: gpd.GeoSeries, districts: gpd.GeoDataFrame) -> Geometries:
    known = districts.set_index("code").geometry
    if missing := sorted(set(places.index) - set(known.index)):
        raise GeometryError(
            f"The district {missing[0]!r} has a place and no row.",
            hint="Give places and districts with the same codes.",
        )
    return as_array(known.loc[list(places.index)])


@dataclass(frozen=True)
class _Laid:
    """Everything that is the same in all seasons."""

    network: Network
    stops: Stops
    district: Ints  # of every node of the network, stop and entry
    at_place: Ints  # the district of every place
    walks: Walks
    districts: int


def _lay(
    network: Network, places: gpd.GeoSeries, polygons: Geometries, exits: gpd.GeoSeries | None
) -> _Laid:
    points = as_array(places)
    leaving = np.empty(0, dtype=object) if exits is None else as_array(exits)
    placed = network.place(np.concatenate([points, leaving]))
    at_place = np.concatenate([np.arange(len(points)), place(leaving, polygons)])
    at_node = place(points_of(network.lonlat), polygons)
    stops, at_stop = _set(network, placed.access, at_node, polygons)
    at_entry = np.append(at_place, -1)[stops.access.place]  # marks of districts have the place -1
    return _Laid(
        network,
        stops,
        np.concatenate([at_node, at_stop, at_entry]),
        at_place,
        all_walks(placed.plane[: len(points)], placed.plane, network.rules, network.drawn.crs),
        len(points),
    )


def _set(
    network: Network, access: Access, at_node: Ints, polygons: Geometries
) -> tuple[Stops, Ints]:
    """Places and the marks of districts as stops, and the district of each."""
    edges, drawn = network.edges, network.drawn
    marks = marks_of(edges, drawn, at_node, polygons)
    here = drawn.lonlat_at(edges.marks(access.edge, access.fraction, drawn))
    district = np.concatenate([place(points_of(here), polygons), marks.district])
    count = len(marks.edge)
    both = Access(
        np.concatenate([access.place, np.full(count, -1, dtype=np.intp)]),
        np.concatenate([access.edge, marks.edge]),
        np.concatenate([access.fraction, marks.fraction]),
        np.concatenate([access.walk_minutes, np.full(count, np.inf)]),  # nobody gets off there
    )
    order = np.lexsort((both.place, both.walk_minutes, both.fraction, both.edge))
    return Stops(edges, len(network.lonlat), both.only(order)), district[order]


def _in_season(laid: _Laid, season: Season, most: int, within: float) -> Journeys:
    course = _course(laid, season)
    bench = bench_for(course, len(laid.at_place))
    stops = laid.stops.access.place
    entry, begins = _grouped(stops, laid.districts)
    walk, walk_begins = _grouped(laid.walks[0], laid.districts)
    walk_to, walk_minutes = laid.walks[1][walk], laid.walks[2][walk]
    found = []
    for origin in range(laid.districts):
        walks = slice(*walk_begins[origin : origin + 2])
        entries = laid.stops.entry(entry[slice(*begins[origin : origin + 2])])
        found.append(
            tree_from(
                origin, entries, walk_to[walks], walk_minutes[walks], laid.at_place,
                course, bench, most, within,
            )
        )  # fmt: skip
    district, parent, reached, last, minutes = (
        np.concatenate(parts) for parts in zip(*found, strict=True)
    )
    return Journeys(
        laid.districts,
        len(laid.at_place) - laid.districts,
        _sums([len(one[0]) for one in found]),
        district,
        parent,
        _sums([len(one[2]) for one in found]),
        reached,
        last,
        minutes,
    )


def _grouped(owner: Ints, count: int) -> tuple[Ints, Ints]:
    """Rows in the order of their owners, and where those of each owner begin."""
    order = np.argsort(owner, kind="stable")
    return order, np.searchsorted(owner[order], np.arange(count + 1))


def _sums(sizes: list[int]) -> Int64s:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def _course(laid: _Laid, season: Season) -> Course:
    """What can be travelled; edges with stops only from stop to stop, so that none is passed by."""
    network, stops = laid.network, laid.stops
    minutes, edges = network.minutes[season], network.edges
    free = np.ones(len(edges), dtype=bool)
    free[stops.access.edge] = False
    start, end, cost = edges.start[free], edges.end[free], minutes[free]
    one, other, change = network.changes
    arcs = [
        (start, end, cost[:, ALONG]),
        (end, start, cost[:, AGAINST]),
        (one, other, change),
        (other, one, change),
        stops.arcs(minutes),
    ]
    rows, columns, times = quickest(*(np.concatenate(part) for part in zip(*arcs, strict=True)))
    size = len(laid.district)
    at_entry = np.full(size, -1)
    at_entry[size - len(stops.access) :] = stops.access.place
    begins = np.searchsorted(rows, np.arange(size + 1))
    return Course(begins, columns, times, laid.district, at_entry)
