"""A list of pairs becomes a matrix: against a loop over the pairs, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.neighbours import neighbours_from_pairs
from vigia.errors import GeometryError

NAMES = st.lists(st.text(min_size=1, max_size=4), min_size=2, max_size=8, unique=True)


@given(NAMES, st.data())
def test_the_matrix_says_what_the_list_says(names: list[str], data: st.DataObject) -> None:
    """In the order of the names, whatever the order, the direction and the repetition of pairs."""
    pair = st.tuples(st.sampled_from(names), st.sampled_from(names)).filter(lambda p: p[0] != p[1])
    pairs = data.draw(st.lists(pair, max_size=20))
    wanted = np.zeros((len(names), len(names)))
    for one, other in pairs:
        wanted[names.index(one), names.index(other)] = 1.0
        wanted[names.index(other), names.index(one)] = 1.0
    table = pd.DataFrame(pairs, columns=["id", "neighbour"], dtype=object)
    for said in (table, pairs):
        assert np.array_equal(neighbours_from_pairs(said, names).toarray(), wanted)


def test_names_may_be_numbers_and_further_columns_are_not_read() -> None:
    table = pd.DataFrame({"id": [30, 10], "neighbour": [10, 20], "km": [1.5, 2.0]})
    found = neighbours_from_pairs(table, pd.Series([10, 20, 30]))
    assert found.toarray().tolist() == [[0, 1, 1], [1, 0, 0], [1, 0, 0]]


@pytest.mark.parametrize(
    ("pairs", "names", "says"),
    [
        ([["a", "b"], ["b", "x"]], ["a", "b"], "Pair 1 .* names 'x'.* called 'a', 'b'"),
        ([["x", "b"]], ["a", "b"], "Pair 0 .* names 'x'"),
        ([["a", None]], ["a", "b"], "Pair 0 .* names None"),
        ([["a", "b"], ["b", "b"]], ["a", "b"], "Pair 1 .* 'b' its own neighbour"),
        ([["a", "b"]], ["a", "b", "a"], r"district 2 \('a'\) stood there before"),
        ([["a", "b"]], ["a", None, "b"], "district 1 .* is missing"),
        ([[1, 2]], ["01", "02"], "names 1, .* another type"),
        ([["01", "02"]], [1, 2], "names '01', .* another type"),
        (["a", "b"], ["a", "b"], r"the shape \(2,\)"),
    ],
)
def test_what_is_wrong_is_told(pairs: Any, names: list[Any], says: str) -> None:
    with pytest.raises(GeometryError, match=says):
        neighbours_from_pairs(pairs, names)
