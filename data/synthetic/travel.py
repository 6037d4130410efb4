"""Travel times over the network, by season: with the current, against it, and on roads."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from data.synthetic.network import Network, Stretches
from data.synthetic.params import SyntheticParams

LEAST_MINUTES = 0.01  # the landing place is not the village


def speeds(params: SyntheticParams, network: Network, season: str) -> tuple[np.ndarray, np.ndarray]:
    """Kilometres an hour along each edge: from its start (downstream), and back.

    At low water small rivers lose most of their speed, big ones a little.
    """
    down = np.where(network.is_river, params.boat_down_kmh, params.road_kmh)
    back = np.where(network.is_river, params.boat_up_kmh, params.road_kmh)
    if season == "low":
        size = np.minimum(network.catchment_km2 / params.small_river_km2, 1.0)
        left = params.low_water_small + (params.low_water_slowing - params.low_water_small) * size
        left = np.where(network.is_river, left, 1.0)
        down, back = down * left, back * left
    return down, back


def travel_graph(
    params: SyntheticParams, network: Network, stretches: Stretches, season: str
) -> csr_array:
    """Minutes from row to column between neighbouring nodes; the quicker of two ways."""
    down, back = speeds(params, network, season)
    there = np.maximum(stretches.km / down[stretches.edge] * 60, LEAST_MINUTES)
    home = np.maximum(stretches.km / back[stretches.edge] * 60, LEAST_MINUTES)
    row = np.concatenate([stretches.start, stretches.end])
    column = np.concatenate([stretches.end, stretches.start])
    minutes = np.concatenate([there, home])
    order = np.lexsort((minutes, column, row))
    row, column, minutes = row[order], column[order], minutes[order]
    first = np.concatenate([[True], (np.diff(row) != 0) | (np.diff(column) != 0)])
    size = stretches.size
    return coo_array((minutes[first], (row[first], column[first])), shape=(size, size)).tocsr()


def minutes_to_nearest(graph: csr_array, targets: np.ndarray) -> np.ndarray:
    """From every node to the nearest of ``targets`` (node numbers)."""
    return np.asarray(dijkstra(graph.T.tocsr(), indices=targets, min_only=True))
