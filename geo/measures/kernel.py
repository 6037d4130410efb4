"""How dense features are around a place, near ones counting more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from geo.discs import PointsAround
from geo.factor import Factor
from geo.geodesy import M_PER_KM, Floats
from geo.layer import Features, Layer
from geo.measures.around import InCircles, circles_of, in_circles, mean_of_places
from geo.measures.base import EVERYWHERE, Measure
from geo.measures.counts import require_values, weights
from geo.region import Ground
from geo.surface import Flat, coordinates, patches_of
from vigia.errors import GeometryError

PER_KM2 = 1_000
NODES_PER_BANDWIDTH = 4  # of the lattice in a polygon, on a side
NODES_AT_ONCE = 250_000


class KernelDensity(Measure):
    """Features per 1,000 km², or their values, smoothed by a quartic kernel of ``radius_km``.

    Of capitals and population points: the density there, for the people the mean over the
    district's points. Of the polygon: the mean over a lattice of points a quarter of the radius
    apart, or at one representative point of a district that is too small for it.

    A feature counts where its point lies, as for ``count_density``.

    Missing: the district has no boundary, no capital or no point; a feature without a value, where
    values are added.

    Source: Silverman 1986, Density Estimation for Statistics and Data Analysis, eq. 4.5.
    """

    name = "kernel_density"
    supports = EVERYWHERE
    options = frozenset({"radius_km", "weighted"})

    def unit(self, factor: Factor) -> str:
        return "per 1,000 km²"

    def refuse(self, layer: Layer, factor: Factor) -> None:
        super().refuse(layer, factor)
        require_values(layer, factor)
        if factor.radius_km is None:
            raise GeometryError(
                f'Layer "{factor.layer}": kernel_density needs a bandwidth.',
                hint="Write radius_km = 25, say, in this factor.",
            )

    def values(self, ground: Ground, layer: Layer, factor: Factor, year: int) -> Floats:
        radius_km, key = factor.radius_km or 0, ("kernel", factor.weighted)

        def make(features: Features, flat: Flat) -> InCircles:
            return Kernel(features.middles_in(flat), weights(features, factor), radius_km)

        if factor.support == "polygon":
            density = np.full(len(ground), np.nan)
            for patch in patches_of(ground.surface, ground.polygons):
                kernel = circles_of(patch, layer, year, radius_km, key, make)
                density[patch.rows] = [_mean_inside(one, kernel, radius_km) for one in patch.shapes]
            return PER_KM2 * density
        places = ground.places(factor.support)
        density = PER_KM2 * in_circles(ground, factor.support, layer, year, radius_km, key, make)
        return mean_of_places(places, density, len(ground))


class Kernel:
    """Densities per km²; what is unknown makes the places within the bandwidth unknown."""

    def __init__(self, xy: Floats, numbers: Floats, radius_km: float) -> None:
        unknown = np.isnan(numbers)
        columns = np.column_stack([np.where(unknown, 0.0, numbers), unknown.astype(float)])
        self._around = PointsAround(xy, columns, radius_km * M_PER_KM)

    def __call__(self, places: Floats) -> Floats:
        density = self._around.kernel(places)
        return np.where(density[:, 1] > 0, np.nan, density[:, 0])


def _mean_inside(polygon: Any, kernel: InCircles, radius_km: float) -> float:
    """Over the lattice's nodes in a polygon; NaN of no polygon."""
    if polygon is None:
        return np.nan
    total, count = 0.0, 0
    for nodes in _nodes(polygon, radius_km * M_PER_KM / NODES_PER_BANDWIDTH):
        total += float(kernel(nodes).sum())
        count += len(nodes)
    if count == 0:
        return float(kernel(coordinates(np.array([shapely.point_on_surface(polygon)])))[0])
    return total / count


def _nodes(polygon: Any, spacing_m: float) -> Iterator[Floats]:
    """Nodes inside, some rows of the lattice at a time: a district may be a country's size."""
    west, south, east, north = shapely.bounds(polygon)
    x = np.arange(np.ceil(west / spacing_m), np.floor(east / spacing_m) + 1) * spacing_m
    first, end = int(np.ceil(south / spacing_m)), int(np.floor(north / spacing_m)) + 1
    rows = max(NODES_AT_ONCE // max(len(x), 1), 1)
    shapely.prepare(polygon)
    for row in range(first, end, rows):
        y = np.arange(row, min(row + rows, end)) * spacing_m
        nodes = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        yield nodes[shapely.contains_xy(polygon, nodes[:, 0], nodes[:, 1])]
