"""Settlements: towns at their confluences, hamlets along rivers and roads, and their people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree

from data.synthetic.network import Network
from data.synthetic.params import SyntheticParams

EMPTY_FOREST = 0.12  # share of the hamlets' density that is left far from every town
ZIPF_OFFSET = 1.0  # for each 160 districts; flattens the top: no city holds a third of all people


@dataclass(frozen=True)
class Settlements:
    """Places with people, each on an edge of the network; towns come first.

    Attributes
    ----------
    xy : array of shape (settlements, 2)
        Kilometres.
    edge : array of shape (settlements,)
    fraction : array of shape (settlements,)
        How far along the edge, 0 to 1.
    people : array of shape (settlements,)
        At the census, the year before the first counts' year.
    is_town : array of shape (settlements,) of bool
    """

    xy: np.ndarray
    edge: np.ndarray
    fraction: np.ndarray
    people: np.ndarray
    is_town: np.ndarray

    def __len__(self) -> int:
        return len(self.xy)

    def take(self, rows: np.ndarray) -> Settlements:
        """Some of them, in the order of ``rows``."""
        return Settlements(
            self.xy[rows],
            self.edge[rows],
            self.fraction[rows],
            self.people[rows],
            self.is_town[rows],
        )


def make_settlements(
    params: SyntheticParams, network: Network, towns: np.ndarray, random: np.random.Generator
) -> Settlements:
    """Towns (river nodes, which begin the reach of their number less one), then hamlets."""
    count = round(params.settlements_per_district * params.districts) - len(towns)
    hamlet_edge = hamlet_edges(params, network, towns, count, random)
    edge = np.concatenate([towns - 1, hamlet_edge])
    fraction = np.concatenate([np.zeros(len(towns)), random.uniform(0.03, 0.97, count)])
    points = shapely.line_interpolate_point(network.lines[edge], fraction, normalized=True)
    is_town = np.arange(len(edge)) < len(towns)
    return Settlements(
        xy=shapely.get_coordinates(points),
        edge=edge,
        fraction=fraction,
        people=rank_size(params, len(towns), count, random),
        is_town=is_town,
    )


def hamlet_edges(
    params: SyntheticParams,
    network: Network,
    towns: np.ndarray,
    count: int,
    random: np.random.Generator,
) -> np.ndarray:
    """The edge of each hamlet: more near towns and on big rivers, on roads a set share."""
    middle = shapely.get_coordinates(
        shapely.line_interpolate_point(network.lines, 0.5, normalized=True)
    )
    to_town, _ = cKDTree(network.nodes[towns]).query(middle)
    reach = min(params.town_pull_km, 0.9 * params.scale_km)
    near = EMPTY_FOREST + np.exp(-to_town / reach)
    weight = network.km * near * np.where(network.is_river, network.catchment_km2**0.2, 1.0)
    road_share = params.on_roads if (~network.is_river).any() else 0.0
    for kind, share in ((network.is_river, 1 - road_share), (~network.is_river, road_share)):
        weight[kind] *= share / max(weight[kind].sum(), 1e-12)
    return random.choice(len(weight), size=count, p=weight / weight.sum())


def rank_size(
    params: SyntheticParams, towns: int, hamlets: int, random: np.random.Generator
) -> np.ndarray:
    """People by the rank-size rule, scattered; towns hold the first ranks in their order."""
    rank = np.concatenate([np.arange(towns), towns + random.permutation(hamlets)]) + 1.0
    size = (rank + ZIPF_OFFSET * params.districts / 160) ** -params.zipf * random.lognormal(
        0, 0.25, len(rank)
    )
    people = size * params.people_per_district * params.districts / size.sum()
    return np.asarray(np.maximum(np.round(people), 12).astype(int))
