"""What is held out with a distance kept, against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.dummy import DummyRegressor
from sklearn.model_selection import cross_val_score

from models.spatial_splits import BufferedFolds, square_blocks
from vigia.errors import ModelError

ROWS = 24
# Whole kilometres: squares of distances are exact, so that "nearer" leaves no doubt.
places_of_rows = arrays(float, (ROWS, 2), elements=st.integers(-60, 60).map(float))
groups_of_rows = arrays(int, ROWS, elements=st.integers(0, 6))


def distances_km(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.hypot(*(one[:, None, :] - other[None, :, :]).transpose(2, 0, 1))


@settings(deadline=None)
@given(places_of_rows, groups_of_rows, st.integers(0, 40), st.integers(0, 99))
def test_the_buffer_takes_out_what_is_near_and_nothing_else(
    places: np.ndarray, groups: np.ndarray, buffer_km: int, seed: int
) -> None:
    assume(len(set(groups)) > 1)
    held_out = []
    try:
        for train, test in BufferedFolds(places, buffer_km, 3, seed).split(groups, groups=groups):
            outside = np.setdiff1d(np.arange(ROWS), test)
            far = (distances_km(places[outside], places[test]) >= buffer_km).all(axis=1)
            assert train.tolist() == outside[far].tolist()
            assert len(train)
            assert not set(groups[test]) & set(groups[train])
            held_out += test.tolist()
    except ModelError as refused:
        assert "leaves no row to learn from" in str(refused)  # noqa: PT017
    else:
        assert sorted(held_out) == list(range(ROWS))


@settings(deadline=None)
@given(places_of_rows, st.integers(5, 60), st.permutations(range(ROWS)))
def test_the_order_of_rows_does_not_matter(
    places: np.ndarray, block_km: int, order: list[int]
) -> None:
    names = np.array([f"row {number}" for number in range(ROWS)])

    def parts(rows: list[int]) -> list[tuple[set[str], set[str]]]:
        blocks = square_blocks(places[rows], block_km)
        assume(len(set(blocks)) > 1)
        folds = BufferedFolds(places[rows], 0, 4, seed=2).split(rows, groups=blocks)
        return [(set(names[rows][train]), set(names[rows][test])) for train, test in folds]

    assert parts(order) == parts(list(range(ROWS)))


def test_blocks_by_hand() -> None:
    # The grid begins at (10, -5). A place on a line belongs to the square to its right or above.
    places = [(10, -5), (59, 44), (60, -5), (10, 45), (260, 245), (59.9, 0)]
    assert square_blocks(places, 50).tolist() == [0, 0, 2, 1, 3, 0]


@given(places_of_rows, st.integers(1, 100), st.integers(-500, 500))
def test_blocks_are_squares_that_move_with_the_places(
    places: np.ndarray, block_km: int, moved_km: int
) -> None:
    blocks = square_blocks(places, block_km)
    for block in set(blocks):
        assert (np.ptp(places[blocks == block], axis=0) < block_km).all()
    assert sorted(set(blocks)) == list(range(len(set(blocks))))
    np.testing.assert_array_equal(square_blocks(places + moved_km, block_km), blocks)
    x, y = ((places - places.min(axis=0)) // block_km).T
    np.testing.assert_array_equal(blocks[:, None] == blocks, (x[:, None] == x) & (y[:, None] == y))


def line(rows: int = 12) -> np.ndarray:
    return np.column_stack([10.0 * np.arange(rows), np.zeros(rows)])


def test_all_years_of_a_district_are_held_out_together() -> None:
    places, codes = np.tile(line(), (3, 1)), np.tile(np.arange(12), 3)
    for train, test in BufferedFolds(places, 10, 4).split(codes, groups=codes):
        assert not set(codes[train]) & set(codes[test])
        assert len(test) == 9


def test_the_seed_deals_the_blocks() -> None:
    blocks = square_blocks(line(), 20)

    def held_out(seed: int) -> list[list[int]]:
        folds = BufferedFolds(line(), 5, 3, seed).split(blocks, groups=blocks)
        return [test.tolist() for _, test in folds]

    assert held_out(1) == held_out(1)
    assert len({str(held_out(seed)) for seed in range(6)}) > 1


def test_scikit_learn_can_use_it() -> None:
    blocks = square_blocks(line(), 20)
    folds = BufferedFolds(line(), 15, 3)
    scores = cross_val_score(DummyRegressor(), line(), line()[:, 0], cv=folds, groups=blocks)
    assert len(scores) == folds.get_n_splits(groups=blocks) == 3
    assert BufferedFolds(line(), 15, 50).get_n_splits(groups=blocks) == 6


def test_what_cannot_be_split_is_told() -> None:
    groups = np.arange(12)
    with pytest.raises(ModelError, match="at least 2"):
        list(BufferedFolds(line(), 5).split(groups, groups=np.zeros(12)))
    with pytest.raises(ModelError, match="200 km leaves no row"):
        list(BufferedFolds(line(), 200).split(groups, groups=groups))
    with pytest.raises(ModelError, match="no place"):
        list(BufferedFolds(np.full((12, 2), np.nan), 5).split(groups, groups=groups))
    with pytest.raises(ValueError, match="12 rows have 3 places"):
        list(BufferedFolds(line(3), 5).split(groups, groups=groups))
    with pytest.raises(ValueError, match="negative"):
        list(BufferedFolds(line(), -1).split(groups, groups=groups))
    with pytest.raises(ValueError, match="shape"):
        square_blocks([1, 2, 3], 5)
    with pytest.raises(ValueError, match="positive"):
        square_blocks(line(), 0)
