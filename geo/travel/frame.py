"""The edges of a network as a table for maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.travel.rules import MODES

if TYPE_CHECKING:
    from geo.travel.network import Network


def frame_of(network: Network) -> gpd.GeoDataFrame:
    """See ``Network.frame``."""
    edges, drawn = network.edges, network.drawn
    lines = []
    for begin, end, flow in zip(edges.begin_m, edges.end_m, network.flow, strict=True):
        lonlat = drawn.stretch(begin, end)
        lines.append(shapely.LineString(lonlat[::-1] if flow < 0 else lonlat))
    turned = (network.flow < 0)[:, None]
    columns: dict[str, NDArray[np.generic]] = {
        "fid": network.ways.fid[edges.line],
        "mode": np.array(MODES, dtype=object)[network.mode],
        "flow": np.abs(network.flow),
        "km": edges.km,
    }
    for season, minutes in network.minutes.items():
        ordered = np.where(turned, minutes[:, ::-1], minutes)
        columns[f"minutes_along_{season}"], columns[f"minutes_back_{season}"] = ordered.T
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(lines, crs=4326))
