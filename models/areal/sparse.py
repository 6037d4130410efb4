"""Sparse symmetric matrices, factorised once for solving, drawing and variances.

``L D L'`` with a fill-reducing order, by QDLDL (Stellato et al. 2020, Math. Prog. Comp. 12) or,
where ``solver="superlu"`` asks for it, by SciPy's SuperLU: the same answers. Everything behind the
factor is compiled code of our own that works on L alone.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import qdldl
from scipy.sparse import csc_array, csc_matrix, tril, triu
from scipy.sparse.linalg import splu

from geo.geodesy import Floats
from geo.grid import Int64s
from models.areal.triangles import Lower, inverse_diagonal, solve, solve_upper

Solver = Literal["qdldl", "superlu"]


class Factor:
    """``A = P' L D L' P`` of a symmetric matrix, positive definite unless said otherwise.

    Attributes
    ----------
    pivots : array of float, shape (n,)
        The diagonal of D: as many are negative as eigenvalues of A.
    order : array of int, shape (n,)
        Which row of A each row of L is.
    """

    def __init__(self, lower: Lower, pivots: Floats, order: Int64s) -> None:
        self.lower, self.pivots, self.order = lower, pivots, order

    @property
    def log_determinant(self) -> float:
        """Of the absolute value."""
        return float(np.log(np.abs(self.pivots)).sum())

    def solve(self, right: Floats) -> Floats:
        """``A x = right`` for columns of ``right``, shape (n,) or (n, k)."""
        columns = np.ascontiguousarray(right.reshape(len(self.order), -1)[self.order])
        solve(self.lower, self.pivots, columns)
        found = np.empty_like(columns)
        found[self.order] = columns
        return found.reshape(right.shape)

    def draw(self, noise: Floats) -> Floats:
        """Standard normal columns (n, k) turned into draws with covariance ``A^-1``."""
        columns = np.ascontiguousarray(noise / np.sqrt(self.pivots)[:, np.newaxis])
        solve_upper(self.lower, columns)
        found = np.empty_like(columns)
        found[self.order] = columns
        return found

    def variances(self) -> Floats:
        """The diagonal of the inverse.

        Source: Takahashi, Fagan & Chen 1973; Rue & Martino 2007, J. Stat. Plan. Inference 137.
        """
        found = np.empty_like(self.pivots)
        found[self.order] = inverse_diagonal(self.lower, self.pivots)
        return found


class Pattern:
    """A matrix whose diagonal changes again and again: ordered once, factorised many times.

    Parameters
    ----------
    matrix : sparse array of shape (n, n)
        Symmetric.
    solver : {"qdldl", "superlu"}
    """

    def __init__(self, matrix: csc_array, solver: Solver = "qdldl") -> None:
        whole = csc_matrix(matrix + csc_array((matrix.shape[0],) * 2))
        whole.setdiag(whole.diagonal())  # is in the pattern, even where it is 0
        self._solver = solver
        self._matrix = whole.sorted_indices() if solver == "superlu" else csc_matrix(triu(whole))
        self._diagonal = _places_of_diagonal(self._matrix)
        self._base = self._matrix.data[self._diagonal].copy()
        self._known: Any = None

    def factor(self, added: Floats) -> Factor:
        """Of the matrix with ``added`` on its diagonal."""
        self._matrix.data[self._diagonal] = self._base + added
        return self._by_superlu() if self._solver == "superlu" else self._by_qdldl()

    def _by_qdldl(self) -> Factor:
        if self._known is None:
            self._known = qdldl.Solver(self._matrix, upper=True)
        else:
            self._known.update(self._matrix, upper=True)
        lower, pivots, order = self._known.factors()
        return Factor(_lower(lower), np.asarray(pivots), np.asarray(order, dtype=np.int64))

    def _by_superlu(self) -> Factor:
        found = splu(
            self._matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )  # fmt: skip
        order = np.argsort(found.perm_c)
        below = csc_matrix(tril(found.L, -1))
        return Factor(_lower(below), found.U.diagonal(), order.astype(np.int64))


def _lower(matrix: csc_matrix) -> Lower:
    below = matrix if matrix.has_sorted_indices else matrix.sorted_indices()
    return Lower(below.indptr.astype(np.int64), below.indices.astype(np.int64), below.data)


def _places_of_diagonal(matrix: csc_matrix) -> Int64s:
    column = np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
    return np.flatnonzero(matrix.indices == column)
