"""Small graphs, counts on them, and the exact posterior of a tiny one."""

from __future__ import annotations

import numpy as np
from scipy.sparse import block_diag, coo_array, csr_array

from geo.geodesy import Floats
from models.areal.counts import Observed
from models.areal.graph import Graph


def lattice(rows: int, columns: int) -> csr_array:
    """Neighbours to the four sides."""
    number = np.arange(rows * columns).reshape(rows, columns)
    across = np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()])
    along = np.column_stack([number[:-1].ravel(), number[1:].ravel()])
    edges = np.vstack([across, along])
    one = coo_array((np.ones(len(edges)), tuple(edges.T)), shape=(number.size, number.size))
    return csr_array(one + one.T)


def with_islands() -> csr_array:
    """Two parts and two districts without neighbours."""
    return csr_array(block_diag([lattice(3, 4), lattice(1, 3), csr_array((2, 2))]))


def covariance(graph: Graph) -> Floats:
    """Of the structured field, densely."""
    return np.asarray(np.linalg.pinv(graph.precision.toarray()))


def counted(
    graph: Graph, seed: int, *, mean: float = 3.0, totals: int = 0, detection: int = 0
) -> Observed:
    """Two years of each district, two factors; in totals, or by themselves."""
    rng = np.random.default_rng(seed)
    n = len(graph)
    district = np.repeat(np.arange(n), 2)
    design = np.column_stack([np.ones(2 * n), rng.normal(size=(2 * n, 2))])
    seen = np.column_stack([np.ones(2 * n), rng.normal(size=(2 * n, max(detection - 1, 0)))])
    exposure = np.exp(rng.normal(0, 0.5, 2 * n))
    count = rng.poisson(mean * exposure * np.exp(0.4 * design[:, 1])).astype(float)
    total, sums = np.full(2 * n, -1), np.empty(0)
    if totals:
        total = district * totals // n
        sums = np.bincount(total, count).astype(float)
        count = np.full(2 * n, np.nan)
    found = np.empty((len(district), 0))
    watched = seen[:, :detection]
    return Observed(district, design, watched, found, np.log(exposure), count, total, sums)
