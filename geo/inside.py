"""Which polygons points are in."""

from __future__ import annotations

import numpy as np
import shapely

from geo.borders import Borders
from geo.geodesy import Geometries, Ints
from geo.passages import chains_of, passages


class Places:
    """Points made ready to be told what they are in."""

    def __init__(self, points: Geometries) -> None:
        self._points = points
        self._chains = chains_of(points)

    def inside(self, polygons: Geometries, borders: Borders) -> Ints:
        """Pairs of rows (polygon, point) of points in a polygon or on its border, shape (2, n).

        ``borders`` are those of the polygons. Points near them are left to GEOS.
        """
        found = passages(self._chains, borders)
        polygon, point = found.doubt
        there = shapely.intersects(polygons[polygon], self._points[point])
        return np.hstack([found.whole, found.doubt[:, there]])
