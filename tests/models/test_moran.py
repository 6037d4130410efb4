"""Moran's I against closed forms and all permutations."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array

from models.moran import morans_i


def torus(rows: int, columns: int) -> csr_array:
    """Rook neighbours of a grid whose edges meet."""
    number = np.arange(rows * columns).reshape(rows, columns)
    touched = [np.roll(number, step, axis).ravel() for axis in (0, 1) for step in (1, -1)]
    own = np.tile(number.ravel(), 4)
    return csr_array((np.ones(len(own)), (own, np.concatenate(touched))))


def chain(length: int) -> csr_array:
    ones = np.ones(length - 1)
    return csr_array(np.diag(ones, 1) + np.diag(ones, -1))


def by_definition(values: np.ndarray, weights: np.ndarray) -> float:
    apart = values - values.mean()
    count = len(values)
    products = sum(weights[i, j] * apart[i] * apart[j] for i in range(count) for j in range(count))
    return float(count / weights.sum() * products / sum(apart**2))


def test_a_checkerboard_on_a_torus_is_minus_one() -> None:
    board = np.indices((6, 8)).sum(axis=0).ravel() % 2
    found = morans_i(board, torus(6, 8), seed=1)
    assert found.value == pytest.approx(-1)
    assert found.expectation == pytest.approx(-1 / 47)
    assert found.p_value == 1


def test_two_halves_cluster() -> None:
    # Each row of 8 has 8 pairs, 2 of them unlike: (6 - 2) / 8 along it, all alike across.
    halves = np.repeat([[0, 1]], 6, axis=0).repeat(4, axis=1).ravel()
    found = morans_i(halves, torus(6, 8), seed=1)
    assert found.value == pytest.approx((0.5 + 1) / 2)
    assert found.p_value == pytest.approx(1 / 1000)


def test_a_chain_by_hand() -> None:
    # Apart from the mean: -1, 0, 1. Products of neighbours are 0.
    assert morans_i([1, 2, 3], chain(3), seed=1).value == 0
    # -1.5, -0.5, 0.5, 1.5: 4 / 6 x 2 x (0.75 - 0.25 + 0.75) / 5
    assert morans_i([1, 2, 3, 4], chain(4), seed=1).value == pytest.approx(1 / 3)


@settings(deadline=None)
@given(
    arrays(float, 7, elements=st.integers(-9, 9).map(float)),
    arrays(float, (7, 7), elements=st.integers(0, 3).map(float)),
    st.permutations(range(7)),
    st.floats(0.1, 10),
    st.floats(-100, 100),
)
def test_it_is_the_definition_and_knows_no_unit_and_no_order(
    values: np.ndarray, weights: np.ndarray, order: list[int], scale: float, shift: float
) -> None:
    np.fill_diagonal(weights, 0)
    assume(np.ptp(values) > 0)
    assume(weights.any())
    value = morans_i(values, csr_array(weights), seed=1, permutations=1).value
    assert value == pytest.approx(by_definition(values, weights), abs=1e-9)
    moved = morans_i(
        scale * values[order] + shift, csr_array(weights[order][:, order]), 1, permutations=1
    )
    assert moved.value == pytest.approx(value, abs=1e-9)


def test_p_value_and_expectation_are_those_of_all_permutations() -> None:
    values = np.array([5.0, 3.0, 2.0, 0.0, 1.0, 1.0])
    weights = chain(6).toarray()
    every = np.array([by_definition(np.array(order), weights) for order in permutations(values)])
    found = morans_i(values, chain(6), seed=3, permutations=9999)
    assert found.expectation == pytest.approx(every.mean())
    exact = np.mean(every >= found.value - 1e-9)
    assert 0.01 < exact < 0.5
    assert found.p_value == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 9999))


def test_the_seed_decides() -> None:
    values = np.random.default_rng(1).normal(size=48)
    found = [morans_i(values, torus(6, 8), seed).p_value for seed in (1, 1, 2, 3)]
    assert found[0] == found[1]
    assert len(set(found)) > 1


@pytest.mark.parametrize(
    ("values", "neighbours"),
    [([2, 2, 2], chain(3)), ([1, 2, 3], csr_array((3, 3)))],
    ids=["nothing varies", "nobody has a neighbour"],
)
def test_where_there_is_no_answer_none_is_given(values: list[int], neighbours: csr_array) -> None:
    found = morans_i(values, neighbours, seed=1)
    assert np.isnan([found.value, found.p_value]).all()
    assert found.expectation == -0.5


def test_what_is_no_map_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        morans_i([1, 2], chain(3), seed=1)
    with pytest.raises(ValueError, match="diagonal"):
        morans_i([1, 2, 3], csr_array(np.eye(3)), seed=1)
    with pytest.raises(ValueError, match="finite"):
        morans_i([1, np.nan, 3], chain(3), seed=1)
