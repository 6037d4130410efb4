"""Neighbours by a shared border or corner; islands get the district nearest to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from geo.arrays import as_array, edged
from geo.checks import require_degrees, require_polygons, require_unique_codes, require_valid
from geo.crs import ERROR_REFUSED, MetricCRS, forward
from geo.geodesy import Geometries, Ints, length_km
from geo.nearest import nearest, touching
from geo.neighbours.graph import Attached, Neighbours, sorted_pairs
from vigia.errors import GeometryError

Contiguity = Literal["queen", "rook"]
Join = Literal["islands", "parts", "none"]
# Two distances in the plane may err in opposite directions, by as much as is accepted at all.
PLANE_SLACK = (1 + ERROR_REFUSED) / (1 - ERROR_REFUSED)

Bridge = tuple[int, int, float]  # row, row, km


def queen_neighbours(
    districts: gpd.GeoDataFrame,
    metric: MetricCRS,
    contiguity: Contiguity = "queen",
    join: Join = "islands",
) -> Neighbours:
    """Neighbours by shared border, with islands attached to their nearest district.

    Parameters
    ----------
    districts : GeoDataFrame
        code and geometry (None possible), in EPSG:4326.
    metric : MetricCRS
        Of their area: the plane in which the district nearest to an island is looked for.
    contiguity : {"queen", "rook"}
        Whether a shared corner makes neighbours, or only a border of some length.
    join : {"islands", "parts", "none"}
        What is attached to the nearest district: single districts without neighbours; every
        connected part, until all districts with a boundary are one; nothing.

    Raises
    ------
    GeometryError
        When two districts have the same code, a geometry is no valid polygon in degrees, or there
        is no such contiguity or join.
    """
    for asked, known in ((contiguity, get_args(Contiguity)), (join, get_args(Join))):
        if asked not in known:
            raise GeometryError(f'"{asked}" makes no neighbours.', hint=f"Ask for one of {known}.")
    require_unique_codes("[districts]", districts)
    table = districts.sort_values("code", ignore_index=True)
    codes = tuple(table["code"])
    polygons = as_array(table.geometry)
    for require in (require_valid, require_degrees, require_polygons):
        require("[districts]", polygons)
    there = np.flatnonzero(~shapely.is_missing(polygons))
    edges = _bordering(polygons, contiguity)
    bridges = _bridges(there, edges, polygons, metric, join)
    edges = _with(edges, bridges)
    return Neighbours(
        codes,
        edges,
        tuple(Attached(codes[row], codes[to], km) for row, to, km in bridges),
        tuple(codes[row] for row in np.setdiff1d(np.arange(len(codes)), there)),
    )


def _bordering(polygons: Geometries, contiguity: Contiguity) -> Ints:
    one, other = touching(polygons, polygons)
    one, other = one[one < other], other[one < other]
    if contiguity == "rook":
        common = shapely.intersection(polygons[one], polygons[other])
        along = (length_km(common) > 0) | (shapely.get_dimensions(common) == 2)
        one, other = one[along], other[along]
    return sorted_pairs(one, other)


def _with(edges: Ints, bridges: list[Bridge]) -> Ints:
    more = np.array([(row, to) for row, to, _ in bridges], dtype=np.intp).reshape(-1, 2)
    return sorted_pairs(*np.concatenate([edges, more]).T)


def _bridges(
    there: Ints, edges: Ints, polygons: Geometries, metric: MetricCRS, join: Join
) -> list[Bridge]:
    """From each island, or in each round from each part but the largest, to what is nearest."""
    if join == "none":
        return []
    placed = forward(edged(polygons), metric.crs)
    parts = _parts(there, edges)
    if join == "islands":
        loose = [part for part in parts if len(part) == 1]
        return list(_to_nearest(loose, there, polygons, placed))
    bridges: list[Bridge] = []
    while len(parts) > 1:
        bridges += _to_nearest(parts[1:], there, polygons, placed)
        parts = _parts(there, _with(edges, bridges))
    return bridges


def _parts(there: Ints, edges: Ints) -> list[Ints]:
    """Rows of each connected part, the largest part first, then by the lowest row."""
    size = int(there.max(initial=-1)) + 1
    graph = csr_array((np.ones(len(edges)), tuple(edges.T)), shape=(size, size))
    _, number = connected_components(graph, directed=False)
    order = there[np.argsort(number[there], kind="stable")]
    parts = np.split(order, np.flatnonzero(np.diff(number[order])) + 1) if len(order) else []
    return sorted(parts, key=lambda part: (-len(part), int(part[0])))


def _to_nearest(
    parts: list[Ints], there: Ints, polygons: Geometries, placed: Geometries
) -> Iterator[Bridge]:
    """The shortest way out of each part.

    The plane tells which districts may be the nearest, and the ellipsoid which of them is.
    """
    for part in parts:
        outside = np.setdiff1d(there, part)
        if len(outside) == 0:
            return
        tree = shapely.STRtree(placed[outside])
        _, metres = tree.query_nearest(placed[part], return_distance=True, all_matches=False)
        reach = float(metres.min()) * PLANE_SLACK
        near = np.unique(tree.query(placed[part], predicate="dwithin", distance=reach)[1])
        found = nearest(polygons[part], polygons[outside[near]])
        best = int(np.argmin(found.km))
        yield int(part[best]), int(outside[near[found.feature[best]]]), float(found.km[best])
