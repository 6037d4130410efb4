"""Roads: from town to town in the west, and tracks out of every town that end in the forest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import cKDTree

from data.synthetic.params import SyntheticParams
from data.synthetic.rivers import Rivers

LINE_POINTS = 13
NEIGHBOURS = 6
EXTRA_LINKS = 0.25  # of the links that the tree leaves out: nets have some rings
TRACKS_PER_TOWN = 3


@dataclass(frozen=True)
class Roads:
    """Edges between nodes; those beyond the rivers' are ``nodes``, the ends of tracks.

    Attributes
    ----------
    nodes : array of shape (ends, 2)
        Kilometres; numbered after the rivers' nodes.
    start, end : arrays of shape (roads,)
        Node numbers.
    lines : array of shape (roads,) of LineString
    is_track : array of shape (roads,) of bool
    """

    nodes: np.ndarray
    start: np.ndarray
    end: np.ndarray
    lines: np.ndarray
    is_track: np.ndarray


def make_roads(
    params: SyntheticParams,
    region: shapely.Polygon,
    rivers: Rivers,
    towns: np.ndarray,
    random: np.random.Generator,
) -> Roads:
    """Links between neighbouring towns of the west, then tracks."""
    west, _, east, _ = region.bounds
    linked = towns[rivers.nodes[towns, 0] < west + params.road_reach * (east - west)]
    start, end = links(rivers.nodes, linked, random)
    origin, ends = tracks(params, region, rivers.nodes, towns, random)
    first = len(rivers.nodes)
    start = np.concatenate([start, origin])
    end = np.concatenate([end, first + np.arange(len(ends))])
    every = np.vstack([rivers.nodes, ends])
    return Roads(
        nodes=ends,
        start=start,
        end=end,
        lines=winding(every[start], every[end], random),
        is_track=np.arange(len(start)) >= len(start) - len(ends),
    )


def links(
    nodes: np.ndarray, towns: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The shortest tree over the towns, and some links more; pairs of nodes."""
    if len(towns) < 2:
        return np.zeros(0, dtype=int), np.zeros(0, dtype=int)
    count = len(towns)
    length, other = cKDTree(nodes[towns]).query(nodes[towns], k=min(NEIGHBOURS, count))
    a = np.repeat(np.arange(count), length.shape[1] - 1)
    b, km = other[:, 1:].ravel(), length[:, 1:].ravel()
    low, high = np.minimum(a, b), np.maximum(a, b)
    pair, first = np.unique(low * count + high, return_index=True)
    graph = coo_array((km[first], (pair // count, pair % count)), shape=(count, count))
    tree = coo_array(minimum_spanning_tree(graph.tocsr()))
    left_out = np.setdiff1d(pair, tree.row.astype(int) * count + tree.col)
    extra = left_out[random.random(len(left_out)) < EXTRA_LINKS * 0.5]
    rows = np.concatenate([tree.row, extra // count])
    columns = np.concatenate([tree.col, extra % count])
    return towns[rows], towns[columns]


def tracks(
    params: SyntheticParams,
    region: shapely.Polygon,
    nodes: np.ndarray,
    towns: np.ndarray,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Town that each track leaves, and where it ends; none leaves the region."""
    origin = np.repeat(towns, TRACKS_PER_TOWN)
    turn = random.uniform(0, 2 * np.pi, len(towns)).repeat(TRACKS_PER_TOWN)
    angle = turn + np.tile(np.arange(TRACKS_PER_TOWN), len(towns)) * 2 * np.pi / TRACKS_PER_TOWN
    reach = min(params.feeder_km, 0.6 * params.scale_km)
    length = reach * random.gamma(3, 1 / 3, len(origin)) + 2
    way = np.column_stack([np.cos(angle), np.sin(angle)]) * length[:, None]
    ends = nodes[origin] + way
    inner = region.buffer(-3)
    inside = shapely.contains_xy(inner, ends[:, 0], ends[:, 1])
    return origin[inside], ends[inside]


def winding(start: np.ndarray, end: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Lines that stray a little from the straight way."""
    chord = end - start
    across = np.column_stack([-chord[:, 1], chord[:, 0]])[:, None]
    t = np.linspace(0, 1, LINE_POINTS)[None, :, None]
    stray = np.zeros((len(start), LINE_POINTS, 1))
    for waves in (1, 2, 3, 5):
        phase = random.uniform(-0.06, 0.06, (len(start), 1, 1)) / np.sqrt(waves)
        stray += phase * np.sin(np.pi * waves * t)
    return np.asarray(shapely.linestrings(start[:, None] + chord[:, None] * t + across * stray))
