"""Solves, determinants, variances and draws, against dense linear algebra, by both solvers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csc_array, diags_array

from models.areal.sparse import Pattern, Solver
from tests.models.areal.worlds import lattice, with_islands

SOLVERS = pytest.mark.parametrize("solver", ["qdldl", "superlu"])


def laplacian(graph: csc_array) -> csc_array:
    return csc_array(diags_array(graph.sum(axis=1)) - graph)


@SOLVERS
@pytest.mark.parametrize("graph", [lattice(6, 7), with_islands(), lattice(1, 1)])
def test_against_dense_algebra(graph: csc_array, solver: Solver) -> None:
    matrix, rng = laplacian(graph), np.random.default_rng(1)
    pattern = Pattern(matrix, solver)
    for _ in range(2):  # the second time with what is known from the first
        added = rng.uniform(0.05, 2, matrix.shape[0])
        dense = matrix.toarray() + np.diag(added)
        factor = pattern.factor(added)
        right = rng.normal(size=(len(dense), 3))
        assert factor.solve(right) == pytest.approx(np.linalg.solve(dense, right))
        assert factor.solve(right[:, 0]) == pytest.approx(np.linalg.solve(dense, right[:, 0]))
        assert factor.log_determinant == pytest.approx(np.linalg.slogdet(dense)[1])
        assert factor.variances() == pytest.approx(np.diag(np.linalg.inv(dense)), rel=1e-10)


@SOLVERS
def test_draws_have_the_inverse_as_covariance(solver: Solver) -> None:
    matrix = laplacian(lattice(3, 3))
    factor = Pattern(matrix, solver).factor(np.full(9, 0.5))
    drawn = factor.draw(np.random.default_rng(1).standard_normal((9, 200_000)))
    inverse = np.linalg.inv(matrix.toarray() + 0.5 * np.eye(9))
    assert np.abs(np.cov(drawn) - inverse).max() < 0.02
    assert np.abs(inverse).max() > 0.5


@given(st.integers(2, 25), st.floats(0.05, 0.6), st.integers(0, 1000))
@settings(deadline=None, max_examples=30)
def test_both_solvers_agree_on_any_graph(n: int, density: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    half = np.triu(rng.uniform(size=(n, n)) < density, 1).astype(float)
    matrix, added = laplacian(csc_array(half + half.T)), rng.uniform(0.1, 3, n)
    one, other = (Pattern(matrix, solver).factor(added) for solver in ("qdldl", "superlu"))
    assert one.variances() == pytest.approx(other.variances(), rel=1e-9)
    assert one.log_determinant == pytest.approx(other.log_determinant)


def test_negative_pivots_tell_of_negative_eigenvalues() -> None:
    matrix = laplacian(lattice(3, 3))
    added = np.full(9, -0.5)
    eigenvalues = np.linalg.eigvalsh(matrix.toarray() + np.diag(added))
    pivots = Pattern(matrix).factor(added).pivots
    assert (pivots < 0).sum() == (eigenvalues < 0).sum() > 0
