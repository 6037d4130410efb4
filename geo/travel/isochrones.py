"""Areas within some minutes of places.

An isochrone is made of the parts of ways that are reached, each grown by the walk for which there
is still time (the walk of the rules at most), and of a disc around each origin. Between two
vertices of a way the walk left falls or rises evenly, so that each stretch is the hull of two
discs; where no time is left it ends in a point. Discs are polygons of 16 sides drawn around the
circle. An area contains every one of fewer minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from geo.geodesy import Floats, Geometries, Ints
from geo.travel.edges import AGAINST, ALONG
from geo.travel.lines import to_lonlat
from geo.travel.rules import MINUTES_PER_HOUR
from geo.travel.spread import graph, reach
from vigia.errors import GeometryError

if TYPE_CHECKING:
    from geo.travel.network import Network

SIDES = 16
LEAST_M = 50.0  # a way that is reached is seen, though no time for a walk is left
STEP_M = 2000.0  # longer stretches are cut: the walk left bends where two ways to it meet


def isochrones(
    network: Network,
    origins: Geometries,
    minutes: Sequence[float],
    season: str,
    towards: bool,
) -> gpd.GeoDataFrame:
    """See ``Network.isochrones``; ``origins`` are in the plane."""
    limits = sorted({float(limit) for limit in minutes})
    if not limits or not np.isfinite(limits).all() or limits[0] <= 0:
        raise GeometryError("Isochrones are of minutes above 0.", hint="Give one number or more.")
    xy, edge, arrival = _samples(network, origins, season, towards)
    there = ~(shapely.is_missing(origins) | shapely.is_empty(origins))
    areas: list[shapely.Geometry] = []
    for limit in limits:
        shapes = [
            _stretches(network, xy, edge, arrival, limit),
            shapely.buffer(origins[there], _walk_m(network, np.array([limit]))[0]),
        ]
        area = _in_degrees(shapely.union_all(np.concatenate(shapes)), network.drawn.crs)
        areas.append(shapely.union_all([area, *areas[-1:]]))
    return gpd.GeoDataFrame({"minutes": limits}, geometry=gpd.GeoSeries(areas, crs=4326))


def _in_degrees(area: shapely.Geometry, crs: str) -> shapely.Geometry:
    return shapely.transform(area, lambda plane: to_lonlat(plane, crs))


def _samples(
    network: Network, origins: Geometries, season: str, towards: bool
) -> tuple[Floats, Ints, Floats]:
    """Places along all edges that are reached: plane, edge, least minutes."""
    minutes, edges, drawn = network.minutes[season], network.edges, network.drawn
    stops = network.stops(network.access(origins))
    found = reach(graph(network.arcs[season], stops, minutes, towards), stops)
    mark, edge = _marks(network)
    on = stops.access
    mark = np.concatenate([mark, edges.marks(on.edge, on.fraction, drawn)])
    edge = np.concatenate([edge, on.edge])
    order = np.lexsort((mark, edge))
    mark, edge = mark[order], edge[order]
    done = drawn.km_at(mark) - drawn.km_at(edges.begin_m[edge])
    km = edges.km[edge]
    fraction = np.clip(np.divide(done, km, out=np.zeros(len(mark)), where=km > 0), 0, 1)
    low, f_low, high, f_high = stops.around(edge, fraction)
    to_low, to_high = (AGAINST, ALONG) if towards else (ALONG, AGAINST)
    with np.errstate(invalid="ignore"):
        before = found.minutes[low] + minutes[edge, to_low] * (fraction - f_low)
        after = found.minutes[high] + minutes[edge, to_high] * (f_high - fraction)
    arrival = np.fmin(before, after)
    return drawn.xy_at(mark), edge, np.where(np.isnan(arrival), np.inf, arrival)


def _marks(network: Network) -> tuple[Floats, Ints]:
    """Marks of the vertices and ends of all edges, none farther than ``STEP_M`` from the next."""
    edges, drawn = network.edges, network.drawn
    count = np.maximum(np.ceil((edges.end_m - edges.begin_m) / STEP_M).astype(int), 1)
    first = np.repeat(np.cumsum(count) - count, count)
    step = (np.arange(count.sum()) - first) / np.repeat(count, count)
    edge = np.repeat(np.arange(len(edges)), count)
    even = edges.begin_m[edge] + step * (edges.end_m - edges.begin_m)[edge]
    of_vertex = np.searchsorted(edges.begin_m, drawn.mark_m, side="right") - 1
    inner = drawn.mark_m < edges.end_m[of_vertex]
    mark = np.concatenate([even, drawn.mark_m[inner], edges.end_m])
    every = np.concatenate([edge, of_vertex[inner], np.arange(len(edges))])
    return mark, every.astype(np.intp)


def _stretches(
    network: Network, xy: Floats, edge: Ints, arrival: Floats, limit: float
) -> Geometries:
    """A hull of two discs for each stretch between samples of which one is reached in time."""
    same = edge[1:] == edge[:-1]
    here, there = arrival[:-1], arrival[1:]
    pair = np.flatnonzero(same & (np.minimum(here, there) <= limit))
    start, end = xy[:-1][pair], xy[1:][pair]
    left_start, left_end = limit - here[pair], limit - there[pair]
    start, end = _cut_short(start, end, left_start, left_end)
    sizes = [np.maximum(_walk_m(network, left), LEAST_M) for left in (left_start, left_end)]
    corners = np.concatenate([_discs(start, sizes[0]), _discs(end, sizes[1])], axis=1)
    if len(corners) == 0:
        return np.empty(0, dtype=object)
    return np.asarray(shapely.convex_hull(shapely.multipoints(corners)), dtype=object)


def _cut_short(
    start: Floats, end: Floats, left_start: Floats, left_end: Floats
) -> tuple[Floats, Floats]:
    """Where time runs out on the stretch, it ends."""
    cut = []
    for near, far, has, lacks in ((end, start, left_end, left_start),
                                  (start, end, left_start, left_end)):  # fmt: skip
        out = lacks < 0
        gone = np.where(np.isfinite(lacks), has - lacks, np.inf)
        share = np.where(out, np.divide(has, gone, out=np.zeros(len(has)), where=gone > 0), 1.0)
        cut.append(near + (far - near) * share[:, None])
    return cut[0], cut[1]


def _walk_m(network: Network, left: Floats) -> Floats:
    """Metres that can be walked in the minutes left."""
    minutes = np.clip(left, 0, network.rules.walk_limit_minutes)
    return np.asarray(minutes / MINUTES_PER_HOUR * network.rules.walk_kmh * 1000, dtype=float)


def _discs(centre: Floats, radius_m: Floats) -> Floats:
    """Corners of polygons around circles, shape (n, SIDES, 2)."""
    angle = 2 * np.pi * np.arange(SIDES) / SIDES
    unit = np.column_stack([np.cos(angle), np.sin(angle)]) / np.cos(np.pi / SIDES)
    corners: Floats = centre[:, None] + radius_m[:, None, None] * unit
    return corners
