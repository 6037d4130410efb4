"""The region of the benchmark: what every engine relies on."""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.peers.mosaic import mosaic
from benchmarks.peers.region import SIZES, build, side_m, with_codes
from benchmarks.peers.scatter import PER_TILE, mines, rivers

SIZE = SIZES["tiny"]


@pytest.fixture(scope="module")
def tables() -> dict[str, gpd.GeoDataFrame]:
    return build(SIZE, seed=7)


@given(seed=st.integers(0, 10_000), districts=st.integers(4, 60))
@settings(max_examples=25, deadline=None)
def test_districts_leave_no_gap_and_share_no_ground(seed: int, districts: int) -> None:
    made = mosaic(districts, 100_000.0, seed)
    assert len(made.polygons) == districts
    assert shapely.is_valid(made.polygons).all()
    assert shapely.coverage_is_valid(made.polygons)
    whole = shapely.union_all(made.polygons)
    assert whole.geom_type == "Polygon"
    assert len(whole.interiors) == 0
    assert shapely.area(made.polygons).sum() == pytest.approx(whole.area, rel=1e-9)
    assert shapely.contains(made.polygons, shapely.points(made.seeds)).all()


def test_borders_wander() -> None:
    made = mosaic(200, 100_000.0, 1)
    hull = shapely.convex_hull(made.polygons)
    assert 40 <= shapely.get_num_coordinates(made.polygons).mean() <= 60
    assert (shapely.area(made.polygons) < 0.99 * shapely.area(hull)).mean() > 0.9


def test_there_are_as_many_as_asked_for_and_all_are_valid(
    tables: dict[str, gpd.GeoDataFrame],
) -> None:
    for name, count in vars(SIZE).items():
        assert len(tables[name]) == count
        assert tables[name].is_valid.all()
        assert str(tables[name].crs) == "EPSG:32718"
    vertices = shapely.get_num_coordinates(tables["rivers"].geometry.to_numpy())
    assert set(vertices) == {2, 3, 4, 5}
    corners = shapely.get_num_coordinates(tables["mines"].geometry.to_numpy()) - 1
    assert corners.min() >= 10
    assert corners.max() <= 20


def test_some_mines_lie_on_each_other(tables: dict[str, gpd.GeoDataFrame]) -> None:
    assert tables["mines"].union_all().area < 0.99 * tables["mines"].area.sum()


def test_the_same_seed_gives_the_same_region_and_another_one_another(
    tables: dict[str, gpd.GeoDataFrame],
) -> None:
    again, other = build(SIZE, seed=7), build(SIZE, seed=8)
    for name, table in tables.items():
        assert table.to_wkb().equals(again[name].to_wkb())
        assert not table.to_wkb().equals(other[name].to_wkb())


@pytest.mark.parametrize("scatter", [rivers, mines])
def test_tiles_are_numbered_through_and_stay_apart(scatter: object) -> None:
    count = 3 * PER_TILE
    tiles = list(scatter(count, 400_000.0, 3))  # type: ignore[operator]
    assert len(tiles) == 4
    assert np.concatenate([tile["fid"] for tile in tiles]).tolist() == list(range(count))
    boxes = [shapely.box(*tile.centroid.total_bounds) for tile in tiles]
    apart = sum(box.area for box in boxes)
    assert shapely.union_all(boxes).area == pytest.approx(apart, rel=1e-3)  # by a mine's width
    following = [one.distance(other) for one, other in itertools.pairwise(boxes)]
    assert max(following) < 10_000.0  # neighbours on the curve are neighbours on the ground


def test_points_have_the_code_of_their_district(tables: dict[str, gpd.GeoDataFrame]) -> None:
    districts = tables["districts"].set_index("code").geometry
    points = tables["points"]
    apart = points.distance(districts.loc[points["code"]], align=False)
    inside = apart == 0
    assert inside.mean() > 0.9
    for place, km in zip(points.geometry[~inside], apart[~inside], strict=True):
        assert districts.distance(place).min() == pytest.approx(km)


def test_a_point_on_a_border_has_the_lowest_code() -> None:
    squares = [shapely.box(x, 0, x + 1, 1) for x in (1, 0)]
    districts = gpd.GeoDataFrame({"code": ["a", "b"]}, geometry=squares)
    points = gpd.GeoDataFrame(geometry=[shapely.Point(1, 0.5)])
    assert with_codes(points, districts)["code"].tolist() == ["a"]


def test_a_small_region_is_as_dense_as_a_large_one() -> None:
    small, medium = SIZES["small"], SIZES["medium"]
    density = [size.districts / side_m(size) ** 2 for size in (small, medium)]
    assert density[0] == pytest.approx(density[1])
