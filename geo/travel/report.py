"""What a network is made of, what was mended, and what its lines leave open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geodesy import Floats, Ints
from geo.travel.rules import MODES

LISTED = 50  # of each kind in the JSON; the frames have all


@dataclass(frozen=True)
class Marked:
    """Points with a number or a word for each.

    Attributes
    ----------
    lonlat : array of shape (n, 2)
        Degrees.
    value : array of shape (n,)
    """

    lonlat: Floats
    value: NDArray[Any]

    def frame(self, name: str) -> gpd.GeoDataFrame:
        """For maps, EPSG:4326; the value in a column of that name."""
        points = gpd.GeoSeries(shapely.points(self.lonlat), crs=4326)
        return gpd.GeoDataFrame({name: self.value}, geometry=points)

    def listed(self, name: str) -> list[dict[str, Any]]:
        """The first ones, for JSON."""
        rows = zip(self.lonlat[:LISTED].tolist(), self.value[:LISTED].tolist(), strict=True)
        return [
            {"lon": round(lon, 6), "lat": round(lat, 6), name: _plain(value)}
            for (lon, lat), value in rows
        ]


def _plain(value: Any) -> Any:
    return round(value, 1) if isinstance(value, float) else value


@dataclass(frozen=True)
class Component:
    """A part of the network that no way joins to the others."""

    nodes: int
    edges: int
    river_km: float
    road_km: float


@dataclass(frozen=True)
class NetworkReport:
    """Counts and places.

    Attributes
    ----------
    rows : int
        Of the table of ways.
    dropped : dict of str to list of str
        Why lines were left out, and the fids of their rows.
    nodes, edges : int
    km : dict of str to float
        By mode.
    components : tuple of Component
        The longest first.
    dangles : Marked
        Loose ends that are left, with their mode.
    snapped : int
        Ends that were joined to the way they missed.
    largest_shift_m : float
        The farthest of them.
    crossings : int
        Places where lines were cut because they cross.
    gaps : Marked
        Loose ends that nearly meet another component, with the metres that are missing.
    changes : int
        Places to change between river and road.
    idle_ports : int
        Ports that are not near to both.
    outlets : Marked
        Where rivers end, and how that is known.
    loops : tuple of int and float
        River edges in loops, whose direction nobody can tell, and their km.
    undirected : tuple of int and float
        River edges without an outlet, and their km.
    """

    rows: int
    dropped: dict[str, list[str]]
    nodes: int
    edges: int
    km: dict[str, float]
    components: tuple[Component, ...]
    dangles: Marked
    snapped: int
    largest_shift_m: float
    crossings: int
    gaps: Marked
    changes: int
    idle_ports: int
    outlets: Marked
    loops: tuple[int, float]
    undirected: tuple[int, float]

    def to_json(self) -> dict[str, Any]:
        """Plain values; long lists by their first entries, with their count."""
        dangles = {mode: int((self.dangles.value == mode).sum()) for mode in MODES}
        return {
            "rows": self.rows,
            "dropped": {
                why: {"count": len(fids), "fids": fids[:LISTED]}
                for why, fids in sorted(self.dropped.items())
            },
            "nodes": self.nodes,
            "edges": self.edges,
            "km": {mode: round(km, 3) for mode, km in self.km.items()},
            "components": {
                "count": len(self.components),
                "largest": [
                    {
                        "nodes": part.nodes,
                        "edges": part.edges,
                        "river_km": round(part.river_km, 3),
                        "road_km": round(part.road_km, 3),
                    }
                    for part in self.components[:LISTED]
                ],
            },
            "dangles": dangles,
            "snapped": {
                "count": self.snapped,
                "largest_shift_m": round(self.largest_shift_m, 1),
            },
            "crossings": self.crossings,
            "gaps": {"count": len(self.gaps.value), "first": self.gaps.listed("gap_m")},
            "changes": self.changes,
            "idle_ports": self.idle_ports,
            "outlets": {"count": len(self.outlets.value), "first": self.outlets.listed("how")},
            "direction_unknown": {
                "loops": {"edges": self.loops[0], "km": round(self.loops[1], 3)},
                "no_outlet": {"edges": self.undirected[0], "km": round(self.undirected[1], 3)},
            },
        }

    def frames(self) -> dict[str, gpd.GeoDataFrame]:
        """For maps: dangles (mode), gaps (gap_m), outlets (how); EPSG:4326."""
        return {
            "dangles": self.dangles.frame("mode"),
            "gaps": self.gaps.frame("gap_m"),
            "outlets": self.outlets.frame("how"),
        }


def components(label: Ints, start: Ints, mode: Ints, km: Floats) -> tuple[Component, ...]:
    """The parts of a network, the longest first.

    Parameters
    ----------
    label : array of int, shape (nodes,)
        The part of each node.
    start : array of int, shape (edges,)
        A node of each edge.
    mode : array of int
    km : array of float
    """
    count = int(label.max()) + 1 if len(label) else 0
    nodes = np.bincount(label, minlength=count)
    of_edge = label[start]
    edges = np.bincount(of_edge, minlength=count)
    by_mode = [
        np.bincount(of_edge[mode == number], weights=km[mode == number], minlength=count)
        for number in range(len(MODES))
    ]
    order = np.lexsort((np.arange(count), -edges, -np.sum(by_mode, axis=0)))
    return tuple(
        Component(int(nodes[part]), int(edges[part]), *(float(side[part]) for side in by_mode))
        for part in order.tolist()
    )
