"""Each measure against what is known by hand, or by another way of counting."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.geodesy import area_km2 as measured_area_km2
from geo.geodesy import length_km as measured_length_km
from tests.geo.shapes import (
    area_km2,
    at,
    attributes,
    brute_km,
    capitals,
    geodesic_km,
    grid,
    layer,
    line,
    measured,
    places,
    points,
    region,
    shapes,
    square,
)

HERE = region()
WEST_SQUARE, EAST_SQUARE = square(0, 0), square(1, 0)


def without_boundary(districts: gpd.GeoDataFrame, code: str) -> gpd.GeoDataFrame:
    """The same districts, one of them with no geometry."""
    geometry = districts.geometry.where(districts["code"] != code, None)
    return districts.set_geometry(geometry)


HALF_DRAWN = without_boundary(grid(), "010102")


# Areas and lengths


@pytest.mark.parametrize("polygon", [square(0, 0), square(3.3, 20, 0.2), square(0, 100)])
def test_areas_have_a_closed_form(polygon: shapely.Polygon) -> None:
    array = np.array([polygon, None], dtype=object)
    found = measured_area_km2(array)
    assert found[0] == pytest.approx(area_km2(polygon), rel=1e-3)
    assert np.isnan(found[1])


def test_a_hole_is_no_area_whichever_way_its_ring_turns() -> None:
    outer, inner = square(0, 0), square(0.25, 0.25, 0.5)
    for ring in (inner.exterior.coords, inner.exterior.coords[::-1]):
        holed = shapely.Polygon(outer.exterior.coords, [ring])
        expected = area_km2(outer) - area_km2(inner)
        assert measured_area_km2(np.array([holed]))[0] == pytest.approx(expected, rel=1e-3)


def test_lengths_add_up_over_parts_and_are_none_of_points() -> None:
    path = [at(0, 0), at(0, 1), at(2, 1)]
    joined = shapely.LineString(path)
    two = shapely.MultiLineString([path[:2], path[1:]])
    expected = geodesic_km(*path[:2]) + geodesic_km(*path[1:])
    array = np.array([joined, two, at(0, 0), None, shapely.LineString()], dtype=object)
    assert measured_length_km(array) == pytest.approx([expected, expected, 0, 0, 0])


# Distance


def test_distance_from_the_polygon() -> None:
    post = at(0.5, 2)
    west, east = measured(HERE, layer(post, at(0.2, 5)), "distance")
    assert west == pytest.approx(geodesic_km(post, at(0.5, 1)), rel=1e-4)
    assert east == pytest.approx(geodesic_km(post, at(1, 1)), rel=1e-4)


def test_distance_is_nothing_where_a_feature_touches() -> None:
    assert measured(HERE, layer(at(1, 0.5)), "distance") == [0, 0]


def test_distance_from_the_capital() -> None:
    where = region(capitals=capitals(c010102=at(1.5, 0.5)))
    west, east = measured(where, layer(at(3, 0.5)), "distance", "capital")
    assert np.isnan(west)  # its capital is not known
    assert east == pytest.approx(geodesic_km(at(1.5, 0.5), at(3, 0.5)), rel=1e-9)


def test_distance_from_where_people_live() -> None:
    homes = [at(0.1, 0.5), at(0.9, 0.5), at(1.5, 0.5)]
    post = at(3, 0.5)
    far, near, other = (geodesic_km(home, post) for home in homes)
    where = region(points=points(homes, people=[300, 100, 7]))
    result = measured(where, layer(post), "distance", "population")
    assert result == pytest.approx([(3 * far + near) / 4, other], rel=1e-6)


@pytest.mark.parametrize(
    ("people", "weights"),
    [
        ([np.nan, np.nan], [1, 1]),  # nobody knows
        ([0, 0], [1, 1]),  # nobody lives there
        ([np.nan, 50], [0, 1]),  # the mean over those that are known
        ([0, 50], [0, 1]),
    ],
)
def test_people_unknown(people: list[float], weights: list[float]) -> None:
    homes, post = [at(0.1, 0.5), at(0.9, 0.5)], at(3, 0.5)
    where = region(points=points([*homes, at(1.5, 0.5)], people=[*people, 7]))
    west, _ = measured(where, layer(post), "distance", "population")
    distances = [geodesic_km(home, post) for home in homes]
    assert west == pytest.approx(np.average(distances, weights=weights), rel=1e-6)


def test_a_point_belongs_to_its_code_or_else_to_its_place() -> None:
    home, post = at(0.5, 0.5), at(3, 0.5)
    expected = pytest.approx(geodesic_km(home, post), rel=1e-6)
    for code, district in (("010102", 1), (None, 0), ("999999", 0)):
        where = region(points=points([home], code=[code]))
        result = measured(where, layer(post), "distance", "population")
        assert result[district] == expected
        assert np.isnan(result[1 - district])


def test_points_outside_of_all_districts_and_without_a_place_count_nowhere() -> None:
    where = region(points=points([at(9, 9), None]))
    assert np.isnan(measured(where, layer(at(0, 0)), "distance", "population")).all()


def test_without_a_boundary_there_is_an_answer_for_capital_and_people_alone() -> None:
    where = region(
        HALF_DRAWN, capitals(c010102=at(1.5, 0.5)), points([at(1.4, 0.5)], code=["010102"])
    )
    posts = layer(at(3, 0.5))
    assert np.isnan(measured(where, posts, "distance")).tolist() == [False, True]
    assert measured(where, posts, "distance", "capital")[1] > 0
    assert measured(where, posts, "distance", "population")[1] > 0


@settings(deadline=None, max_examples=25)
@given(features=st.lists(shapes(), min_size=1, max_size=4))
def test_distance_agrees_with_brute_force(features: list[Any]) -> None:
    where = region(grid(2, 2))
    result = measured(where, layer(*features), "distance")
    for polygon, distance in zip(where.districts.geometry, result, strict=True):
        expected = min(brute_km(polygon, feature) for feature in features)
        assert distance == pytest.approx(expected, rel=2e-3, abs=0.6)


# Share of area


def test_half_of_a_square_is_half_of_its_area() -> None:
    mine = shapely.box(*at(0.5, -1).coords[0], *at(1, 2).coords[0])
    west, east = measured(HERE, layer(mine), "share_of_area")
    assert west == pytest.approx(50, rel=1e-4)
    assert east == pytest.approx(0, abs=1e-9)


def test_overlaps_count_once() -> None:
    mines = [square(0.2, 0.2, 0.4)] * 3 + [square(0.3, 0.3, 0.3), square(0.5, 0.5, 0.1)]
    share = measured(HERE, layer(*mines), "share_of_area")[0]
    expected = 100 * area_km2(mines[0]) / area_km2(WEST_SQUARE)
    assert share == pytest.approx(expected, rel=1e-3)


def test_what_is_covered_is_covered_whole() -> None:
    assert measured(HERE, layer(square(-1, -1, 4)), "share_of_area") == [100, 100]


def test_no_boundary_no_share() -> None:
    result = measured(region(HALF_DRAWN), layer(square(5, 5)), "share_of_area")
    assert result[0] == 0
    assert np.isnan(result[1])


@settings(deadline=None, max_examples=40)
@given(
    mines=st.lists(
        st.tuples(places(2, 2), st.floats(0.02, 0.6)).map(lambda t: t[0].buffer(t[1])), min_size=1
    )
)
def test_shares_lie_between_nothing_and_all_and_add_up(mines: list[Any]) -> None:
    """The covered areas of the districts are the area of the union in the region."""
    where = region(grid(2, 2))
    result = np.array(measured(where, layer(*mines), "share_of_area"))
    assert ((result >= 0) & (result <= 100)).all()
    areas = measured_area_km2(where.districts.geometry.to_numpy())
    whole = shapely.union_all(where.districts.geometry.to_numpy())
    union = shapely.union_all(mines).intersection(whole)
    expected = sum(measured_area_km2(np.array([union], dtype=object)))
    assert (result * areas).sum() / 100 == pytest.approx(expected, rel=1e-3, abs=0.01)


# Length density


def test_a_road_through_a_district() -> None:
    west, east = measured(HERE, layer(line((0.5, -1), (0.5, 2))), "length_density")
    expected = geodesic_km(at(0.5, 0), at(0.5, 1)) / area_km2(WEST_SQUARE)
    assert west == pytest.approx(expected, rel=1e-3)
    assert east == 0


@settings(deadline=None, max_examples=60)
@given(
    cuts=st.lists(st.floats(0.001, 0.999), max_size=6, unique=True),
    ends=st.sampled_from([(0.0, 1.0), (0.25, 0.8), (-0.5, 0.5), (0.1, 3.0)]),
    back=st.booleans(),
)
def test_a_line_along_a_shared_border_counts_half_to_each_side(
    cuts: list[float], ends: tuple[float, float], back: bool
) -> None:
    """Whatever its vertices, and however far beyond the border it goes."""
    low, high = ends
    along = sorted({low, high, *(low + cut * (high - low) for cut in cuts)}, reverse=back)
    river = line(*((1.0, y) for y in along))
    west, east = measured(HERE, layer(river), "length_density")
    inside = geodesic_km(at(1, max(low, 0)), at(1, min(high, 1)))
    assert west * area_km2(WEST_SQUARE) == pytest.approx(inside / 2, rel=1e-3)
    assert east == pytest.approx(west, rel=1e-6)


def test_a_line_along_a_slanted_border_counts_half_too() -> None:
    """Points between its ends are off the border by the last bit of a float."""
    corner, ends = at(1.2, 1), (at(0.7, 0), at(1.2, 1))
    halves = grid()
    west = shapely.Polygon([at(0, 0), ends[0], corner, at(0, 1)])
    east = shapely.Polygon([ends[0], at(2, 0), at(2, 1), corner])
    districts = halves.set_geometry(gpd.GeoSeries([west, east], crs=4326))
    border = shapely.LineString(ends)
    river = shapely.LineString([border.interpolate(t, normalized=True) for t in (0.1, 1 / 3, 0.77)])
    result = measured(region(districts), layer(river), "length_density")
    lengths = np.array(result) * measured_area_km2(np.array([west, east]))
    whole = measured_length_km(np.array([river]))[0]
    assert lengths == pytest.approx([whole / 2, whole / 2], rel=1e-4)


@pytest.mark.parametrize("degrees", [-1e-10, -1e-13, 1e-13, 1e-10])
def test_a_line_along_a_border_may_be_off_by_the_last_digits(degrees: float) -> None:
    """It then touches one of the two districts alone, and is still the border."""
    border = line((1, 0.2), (1, 0.8))
    off = shapely.affinity.translate(border, degrees)
    touched = [bool(off.intersects(polygon)) for polygon in (WEST_SQUARE, EAST_SQUARE)]
    assert touched == [degrees < 0, degrees > 0]
    west, east = measured(HERE, layer(off), "length_density")
    expected = geodesic_km(at(1, 0.2), at(1, 0.8)) / 2 / area_km2(WEST_SQUARE)
    assert [west, east] == pytest.approx([expected, expected], rel=1e-3)


def test_a_line_along_the_outer_border_counts_whole() -> None:
    west, _ = measured(HERE, layer(line((0, 0), (0, 1))), "length_density")
    expected = geodesic_km(at(0, 0), at(0, 1)) / area_km2(WEST_SQUARE)
    assert west == pytest.approx(expected, rel=1e-3)


def test_a_line_that_touches_at_a_point_has_no_length_there() -> None:
    """The overlay of such a line gives points and lines together."""
    zigzag = line((0.5, 0.5), (1, 0.2), (0.5, 0.4), (1, 0.7), (0.5, 0.9))
    west, east = measured(HERE, layer(zigzag), "length_density")
    expected = measured_length_km(np.array([zigzag]))[0] / area_km2(WEST_SQUARE)
    assert west == pytest.approx(expected, rel=1e-3)
    assert east == 0


def test_districts_that_lie_over_each_other_have_no_length_below_nothing() -> None:
    districts = grid(2, 2).set_geometry(gpd.GeoSeries([WEST_SQUARE] * 4, crs=4326))
    result = measured(region(districts), layer(line((0.5, 0.2), (0.5, 0.8))), "length_density")
    assert min(result) >= 0


def test_two_roads_on_one_another_count_twice() -> None:
    road = line((0.5, 0), (0.5, 1))
    once, twice = (measured(HERE, layer(*[road] * n), "length_density")[0] for n in (1, 2))
    assert twice == pytest.approx(2 * once)


@settings(deadline=None, max_examples=40)
@given(
    roads=st.lists(
        st.lists(places(2, 2), min_size=2, max_size=5, unique_by=lambda p: p.wkb).map(
            shapely.LineString
        ),
        min_size=1,
        max_size=3,
    )
)
def test_lengths_add_up_over_districts(roads: list[shapely.LineString]) -> None:
    """Borders, corners and all: each kilometre is counted once, where the road is simple."""
    roads = [road for road in roads if road.is_simple]
    where = region(grid(2, 2))
    if not roads:
        return
    result = np.array(measured(where, layer(*roads), "length_density"))
    total = (result * measured_area_km2(where.districts.geometry.to_numpy())).sum()
    expected = measured_length_km(np.array(roads, dtype=object)).sum()
    assert total == pytest.approx(expected, rel=1e-3, abs=1e-3)


# Count density


def test_points_per_thousand_square_kilometres() -> None:
    posts = layer(at(0.2, 0.2), at(0.3, 0.8), at(1.5, 0.5), at(7, 7))
    west, east = measured(HERE, posts, "count_density")
    assert west == pytest.approx(2000 / area_km2(WEST_SQUARE), rel=1e-3)
    assert east == pytest.approx(1000 / area_km2(EAST_SQUARE), rel=1e-3)


def test_a_point_on_a_shared_border_belongs_to_the_lowest_code() -> None:
    west, east = measured(HERE, layer(at(1, 0.5)), "count_density")
    assert west > 0
    assert east == 0


def test_lines_polygons_and_groups_are_one_feature_each() -> None:
    road, mine = line((0.2, 0.5), (0.8, 0.5)), square(1.2, 0.2, 0.5)
    group = shapely.MultiPoint([at(0.1, 0.1), at(0.2, 0.2)])
    west, east = measured(HERE, layer(road, mine, group), "count_density")
    assert west * area_km2(WEST_SQUARE) == pytest.approx(2000, rel=1e-3)
    assert east * area_km2(EAST_SQUARE) == pytest.approx(1000, rel=1e-3)


@settings(deadline=None, max_examples=40)
@given(posts=st.lists(places(3, 3), min_size=1, max_size=30))
def test_counts_add_up_to_the_points_inside(posts: list[shapely.Point]) -> None:
    where = region(grid(2, 2))
    result = np.array(measured(where, layer(*posts), "count_density"))
    total = (result * measured_area_km2(where.districts.geometry.to_numpy())).sum() / 1000
    whole = square(0, 0, 2)
    assert total == pytest.approx(sum(whole.intersects(post) for post in posts))


# Attribute


def test_a_code_is_a_districts_else_its_provinces_else_its_departments() -> None:
    where = region(grid(2, 3))  # provinces 0101, 0102, 0103, each of two districts
    table = attributes(["010101", "0101", "0102", "01"], [1, 2, 3, 4])
    assert measured(where, table, "attribute") == [1, 2, 3, 3, 4, 4]


def test_no_value_is_no_answer_even_where_a_wider_area_has_one() -> None:
    table = attributes(["010101", "01"], [np.nan, 4])
    result = measured(HERE, table, "attribute")
    assert np.isnan(result[0])
    assert result[1] == 4


def test_no_row_is_no_answer() -> None:
    assert np.isnan(measured(HERE, attributes(["999999"], [1]), "attribute")).all()


def test_a_row_without_a_code_is_nobodys() -> None:
    """Not even a district's that has no province."""
    table = attributes([None, None, "010101"], [9, 8, 1])  # type: ignore[list-item]
    orphans = grid().assign(province_code=None)
    result = measured(region(orphans), table, "attribute")
    assert result[0] == 1
    assert np.isnan(result[1])


def test_attributes_need_no_boundary() -> None:
    table = attributes(["010101", "010102"], [1, 2])
    assert measured(region(HALF_DRAWN), table, "attribute") == [1, 2]
