"""Neighbours by distance: the k nearest, from place to place along geodesics."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from scipy.spatial import KDTree

from geo.arrays import as_array
from geo.checks import require_degrees, require_unique_codes, require_valid
from geo.geodesy import M_PER_KM, Floats, Geometries, Ints, distance_km
from geo.neighbours.graph import Link, Neighbours, linked, require_count, require_link
from vigia.errors import GeometryError

ROUNDING_M = 1e-3  # of a chord against a geodesic, both many kilometres long
AT_ONCE = 2_000


def places_of(
    districts: gpd.GeoDataFrame, capitals: gpd.GeoDataFrame | None = None
) -> gpd.GeoSeries:
    """One point for each district: its capital, or where none is known a point inside of it.

    Parameters
    ----------
    districts : GeoDataFrame
        code and geometry (None possible), in EPSG:4326.
    capitals : GeoDataFrame, optional
        code and geometry (points), in EPSG:4326; may lack districts.

    Returns
    -------
    GeoSeries
        By code, sorted byte by byte; None where there is neither.

    Raises
    ------
    GeometryError
        When a table has a code twice, geometry that is invalid or not in degrees, or capitals that
        are no points.
    """
    require_unique_codes("[districts]", districts)
    table = districts.sort_values("code", ignore_index=True)
    polygons = as_array(table.geometry)
    require_valid("[districts]", polygons)
    places = shapely.point_on_surface(polygons)
    if capitals is not None:
        require_unique_codes("[districts.capitals]", capitals)
        known = as_array(capitals.set_index("code").geometry.reindex(table["code"]))
        _require_points(known)
        places = np.where(shapely.is_missing(known), places, known)
    require_degrees("[districts]", places)
    return gpd.GeoSeries(places, index=pd.Index(table["code"], name="code"), crs="EPSG:4326")


def k_nearest_neighbours(
    districts: gpd.GeoDataFrame,
    k: int,
    capitals: gpd.GeoDataFrame | None = None,
    link: Link = "either",
) -> Neighbours:
    """Neighbours by nearness: each district chooses the k nearest to its place.

    Choosing is one-sided (a remote district chooses towns that have nearer ones), a graph is not:
    with ``either`` two districts are neighbours when one chose the other, so that most have at
    least k; with ``both`` when each chose the other, so that none has more than k. Of two equally
    far the lower code is chosen.

    Parameters
    ----------
    districts, capitals : GeoDataFrame
        As in ``places_of``.
    k : int
        At least 1; more than there are takes all.

    Returns
    -------
    Neighbours
        With km along the geodesic. A district without a place is ``unplaced``.

    Raises
    ------
    GeometryError
        When k or link is none, or a table is not what it should be.

    Notes
    -----
    Candidates come from a k-d tree of points in space. No geodesic is shorter than the straight
    line through the Earth, so whoever is among the k nearest lies within a ball whose radius is
    the k-th geodesic found so far: the answer is exact.
    """
    require_count(k)
    require_link(link)
    places = places_of(districts, capitals)
    codes = tuple(places.index)
    there = np.flatnonzero(places.notna().to_numpy())
    lonlat = shapely.get_coordinates(as_array(places))
    source, target = _chosen(lonlat, min(k, len(there) - 1))
    graph = Neighbours(
        codes,
        linked(there[source], there[target], link),
        unplaced=tuple(places.index[places.isna()]),
    )
    return carry_km(graph, places)


def carry_km(graph: Neighbours, places: gpd.GeoSeries) -> Neighbours:
    """The same graph with the geodesic of each edge; NaN where one end has no place.

    Parameters
    ----------
    graph : Neighbours
    places : GeoSeries
        Points by code, as ``places_of`` gives them; in EPSG:4326.
    """
    points = as_array(places.reindex(list(graph.codes)))
    xy = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    one, other = graph.edges.T
    km = np.full(len(graph.edges), np.nan)
    known = np.isfinite(xy[one]).all(axis=1) & np.isfinite(xy[other]).all(axis=1)
    km[known] = distance_km(xy[one[known]], xy[other[known]])
    return replace(graph, km=km)


def _chosen(lonlat: Floats, k: int) -> tuple[Ints, Ints]:
    """Rows, and the k rows nearest to each; of equals the lower."""
    if k < 1:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    metres = _in_space(lonlat)
    tree = KDTree(metres)
    sources, targets = [], []
    for begin in range(0, len(lonlat), AT_ONCE):
        rows = np.arange(begin, min(begin + AT_ONCE, len(lonlat)))
        _, first = tree.query(metres[rows], k + 1)
        far = distance_km(np.repeat(lonlat[rows], k + 1, axis=0), lonlat[first.ravel()])
        reach = far.reshape(first.shape).max(axis=1) * M_PER_KM + ROUNDING_M
        balls = tree.query_ball_point(metres[rows], reach)
        source = np.repeat(rows, [len(ball) for ball in balls])
        target = np.concatenate([np.asarray(ball, dtype=np.intp) for ball in balls])
        source, target = source[source != target], target[source != target]
        source, target = _first(k, source, target, _km(lonlat, source, target))
        sources.append(source)
        targets.append(target)
    return np.concatenate(sources), np.concatenate(targets)


def _km(lonlat: Floats, one: Ints, other: Ints) -> Floats:
    """The same from either end, to the last bit: or of two equals one would be nearer."""
    return distance_km(lonlat[np.minimum(one, other)], lonlat[np.maximum(one, other)])


def _first(k: int, source: Ints, target: Ints, cost: Floats) -> tuple[Ints, Ints]:
    """Of each source the k targets of least cost; sources must be sorted."""
    order = np.lexsort((target, cost, source))
    source, target = source[order], target[order]
    place = np.arange(len(source)) - np.searchsorted(source, source)
    return source[place < k], target[place < k]


def _in_space(lonlat: Floats) -> Floats:
    """Metres from the centre of the Earth, shape (n, 3)."""
    to = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    return np.column_stack(to.transform(lonlat[:, 0], lonlat[:, 1], np.zeros(len(lonlat))))


def _require_points(geometries: Geometries) -> None:
    there = geometries[~shapely.is_missing(geometries)]
    if (shapely.get_type_id(there) != shapely.GeometryType.POINT).any():
        raise GeometryError(
            "[districts.capitals] has geometries that are no points.",
            hint="A capital is a place: check path and table in vigia.toml.",
        )
