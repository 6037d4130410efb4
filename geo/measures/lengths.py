"""How much line lies in polygons, where a line along a common border counts half to each side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.disc_lengths import segments_of
from geo.geodesy import Floats, Geometries, Ints
from geo.layer import Features
from geo.measures.pairs import added, among, distinct, sorted_pairs
from geo.passages import Chains, chains_of, passages
from geo.proximity import lying_along
from geo.region import Around
from geo.surface import Surface
from geo.validity import simple_parts


@dataclass(frozen=True)
class Lines:
    """Single lines, made ready to be cut."""

    lines: Geometries
    chains: Chains

    @classmethod
    def of(cls, features: Features) -> Lines:
        lines, _ = only_lines(features.shapes)
        return cls(lines, chains_of(lines))


def length_inside_km(some: Lines, zones: Around, surface: Surface, *, split: bool) -> Floats:
    """Kilometres of line in each of the zones that are measured.

    ``split`` halves what runs along a border that two zones share; without it zones may overlap,
    and each has all that lies in it. What comes close to a border is left to GEOS: that is slow.

    How a line is cut in a zone depends on the two alone, so that the number does not change by a
    bit when other zones or lines come or go.
    """
    lines, polygons = some.lines, zones.polygons
    found = passages(some.chains, zones.borders)
    km = np.zeros(len(polygons))
    zone, line = _measured(found.whole, zones)
    km += added(zone, surface.length_km(lines[line]), len(polygons))
    km += added(found.cut[0, found.piece], surface.segments_km(found.pieces), len(polygons))
    doubt = found.doubt
    if split:
        along = running_along(lines, distinct(doubt[1]), polygons, zones.tolerance)
        km += _halved_km(lines, polygons, along, surface)
        doubt = doubt[:, ~among(along, *doubt)]
    zone, line = _measured(doubt, zones)
    pieces = shapely.intersection(lines[line], polygons[zone])
    km += added(zone, surface.length_km(pieces), len(polygons))
    return zones.measured(km)


def _measured(pairs: Ints, zones: Around) -> Ints:
    """Pairs (zone, line) without those of zones that only lie near."""
    return pairs[:, zones.row[pairs[0]] >= 0]


def running_along(lines: Geometries, some: Ints, polygons: Geometries, tolerance: float) -> Ints:
    """Pairs (polygon, line) that have a border in common for a while, shape (2, n), sorted.

    If only to the last bit of a coordinate; of the lines with rows ``some``.
    """
    segments, line = segments_of(lines[some])
    borders, polygon = segments_of(shapely.boundary(polygons))
    segment, border = lying_along(segments, borders, tolerance)
    pairs: Ints = np.unique(np.stack([polygon[border], some[line[segment]]]), axis=1)
    return pairs


def _halved_km(lines: Geometries, polygons: Geometries, along: Ints, surface: Surface) -> Floats:
    """Cut on a fine grid, where a line drawn along a border lies on it, whatever its vertices."""
    grid, (zone, line) = surface.tolerance, along
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
