"""The rivers: a tree of catchments, one outlet, one main stem, and bends.

Water takes the cheapest way to the outlet through catchments of uneven ground; it then finds it
cheaper where water already flows. Repeated, this makes a tree with a main stem and tributaries.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import Delaunay

from data.synthetic.params import SyntheticParams

PASSES = 4  # after these the tree hardly changes
BEND_POINTS = 15


@dataclass(frozen=True)
class Rivers:
    """A directed tree; node 0 is the outlet, and reach i runs from node i + 1 downstream.

    Attributes
    ----------
    nodes : array of shape (nodes, 2)
        Kilometres on the sheet.
    downstream : array of shape (nodes,)
        The node below each; -1 at the outlet.
    catchment_km2 : array of shape (nodes,)
        Area that drains through each.
    river : array of shape (nodes,)
        Number of the river each belongs to; 0 is the main stem.
    lines : array of shape (nodes - 1,) of LineString
        Each reach, drawn with the current.
    """

    nodes: np.ndarray
    downstream: np.ndarray
    catchment_km2: np.ndarray
    river: np.ndarray
    lines: np.ndarray


def make_rivers(
    params: SyntheticParams, region: shapely.Polygon, random: np.random.Generator
) -> Rivers:
    """Catchments, the tree of those big enough to be rivers, and its drawing."""
    spacing = float(np.sqrt(region.area / (params.river_cells_per_district * params.districts)))
    cells = catchments(region, spacing, random)
    root = int(np.argmax(cells[:, 0] - 0.5 * np.abs(cells[:, 1])))
    down, cells_above = drainage(cells, root, params.river_merging, spacing, random)
    kept = np.flatnonzero(cells_above >= params.river_source_cells)
    kept = np.concatenate([[root], kept[kept != root]])
    number = np.full(len(cells), -1)
    number[kept] = np.arange(len(kept))
    downstream = np.where(down[kept] >= 0, number[down[kept]], -1)
    nodes, above = cells[kept], cells_above[kept]
    main = main_tributary(downstream, above)
    return Rivers(
        nodes=nodes,
        downstream=downstream,
        catchment_km2=above * spacing**2,
        river=river_numbers(downstream, main),
        lines=bends(nodes, downstream, main, params.meander, random),
    )


def catchments(region: shapely.Polygon, spacing: float, random: np.random.Generator) -> np.ndarray:
    """Middles of catchments: a shaken triangular grid inside the outline."""
    west, south, east, north = region.bounds
    rows = np.arange(south, north, spacing * 0.866)
    columns = np.arange(west, east, spacing)
    x, y = np.meshgrid(columns, rows)
    x = x + (np.arange(len(rows)) % 2)[:, None] * spacing / 2
    points = np.column_stack([x.ravel(), y.ravel()])
    points += random.uniform(-0.35, 0.35, points.shape) * spacing
    inner = region.buffer(-0.35 * spacing)
    shapely.prepare(inner)
    return points[shapely.contains_xy(inner, points[:, 0], points[:, 1])]


def drainage(
    cells: np.ndarray, root: int, merging: float, spacing: float, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The cell below each (-1 at the root), and how many drain through each, itself included."""
    a, b = neighbouring(cells)
    length = np.linalg.norm(cells[a] - cells[b], axis=1)
    near = length < 3 * spacing  # slivers along the outline
    a, b, length = a[near], b[near], length[near]
    rough = length * random.lognormal(0, 0.7, len(length))
    cost = rough
    for _ in range(PASSES):
        graph = coo_array((cost, (a, b)), shape=(len(cells), len(cells))).tocsr()
        distance, down = dijkstra(graph, directed=False, indices=root, return_predecessors=True)
        above = accumulated(down, distance)
        carried = np.where(down[a] == b, above[a], np.where(down[b] == a, above[b], 0))
        cost = rough * (1.0 + carried) ** -merging
    return np.where(down < 0, -1, down), above


def neighbouring(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of the Delaunay triangulation, each once."""
    corners = Delaunay(points).simplices
    pairs = np.sort(np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]]), axis=1)
    unique = np.unique(pairs, axis=0)
    return unique[:, 0], unique[:, 1]


def accumulated(down: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Cells at or above each cell of a tree, from the farthest inwards."""
    below = down.tolist()
    above = [1] * len(below)
    for cell in np.argsort(-distance, kind="stable").tolist():
        if below[cell] >= 0:
            above[below[cell]] += above[cell]
    return np.array(above)


def main_tributary(downstream: np.ndarray, above: np.ndarray) -> np.ndarray:
    """The biggest node above each; -1 at sources."""
    main = np.full(len(downstream), -1)
    order = np.argsort(above, kind="stable")
    order = order[downstream[order] >= 0]
    main[downstream[order]] = order  # of several writes the last, the biggest, stays
    return main


def river_numbers(downstream: np.ndarray, main: np.ndarray) -> np.ndarray:
    """One number for each river: it keeps it where it is the bigger one at a confluence."""
    number = np.full(len(downstream), -1)
    number[0] = 0
    mouths = [node for node in range(1, len(downstream)) if main[downstream[node]] != node]
    for river, mouth in enumerate([0, *mouths]):
        node = mouth
        while node >= 0:
            number[node] = river
            node = int(main[node])
    return number


def bends(
    nodes: np.ndarray,
    downstream: np.ndarray,
    main: np.ndarray,
    meander: float,
    random: np.random.Generator,
) -> np.ndarray:
    """Reaches as smooth curves through the nodes, with bends laid over them."""
    start, end = nodes[1:], nodes[downstream[1:]]
    heading = headings(nodes, downstream, main)
    chord = np.linalg.norm(end - start, axis=1)[:, None, None]
    t = np.linspace(0, 1, BEND_POINTS)[None, :, None]
    curve = (
        (2 * t**3 - 3 * t**2 + 1) * start[:, None]
        + (t**3 - 2 * t**2 + t) * heading[1:, None] * chord
        + (3 * t**2 - 2 * t**3) * end[:, None]
        + (t**3 - t**2) * heading[downstream[1:], None] * chord
    )
    along = (end - start)[:, None] / chord
    across = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    count = (len(start), 1, 1)
    waves, phase = random.uniform(1.2, 2.4, count), random.uniform(0, 2 * np.pi, count)
    width = meander * chord * random.uniform(0.4, 1.5, count)
    curve += across * width * np.sin(2 * np.pi * waves * t + phase) * np.sin(np.pi * t)
    return np.asarray(shapely.linestrings(curve))


def headings(nodes: np.ndarray, downstream: np.ndarray, main: np.ndarray) -> np.ndarray:
    """Unit vectors of the current at the nodes."""
    here = np.arange(len(nodes))
    before = np.where(main >= 0, main, here)
    after = np.where(downstream >= 0, downstream, here)
    course = nodes[after] - nodes[before]
    return np.asarray(course / np.linalg.norm(course, axis=1, keepdims=True))
