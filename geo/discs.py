"""What lies within a radius of places: sums of points' weights, and kernel densities.

All of it is in the metres of one plane; whether the plane is good enough is for the caller to know.
Each disc is closed: a thing at the radius is in. The code is compiled, serial and leaves the
interpreter's lock, so that chunks of places may run in threads. A place's number depends on what
lies within its radius, in the order given, and on nothing else, to the last bit.

Build once, ask for many chunks: ``PointsAround(features, weights, radius_m).sums(places)``.
``geo.disc_lengths`` does the same for lines, ``geo.disc_areas`` for polygons.
"""

from __future__ import annotations

import numpy as np

from geo.geodesy import M_PER_KM, Floats
from geo.grid import Grid, Int64s, cells_near, grid_of, is_somewhere, njit
from vigia.errors import GeometryError


class PointsAround:
    """Weighted points, made ready to be added up within a radius.

    Parameters
    ----------
    features : array of float, shape (m, 2)
        Metres. A feature without a finite place is nowhere.
    weights : array of float, shape (m, k)
        A column of ones counts.
    radius_m : float

    Raises
    ------
    GeometryError
        When the radius is not from 10 m to 10,000 km, or the weights are not as many as features.
    """

    def __init__(self, features: Floats, weights: Floats, radius_m: float) -> None:
        if len(features) != len(weights):
            raise GeometryError(
                f"There are {len(features)} features and {len(weights)} weights.",
                hint="Give one row of weights for each feature.",
            )
        self._radius_m = float(radius_m)
        self._grid = grid_of(np.hstack([features, features]), self._radius_m)
        self._xy = in_order(features, self._grid)
        self._weights = in_order(weights, self._grid)
        self._of_cell = cell_sums(self._grid.begins, self._weights)

    def sums(self, places: Floats) -> Floats:
        """Sums of the weights within the radius of each place (n, 2), shape (n, k)."""
        return _sums(
            compact(places), self._grid, self._xy, self._weights, self._of_cell, self._radius_m
        )

    def kernel(self, places: Floats) -> Floats:
        """Densities per km² at each place (n, 2), the radius as bandwidth, shape (n, k)."""
        per_km2 = 3 / (np.pi * (self._radius_m / M_PER_KM) ** 2)
        found = _kernel(compact(places), self._grid, self._xy, self._weights, self._radius_m)
        return found * per_km2


def sums_within(places: Floats, features: Floats, weights: Floats, radius_m: float) -> Floats:
    """Sums of the weights of the features within a radius of each place.

    Parameters
    ----------
    places : array of float, shape (n, 2)
        Metres; one that is not finite gets NaN.
    features, weights : array of float, shapes (m, 2) and (m, k)
    radius_m : float

    Returns
    -------
    array of float, shape (n, k)
        In it are the features with ``dx * dx + dy * dy <= radius_m * radius_m``.

    Raises
    ------
    GeometryError
        When the radius is not from 10 m to 10,000 km, or the weights are not as many as features.
    """
    return PointsAround(features, weights, radius_m).sums(places)


def kernel_density(places: Floats, features: Floats, weight: Floats, bandwidth_m: float) -> Floats:
    """Weight per km² at each place, smoothed by the quartic (biweight) kernel.

    ``3 / (pi h²) * (1 - d²/h²)²`` for each feature at a distance d less than the bandwidth h: its
    integral over the plane is the weight.

    Parameters
    ----------
    places, features : array of float, shapes (n, 2) and (m, 2)
        Metres; a place that is not finite gets NaN.
    weight : array of float, shape (m,)
    bandwidth_m : float

    Returns
    -------
    array of float, shape (n,)

    Raises
    ------
    GeometryError
        As ``sums_within``.

    Source: Silverman 1986, Density Estimation for Statistics and Data Analysis, eq. 4.5.
    """
    return PointsAround(features, weight[:, np.newaxis], bandwidth_m).kernel(places)[:, 0]


def in_order(table: Floats, grid: Grid) -> Floats:
    """Rows in the grid's order, as compiled code takes them."""
    return compact(table[grid.order])


def compact(table: Floats) -> Floats:
    """The one kind of array that the code is compiled for."""
    return np.ascontiguousarray(table, dtype=np.float64)


@njit
def cell_sums(begins: Int64s, weights: Floats) -> Floats:
    """Of each cell, in the order in which the same features would be added one by one."""
    sums = np.zeros((len(begins) - 1, weights.shape[1]))
    for cell in range(len(sums)):
        for thing in range(begins[cell], begins[cell + 1]):
            for column in range(weights.shape[1]):
                sums[cell, column] += weights[thing, column]
    return sums


@njit
def _sums(
    places: Floats, grid: Grid, xy: Floats, weights: Floats, of_cells: Floats, radius_m: float
) -> Floats:
    total = np.zeros((len(places), weights.shape[1]))
    found = np.empty(len(grid.keys), np.int64)
    some = np.empty(weights.shape[1])
    for place in range(len(places)):
        x, y = places[place]
        if not is_somewhere(x, y):
            total[place] = np.nan
            continue
        for one in found[: cells_near(x, y, radius_m, grid, found)]:
            if one >= 0:
                for column in range(weights.shape[1]):
                    total[place, column] += of_cells[one, column]
            else:
                things = grid.begins[-1 - one], grid.begins[-one]
                _sum_some(x, y, things, xy, weights, radius_m, some)
                for column in range(weights.shape[1]):
                    total[place, column] += some[column]
    return total


@njit
def _sum_some(
    x: float,
    y: float,
    things: tuple[int, int],
    xy: Floats,
    weights: Floats,
    radius_m: float,
    some: Floats,
) -> None:
    """The sums of those in the disc, written into ``some``; apart, to add up as cells do."""
    some[:] = 0.0
    for thing in range(things[0], things[1]):
        dx, dy = xy[thing, 0] - x, xy[thing, 1] - y
        is_in = dx * dx + dy * dy <= radius_m * radius_m
        for column in range(len(some)):
            some[column] += weights[thing, column] if is_in else 0.0  # no branch to guess


@njit
def _kernel(places: Floats, grid: Grid, xy: Floats, weights: Floats, radius_m: float) -> Floats:
    total = np.zeros((len(places), weights.shape[1]))
    found = np.empty(len(grid.keys), np.int64)
    square = radius_m * radius_m
    for place in range(len(places)):
        x, y = places[place]
        if not is_somewhere(x, y):
            total[place] = np.nan
            continue
        for one in found[: cells_near(x, y, radius_m, grid, found)]:
            cell = max(one, -1 - one)
            for thing in range(grid.begins[cell], grid.begins[cell + 1]):
                dx, dy = xy[thing, 0] - x, xy[thing, 1] - y
                rest = max(1 - (dx * dx + dy * dy) / square, 0.0)
                for column in range(weights.shape[1]):
                    total[place, column] += rest * rest * weights[thing, column]
    return total
