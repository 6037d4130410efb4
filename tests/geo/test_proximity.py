"""The compiled search for nearest segments and common borders, against all pairs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.proximity import cells_of, lying_along, nearest_segments
from tests.geo.shapes import at, square

WHOLE = st.integers(-6, 6).map(float)
ANY = st.floats(-1e4, 1e4, allow_subnormal=False)
SEGMENTS = st.one_of(
    st.lists(st.tuples(WHOLE, WHOLE, WHOLE, WHOLE), min_size=1, max_size=30),
    st.lists(st.tuples(ANY, ANY, ANY, ANY), min_size=1, max_size=30),
).map(lambda rows: np.array(rows, dtype=float))


def as_shape(row: np.ndarray) -> Any:
    ends = row.reshape(2, 2)
    return shapely.Point(ends[0]) if (ends[0] == ends[1]).all() else shapely.LineString(ends)


@settings(deadline=None, max_examples=150)
@given(queries=SEGMENTS, targets=SEGMENTS, cut=st.integers(0, 30), away=st.sampled_from([0.0, 3e4]))
def test_the_nearest_of_all_pairs(
    queries: np.ndarray, targets: np.ndarray, cut: int, away: float
) -> None:
    """In two groups, one of which may be empty; far from all targets too.

    To the micrometre: GEOS has no distance to a segment of 1e-242 m.
    """
    queries, targets = np.round(queries + away, 6), np.round(targets, 6)
    begins = np.array([0, min(cut, len(queries)), len(queries)])
    found, spots = nearest_segments(queries, begins, targets, cells_of(targets))
    apart = np.array([[as_shape(q).distance(as_shape(t)) for t in targets] for q in queries])
    for group in (0, 1):
        mine = apart[begins[group] : begins[group + 1]]
        if len(mine) == 0:
            assert found[group] == -1
            assert np.isnan(spots[group]).all()
            continue
        slack = 1e-9 * (1 + np.abs(targets).max() + away)
        got = np.hypot(*(spots[group, :2] - spots[group, 2:]))
        assert abs(got - mine.min()) <= slack
        assert abs(mine[:, found[group]].min() - mine.min()) <= slack
        assert as_shape(targets[found[group]]).distance(shapely.Point(spots[group, 2:])) <= slack


def test_the_nearest_of_many_points() -> None:
    """Often it is in a cell beside the query's own, and nearer than all in that."""
    draw = np.random.default_rng(1)
    targets, queries = (np.tile(draw.uniform(0, 1000, (n, 2)), 2) for n in (3000, 800))
    found, _ = nearest_segments(queries, np.arange(801), targets, cells_of(targets))
    apart = np.hypot(*(queries[:, None, :2] - targets[None, :, :2]).T).T
    assert found.tolist() == apart.argmin(axis=1).tolist()


@pytest.mark.parametrize("side", [5.3, 7.0, 9.1, 1e4])
def test_every_target_is_in_a_cell_that_there_is(side: float) -> None:
    """Divided by a cell's size, the far side may be rounded up into one more cell."""
    rounded_up = 0
    for count in range(2, 200):
        targets = np.tile(np.linspace(0, side, count)[:, np.newaxis], 4)
        cells = cells_of(targets)
        last = np.floor((targets[-1, :2] - (cells.west, cells.south)) / cells.size_m)
        assert (last < (cells.columns, cells.rows)).all()
        assert sorted(set(cells.entries.tolist())) == list(range(count))
        rounded_up += bool((last > (targets[-1, :2] - cells.west) // cells.size_m).any())
    assert rounded_up or side not in (5.3, 7.0)


def test_of_equals_the_lowest() -> None:
    targets = np.array([[5.0, 0, 5, 0], [0, 3, 0, 3], [3, 0, 3, 0], [3, 0, 3, 0]])
    query = np.zeros((1, 4))
    found, spots = nearest_segments(query, np.array([0, 1]), targets, cells_of(targets))
    assert found.tolist() == [1]
    assert spots.tolist() == [[0, 0, 0, 3]]


def test_nothing_is_near_where_there_is_nothing() -> None:
    none = np.empty((0, 4))
    found, spots = nearest_segments(np.zeros((1, 4)), np.array([0, 1]), none, cells_of(none))
    assert found.tolist() == [-1]
    assert np.isnan(spots).all()


def segments(*shapes: Any) -> np.ndarray:
    xy = [shapely.get_coordinates(shape) for shape in shapes]
    return np.concatenate([np.hstack([one[:-1], one[1:]]) for one in xy])


def pairs(some: np.ndarray, borders: np.ndarray, tolerance: float = 1e-9) -> set[tuple[int, int]]:
    first, second = lying_along(some, borders, tolerance)
    return set(zip(first.tolist(), second.tolist(), strict=True))


WHOLE_SEGMENTS = st.lists(st.tuples(WHOLE, WHOLE, WHOLE, WHOLE), min_size=1, max_size=40).map(
    lambda rows: np.array(rows, dtype=float)
)


@settings(deadline=None, max_examples=100)
@given(some=WHOLE_SEGMENTS, borders=WHOLE_SEGMENTS)
def test_what_lies_along_a_border(some: np.ndarray, borders: np.ndarray) -> None:
    """On whole numbers Shapely knows exactly what two segments have in common."""
    expected = {
        (s, b)
        for s, segment in enumerate(some)
        for b, border in enumerate(borders)
        if as_shape(segment).intersection(as_shape(border)).length > 0
    }
    assert pairs(some, borders) == expected


def test_more_pairs_than_were_expected() -> None:
    one = np.tile([0.0, 0.0, 1.0, 0.0], (60, 1))
    assert len(pairs(one, one)) == 3600


def test_off_by_less_than_the_tolerance_and_by_more() -> None:
    border = segments(square(0, 0).exterior)
    south = shapely.LineString([at(0.2, 0), at(0.8, 0)])
    for off, expected in ((0.0, 1), (5e-10, 1), (-5e-10, 1), (2e-9, 0)):
        moved = segments(shapely.affinity.translate(south, 0, off))
        assert len(pairs(moved, border)) == expected


def test_no_segments_and_no_borders() -> None:
    some, none = segments(square(0, 0).exterior), np.empty((0, 4))
    assert pairs(none, some) == pairs(some, none) == set()
