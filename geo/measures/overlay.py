"""What part of a district a layer covers, and how much line lies in it.

What lies in what is topology, and is found in degrees, where neighbours share their borders to the
last bit; how much it is, is measured on the ellipsoid.
"""

from __future__ import annotations

import numpy as np
import shapely

from geo.geodesy import Floats, Geometries, area_km2, length_km
from geo.layer import Features
from geo.measures.base import Measure
from geo.nearest import Ints, touching
from geo.region import Ground
from geo.validity import simple_parts

GRID_DEGREES = 1e-9  # 0.1 mm: a line drawn along a border lies on it, whatever its vertices


class ShareOfArea(Measure):
    """Per cent of the district's area under the layer's polygons; overlaps count once.

    Missing: the district has no boundary.

    Source: class area over landscape area (PLAND of FRAGSTATS, McGarigal & Marks 1995).
    """

    name = "share_of_area"
    unit = "%"
    takes = frozenset({2})

    def values(self, ground: Ground, features: Features, support: str) -> Floats:
        assert features.geometry is not None  # noqa: S101 - refused before
        feature, district = touching(features.geometry, ground.polygons)
        pieces = shapely.intersection(features.geometry[feature], ground.polygons[district])
        covered = np.zeros(len(ground.codes))
        rows, unions = _unions(pieces, district)
        covered[rows] = area_km2(unions)
        share: Floats = 100 * np.minimum(covered / ground.area_km2, 1)
        return share


def _unions(pieces: Geometries, district: Ints) -> tuple[Ints, Geometries]:
    """One geometry for each district that has pieces."""
    order = np.argsort(district, kind="stable")
    rows, begins = np.unique(district[order], return_index=True)
    groups = np.split(pieces[order], begins[1:]) if len(rows) else []
    unions = np.empty(len(rows), dtype=object)
    unions[:] = [shapely.union_all(group) for group in groups]
    return rows, unions


class LengthDensity(Measure):
    """Kilometres of line per km² of district; a line along a shared border counts half to each.

    Missing: the district has no boundary.

    Source: drainage and road density (Horton 1932, Trans. AGU 13; Forman & Alexander 1998, Annu.
    Rev. Ecol. Syst. 29).
    """

    name = "length_density"
    unit = "km/km²"
    takes = frozenset({1})

    def values(self, ground: Ground, features: Features, support: str) -> Floats:
        assert features.geometry is not None  # noqa: S101 - refused before
        lines, _ = _lines(features.geometry)
        line, district = _close(lines, ground.polygons)
        pieces, pair = _lines(
            shapely.intersection(lines[line], ground.polygons[district], grid_size=GRID_DEGREES)
        )
        line, district = line[pair], district[pair]
        km = np.bincount(district, weights=length_km(pieces), minlength=len(ground.codes))
        one, other, shared = _shared(pieces, line)
        for side in (one, other):
            km -= np.bincount(district[side], weights=shared / 2, minlength=len(km))
        density: Floats = np.maximum(km, 0) / ground.area_km2
        return density


def _close(lines: Geometries, others: Geometries) -> tuple[Ints, Ints]:
    """Pairs of rows that touch, if only for the last bit of a coordinate."""
    tree = shapely.STRtree(others)
    first, second = tree.query(lines, predicate="dwithin", distance=GRID_DEGREES)
    return first, second


def _lines(geometries: Geometries) -> tuple[Geometries, Ints]:
    """The single lines in the geometries, and whose each is."""
    parts, owner = simple_parts(geometries)
    is_line = shapely.get_dimensions(parts) == 1
    return parts[is_line], owner[is_line]


def _shared(pieces: Geometries, line: Ints) -> tuple[Ints, Ints, Floats]:
    """Pairs of pieces of one line that lie on each other, as two districts' do; for how many km."""
    one, other = _close(pieces, pieces)
    pair = (one < other) & (line[one] == line[other])
    one, other = one[pair], other[pair]
    common = shapely.intersection(pieces[one], pieces[other], grid_size=GRID_DEGREES)
    return one, other, length_km(common)
