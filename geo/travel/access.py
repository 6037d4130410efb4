"""How places stand to the network: on ways, or a walk away from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.geodesy import Floats, Geometries, distance_km
from geo.nearest import Ints
from geo.travel.edges import Edges
from geo.travel.lines import DrawnLines, to_lonlat
from geo.travel.rules import MODES, TravelRules
from geo.travel.ways import Ways

Entries = tuple[Ints, Floats, Floats]  # rows of places, marks, minutes on foot


@dataclass(frozen=True)
class Access:
    """Where places enter the network.

    Attributes
    ----------
    place : array of int, shape (accesses,)
        Rows of the places, ascending; one may have several, or none.
    edge : array of int
    fraction : array of float
        How far along the edge.
    walk_minutes : array of float
        From the place to there.
    """

    place: Ints
    edge: Ints
    fraction: Floats
    walk_minutes: Floats

    def __len__(self) -> int:
        return len(self.place)

    def only(self, mask: np.ndarray) -> Access:
        """Some of them."""
        return Access(
            self.place[mask], self.edge[mask], self.fraction[mask], self.walk_minutes[mask]
        )


def access(
    places: Geometries, ways: Ways, edges: Edges, drawn: DrawnLines, rules: TravelRules
) -> Access:
    """On all ways within the tolerance; to a mode without any, on foot to its nearest way.

    Parameters
    ----------
    places : array of geometries
        In the plane of ``drawn``; None is nowhere. Of lines and areas, both ends of every
        stretch of way in them (grown by the tolerance) are where they are entered.
    """
    found = [_standing(places, drawn, rules.snap_m)]
    place, mark, _ = found[0]
    line = np.searchsorted(drawn.begin_m, mark, side="right") - 1
    there = ~(shapely.is_missing(places) | shapely.is_empty(places))
    for mode in range(len(MODES)):
        apart = there.copy()
        apart[place[ways.mode[line] == mode]] = False
        found.append(_walking(places, np.flatnonzero(apart), mode, ways, drawn, rules))
    place, mark, minutes = (np.concatenate(parts) for parts in zip(*found, strict=True))
    edge, fraction = edges.at(mark, drawn)
    order = np.lexsort((fraction, edge, place))
    return Access(place[order], edge[order], fraction[order], minutes[order])


def _standing(places: Geometries, drawn: DrawnLines, snap_m: float) -> Entries:
    """Places on lines, their marks there, and no minutes."""
    is_point = shapely.get_type_id(places) == shapely.GeometryType.POINT
    points = np.flatnonzero(is_point)
    near = drawn.near(places[points], snap_m)
    wide = np.flatnonzero(~is_point & ~shapely.is_missing(places))
    row, piece = drawn.tree.query(places[wide], predicate="dwithin", distance=snap_m)
    grown = shapely.buffer(places[wide], max(snap_m, 1e-3))
    inside, of = shapely.get_parts(
        shapely.intersection(drawn.pieces[0][piece], grown[row]), return_index=True
    )
    is_line = shapely.get_dimensions(inside) == 1
    inside, of = inside[is_line], of[is_line]
    marks = [drawn.mark_on(piece[of], shapely.get_point(inside, at)) for at in (0, -1)]
    of_wide = wide[row[of]]
    mark = np.concatenate([near.mark_m, *marks])
    place = np.concatenate([points[near.place], of_wide, of_wide]).astype(np.intp)
    return place, mark, np.zeros(len(mark))


def _walking(
    places: Geometries, rows: Ints, mode: int, ways: Ways, drawn: DrawnLines, rules: TravelRules
) -> Entries:
    """Places that walk to a mode, the marks that they walk to, and the minutes."""
    pieces, _ = drawn.pieces
    those = np.flatnonzero(ways.mode[drawn.piece_line(np.arange(len(pieces)))] == mode)
    reach_m = max(rules.walk_reach_m, np.finfo(float).tiny)
    row, piece = shapely.STRtree(pieces[those]).query_nearest(
        places[rows], max_distance=reach_m, all_matches=False
    )
    row, piece = rows[row], those[piece]
    km, there = gap_km(places[row], pieces[piece], drawn.crs)
    minutes = rules.walk_minutes(km)
    kept = np.isfinite(minutes)
    return row[kept], drawn.mark_on(piece, there)[kept], minutes[kept]


def gap_km(one: Geometries, other: Geometries, crs: str) -> tuple[Floats, Geometries]:
    """Geodesics between the nearest places of each pair, and those places of the other."""
    gap = shapely.shortest_line(one, other)
    lonlat = to_lonlat(shapely.get_coordinates(gap), crs)
    return distance_km(lonlat[0::2], lonlat[1::2]), shapely.get_point(gap, -1)
