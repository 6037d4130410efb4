"""Gravity: the recruited are taken to where exploitation is, or over the border, the quick way.

What passes through a district on the way is its transit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from data.synthetic.districts import Districts
from data.synthetic.params import SyntheticParams

HUBS_PER_DISTRICT = 0.1


@dataclass(frozen=True)
class Flows:
    """People moved a year.

    Attributes
    ----------
    hub : array of shape (destinations,)
        Row of the settlement that each destination is.
    is_crossing : array of shape (destinations,) of bool
    minutes : array of shape (districts, destinations)
        From each capital; mean of the seasons.
    moved : array of shape (districts, destinations, years)
        From district to destination.
    passing : array of shape (districts, years)
        At the busiest settlement of each district.
    """

    hub: np.ndarray
    is_crossing: np.ndarray
    minutes: np.ndarray
    moved: np.ndarray
    passing: np.ndarray


def make_flows(
    params: SyntheticParams,
    districts: Districts,
    graph: csr_array,
    recruited: np.ndarray,
    exploited: np.ndarray,
    crossings: np.ndarray,
) -> Flows:
    """Split each district's recruited by a gravity law, and send them over the network.

    Parameters
    ----------
    graph : sparse array of shape (nodes, nodes)
        Minutes; the last nodes are the settlements.
    recruited, exploited : arrays of shape (districts, years)
        Expected true cases.
    crossings : array of int
        Settlements at border crossings.
    """
    first = graph.shape[0] - len(districts.settlements)
    hubs, mass, is_crossing = destinations(params, districts, exploited, crossings)
    backwards = graph.T.tocsr()
    capital = first + districts.capital
    trees = [
        dijkstra(backwards, indices=first + hub, return_predecessors=True) for hub in hubs.tolist()
    ]
    minutes = np.column_stack([distance[capital] for distance, _ in trees])
    pull = mass[None] * np.exp(-minutes[..., None] / (60 * params.gravity_hours))
    share = pull / np.maximum(pull.sum(axis=1, keepdims=True), 1e-300)
    moved = params.moved_share * recruited[:, None] * share
    load = np.zeros((graph.shape[0], recruited.shape[1]))
    for number, (distance, onward) in enumerate(trees):
        load += sent_down(distance, onward, capital, moved[:, number])
    passing = np.zeros_like(recruited)
    np.maximum.at(passing, districts.district_of, load[first:])
    return Flows(hubs, is_crossing, minutes, moved, passing)


def destinations(
    params: SyntheticParams, districts: Districts, exploited: np.ndarray, crossings: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Settlements, their mass by year, and whether they are crossings."""
    count = int(np.clip(HUBS_PER_DISTRICT * len(districts), 4, params.hubs_max))
    top = np.sort(np.argsort(-exploited.max(axis=1), kind="stable")[:count])
    mean = exploited[top].mean(axis=0) * params.border_pull
    mass = np.vstack([exploited[top], np.repeat(mean[None], len(crossings), axis=0)])
    is_crossing = np.arange(len(mass)) >= count
    return np.concatenate([districts.capital[top], crossings]), mass, is_crossing


def sent_down(
    distance: np.ndarray, onward: np.ndarray, origin: np.ndarray, people: np.ndarray
) -> np.ndarray:
    """People passing each node when those of ``origin`` go along the tree to its root.

    Parameters
    ----------
    distance, onward : arrays of shape (nodes,)
        Minutes to the root, and the next node on the way (negative at the root).
    people : array of shape (origins, years)
    """
    load = np.zeros((len(distance), people.shape[1]))
    np.add.at(load, origin, people)
    steps = hops(onward)
    order = np.argsort(-steps, kind="stable")
    order = order[: int((steps > 0).sum())]
    levels = np.flatnonzero(np.diff(steps[order])) + 1
    for level in np.split(order, levels):
        np.add.at(load, onward[level], load[level])
    return load


def hops(onward: np.ndarray) -> np.ndarray:
    """Steps to the root, counted by doubling: 1, 2, 4 ... at a time."""
    jump = np.where(onward < 0, np.arange(len(onward)), onward)
    count = (onward >= 0).astype(int)
    while True:
        further = count[jump]
        if not further.any():
            return count
        count = count + further
        jump = jump[jump]
