"""Where people change between river and road: ports, and ends of one that meet the other.

A road that merely crosses a river is no change: nobody can land there for all the lines say.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from geo.geodesy import Floats, Geometries, Ints
from geo.travel.given import in_degrees
from geo.travel.joints import TOUCH_M
from geo.travel.lines import DrawnLines, Near, points_of, to_plane
from geo.travel.nodes import Joints
from geo.travel.rules import RIVER, ROAD, TravelRules
from geo.travel.ways import Ways
from vigia.errors import GeometryError


@dataclass(frozen=True)
class Changes:
    """Pairs of nodes (river's or road's) between which people change, and the minutes it takes.

    ``idle_ports`` are ports that are not near to both a river and a road.
    """

    one: Ints
    other: Ints
    minutes: Floats
    idle_ports: int


@dataclass(frozen=True)
class Ports:
    """Points of the plane in an order of their own; minutes NaN where none are known."""

    points: Geometries
    minutes: Floats


def read_ports(table: gpd.GeoDataFrame | None, crs: str) -> Ports:
    """The table of ports (geometry, transfer_minutes or none).

    Raises
    ------
    GeometryError
        When it has other geometry than points in degrees, or minutes below 0.
    """
    if table is None or len(table) == 0:
        return Ports(np.empty(0, dtype=object), np.empty(0))
    geometry = in_degrees("The table of ports", table)
    minutes = np.full(len(table), np.nan)
    if "transfer_minutes" in table.columns:
        minutes = table["transfer_minutes"].to_numpy(dtype=float, na_value=np.nan)
    there = ~shapely.is_missing(geometry)
    geometry, minutes = geometry[there], minutes[there]
    if (shapely.get_dimensions(geometry) != 0).any() or (minutes < 0).any():
        raise GeometryError(
            "The table of ports has geometry that is no point, or minutes below 0.",
            hint="A port is a point with transfer_minutes from 0 up, or none.",
        )
    points = shapely.centroid(geometry)
    order = np.lexsort((minutes, *shapely.get_coordinates(points).T))
    return Ports(to_plane(points[order], crs, "Ports"), minutes[order])


def find_changes(
    joints: Joints, ways: Ways, drawn: DrawnLines, ports: Ports, rules: TravelRules
) -> Changes:
    """Put nodes where people change, and pair them.

    Parameters
    ----------
    joints : Joints
        After ``geo.travel.joints.meet``; gets new nodes.
    ways, drawn
    ports : Ports
    rules : TravelRules
    """
    ends = np.unique(joints.ends)
    touching = _meeting(joints, ways, drawn, ends, min(TOUCH_M, rules.snap_m))
    loose = np.setdiff1d(joints.still_loose, touching[:, 0])
    found = np.concatenate([touching, _meeting(joints, ways, drawn, loose, rules.snap_m)])
    minutes = _minutes_near(joints.places()[found[:, 0]], ports, rules)
    at_port, of_port = _at_ports(joints, ways, drawn, ports, rules.snap_m)
    own = ports.minutes[of_port]
    pairs_of_all = np.concatenate([found, at_port])
    return Changes(
        pairs_of_all[:, 0],
        pairs_of_all[:, 1],
        np.concatenate([minutes, np.where(np.isnan(own), rules.transfer_minutes, own)]),
        len(ports.points) - len(of_port),
    )


def _meeting(joints: Joints, ways: Ways, drawn: DrawnLines, node: Ints, distance_m: float) -> Ints:
    """Ends of one mode, and new nodes where they meet the nearest line of the other."""
    near = drawn.near(points_of(joints.places()[node]), distance_m)
    mode = joints.modes()[node]
    near = first_of_each(near.only(mode[near.place] != ways.mode[near.line]))
    new = _stand(joints, ways, drawn, near, distance_m)
    return np.column_stack([node[near.place], new])


def _stand(joints: Joints, ways: Ways, drawn: DrawnLines, near: Near, distance_m: float) -> Ints:
    node = joints.add(drawn.xy_at(near.mark_m), ways.mode[near.line])
    joints.put(node, near.line, near.mark_m, drawn, distance_m)
    return node


def _at_ports(
    joints: Joints, ways: Ways, drawn: DrawnLines, ports: Ports, snap_m: float
) -> tuple[Ints, Ints]:
    """Nodes on the nearest river and road of each port that has both; and which ports these are."""
    near = drawn.near(ports.points, snap_m)
    river, road = (first_of_each(near.only(ways.mode[near.line] == mode)) for mode in (RIVER, ROAD))
    both = np.intersect1d(river.place, road.place)
    sides = [
        _stand(joints, ways, drawn, side.only(np.isin(side.place, both)), snap_m)
        for side in (river, road)
    ]
    return np.column_stack(sides), both.astype(np.intp)


def _minutes_near(places: Floats, ports: Ports, rules: TravelRules) -> Floats:
    """The figure of the nearest port that has one, within the tolerance; else the rules'."""
    minutes = np.full(len(places), rules.transfer_minutes)
    known = np.flatnonzero(~np.isnan(ports.minutes))
    tree = shapely.STRtree(ports.points[known])
    change, port = tree.query_nearest(
        points_of(places), max_distance=max(rules.snap_m, 1e-9), all_matches=False
    )
    minutes[change] = ports.minutes[known[port]]
    return minutes


def first_of_each(near: Near) -> Near:
    """The nearest line of each place."""
    first = np.ones(len(near.place), dtype=bool)
    first[1:] = np.diff(near.place) > 0
    return near.only(first)
