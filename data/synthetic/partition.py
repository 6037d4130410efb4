"""Districts: cells around chosen settlements, with natural borders, without gap or overlap.

Each border between two seeds may stray within a rhomb of its own, and rhombs never meet but at
their ends. So borders cannot cross, whatever the noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import Voronoi, cKDTree

from data.synthetic.params import SyntheticParams
from data.synthetic.plane import to_degrees

ROUNDS = 12  # of moving seeds to the middle of their settlements
KM_PER_POINT = 2.5  # of border
MOST_POINTS = 40
WAVES = np.array([0.7, 1.6, 3.1, 6.3])  # along a border


@dataclass(frozen=True)
class Cells:
    """Districts before they have codes.

    Attributes
    ----------
    seeds : array of shape (districts, 2)
        Kilometres.
    polygons : array of shape (districts,) of Polygon
        Degrees, rounded; neighbours share their vertices.
    neighbours : array of shape (pairs, 2)
        Districts with a border in common, each pair once, the smaller number first.
    """

    seeds: np.ndarray
    polygons: np.ndarray
    neighbours: np.ndarray


def choose_seeds(
    xy: np.ndarray, weight: np.ndarray, count: int, random: np.random.Generator
) -> np.ndarray:
    """Settlements that districts are drawn around: many where settlements are many."""
    begin = random.choice(len(xy), size=count, replace=False, p=weight / weight.sum())
    middle = xy[begin]
    for _ in range(ROUNDS):
        _, owner = cKDTree(middle).query(xy)
        held = np.bincount(owner, weight, minlength=count)
        mean = np.column_stack([np.bincount(owner, weight * axis, count) for axis in xy.T])
        has = held > 0
        middle[has] = mean[has] / held[has, None]
    _, nearest = cKDTree(xy).query(middle)
    chosen = np.unique(nearest)
    gap, _ = cKDTree(xy[chosen]).query(xy)
    more: list[int] = []
    while len(chosen) + len(more) < count:
        more.append(int(np.argmax(gap)))
        gap = np.minimum(gap, np.linalg.norm(xy - xy[more[-1]], axis=1))
    return np.concatenate([chosen, np.array(more, dtype=int)])


def make_cells(
    params: SyntheticParams,
    region: shapely.Polygon,
    seeds: np.ndarray,
    random: np.random.Generator,
) -> Cells:
    """Voronoi cells of the seeds, bounded by the seeds' reflections in the outline."""
    count = len(seeds)
    voronoi = Voronoi(np.vstack([seeds, reflected(seeds, region), far_away(region)]))
    sides = np.asarray(voronoi.ridge_points)
    ours = (sides < count).any(axis=1)
    ends = np.asarray(voronoi.ridge_vertices)[ours]
    sides = sides[ours]
    corners = to_degrees(voronoi.vertices, params)
    borders = {
        (int(a), int(b)): np.vstack([corners[a], to_degrees(line, params), corners[b]])
        for (a, b), line in zip(
            ends, strayed(voronoi, ends, sides, params.border_wobble, random), strict=True
        )
    }
    polygons = [cell_polygon(voronoi, seed, borders) for seed in range(count)]
    both = (sides < count).all(axis=1)
    long_enough = (corners[ends[:, 0]] != corners[ends[:, 1]]).any(axis=1)
    pairs = np.sort(sides[both & long_enough], axis=1)
    return Cells(seeds, np.array(polygons, dtype=object), np.unique(pairs, axis=0))


def reflected(seeds: np.ndarray, region: shapely.Polygon) -> np.ndarray:
    """Where each seed is seen in the mirror of the nearest border."""
    ring = region.exterior
    points = shapely.points(seeds)
    nearest = shapely.line_interpolate_point(ring, shapely.line_locate_point(ring, points))
    return np.asarray(2 * shapely.get_coordinates(nearest) - seeds)


def far_away(region: shapely.Polygon) -> np.ndarray:
    """Points that close the outermost cells, none of which is ours."""
    west, south, east, north = region.bounds
    reach = 10 * max(east - west, north - south)
    angle = np.arange(8) * np.pi / 4
    return reach * np.column_stack([np.cos(angle), np.sin(angle)])


def strayed(
    voronoi: Voronoi,
    ends: np.ndarray,
    sides: np.ndarray,
    wobble: float,
    random: np.random.Generator,
) -> list[np.ndarray]:
    """Inner points of each border, in kilometres, from its first end to its last.

    At share t of a border of length L whose seeds stand H away, opposite to share f of it, the
    rhomb reaches H min(t, 1 - t) / max(1, f, 1 - f) to both sides.
    """
    start, end = voronoi.vertices[ends[:, 0]], voronoi.vertices[ends[:, 1]]
    chord = end - start
    length = np.linalg.norm(chord, axis=1)
    along = chord / np.maximum(length, 1e-9)[:, None]
    across = np.column_stack([-along[:, 1], along[:, 0]])
    to_seed = voronoi.points[sides[:, 0]] - start
    foot = (to_seed * along).sum(axis=1) / np.maximum(length, 1e-9)
    height = np.abs((to_seed * across).sum(axis=1)) / np.maximum(1, np.maximum(foot, 1 - foot))
    height = np.minimum(height, length)  # bends, not spikes
    points = np.clip(length / KM_PER_POINT, 1, MOST_POINTS).astype(int)
    phases = random.uniform(0, 2 * np.pi, (len(ends), len(WAVES)))
    lines = []
    for row, count in enumerate(points):
        t = np.arange(1, count + 1) / (count + 1)
        noise = (np.sin(np.outer(t, 2 * np.pi * WAVES) + phases[row]) / WAVES**0.7).sum(axis=1)
        stray = wobble * np.clip(noise, -1.6, 1.6) / 1.6 * height[row] * np.minimum(t, 1 - t)
        lines.append(start[row] + chord[row] * t[:, None] + across[row] * stray[:, None])
    return lines


def cell_polygon(
    voronoi: Voronoi, seed: int, borders: dict[tuple[int, int], np.ndarray]
) -> shapely.Polygon:
    """The ring of one cell, of the borders that it shares."""
    corners = np.array(voronoi.regions[voronoi.point_region[seed]])
    away = voronoi.vertices[corners] - voronoi.points[seed]
    corners = corners[np.argsort(np.arctan2(away[:, 1], away[:, 0]), kind="stable")]
    parts = []
    for a, b in zip(corners, np.roll(corners, -1), strict=True):
        known = borders.get((int(a), int(b)))
        part = known if known is not None else borders[int(b), int(a)][::-1]
        parts.append(part[:-1])
    ring = np.vstack(parts)
    fresh = (ring != np.roll(ring, 1, axis=0)).any(axis=1)
    return shapely.Polygon(ring[fresh])
