"""Districts with borders full of bends that neighbours share to the last vertex."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from tests.geo.shapes import SIDE, SOUTH, WEST, grid

STEPS = 400


def wandering(start: tuple[float, float], end: tuple[float, float]) -> np.ndarray:
    """A border from corner to corner with more detail than any screen shows."""
    if start > end:
        return wandering(end, start)[::-1]
    rng = np.random.default_rng([round(1000 * value) for value in (*start, *end)])
    t = np.linspace(0, 1, STEPS + 1)[:, None]
    path = np.array(start) + t * (np.array(end) - np.array(start))
    wobble = 0.03 * np.sin(np.pi * t) * np.sin(9 * t + start[0]) + rng.normal(0, 1e-5, t.shape)
    wobble[[0, -1]] = 0
    across = np.array([end[1] - start[1], start[0] - end[0]])
    return (path + wobble * across) * SIDE + [WEST, SOUTH]


def wandering_grid() -> gpd.GeoDataFrame:
    """Three by three districts with wandering borders; the middle one has none."""
    districts = grid(3, 3)
    shapes = []
    for row in range(3):
        for column in range(3):
            corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]
            sides = zip(corners, corners[1:] + corners[:1], strict=True)
            shapes.append(shapely.Polygon(np.concatenate([wandering(*s)[:-1] for s in sides])))
    shapes[4] = None
    return districts.set_geometry(gpd.GeoSeries(shapes, crs=4326))
