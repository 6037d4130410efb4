"""Districts that fit together without gap or overlap, whose shared borders wander.

The cells of a Voronoi diagram, each edge of which is drawn as a fractal curve. An edge and the two
seeds that it divides make two triangles, and no two triangles of a diagram overlap; so a curve that
stays within its own cannot cross another one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi
from scipy.stats import qmc

Floats = NDArray[np.float64]

STEPS = 8  # of a border between two districts: six neighbours make 48 vertices
ROOM = 0.5  # the share of its triangles that a border may use
ROUGHNESS = 0.5  # by how much less the border wanders at half the scale
UNEVEN = 5.0  # districts grow e**UNEVEN-fold from west to east: as uneven as those of Peru


@dataclass(frozen=True)
class Mosaic:
    """Districts and the place of each one's capital.

    Attributes
    ----------
    polygons : array of Polygon, shape (districts,)
    seeds : array of float, shape (districts, 2)
        A place inside of each, in the unit of ``side``.
    """

    polygons: NDArray[np.object_]
    seeds: Floats


def mosaic(districts: int, side: float, seed: int) -> Mosaic:
    """Divide a square of ``side``, whose lower left corner is the origin.

    Parameters
    ----------
    districts : int
        At least 4.
    side : float
        In metres.
    seed : int
    """
    rng = np.random.default_rng([seed, 1])
    seeds = _seeds(districts, rng) * side
    diagram = Voronoi(_mirrored(seeds, side))
    kept = (diagram.ridge_points < districts).any(axis=1)
    ends = np.array(diagram.ridge_vertices)[kept]
    sides = diagram.ridge_points[kept]
    curves = _curves(diagram.vertices[ends], diagram.points[sides], rng)
    return Mosaic(_polygons(ends, sides, curves, districts), seeds)


def _seeds(districts: int, rng: np.random.Generator) -> Floats:
    """Places in the unit square, ever fewer to the east."""
    candidates = qmc.Halton(2, rng=rng).random(int(2 * UNEVEN * districts) + 100)
    kept = rng.random(len(candidates)) < np.exp(-UNEVEN * candidates[:, 0])
    seeds: Floats = candidates[kept][:districts]
    return seeds


def _mirrored(seeds: Floats, side: float) -> Floats:
    """The seeds and their images in the four sides, which make the sides borders."""
    x, y = seeds.T
    images = [(x, y), (-x, y), (2 * side - x, y), (x, -y), (x, 2 * side - y)]
    return np.concatenate([np.column_stack(image) for image in images])


def _curves(ends: Floats, seeds: Floats, rng: np.random.Generator) -> Floats:
    """Shape (edges, STEPS + 1, 2): from the first end to the second."""
    along = np.linspace(0, 1, STEPS + 1)
    start, vector = ends[:, 0], ends[:, 1] - ends[:, 0]
    length = np.hypot(*vector.T)
    length[length == 0] = 1.0  # four seeds on a circle
    normal = np.column_stack([-vector[:, 1], vector[:, 0]]) / length[:, None]
    room = np.minimum(
        *(_height(start, vector, length, normal, seeds[:, which], along) for which in (0, 1))
    )
    offset = ROOM * _wander(len(ends), rng) * room
    straight = start[:, None] + along[:, None] * vector[:, None]
    curved: Floats = straight + offset[:, :, None] * normal[:, None]
    curved[:, 0], curved[:, -1] = ends[:, 0], ends[:, 1]  # to the last bit, as the neighbours' are
    return curved


def _height(
    start: Floats, vector: Floats, length: Floats, normal: Floats, apex: Floats, along: Floats
) -> Floats:
    """How high the triangle of an edge and a seed is above each step of the edge."""
    to_apex = apex - start
    high = np.abs((to_apex * normal).sum(axis=1))[:, None]
    foot = ((to_apex * vector).sum(axis=1) / length**2)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        rising = np.where(foot > 0, along / foot, np.inf)
        falling = np.where(foot < 1, (1 - along) / (1 - foot), np.inf)
    height: Floats = high * np.minimum(rising, falling)
    return height


def _wander(edges: int, rng: np.random.Generator) -> Floats:
    """Midpoint displacement between -1 and 1, nothing at both ends; shape (edges, STEPS + 1)."""
    height = np.zeros((edges, STEPS + 1))
    stride, scale = STEPS, 1.0
    while stride > 1:
        middle = np.arange(stride // 2, STEPS, stride)
        mean = (height[:, middle - stride // 2] + height[:, middle + stride // 2]) / 2
        height[:, middle] = mean + scale * rng.uniform(-1, 1, (edges, len(middle)))
        stride, scale = stride // 2, scale * ROUGHNESS
    return height / 2  # the scales add up to less than 2


def _polygons(
    ends: NDArray[np.intp], sides: NDArray[np.int32], curves: Floats, districts: int
) -> NDArray[np.object_]:
    """Join the curves around each seed, end to end."""
    edge, which = np.nonzero(sides < districts)
    order = np.argsort(sides[edge, which], kind="stable")
    begins = np.searchsorted(sides[edge, which][order], np.arange(1, districts))
    groups = np.split(edge[order], begins)
    return np.array([shapely.Polygon(_ring(ends, curves, group)) for group in groups], dtype=object)


def _ring(ends: NDArray[np.intp], curves: Floats, edges: NDArray[np.intp]) -> Floats:
    """The vertices of the closed line that the edges make; the order of ``edges`` is free."""
    at: dict[int, list[int]] = {}
    for edge in edges.tolist():
        for end in ends[edge].tolist():
            at.setdefault(end, []).append(edge)
    edge, here = int(edges[0]), int(ends[edges[0], 0])
    parts = []
    for _ in edges:
        forward = int(ends[edge, 0]) == here
        curve = curves[edge] if forward else curves[edge][::-1]
        parts.append(curve[:-1])
        here = int(ends[edge, 1 if forward else 0])
        one, other = at[here]
        edge = other if one == edge else one
    return np.concatenate(parts)
