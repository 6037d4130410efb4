"""Where rivers end: at the outlets that are named, else where the lines say so.

A river without a named outlet is taken to end at the loose end that leaves the area at the widest
class; where none leaves it, at the widest of its ends, if nothing in it is wider. Width is told by
the order of classes in the rules, then by speed at low water, then at high water. Where the widest
end is not one alone, nobody can tell, and the river has no direction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.geodesy import Floats, Geometries, Ints
from geo.travel.changes import first_of_each
from geo.travel.lines import DrawnLines, points_of, to_plane
from geo.travel.nodes import Joints
from geo.travel.rules import RIVER, TravelRules
from geo.travel.ways import Ways
from vigia.errors import GeometryError

GIVEN, LEAVES, WIDEST = "given", "leaves the area", "widest end"
LEAVES_M = 1000.0  # an end this near to the border of the area, or outside, leaves it
M_PER_KM = 1000.0


@dataclass(frozen=True)
class Outlets:
    """Nodes where rivers end, and how each is known."""

    node: Ints
    how: tuple[str, ...]


def place_outlets(
    joints: Joints, ways: Ways, drawn: DrawnLines, outlets: Geometries, rules: TravelRules
) -> Ints:
    """Nodes on the rivers nearest to the named outlets.

    Raises
    ------
    GeometryError
        When one is no point, or farther from every river than the rules allow.
    """
    outlets = outlets[~shapely.is_missing(outlets)]
    if (shapely.get_dimensions(outlets) != 0).any():
        raise GeometryError("An outlet is no point.", hint="Name outlets by longitude, latitude.")
    points = to_plane(shapely.centroid(outlets), drawn.crs, "Outlets")
    near = drawn.near(points, rules.outlet_km * M_PER_KM)
    near = first_of_each(near.only(ways.mode[near.line] == RIVER))
    lost = np.setdiff1d(np.arange(len(points)), near.place)
    if len(lost):
        lon, lat = shapely.get_coordinates(outlets[lost[0]])[0]
        raise GeometryError(
            f"No river lies within {rules.outlet_km:g} km of the outlet at {lon:.4f}, {lat:.4f}.",
            hint="Correct its longitude and latitude, or leave it out.",
        )
    node = joints.add(drawn.xy_at(near.mark_m), ways.mode[near.line])
    joints.put(node, near.line, near.mark_m, drawn, rules.snap_m)
    return node


@dataclass(frozen=True)
class Ends:
    """Loose ends of rivers without a named outlet.

    Attributes
    ----------
    node, component : array of int
    width : array of int
        Rank of the line that ends there; 0 is the widest.
    widest : array of int
        The lowest rank in the component.
    leaves : array of bool
        Whether the end leaves the area.
    """

    node: Ints
    component: Ints
    width: Ints
    widest: Ints
    leaves: NDArray[np.bool_]


def widest_ends(ends: Ends) -> Outlets:
    """The one end of each component that is wider than the others, if there is one.

    Where no end leaves the area, it must be as wide as anything in the component: the widest
    stretch may end at a confluence, and then the loose ends are all sources.
    """
    order = np.lexsort((ends.node, ends.width, ~ends.leaves, ends.component))
    component, leaves, width = (
        column[order] for column in (ends.component, ends.leaves, ends.width)
    )
    first = np.flatnonzero(np.diff(component, prepend=-1) != 0)
    second = np.minimum(first + 1, max(len(order) - 1, 0))
    rival = (second > first) & (component[second] == component[first])
    rival &= (leaves[second] == leaves[first]) & (width[second] == width[first])
    fits = leaves[first] | (width[first] == ends.widest[order[first]])
    told = order[first[~rival & fits]]
    how = tuple(LEAVES if ends.leaves[end] else WIDEST for end in told)
    return Outlets(ends.node[told], how)


def widths(ways: Ways, rules: TravelRules) -> Ints:
    """A rank for each line, 0 for the widest: by class, then by speed at low and high water."""
    rank = {name: place for place, name in enumerate(rules.river_classes)}
    by_class = np.array([rank.get(name, len(rank)) for name in ways.way_class.tolist()], float)
    keys = np.column_stack([by_class, -ways.kmh[:, 2], -ways.kmh[:, 0]])
    _, width = np.unique(keys, axis=0, return_inverse=True)
    return np.asarray(width, dtype=np.intp).ravel()


def leaving(
    node: Ints, joints_xy: Floats, area: BaseGeometry | None, crs: str, lonlat: Floats
) -> NDArray[np.bool_]:
    """Which nodes lie outside of the area or at its border; none where no area is given."""
    if area is None:
        return np.zeros(len(node), dtype=bool)
    border = to_plane(np.array([shapely.boundary(area)], dtype=object), crs, "The area")[0]
    shapely.prepare(area)
    inside = shapely.contains_xy(area, lonlat[node, 0], lonlat[node, 1])
    near = shapely.dwithin(points_of(joints_xy[node]), border, LEAVES_M)
    return np.asarray(~inside | near, dtype=bool)
