"""What lies in polygons and what crosses their borders, against GEOS; what it leaves in doubt."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.borders import borders_of
from geo.geodesy import Geometries
from geo.passages import Passages, chains_of, passages

TOLERANCE = 1e-9
Pairs = set[tuple[int, int]]


def pairs(rows: NDArray[np.intp]) -> Pairs:
    return {(int(polygon), int(chain)) for polygon, chain in rows.T}


def by_geos(polygons: Geometries, shapes: Geometries, predicate: str) -> Pairs:
    return pairs(shapely.STRtree(shapes).query(polygons, predicate=predicate))


def km_of(found: Passages) -> NDArray[np.float64]:
    ahead = found.pieces[:, 2:] - found.pieces[:, :2]
    return np.bincount(found.piece, np.hypot(*ahead.T), minlength=found.cut.shape[1])


def stars(count: int, seed: int) -> Geometries:
    """Ragged, some with a hole, some of several parts; they overlap."""
    draw = np.random.default_rng(seed)
    made = []
    for number in range(count):
        parts = []
        for _ in range(1 + number % 3):
            angle = np.sort(draw.uniform(0, 2 * np.pi, 14))
            out = draw.uniform(0.3, 2, (14, 1)) * np.column_stack([np.cos(angle), np.sin(angle)])
            parts.append(shapely.Polygon(draw.uniform(0, 10, 2) + out).buffer(0))
        hole = shapely.Point(draw.uniform(0, 10, 2)).buffer(0.4, quad_segs=2)
        made.append(shapely.difference(shapely.union_all(parts), hole))
    return np.array(made, dtype=object)


def walks(count: int, seed: int) -> Geometries:
    draw = np.random.default_rng(seed)
    steps = [draw.normal(0, 0.4, (draw.integers(1, 40), 2)) for _ in range(count)]
    starts = draw.uniform(-1, 11, (count, 1, 2))
    return np.array(
        [
            shapely.LineString(np.cumsum(np.vstack(one), axis=0))
            for one in zip(starts, steps, strict=True)
        ],
        dtype=object,
    )


POLYGONS = stars(40, 1)
BORDERS = borders_of(POLYGONS, TOLERANCE)
GRID = shapely.box(*np.meshgrid(np.arange(4.0), np.arange(4.0)), *np.meshgrid(
    np.arange(1.0, 5), np.arange(1.0, 5))).ravel()  # fmt: skip


def test_points_are_in_what_geos_says() -> None:
    points = shapely.points(np.random.default_rng(2).uniform(-3, 13, (4000, 2)))
    found = passages(chains_of(points), BORDERS)
    assert pairs(found.whole) == by_geos(POLYGONS, points, "intersects")
    assert found.cut.size == found.doubt.size == 0


def test_lines_are_cut_as_by_geos() -> None:
    lines = walks(1500, 3)
    found = passages(chains_of(lines), BORDERS)
    assert pairs(found.whole) == by_geos(POLYGONS, lines, "contains_properly")
    assert pairs(found.whole) | pairs(found.cut) == by_geos(POLYGONS, lines, "intersects")
    assert found.doubt.size == 0
    polygon, line = found.cut
    expected = shapely.length(shapely.intersection(lines[line], POLYGONS[polygon]))
    assert km_of(found) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert len(line) > 1000


def test_a_place_outside_of_the_cells_is_nowhere() -> None:
    points = shapely.points([(50.0, 5.0), (-50.0, 5.0), (5.0, 50.0), (5.0, -50.0)])
    assert passages(chains_of(points), BORDERS).whole.size == 0


def test_where_there_are_no_polygons_or_no_chains_there_is_nothing() -> None:
    none = np.array([], dtype=object)
    nowhere = borders_of(np.array([None], dtype=object), TOLERANCE)
    for lines, borders in ((walks(5, 1), nowhere), (none, BORDERS), (none, nowhere)):
        found = passages(chains_of(lines), borders)
        assert found.whole.size == found.cut.size == found.doubt.size == found.pieces.size == 0


@pytest.mark.parametrize(
    "line",
    [
        [(0.5, 1.0), (1.5, 1.0)],  # along a border
        [(0.5, 0.5), (1.0, 1.0), (1.5, 1.2)],  # a vertex on a corner
        [(0.5, 0.5), (1.5, 1.5)],  # a corner on the line
        [(0.5, 0.5), (1.0, 0.5)],  # it ends on a border
        [(1.0, 0.5), (0.5, 0.5)],  # it begins there
        [(0.5, 1 + TOLERANCE / 2), (0.7, 1.5)],  # it almost does
    ],
)
def test_what_touches_a_border_is_in_doubt(line: list[tuple[float, float]]) -> None:
    found = passages(chains_of(np.array([shapely.LineString(line)])), borders_of(GRID, TOLERANCE))
    near = shapely.dwithin(shapely.boundary(GRID), shapely.LineString(line), TOLERANCE)
    assert pairs(found.doubt) == {(int(polygon), 0) for polygon in np.flatnonzero(near)}
    assert near.any()


def test_a_polygon_with_another_inside_is_in_doubt_of_it() -> None:
    ring = np.array([shapely.get_exterior_ring(shapely.box(-1, -1, 9, 9))])
    found = passages(chains_of(ring), borders_of(GRID, TOLERANCE), areas=True)
    assert pairs(found.doubt) == {(number, 0) for number in range(len(GRID))}
    assert passages(chains_of(ring), borders_of(GRID, TOLERANCE)).doubt.size == 0


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=2, max_size=6))
@settings(deadline=None)
def test_on_a_lattice_what_is_certain_is_right(places: list[tuple[int, int]]) -> None:
    """Half of all places lie on borders: whatever is not in doubt has to be as GEOS has it."""
    line = shapely.LineString(np.array(places) / 2 + [0.0, 0.25])
    if line.length == 0:
        return
    found = passages(chains_of(np.array([line])), borders_of(GRID, TOLERANCE))
    certain = by_geos(GRID, np.array([line]), "intersects") - pairs(found.doubt)
    assert pairs(found.whole) | pairs(found.cut) == certain
    steps = np.array([shapely.LineString(two) for two in pairwise(line.coords)])  # each counts
    expected = shapely.length(shapely.intersection(steps, GRID[found.cut[0]][:, np.newaxis]))
    assert km_of(found) == pytest.approx(expected.sum(axis=1))


@given(st.integers(0, 39), st.integers(0, 10_000))
@settings(deadline=None, max_examples=25)
def test_a_pair_is_the_same_to_the_last_bit_whatever_else_there_is(own: int, seed: int) -> None:
    lines = walks(60, seed)
    every, alone = (
        passages(chains_of(lines), borders_of(some, TOLERANCE))
        for some in (POLYGONS, POLYGONS[own : own + 1])
    )
    mine = np.flatnonzero(every.cut[0] == own)
    assert np.array_equal(every.cut[1, mine], alone.cut[1])
    assert np.array_equal(every.pieces[np.isin(every.piece, mine)], alone.pieces)
    assert np.array_equal(every.whole[1, every.whole[0] == own], alone.whole[1])


def test_room_is_made_for_a_line_that_crosses_more_than_was_thought() -> None:
    comb = np.array([shapely.box(0, 0, 4000.5, 1)])
    zigzag = [(number + 0.25, 2.0 * (number % 2) - 0.5) for number in range(4000)]
    found = passages(chains_of(np.array([shapely.LineString(zigzag)])), borders_of(comb, TOLERANCE))
    expected = shapely.length(shapely.intersection(shapely.LineString(zigzag), comb))
    assert km_of(found) == pytest.approx(expected)
