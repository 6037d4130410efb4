"""How places stand to the network: on ways, or a walk away from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.geodesy import Floats, Geometries, Ints, distance_km
from geo.travel.edges import Edges
from geo.travel.lines import DrawnLines, to_lonlat
from geo.travel.rules import MODES, TravelRules
from geo.travel.ways import Ways

LEAST_M = 1e-3  # of a tolerance, so that a line has an area around it
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
    row, mark = _entered(shapely.buffer(places[wide], max(snap_m, LEAST_M)), drawn)
    place = np.concatenate([points[near.place], wide[row]]).astype(np.intp)
    mark = np.concatenate([near.mark_m, mark])
    return place, mark, np.zeros(len(mark))


def _entered(areas: Geometries, drawn: DrawnLines) -> tuple[Ints, Floats]:
    """Areas, and marks where lines enter or leave them, begin or end in them."""
    row, piece = drawn.tree.query(areas, predicate="intersects")
    row_of_whole, whole = drawn.tree.query(areas, predicate="covers")
    count = len(drawn.pieces[0])
    cut = ~np.isin(row * count + piece, row_of_whole * count + whole)
    crossed = _borders(areas, row[cut], piece[cut], drawn)
    within = _ends_of_lines(row_of_whole, whole, drawn)
    row, mark = (np.concatenate(sides) for sides in zip(crossed, within, strict=True))
    return row, mark


def _borders(areas: Geometries, row: Ints, piece: Ints, drawn: DrawnLines) -> tuple[Ints, Floats]:
    """Both ends of what of each piece lies in its area."""
    common = shapely.intersection(drawn.pieces[0][piece], areas[row])
    inside, of = shapely.get_parts(common, return_index=True)
    is_line = shapely.get_dimensions(inside) == 1
    inside, of = inside[is_line], of[is_line]
    marks = [drawn.mark_on(piece[of], shapely.get_point(inside, at)) for at in (0, -1)]
    return np.concatenate([row[of], row[of]]), np.concatenate(marks)


def _ends_of_lines(row: Ints, piece: Ints, drawn: DrawnLines) -> tuple[Ints, Floats]:
    """Of pieces that lie whole in their area, the ends that are ends of their line."""
    line = drawn.piece_line(piece)
    begin = drawn.mark_m[drawn.pieces[1][piece]]
    end = begin + shapely.length(drawn.pieces[0][piece])
    first = np.abs(drawn.begin_m[line] - begin) < LEAST_M
    last = np.abs(drawn.end_m[line] - end) < LEAST_M
    mark = np.concatenate([drawn.begin_m[line[first]], drawn.end_m[line[last]]])
    return np.concatenate([row[first], row[last]]), mark


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
