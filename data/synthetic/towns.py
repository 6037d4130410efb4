"""Where towns stand: at the confluences of big rivers, well apart."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from data.synthetic.params import SyntheticParams
from data.synthetic.rivers import Rivers

FEWEST = 3


def choose_towns(
    params: SyntheticParams, rivers: Rivers, random: np.random.Generator
) -> np.ndarray:
    """River nodes that carry a town, the best placed first.

    The west has more towns than the east, where the forest is emptiest.
    """
    count = max(FEWEST, round(params.towns_per_province * params.provinces))
    nodes = rivers.nodes
    tributaries = np.bincount(rivers.downstream[1:], minlength=len(nodes))
    eastward = (nodes[:, 0] - nodes[:, 0].min()) / np.ptp(nodes[:, 0])
    score = (
        0.35 * np.log(rivers.catchment_km2)
        + 0.8 * (tributaries > 1)
        - 1.2 * eastward
        + random.normal(0, 0.6, len(nodes))
    )
    apart = 0.55 * float(np.sqrt(params.area_km2 / count))
    order = np.argsort(-score, kind="stable")
    order = order[order != 0]  # the outlet is the border
    while len(chosen := spaced(nodes, order, apart)) < count:
        apart *= 0.8
    return chosen[:count]


def spaced(points: np.ndarray, order: np.ndarray, apart: float) -> np.ndarray:
    """Of ``order``, those that are not within ``apart`` of one taken before."""
    tree = cKDTree(points)
    blocked = np.zeros(len(points), dtype=bool)
    taken = []
    for point in order:
        if not blocked[point]:
            taken.append(int(point))
            blocked[tree.query_ball_point(points[point], apart)] = True
    return np.array(taken)
