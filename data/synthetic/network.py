"""Ways: reaches of rivers and roads as one network, with settlements standing on its edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from data.synthetic.rivers import Rivers
from data.synthetic.roads import Roads


@dataclass(frozen=True)
class Network:
    """Edges of both kinds between shared nodes; a river's edges run downstream.

    Attributes
    ----------
    nodes : array of shape (nodes, 2)
        Kilometres; rivers' first, then the ends of tracks.
    start, end : arrays of shape (edges,)
    km : array of shape (edges,)
        Length along the drawn line.
    is_river : array of shape (edges,) of bool
    catchment_km2 : array of shape (edges,)
        Of the river; 0 for roads.
    lines : array of shape (edges,) of LineString
    """

    nodes: np.ndarray
    start: np.ndarray
    end: np.ndarray
    km: np.ndarray
    is_river: np.ndarray
    catchment_km2: np.ndarray
    lines: np.ndarray


def make_network(rivers: Rivers, roads: Roads) -> Network:
    """Rivers and roads, which meet at the towns."""
    reaches = len(rivers.lines)
    lines = np.concatenate([rivers.lines, roads.lines])
    return Network(
        nodes=np.vstack([rivers.nodes, roads.nodes]),
        start=np.concatenate([np.arange(1, reaches + 1), roads.start]),
        end=np.concatenate([rivers.downstream[1:], roads.end]),
        km=np.asarray(shapely.length(lines)),
        is_river=np.arange(len(lines)) < reaches,
        catchment_km2=np.concatenate([rivers.catchment_km2[1:], np.zeros(len(roads.lines))]),
        lines=lines,
    )


@dataclass(frozen=True)
class Stretches:
    """The edges cut where settlements stand: nodes of the network, then one per settlement.

    Attributes
    ----------
    start, end : arrays of shape (stretches,)
        A settlement's number is the count of the network's nodes plus its row.
    km : array of shape (stretches,)
    edge : array of shape (stretches,)
        The edge that each is part of.
    size : int
        Nodes and settlements together.
    """

    start: np.ndarray
    end: np.ndarray
    km: np.ndarray
    edge: np.ndarray
    size: int


def cut(network: Network, edge: np.ndarray, fraction: np.ndarray) -> Stretches:
    """Cut every edge at its settlements, in order along it.

    Parameters
    ----------
    edge : array of shape (settlements,)
    fraction : array of shape (settlements,)
        How far along its edge each stands, 0 to 1.
    """
    edges, first = len(network.start), len(network.nodes)
    every = np.arange(edges)
    where = np.concatenate([every, edge, every])
    along = np.concatenate([np.zeros(edges), fraction, np.ones(edges)])
    node = np.concatenate([network.start, first + np.arange(len(edge)), network.end])
    rank = np.concatenate([np.full(edges, 0), np.full(len(edge), 1), np.full(edges, 2)])
    order = np.lexsort((rank, along, where))
    where, along, node = where[order], along[order], node[order]
    same = where[1:] == where[:-1]
    km = (along[1:] - along[:-1]) * network.km[where[1:]]
    return Stretches(
        start=node[:-1][same],
        end=node[1:][same],
        km=km[same],
        edge=where[1:][same],
        size=first + len(edge),
    )
