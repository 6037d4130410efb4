"""The graph of districts, against a grid's known one and one look at every pair."""

from __future__ import annotations

import json
import tomllib
from itertools import combinations
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import csgraph_from_dense, minimum_spanning_tree

from data.synthetic import SyntheticParams, simulate, write_project
from geo.neighbours import (
    Neighbours,
    k_nearest_neighbours,
    queen_neighbours,
)
from geo.validity import repair
from tests.geo.shapes import (
    LOCAL_PLANES,
    ONE_PLANE,
    SIDE,
    at,
    brute_km,
    geodesic_km,
    grid,
    metric_of,
    square,
)
from tests.truth.region import load_truth
from vigia.errors import GeometryError


def graph(districts: gpd.GeoDataFrame, *more: str, wanted: str = ONE_PLANE) -> Neighbours:
    return queen_neighbours(districts, metric_of(districts, wanted), *more)  # type: ignore[arg-type]


def edges_of(found: Neighbours) -> set[tuple[str, str]]:
    return {(found.codes[one], found.codes[other]) for one, other in found.edges.tolist()}


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


def test_a_checkerboard_has_corners_alone() -> None:
    black = [(column, row) for row in range(4) for column in range(4) if (column + row) % 2 == 0]
    assert len(graph(cells(*black)).edges) == 9  # an inner crossing each
    by_border = graph(cells(*black), "rook", "none")
    assert len(by_border.edges) == 0
    assert len(set(by_border.component)) == 8


ARCHIPELAGO = [(0, 0), (1, 0), (2, 0), (4, 0), (5, 0), (6, 3), (9, 9)]  # parts of 3, 2, 1 and 1


def test_without_joining_parts_stay_apart() -> None:
    found = graph(cells(*ARCHIPELAGO), "queen", "none")
    assert found.attached == ()
    assert found.component.tolist() == [0, 0, 0, 1, 1, 2, 3]


def test_parts_of_several_districts_are_no_islands() -> None:
    found = graph(cells(*ARCHIPELAGO))
    assert [(i.code, i.to) for i in found.attached] == [("5", "4"), ("6", "5")]
    assert found.component.tolist() == [0, 0, 0, 1, 1, 1, 1]


@pytest.mark.parametrize("wanted", [ONE_PLANE, LOCAL_PLANES])
def test_parts_are_joined_until_all_is_one(wanted: str) -> None:
    found = graph(cells(*ARCHIPELAGO), "queen", "parts", wanted=wanted)
    assert set(found.component) == {0}
    assert [(i.code, i.to) for i in found.attached] == [("3", "2"), ("5", "4"), ("6", "5")]
    assert found.attached[0].km == pytest.approx(geodesic_km(at(3, 0), at(4, 0)), rel=1e-3)
    assert found.attached[1].km == pytest.approx(geodesic_km(at(6, 1), at(6, 3)), rel=1e-3)


@settings(deadline=None, max_examples=20)
@given(
    places=st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=8, unique=True
    ),
    seed=st.integers(0, 99),
)
def test_joining_parts_takes_the_least_way_to_join_them_all(
    places: list[tuple[int, int]], seed: int
) -> None:
    """Against the shortest tree over all distances between parts; of equals both may be taken."""
    districts = cells(*places)
    found = graph(districts, "queen", "parts")
    order = np.random.default_rng(seed).permutation(len(districts))
    again = graph(districts.iloc[order], "queen", "parts")
    assert np.array_equal(found.edges, again.edges)
    assert found.attached == again.attached
    assert set(found.component) == {0}
    part = graph(districts, "queen", "none").component
    km = np.full((part.max() + 1, part.max() + 1), np.inf)
    for one, other in combinations(range(len(places)), 2):
        if part[one] != part[other]:
            apart = brute_km(districts.geometry[one], districts.geometry[other], SIDE)
            ends = tuple(sorted((part[one], part[other])))
            km[ends] = min(km[ends], apart)
    built = np.full_like(km, np.inf)
    for bridge in found.attached:
        ends = tuple(sorted((part[int(bridge.code)], part[int(bridge.to)])))
        built[ends] = min(built[ends], bridge.km)
    expected, taken = (minimum_spanning_tree(csgraph_from_dense(m)).sum() for m in (km, built))
    assert taken == pytest.approx(expected, rel=1e-3)


def test_a_report_for_people() -> None:
    districts = cells(*ARCHIPELAGO, (20, 0))
    gone = districts.set_geometry(districts.geometry.where(districts["code"] != "7", None))
    told = graph(gone).report()
    km = told["attached"][0].pop("km")
    assert km == pytest.approx(geodesic_km(at(6, 1), at(6, 3)), rel=1e-3)
    assert told["attached"][0] == {"code": "5", "to": "4"}
    assert told["components"] == [
        {"size": 4, "lowest_code": "3"},
        {"size": 3, "lowest_code": "0"},
    ]
    assert (told["districts"], told["pairs"]) == (8, 5)
    assert told["neighbours"] == {"fewest": 1, "median": 1.0, "most": 2}
    assert (told["alone"], told["unplaced"]) == ([], ["7"])
    assert graph(gone, "queen", "none").report()["alone"] == ["5", "6"]
    json.dumps(told, allow_nan=False)


def test_a_report_of_nothing() -> None:
    told = graph(cells((0, 0))).report()
    assert told["neighbours"] == {"fewest": 0, "median": 0.0, "most": 0}
    nowhere = Neighbours(("a",), np.empty((0, 2), dtype=np.intp), unplaced=("a",))
    assert nowhere.report()["neighbours"] is None
    assert nowhere.report()["components"] == []


def test_a_table_of_pairs() -> None:
    table = graph(grid(2, 1)).table()
    assert table.to_dict("list") == {"code": ["010101"], "other": ["010102"]}


def test_what_is_asked_for_must_exist() -> None:
    with pytest.raises(GeometryError, match='"bishop"'):
        graph(grid(), "bishop")
    with pytest.raises(GeometryError, match='"all"'):
        graph(grid(), "queen", "all")
    with pytest.raises(GeometryError, match="no district '99'"):
        graph(grid()).of("99")
    with pytest.raises(GeometryError, match="no km"):
        graph(grid()).lengths("km")


@pytest.mark.parametrize(
    ("shape", "match"),
    [
        (shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), "invalid"),
        (shapely.box(500_000, 9_000_000, 500_001, 9_000_001), "not degrees"),
        (at(0, 0), "no polygons"),
    ],
)
def test_what_is_no_district_is_told(shape: shapely.Geometry, match: str) -> None:
    districts = gpd.GeoDataFrame({"code": ["0", "1"]}, geometry=[shape, square(0, 0)], crs=4326)
    with pytest.raises(GeometryError, match=match):
        queen_neighbours(districts, metric_of(grid()), "rook")


# Whole regions


def test_the_synthetic_regions_neighbours_are_those_it_was_made_with(tmp_path: Path) -> None:
    """The simulator knows them from its own cells, before anything is rounded or written."""
    region = simulate(SyntheticParams(districts=60, seed=3))
    write_project(region, tmp_path / "project")
    truth = load_truth(tmp_path / "project").neighbours
    source = tomllib.loads((tmp_path / "project" / "vigia.toml").read_text(encoding="utf-8"))
    written = source["districts"]
    table = gpd.read_file(tmp_path / "project" / written["path"])
    districts = table.rename(columns={written["code"]: "code"})[["code", "geometry"]]
    districts = districts.to_crs(4326)
    districts.geometry = repair(districts.geometry).geometries
    found = graph(districts, "rook")
    expected = {tuple(sorted(pair)) for pair in truth.itertuples(index=False, name=None)}
    assert edges_of(found) == expected
    assert found.attached == ()


@pytest.mark.peru
def test_peru(peru: Path) -> None:
    """One island and eight districts without a boundary; a graph of any kind says so."""
    districts = gpd.read_file(peru / "districts.geojson").rename(columns={"IDDIST": "code"})
    report = graph(districts).report()
    assert [island["code"] for island in report["attached"]] == ["211302"]
    assert 0 < report["attached"][0]["km"] < 50
    assert [part["size"] for part in report["components"]] == [1826]
    assert len(report["unplaced"]) == 8
    apart = graph(districts, "queen", "none").report()
    assert [part["size"] for part in apart["components"]] == [1825, 1]
    assert apart["alone"] == ["211302"]
    attributes = pd.read_csv(peru / "district_attributes.csv", dtype={"ubigeo_inei": str})
    known = attributes.dropna(subset=["ubigeo_inei", "capital_lat"])
    capitals = gpd.GeoDataFrame(
        {"code": known["ubigeo_inei"]},
        geometry=gpd.points_from_xy(known["capital_lon"], known["capital_lat"]),
        crs=4326,
    )
    near = k_nearest_neighbours(districts, 6, capitals)
    told = near.report()
    assert told["unplaced"] == []  # the eight have a capital
    assert told["neighbours"]["fewest"] >= 6
    assert near.km is not None
    assert np.isfinite(near.km).all()
