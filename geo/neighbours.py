"""Which districts are neighbours, as one small graph."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from geo.checks import require_unique_codes
from geo.crs import MetricCRS, forward
from geo.geodesy import Geometries, length_km
from geo.locate import as_array
from geo.nearest import Ints, edged, nearest, touching

Contiguity = Literal["queen", "rook"]


@dataclass(frozen=True)
class Attached:
    """An island, the district it was attached to, and how far off that is."""

    code: str
    to: str
    km: float


@dataclass(frozen=True)
class Neighbours:
    """A graph of districts.

    Attributes
    ----------
    codes : tuple of str
        Every district, sorted byte by byte, with or without a boundary.
    edges : array of int, shape (edges, 2)
        Rows of ``codes``, the lower one first; sorted. Each pair of neighbours stands once.
    attached : tuple of Attached
        Islands, whose edge is no shared border.
    unplaced : tuple of str
        Districts without a boundary: they have no neighbours.
    """

    codes: tuple[str, ...]
    edges: NDArray[np.intp]
    attached: tuple[Attached, ...]
    unplaced: tuple[str, ...]

    @cached_property
    def adjacency(self) -> csr_array:
        """Symmetric, 1.0 where two districts are neighbours; shape (districts, districts)."""
        one, other = self.edges.T
        size = len(self.codes)
        pairs = (np.concatenate([one, other]), np.concatenate([other, one]))
        return csr_array((np.ones(2 * len(one)), pairs), shape=(size, size))

    @cached_property
    def component(self) -> NDArray[np.int32]:
        """The number of the connected part that each district belongs to.

        Parts are numbered in the order of their lowest code; a district without a boundary is a
        part of its own.
        """
        _, part = connected_components(self.adjacency, directed=False)
        number: NDArray[np.int32] = part
        return number

    def of(self, code: str) -> list[str]:
        """Codes of the neighbours of a district, in order."""
        row = self.codes.index(code)
        found = np.concatenate([self.edges[self.edges[:, at] == row, 1 - at] for at in (0, 1)])
        return [self.codes[neighbour] for neighbour in sorted(found.tolist())]


def queen_neighbours(
    districts: gpd.GeoDataFrame, metric: MetricCRS, contiguity: Contiguity = "queen"
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

    Raises
    ------
    GeometryError
        When two districts have the same code.
    """
    require_unique_codes("[districts]", districts)
    table = districts.sort_values("code", ignore_index=True)
    codes = tuple(table["code"])
    polygons = as_array(table.geometry)
    edges = _bordering(polygons, contiguity)
    there = ~shapely.is_missing(polygons)
    alone = np.setdiff1d(np.flatnonzero(there), edges)
    attached = _attach(alone, polygons, metric)
    bridges = np.array([sorted(pair) for *pair, _ in attached], dtype=np.intp).reshape(-1, 2)
    return Neighbours(
        codes,
        np.unique(np.concatenate([edges, bridges]), axis=0),
        tuple(Attached(codes[row], codes[to], km) for row, to, km in attached),
        tuple(codes[row] for row in np.flatnonzero(~there)),
    )


def _bordering(polygons: Geometries, contiguity: Contiguity) -> Ints:
    one, other = touching(polygons, polygons)
    one, other = one[one < other], other[one < other]
    if contiguity == "rook":
        common = shapely.intersection(polygons[one], polygons[other])
        along = (length_km(common) > 0) | (shapely.get_dimensions(common) == 2)
        one, other = one[along], other[along]
    return np.column_stack([one, other]).astype(np.intp)


def _attach(alone: Ints, polygons: Geometries, metric: MetricCRS) -> list[tuple[int, int, float]]:
    """Each island with the nearest other district, and the distance; none if there is no other."""
    placed = forward(edged(polygons), metric.crs)
    tree = shapely.STRtree(placed)
    island, to = tree.query_nearest(placed[alone], exclusive=True, all_matches=False)
    pairs = zip(alone[island].tolist(), to.tolist(), strict=True)
    return [
        (row, other, float(nearest(polygons[[row]], polygons[[other]], metric).km[0]))
        for row, other in pairs
    ]
