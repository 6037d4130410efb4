"""Places along the Hilbert curve (Hilbert 1891, Math. Ann. 38): neighbours on it lie together."""

from __future__ import annotations

import geopandas as gpd

from geo.crs import Bounds
from geo.geodesy import Floats, Ints


def along_the_curve(boxes: Floats, bounds: Bounds, level: int = 16) -> Ints:
    """Of the middles of boxes.

    Parameters
    ----------
    boxes : array of float, shape (n, 4)
        West, south, east, north; none of them NaN.
    bounds : tuple of float
        Of the square that the curve fills.
    level : int
        The curve has ``4 ** level`` places.
    """
    west, south, east, north = boxes.T
    middles = gpd.GeoSeries(gpd.points_from_xy((west + east) / 2, (south + north) / 2))
    along: Ints = middles.hilbert_distance(total_bounds=bounds, level=level).to_numpy(int)
    return along
