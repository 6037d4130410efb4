"""How much line lies in polygons, where a line along a common border counts half to each side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.disc_lengths import segments_of
from geo.geodesy import Floats, Geometries
from geo.layer import Features
from geo.measures.pairs import added, among, sorted_pairs
from geo.nearest import Ints
from geo.proximity import lying_along
from geo.region import Around
from geo.surface import Surface
from geo.validity import simple_parts


@dataclass(frozen=True)
class Lines:
    """Single lines with a tree of them."""

    lines: Geometries
    tree: shapely.STRtree

    @classmethod
    def of(cls, features: Features) -> Lines:
        lines, _ = only_lines(features.shapes)
        return cls(lines, shapely.STRtree(lines))


def length_inside_km(some: Lines, zones: Around, surface: Surface, *, split: bool) -> Floats:
    """Kilometres of line in each of the zones that are measured.

    ``split`` halves what runs along a border that two zones share; without it zones may overlap,
    and each has all that lies in it. What lies wholly inside is not cut: that is slow.
    """
    lines = some.lines
    own = np.flatnonzero(zones.row >= 0)
    polygons = zones.polygons[own]
    zone, line = sorted_pairs(some.tree.query(polygons, predicate="contains_properly"))
    km = added(zone, surface.length_km(lines[line]), len(own))
    others = np.setdiff1d(some.tree.query(polygons)[1], line if split else [])
    along = np.zeros(len(others), dtype=bool)
    if split:
        along = running_along(lines[others], zones.polygons, surface.tolerance)
    km += _cut_km(lines[others[~along]], polygons, surface)
    if along.any():
        km += _halved_km(lines[others[along]], zones.polygons, surface)[own]
    return km


def _cut_km(lines: Geometries, polygons: Geometries, surface: Surface) -> Floats:
    """Of lines that are wholly inside of none; of one that is, the length is not added again."""
    tree = shapely.STRtree(lines)
    zone, line = sorted_pairs(tree.query(polygons, predicate="intersects"))
    inner = among(tree.query(polygons, predicate="contains_properly"), zone, line)
    zone, line = zone[~inner], line[~inner]
    pieces, pair = only_lines(shapely.intersection(lines[line], polygons[zone]))
    return added(zone[pair], surface.length_km(pieces), len(polygons))


def running_along(lines: Geometries, polygons: Geometries, tolerance: float) -> NDArray[np.bool_]:
    """Which lines run along a border for a while, if only to the last bit of a coordinate."""
    segments, owner = segments_of(lines)
    borders, _ = segments_of(shapely.boundary(polygons))
    found = np.zeros(len(lines), dtype=np.bool_)
    found[owner[lying_along(segments, borders, tolerance)]] = True
    return found


def _halved_km(lines: Geometries, polygons: Geometries, surface: Surface) -> Floats:
    """Cut on a fine grid, where a line drawn along a border lies on it, whatever its vertices."""
    grid = surface.tolerance
    pairs = shapely.STRtree(lines).query(polygons, predicate="dwithin", distance=grid)
    zone, line = sorted_pairs(pairs)
    cut = shapely.intersection(lines[line], polygons[zone], grid_size=grid)
    pieces, pair = only_lines(cut)
    zone, line = zone[pair], line[pair]
    km = added(zone, surface.length_km(pieces), len(polygons))
    one, other = _on_each_other(pieces, line, grid)
    common, pair = only_lines(shapely.intersection(pieces[one], pieces[other], grid_size=grid))
    shared = surface.length_km(common) / 2
    for side in (one, other):
        km -= added(zone[side[pair]], shared, len(polygons))
    return np.maximum(km, 0)


def _on_each_other(pieces: Geometries, line: Ints, distance: float) -> tuple[Ints, Ints]:
    """Pairs of pieces of one line that touch."""
    tree = shapely.STRtree(pieces)
    one, other = sorted_pairs(tree.query(pieces, predicate="dwithin", distance=distance))
    pair = (one < other) & (line[one] == line[other])
    return one[pair], other[pair]


def only_lines(geometries: Geometries) -> tuple[Geometries, Ints]:
    """The single lines in the geometries, and whose each is."""
    parts, owner = simple_parts(geometries)
    is_line = shapely.get_dimensions(parts) == 1
    return parts[is_line], owner[is_line].astype(np.intp)
