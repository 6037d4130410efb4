"""How dense features are around a place, near ones counting more."""

from __future__ import annotations

import numpy as np
import shapely

from geo.discs import PointsAround
from geo.factor import Factor
from geo.geodesy import M_PER_KM, Floats, Geometries
from geo.layer import Features, Layer
from geo.measures.around import InCircles, in_circles, mean_of_places
from geo.measures.base import EVERYWHERE, Measure
from geo.measures.counts import Flat, middles, require_values, weights
from geo.nearest import Ints
from geo.region import Ground, Points
from geo.surface import coordinates
from vigia.errors import GeometryError

PER_KM2 = 1_000
NODES_PER_BANDWIDTH = 4  # of the lattice in a polygon, on a side


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
        radius_km = factor.radius_km or 0
        if factor.support == "polygon":
            places = _lattice(ground, radius_km / NODES_PER_BANDWIDTH)
        else:
            places = ground.places(factor.support)

        def make(features: Features, flat: Flat) -> InCircles:
            xy = coordinates(flat(middles(features)))
            return Kernel(xy, weights(features, factor), radius_km)

        key = ("kernel", factor.weighted)
        density = PER_KM2 * in_circles(ground, places, layer, year, radius_km, key, make)
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


def _lattice(ground: Ground, spacing_km: float) -> Points:
    """Points in the districts, on one lattice for all of them."""
    geometry, row = [], []
    for crs, rows in ground.surface.planes(ground.polygons):
        flat = ground.surface.to_plane(ground.polygons[rows], crs)
        xy, owner = _nodes(flat, spacing_km * M_PER_KM)
        geometry.append(
            ground.surface.from_plane(np.asarray(shapely.points(xy), dtype=object), crs)
        )
        row.append(rows[owner])
    places = np.concatenate(geometry) if geometry else np.empty(0, dtype=object)
    rows = np.concatenate(row) if row else np.empty(0, dtype=np.intp)
    return Points(places, rows, np.ones(len(rows)), np.full(len(rows), np.nan))


def _nodes(polygons: Geometries, spacing_m: float) -> tuple[Floats, Ints]:
    """Nodes inside each polygon, and whose each is; one point where there is none."""
    xy, owner = [], []
    for number, polygon in enumerate(polygons):
        west, south, east, north = shapely.bounds(polygon)
        x = np.arange(np.ceil(west / spacing_m), np.floor(east / spacing_m) + 1) * spacing_m
        y = np.arange(np.ceil(south / spacing_m), np.floor(north / spacing_m) + 1) * spacing_m
        nodes = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        shapely.prepare(polygon)
        nodes = nodes[shapely.contains_xy(polygon, nodes[:, 0], nodes[:, 1])]
        if len(nodes) == 0:
            nodes = coordinates(np.array([shapely.point_on_surface(polygon)], dtype=object))
        xy.append(nodes)
        owner.append(np.full(len(nodes), number, dtype=np.intp))
    if not xy:
        return np.empty((0, 2)), np.empty(0, dtype=np.intp)
    return np.concatenate(xy), np.concatenate(owner)
