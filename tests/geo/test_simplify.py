"""Borders become light, stay shared, and no district is lost."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.simplify import simplify_for_display
from tests.geo.shapes import SIDE, SOUTH, WEST, grid, square

STEPS = 400


def wandering(start: tuple[float, float], end: tuple[float, float]) -> np.ndarray:
    """A border from corner to corner with more detail than any screen shows."""
    if start > end:
        return wandering(end, start)[::-1]
    rng = np.random.default_rng([round(1000 * value) for value in (*start, *end)])
    t = np.linspace(0, 1, STEPS + 1)[:, None]
    path = np.array(start) + t * (np.array(end) - np.array(start))
    wobble = 0.03 * np.sin(np.pi * t) * np.sin(9 * t + start[0]) + rng.normal(0, 1e-5, t.shape)
    wobble[[0, -1]] = 0
    across = np.array([end[1] - start[1], start[0] - end[0]])
    return (path + wobble * across) * SIDE + [WEST, SOUTH]


@pytest.fixture(scope="module")
def detailed() -> gpd.GeoDataFrame:
    districts = grid(3, 3)
    shapes = []
    for row in range(3):
        for column in range(3):
            corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]
            sides = zip(corners, corners[1:] + corners[:1], strict=True)
            shapes.append(shapely.Polygon(np.concatenate([wandering(*s)[:-1] for s in sides])))
    shapes[4] = None
    return districts.set_geometry(gpd.GeoSeries(shapes, crs=4326))


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
