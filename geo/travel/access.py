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
    """On all ways within the tolerance; without any, on foot to the nearest of each mode.

    Parameters
    ----------
    places : array of geometries
        In the plane of ``drawn``; None is nowhere. Of lines and areas, both ends of every
        stretch of way in them (grown by the tolerance) are where they are entered.
    """
    place, mark = _standing(places, drawn, rules.snap_m)
    apart = np.ones(len(places), dtype=bool)
    apart[place] = False
    apart &= ~(shapely.is_missing(places) | shapely.is_empty(places))
    walkers, walk_mark, walk = _walking(places, np.flatnonzero(apart), ways, drawn, rules)
    place = np.concatenate([place, walkers])
    edge, fraction = edges.at(np.concatenate([mark, walk_mark]), drawn)
    minutes = np.concatenate([np.zeros(len(mark)), walk])
    order = np.lexsort((fraction, edge, place))
    return Access(place[order], edge[order], fraction[order], minutes[order])


def _standing(places: Geometries, drawn: DrawnLines, snap_m: float) -> tuple[Ints, Floats]:
    """Places on lines, and their marks there."""
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
    return (
        np.concatenate([points[near.place], of_wide, of_wide]).astype(np.intp),
        np.concatenate([near.mark_m, *marks]),
    )


def _walking(
    places: Geometries, rows: Ints, ways: Ways, drawn: DrawnLines, rules: TravelRules
) -> tuple[Ints, Floats, Floats]:
    """Places that walk, the marks that they walk to, and the minutes."""
    found: list[tuple[Ints, Floats, Floats]] = [(np.empty(0, np.intp), np.empty(0), np.empty(0))]
    pieces, _ = drawn.pieces
    mode = ways.mode[drawn.piece_line(np.arange(len(pieces)))]
    for number in range(len(MODES)):
        those = np.flatnonzero(mode == number)
        if len(those) == 0 or rules.walk_reach_m <= 0:
            continue
        row, piece = shapely.STRtree(pieces[those]).query_nearest(
            places[rows], max_distance=rules.walk_reach_m, all_matches=False
        )
        row, piece = rows[row], those[piece]
        km, there = gap_km(places[row], pieces[piece], drawn.crs)
        minutes = rules.walk_minutes(km)
        kept = np.isfinite(minutes)
        found.append((row[kept], drawn.mark_on(piece, there)[kept], minutes[kept]))
    place, mark, minutes = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return place, mark, minutes


def gap_km(one: Geometries, other: Geometries, crs: str) -> tuple[Floats, Geometries]:
    """Geodesics between the nearest places of each pair, and those places of the other."""
    gap = shapely.shortest_line(one, other)
    lonlat = to_lonlat(shapely.get_coordinates(gap), crs)
    return distance_km(lonlat[0::2], lonlat[1::2]), shapely.get_point(gap, -1)
