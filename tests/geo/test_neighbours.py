"""The graph of districts, against a grid's known one and one look at every pair."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.neighbours import Neighbours, queen_neighbours
from tests.geo.shapes import LOCAL_PLANES, ONE_PLANE, at, geodesic_km, grid, metric_of, square
from vigia.errors import GeometryError


def graph(districts: gpd.GeoDataFrame, *more: str, wanted: str = ONE_PLANE) -> Neighbours:
    return queen_neighbours(districts, metric_of(districts, wanted), *more)  # type: ignore[arg-type]


def cells(*places: tuple[float, float]) -> gpd.GeoDataFrame:
    """Squares with the codes 0, 1, 2 ... in the order given."""
    return gpd.GeoDataFrame(
        {"code": [str(number) for number in range(len(places))]},
        geometry=[square(*place) for place in places],
        crs=4326,
    )


@pytest.mark.parametrize(("columns", "rows"), [(1, 2), (3, 3), (5, 4)])
def test_a_grid_has_a_known_number_of_neighbours(columns: int, rows: int) -> None:
    sides = (columns - 1) * rows + columns * (rows - 1)
    corners = 2 * (columns - 1) * (rows - 1)
    assert len(graph(grid(columns, rows)).edges) == sides + corners
    assert len(graph(grid(columns, rows), "rook").edges) == sides


def test_neighbours_of_one() -> None:
    districts = grid(3, 2)
    assert graph(districts).of("010102") == ["010101", "010103", "010201", "010202", "010203"]
    assert graph(districts, "rook").of("010102") == ["010101", "010103", "010202"]


@settings(deadline=None, max_examples=25)
@given(
    places=st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=12, unique=True
    ),
    seed=st.integers(0, 99),
)
def test_it_agrees_with_every_pair_in_any_order(places: list[tuple[int, int]], seed: int) -> None:
    districts = cells(*places)
    order = np.random.default_rng(seed).permutation(len(districts))
    found = graph(districts.iloc[order])
    shapes = dict(zip(districts["code"], districts.geometry, strict=True))
    islands = {island.code for island in found.attached}
    for one, shape in shapes.items():
        touched = {o for o, other in shapes.items() if o != one and other.touches(shape)}
        assert (one in islands) == (not touched)
        bridged = {i.to for i in found.attached if i.code == one}
        bridged |= {i.code for i in found.attached if i.to == one}
        assert set(found.of(one)) == touched | bridged
    assert np.array_equal(found.edges, graph(districts).edges)


def test_adjacency_is_symmetric_and_has_no_loops() -> None:
    matrix = graph(grid(3, 3)).adjacency
    assert (matrix != matrix.T).nnz == 0
    assert matrix.diagonal().sum() == 0
    assert matrix.sum(axis=1).tolist() == [3, 5, 3, 5, 8, 5, 3, 5, 3]
    assert set(matrix.data) == {1.0}


@pytest.mark.parametrize("wanted", [ONE_PLANE, LOCAL_PLANES])
def test_an_island_is_attached_to_the_nearest_and_told(wanted: str) -> None:
    found = graph(cells((0, 0), (1, 0), (3, 0)), wanted=wanted)
    assert [(i.code, i.to) for i in found.attached] == [("2", "1")]
    assert found.attached[0].km == pytest.approx(geodesic_km(at(2, 0), at(3, 0)), rel=1e-3)
    assert found.of("2") == ["1"]
    assert found.component.tolist() == [0, 0, 0]


def test_two_islands_near_each_other_are_one_edge() -> None:
    found = graph(cells((0, 0), (2, 0), (9, 9), (9, 8)))
    assert [(i.code, i.to) for i in found.attached] == [("0", "1"), ("1", "0")]
    assert found.edges.tolist() == [[0, 1], [2, 3]]


def test_parts_are_numbered_by_their_lowest_code() -> None:
    found = graph(cells((9, 9), (0, 0), (9, 8), (1, 0)))
    assert found.component.tolist() == [0, 1, 0, 1]


def test_without_a_boundary_there_are_no_neighbours_and_it_is_told() -> None:
    districts = grid(3, 1)
    gone = districts.set_geometry(districts.geometry.where(districts["code"] != "010102", None))
    found = graph(gone)
    assert found.unplaced == ("010102",)
    assert found.of("010102") == []
    assert [(i.code, i.to) for i in found.attached] == [("010101", "010103"), ("010103", "010101")]
    assert len(set(found.component)) == 2


def test_districts_that_lie_over_each_other_are_neighbours_by_border_too() -> None:
    assert graph(cells((0, 0), (0.5, 0.5)), "rook").edges.tolist() == [[0, 1]]


def test_one_district_alone() -> None:
    found = graph(grid(1, 1))
    assert found.edges.shape == (0, 2)
    assert found.attached == ()
    assert found.adjacency.shape == (1, 1)


def test_two_districts_of_one_code_are_refused() -> None:
    with pytest.raises(GeometryError, match="more than once"):
        graph(pd.concat([grid(), grid()]))
