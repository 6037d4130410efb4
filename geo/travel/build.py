"""From tables of ways, outlets and ports to a network."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

from geo.crs import MetricCRS
from geo.geodesy import Floats, Ints
from geo.travel.changes import Changes, find_changes, first_of_each, read_ports
from geo.travel.edges import Edges, cut_lines, edge_minutes
from geo.travel.flow import flow
from geo.travel.given import in_degrees
from geo.travel.joints import meet
from geo.travel.lines import DrawnLines, draw, points_of, to_lonlat
from geo.travel.network import Network
from geo.travel.nodes import Joints
from geo.travel.outlets import GIVEN, Ends, Outlets, leaving, place_outlets, widest_ends, widths
from geo.travel.report import Marked, NetworkReport, components
from geo.travel.rules import MODES, RIVER, TravelRules
from geo.travel.ways import Ways, read_ways
from vigia.errors import GeometryError


def build_network(
    ways: gpd.GeoDataFrame,
    outlets: gpd.GeoSeries | None,
    ports: gpd.GeoDataFrame | None,
    rules: TravelRules,
    metric: MetricCRS,
    area: BaseGeometry | None = None,
) -> Network:
    """Join lines to a network, find which way its rivers flow, and say what was found.

    Parameters
    ----------
    ways : GeoDataFrame
        See geo.travel.ways.read_ways. EPSG:4326, as all geometry here.
    outlets : GeoSeries of Point, or None
        Where rivers end; see geo.travel.outlets for those that have none.
    ports : GeoDataFrame or None
        geometry and, if known, transfer_minutes: where people change between river and road.
    rules : TravelRules
    metric : MetricCRS
        Of the area. The plane only says what is near: lengths are geodesic, or the table's own.
    area : Polygon or MultiPolygon, optional
        Rivers without a named outlet are taken to end where they leave it.

    Raises
    ------
    GeometryError
        When a table cannot be read, there is no line, or an outlet is far from every river.
    """
    table = read_ways(ways, rules)
    if len(table) == 0:
        raise GeometryError(
            "There are no rivers and no roads to travel on.",
            hint="Check the layers of the ways: none of their rows has a line.",
        )
    drawn = draw(table.geometry, table.km, metric)
    joints = meet(table, drawn, rules.snap_m)
    changes = find_changes(joints, table, drawn, read_ports(ports, drawn.crs), rules)
    given = place_outlets(joints, table, drawn, _points(outlets), rules)
    edges, number = cut_lines(joints, drawn)
    xy = _first_places(joints, number)
    lonlat = to_lonlat(xy, drawn.crs)
    built = _Built(table, drawn, joints, edges, number, xy, lonlat)
    ends = _outlets(built, given, rules, area)
    direction = _directions(built, ends)
    mode = table.mode[edges.line]
    return Network(
        rules=rules,
        ways=table,
        drawn=drawn,
        edges=edges,
        lonlat=lonlat,
        mode=mode,
        flow=direction,
        minutes=edge_minutes(edges, mode, table.kmh[edges.line], direction),
        changes=(number[changes.one], number[changes.other], changes.minutes),
        report=_report(built, changes, ends, direction, len(ways), rules),
    )


@dataclass(frozen=True)
class _Built:
    """What is there before directions are known; ``number`` leads from joints to nodes."""

    ways: Ways
    drawn: DrawnLines
    joints: Joints
    edges: Edges
    number: Ints
    xy: Floats
    lonlat: Floats

    @property
    def rivers(self) -> Ints:
        """Rows of the edges that are rivers."""
        return np.flatnonzero(self.ways.mode[self.edges.line] == RIVER)

    def parts(self, one: Ints, other: Ints) -> Ints:
        """The connected part of each node, by pairs of nodes."""
        size = len(self.lonlat)
        graph = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(size, size))
        return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)


def _points(outlets: gpd.GeoSeries | None) -> NDArray[np.object_]:
    if outlets is None:
        return np.empty(0, dtype=object)
    return in_degrees("The table of outlets", outlets)


def _first_places(joints: Joints, number: Ints) -> Floats:
    """Where each node is: at the first of the joints' nodes that it is made of."""
    _, first = np.unique(number, return_index=True)
    places: Floats = joints.places()[first]
    return places


def _outlets(built: _Built, given: Ints, rules: TravelRules, area: BaseGeometry | None) -> Outlets:
    """Nodes: the named ones, and for rivers without any their widest end, if there is one."""
    named = np.unique(built.number[given])
    edges, rivers = built.edges, built.rivers
    start, end = edges.start[rivers], edges.end[rivers]
    part = built.parts(start, end)
    both = np.concatenate([start, end])
    degree = np.bincount(both, minlength=len(built.lonlat))
    node = np.flatnonzero(degree == 1)
    node = node[~np.isin(part[node], part[named])]
    width = widths(built.ways, rules)[edges.line[rivers]]
    widest = np.full(len(built.lonlat), len(built.ways), dtype=np.intp)
    np.minimum.at(widest, part[start], width)
    at_node = np.zeros(len(built.lonlat), dtype=np.intp)
    at_node[both] = np.concatenate([width, width])
    leaves = leaving(node, built.xy, area, built.drawn.crs, built.lonlat)
    guessed = widest_ends(Ends(node, part[node], at_node[node], widest[part[node]], leaves))
    how = (GIVEN,) * len(named) + guessed.how
    return Outlets(np.concatenate([named, guessed.node]), how)


def _directions(built: _Built, ends: Outlets) -> NDArray[np.int8]:
    """Of every edge; 0 for roads."""
    direction = np.zeros(len(built.edges), dtype=np.int8)
    rivers = built.rivers
    direction[rivers] = flow(
        built.edges.start[rivers], built.edges.end[rivers], len(built.lonlat), ends.node
    )
    return direction


def _report(
    built: _Built,
    changes: Changes,
    ends: Outlets,
    direction: NDArray[np.int8],
    rows: int,
    rules: TravelRules,
) -> NetworkReport:
    edges, joints = built.edges, built.joints
    mode = built.ways.mode[edges.line]
    one, other = built.number[changes.one], built.number[changes.other]
    part = built.parts(np.concatenate([edges.start, one]), np.concatenate([edges.end, other]))
    loose = np.unique(built.number[joints.still_loose])
    mode_of_node = np.zeros(len(built.lonlat), dtype=np.intp)
    mode_of_node[edges.start] = mode_of_node[edges.end] = mode
    rivers = built.rivers
    river_part = built.parts(edges.start[rivers], edges.end[rivers])
    unknown = rivers[direction[rivers] == 0]
    with_outlet = np.isin(river_part[edges.start[unknown]], river_part[ends.node])
    return NetworkReport(
        rows=rows,
        dropped=built.ways.dropped,
        nodes=len(built.lonlat),
        edges=len(edges),
        km={name: float(edges.km[mode == at].sum()) for at, name in enumerate(MODES)},
        components=components(part, edges.start, mode, edges.km),
        dangles=Marked(built.lonlat[loose], np.array(MODES, object)[mode_of_node[loose]]),
        snapped=len(joints.shift_m),
        largest_shift_m=float(joints.shift_m.max(initial=0.0)),
        crossings=joints.crossed,
        gaps=_gaps(built, loose, part, rules.gap_m),
        changes=len(np.unique(np.sort(np.column_stack([one, other])), axis=0)),
        idle_ports=changes.idle_ports,
        outlets=Marked(built.lonlat[ends.node], np.array(ends.how, dtype=object)),
        loops=_sum(edges.km[unknown[with_outlet]]),
        undirected=_sum(edges.km[unknown[~with_outlet]]),
    )


def _sum(km: Floats) -> tuple[int, float]:
    return len(km), float(km.sum())


def _gaps(built: _Built, loose: Ints, part: Ints, gap_m: float) -> Marked:
    """Loose ends near to a line of another component."""
    of_line = np.zeros(len(built.ways), dtype=np.intp)
    of_line[built.edges.line] = part[built.edges.start]
    near = built.drawn.near(points_of(built.xy[loose]), gap_m)
    near = first_of_each(near.only(of_line[near.line] != part[loose[near.place]]))
    return Marked(built.lonlat[loose[near.place]], near.apart_m)
