"""Borders become light, stay shared, and no district is lost."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.simplify import (
    COARSER,
    COARSEST_DETAIL,
    FINEST_DETAIL,
    simplify_for_display,
    simplify_lines,
)
from tests.geo.coverages import wandering_grid
from tests.geo.shapes import SIDE, grid, square
from vigia.errors import GeometryError


@pytest.fixture(scope="module")
def detailed() -> gpd.GeoDataFrame:
    return wandering_grid()


def test_more_detail_keeps_more_vertices_and_area(detailed: gpd.GeoDataFrame) -> None:
    exact = detailed.geometry.dropna().to_numpy()
    sizes, moved = [], []
    for detail in (1e-3, FINEST_DETAIL, 1e-5):
        light = simplify_for_display(detailed, detail).geometry.dropna().to_numpy()
        assert shapely.coverage_is_valid(light)
        sizes.append(int(shapely.get_num_coordinates(light).sum()))
        moved.append(float(shapely.area(shapely.symmetric_difference(light, exact)).max()))
    assert sizes == sorted(set(sizes))
    assert moved == sorted(set(moved), reverse=True)


def test_rows_columns_and_what_is_missing_stay(detailed: gpd.GeoDataFrame) -> None:
    light = simplify_for_display(detailed)
    assert light.columns.tolist() == detailed.columns.tolist()
    assert light.index.equals(detailed.index)
    assert light.crs == detailed.crs
    assert light.drop(columns="geometry").equals(detailed.drop(columns="geometry"))
    assert light.geometry.isna().tolist() == detailed.geometry.isna().tolist()


def test_the_detail_goes_and_the_shape_stays(detailed: gpd.GeoDataFrame) -> None:
    light = simplify_for_display(detailed)
    before, after = (
        shapely.get_num_coordinates(table.geometry.to_numpy()).sum() for table in (detailed, light)
    )
    assert after < before / 3
    shapes = (table.geometry.dropna().to_numpy() for table in (light, detailed))
    moved = shapely.hausdorff_distance(*shapes).max()
    assert moved < np.hypot(3 * SIDE, 3 * SIDE) / 500  # a pixel or two of a screen


@pytest.mark.parametrize("decimals", [15, 4])
def test_neighbours_still_share_their_borders(detailed: gpd.GeoDataFrame, decimals: int) -> None:
    """As simplified, and rounded as the map sends it."""
    light = simplify_for_display(detailed).geometry.dropna().to_numpy()
    sent = shapely.transform(light, lambda xy: np.round(xy, decimals))
    assert shapely.coverage_is_valid(sent)
    assert shapely.is_valid(sent).all()
    assert len(shapely.get_rings(shapely.union_all(sent))) == 2  # outside, and the missing one


def test_the_input_is_not_changed(detailed: gpd.GeoDataFrame) -> None:
    before = detailed.copy()
    simplify_for_display(detailed)
    assert detailed.geometry.geom_equals_exact(before.geometry, 0).sum() == 8


def test_a_tiny_district_in_a_huge_area_does_not_vanish() -> None:
    tiny, huge = square(0, 0, 1e-4), square(0, 0, 60).difference(square(0, 0, 1e-4))
    districts = grid().set_geometry(gpd.GeoSeries([tiny, huge], crs=4326))
    light = simplify_for_display(districts).geometry
    assert (shapely.area(light.to_numpy()) > 0).all()
    assert light.is_valid.all()


def test_districts_that_lie_over_each_other_stay_valid(detailed: gpd.GeoDataFrame) -> None:
    shifted = detailed.copy()
    shifted.loc[[0, 3], "geometry"] = shifted.geometry[[0, 3]].translate(0.05, 0.02)
    light = simplify_for_display(shifted).geometry.dropna()
    assert light.is_valid.all()
    assert (~light.is_empty).all()


def test_nothing_to_draw() -> None:
    nothing = grid().set_geometry(gpd.GeoSeries([None, None], crs=4326))
    assert simplify_for_display(nothing).geometry.isna().all()


@pytest.mark.parametrize("detail", [-1.0, float("nan")])
def test_a_detail_that_is_none_is_told(detail: float) -> None:
    with pytest.raises(GeometryError, match="is none"):
        simplify_for_display(grid(), detail)


def test_lines_that_run_on_are_one_and_lose_what_no_screen_shows() -> None:
    steps = np.linspace(0, 10, 1001)
    bends = np.column_stack([steps, np.where(np.arange(1001) % 2, 1e-5, 0)])
    parts = [shapely.LineString(bends[n : n + 2]) for n in range(1000)]
    (light,) = simplify_lines(np.array([*parts, None], dtype=object), 100)
    assert shapely.get_coordinates(light).round(4).tolist() == [[0, 0], [10, 0]]


@pytest.mark.parametrize("most", [20_000, 1000, 40])
def test_lines_keep_within_so_many_points(most: int) -> None:
    rng = np.random.default_rng(5)
    walks = np.cumsum(rng.normal(0, 0.001, (30, 500, 2)), axis=1) + rng.uniform(0, 5, (30, 1, 2))
    exact = shapely.linestrings(walks)
    light = simplify_lines(exact, most)
    count = shapely.get_num_coordinates(light).sum()
    assert count <= most
    assert count > most / 10
    assert (len(light) == 30) == (most > 40)  # before that nothing goes but bends
    whole = shapely.multilinestrings(list(exact))
    off = shapely.distance(shapely.points(walks.reshape(-1, 2)), shapely.multilinestrings(light))
    if most > 40:
        assert off.max() < COARSER * COARSEST_DETAIL * np.hypot(*np.ptp(walks, axis=(0, 1)))
    assert np.max(shapely.distance(shapely.points(shapely.get_coordinates(light)), whole)) == 0
