"""Rivers and mines, tile by tile along a Hilbert curve: never more than one at once.

Features stay within their tile, which has a random stream of its own, so a tile is the same
whichever others are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.peers.mosaic import Floats

CRS = "EPSG:32718"
ORIGIN = np.array([0.0, 8_400_000.0])  # of the square, in metres of ``CRS``
PER_TILE = 20_000

COURSE = 40  # segments of one river
REACH_M = (1_000.0, 2_000.0)  # length of a segment
STEPS = 4  # of a segment at most: two to five vertices
PER_FIELD = 60  # mines
FIELD_M = 2_500.0  # how far from the middle of their field mines lie: standard deviation
PIT_M = 250.0  # median radius of a mine

Scatter = Callable[[int, "Tile", np.random.Generator], gpd.GeoDataFrame]


@dataclass(frozen=True)
class Tile:
    """A square of the plane: lower left corner and side, in metres."""

    corner: Floats
    side: float

    def within(self, xy: Floats) -> Floats:
        """The places, those outside mirrored in the sides until they are inside."""
        turned = np.mod(xy - self.corner, 2 * self.side)
        folded: Floats = self.corner + np.where(turned > self.side, 2 * self.side - turned, turned)
        return folded

    def anywhere(self, count: int, rng: np.random.Generator) -> Floats:
        return self.corner + rng.random((count, 2)) * self.side


def rivers(count: int, side: float, seed: int) -> Iterator[gpd.GeoDataFrame]:
    """``count`` segments of wandering rivers: fid and geometry."""
    return _tiles(_rivers, count, side, [seed, 2])


def mines(count: int, side: float, seed: int) -> Iterator[gpd.GeoDataFrame]:
    """``count`` polygons in fields, some on each other: fid, value (machines) and geometry."""
    return _tiles(_mines, count, side, [seed, 3])


def _tiles(
    scatter: Scatter, count: int, side: float, seed: list[int]
) -> Iterator[gpd.GeoDataFrame]:
    per_side = 1
    while per_side**2 * PER_TILE < count:
        per_side *= 2
    step = side / per_side
    x, y = np.meshgrid(np.arange(per_side), np.arange(per_side))
    corners = ORIGIN + step * np.column_stack([x.ravel(), y.ravel()])
    order = gpd.GeoSeries(shapely.points(corners)).hilbert_distance().argsort(kind="stable")
    ends = np.linspace(0, count, per_side**2 + 1).astype(int)
    for number, tile in enumerate(order):
        first, last = int(ends[number]), int(ends[number + 1])
        rng = np.random.default_rng([*seed, int(tile)])
        table = scatter(last - first, Tile(corners[tile], step), rng)
        along = table.geometry.hilbert_distance().argsort(kind="stable") if len(table) else []
        table = table.iloc[along].set_crs(CRS)
        table.insert(0, "fid", np.arange(first, last))
        yield table.reset_index(drop=True)


def _rivers(count: int, tile: Tile, rng: np.random.Generator) -> gpd.GeoDataFrame:
    courses = -(-count // COURSE)
    steps = rng.integers(1, STEPS + 1, (courses, COURSE, 1))
    taken = np.arange(STEPS) < steps
    stride = np.where(taken, rng.uniform(*REACH_M, steps.shape) / steps, 0.0)
    stride = stride.reshape(courses, -1)
    drift = np.cumsum(rng.normal(0, 0.15, stride.shape), axis=1)
    bend = np.sin(np.cumsum(stride, axis=1) / rng.uniform(1_500, 4_000, (courses, 1)))
    heading = rng.uniform(0, 2 * np.pi, (courses, 1)) + drift + bend
    moves = np.stack([stride * np.cos(heading), stride * np.sin(heading)], axis=2)
    moves = np.concatenate([tile.anywhere(courses, rng)[:, None], moves], axis=1)
    places = tile.within(np.cumsum(moves, axis=1))
    vertex = STEPS * np.arange(COURSE)[:, None] + np.arange(STEPS + 1)
    vertices = places[:, vertex].reshape(-1, STEPS + 1, 2)[:count]
    drawn = np.arange(STEPS + 1) <= steps.reshape(-1, 1)[:count]
    lines = shapely.linestrings(vertices[drawn], indices=np.nonzero(drawn)[0])
    return gpd.GeoDataFrame(geometry=lines)


def _mines(count: int, tile: Tile, rng: np.random.Generator) -> gpd.GeoDataFrame:
    fields = tile.anywhere(-(-count // PER_FIELD), rng)
    chosen: NDArray[np.intp] = rng.integers(0, max(len(fields), 1), count)
    middle = tile.within(fields[chosen] + rng.normal(0, FIELD_M, (count, 2)))
    sizes = rng.integers(10, 21, (count, 1))
    corner = np.arange(20)
    drawn = corner < sizes
    angle = (corner + rng.uniform(-0.3, 0.3, drawn.shape)) * 2 * np.pi / sizes
    radius = PIT_M * np.exp(rng.normal(0, 0.5, (count, 1))) * rng.uniform(0.6, 1.4, drawn.shape)
    places = middle[:, None] + (radius * np.stack([np.cos(angle), np.sin(angle)])).transpose(
        1, 2, 0
    )
    rings = shapely.linearrings(places[drawn], indices=np.nonzero(drawn)[0])
    machines = np.ceil(np.exp(rng.normal(1, 0.8, count)))
    return gpd.GeoDataFrame({"value": machines}, geometry=shapely.polygons(rings))
