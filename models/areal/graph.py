"""The neighbours of districts as a prior: what lies together is alike.

The intrinsic conditional autoregression (ICAR; Besag 1974) of each connected component, scaled so
that its typical variance is 1 whatever the graph (Sorbye & Rue 2014, Spatial Statistics 8), each
component with a sum of nought; a district without neighbours has a plain normal deviation
(Freni-Sterrantino, Ventrucci & Rue 2018, Spatial and Spatio-temporal Epidemiology 26).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csc_array, csr_array, diags_array
from scipy.sparse.csgraph import connected_components

from geo.geodesy import Floats
from geo.grid import Int64s
from models.areal.sparse import Pattern, Solver
from vigia.errors import ModelError

SLIGHT = 1e-6  # on the diagonal: makes the precision proper; taken out again by the sums of nought
NEXT_TO_NOTHING = 1e-7


@dataclass(frozen=True)
class Graph:
    """Scaled precision of a field over districts.

    Attributes
    ----------
    precision : sparse array of shape (n, n)
        Of the structured field; singular in every component of two districts or more.
    component : array of int, shape (n,)
        -1 for a district without neighbours.
    components : int
    pattern : Pattern
        Of ``precision`` and ``SLIGHT``, to be factorised with more on the diagonal.
    trace : float
        Sum of the variances of the structured field.
    """

    precision: csc_array
    component: Int64s
    components: int
    pattern: Pattern
    trace: float

    def __len__(self) -> int:
        return len(self.component)

    def log_determinant_of_mix(self, mix: float) -> float:
        """Of ``(1 - mix) I + mix C``, with C the field's covariance, where sums are nought."""
        above = self._log_determinant(mix / (1 - mix)) - self._bare_log_determinant
        return above + (len(self) - self.components) * float(np.log1p(-mix))

    @cached_property
    def log_constant(self) -> float:
        """Of the field's density, where sums are nought (their columns are not of length 1)."""
        lengths = np.log(self.sums.sum(axis=0)).sum()
        return 0.5 * (self._bare_log_determinant + float(lengths))

    @cached_property
    def _bare_log_determinant(self) -> float:
        return self._log_determinant(NEXT_TO_NOTHING)

    def _log_determinant(self, more: float) -> float:
        """Of the precision with more on its diagonal, where sums are nought."""
        whole = self.pattern.factor(np.full(len(self), more - SLIGHT)).log_determinant
        return whole - self.components * float(np.log(more))

    @cached_property
    def sums(self) -> Floats:
        """Columns whose product with the field has to be 0, shape (n, components)."""
        columns = np.zeros((len(self), self.components))
        there = np.flatnonzero(self.component >= 0)
        columns[there, self.component[there]] = 1.0
        return columns


def graph_of(neighbours: csr_array, solver: Solver = "qdldl") -> Graph:
    """From a symmetric matrix with weights of neighbours, as ``geo.neighbours`` gives it.

    Raises
    ------
    ModelError
        When it is not square and symmetric, or a weight is negative or not a number.
    """
    weights = csr_array(neighbours, dtype=np.float64)
    _require_neighbours(weights)
    weights.setdiag(0.0)
    weights.eliminate_zeros()
    _, number = connected_components(weights, directed=False)
    sizes = np.bincount(number)
    alone = sizes[number] == 1
    names = np.flatnonzero(sizes > 1)
    renamed = np.full(len(sizes), -1, dtype=np.int64)
    renamed[names] = np.arange(len(names))
    component = renamed[number]
    laplacian = csc_array(diags_array(weights.sum(axis=1)) - weights)
    scale, trace = np.ones(len(component)), float(alone.sum())
    for one in range(len(names)):
        rows = np.flatnonzero(component == one)
        variance = _variances(laplacian[rows][:, rows], solver)
        scale[rows] = np.exp(np.log(variance).mean())
        trace += float(variance.sum() / scale[rows[0]])
    precision = csc_array(laplacian @ diags_array(scale) + diags_array(alone.astype(float)))
    slight = csc_array(precision + diags_array(np.full(len(scale), SLIGHT)))
    return Graph(precision, component, len(names), Pattern(slight, solver), trace)


def _require_neighbours(weights: csr_array) -> None:
    rows, columns = weights.shape
    if rows != columns:
        raise ModelError(
            f"The neighbours are a table of {rows} by {columns}.",
            hint="Give one row and one column to each district, in the same order.",
        )
    if not (np.isfinite(weights.data).all() and (weights.data >= 0).all()):
        raise ModelError(
            "A weight of neighbours is negative or no number.",
            hint="Give 1 to neighbours, or a weight above 0, and nothing to all others.",
        )
    if abs(weights - weights.T).max() > 0:
        raise ModelError(
            "The neighbours are not symmetric: a district has a neighbour that has not it.",
            hint="Take the symmetric union, as geo.neighbours does with join='either'.",
        )


def _variances(laplacian: csc_array, solver: Solver) -> Floats:
    """Of the field of one component, under a sum of nought.

    One district is held at 0, which makes the rest proper; the sum is then taken out, exactly.
    """
    n = laplacian.shape[0]
    rest = Pattern(csc_array(laplacian[1:][:, 1:]), solver).factor(np.zeros(n - 1))
    variance, sums = np.zeros(n), np.zeros(n)
    variance[1:], sums[1:] = rest.variances(), rest.solve(np.ones(n - 1))
    free: Floats = variance - 2 * sums / n + sums.sum() / n**2
    return free
