"""In which district a point lies, and how far outside of them all."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.arrays import as_array
from geo.geodesy import Floats, Geometries, Ints
from geo.nearest import nearest, touching


def locate(points: gpd.GeoSeries, districts: gpd.GeoDataFrame) -> pd.Series:
    """The code of the district that each point lies in.

    Parameters
    ----------
    points : GeoSeries
        In EPSG:4326; None lies nowhere.
    districts : GeoDataFrame
        code and geometry (None possible), in EPSG:4326.

    Returns
    -------
    Series of str
        With the index of ``points``; missing outside of all. A point on a shared border belongs
        to the lowest code.
    """
    codes = districts["code"].to_numpy(dtype=object)
    order = np.argsort(codes)
    row = place(as_array(points), as_array(districts.geometry)[order])
    known = np.array([*codes[order], None], dtype=object)  # -1 is the last
    return pd.Series(known[row], index=points.index, dtype="str", name="code")


def place(points: Geometries, districts: Geometries) -> Ints:
    """The first row of ``districts`` that each point lies in or on the border of; -1 for none."""
    district, point = touching(districts, points)
    row = np.full(len(points), len(districts), dtype=np.intp)
    np.minimum.at(row, point, district)
    row[row == len(districts)] = -1
    return row


def outside_km(geometries: gpd.GeoSeries, districts: gpd.GeoDataFrame) -> pd.Series:
    """Distance in km from the nearest district: 0 where they touch, NaN where there is none."""
    km: Floats = nearest(as_array(geometries), as_array(districts.geometry)).km
    return pd.Series(km, index=geometries.index, name="outside_km")
