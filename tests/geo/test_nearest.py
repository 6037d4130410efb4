"""Nearest features and their distances, against brute force."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geo.crs import choose_metric_crs
from geo.nearest import Targets, nearest, nearest_in_plane
from tests.geo.geodesics import shortest_km
from tests.geo.shapes import (
    LOCAL_PLANES,
    at,
    geodesic_km,
    line,
    places,
    shapes,
    square,
)


def km(support: Any, *features: Any) -> float:
    return float(of([support], features).km[0])


def of(supports: Any, features: Any) -> Any:
    arrays = [np.array([*geometries], dtype=object) for geometries in (supports, features)]
    return nearest(*arrays)


def brute_km(one: Any, other: Any) -> float:
    return 0.0 if shapely.intersects(one, other) else float(shortest_km(one, [other])[0])


@settings(deadline=None, max_examples=20)
@example(supports=[at(0.5, 0)], features=[line((0, 0), (1, 0))])
@given(
    supports=st.lists(st.one_of(places(), shapes()), min_size=1, max_size=3),
    features=st.lists(shapes(), min_size=1, max_size=4),
)
def test_it_agrees_with_brute_force(supports: list[Any], features: list[Any]) -> None:
    found = of(supports, features)
    for support, distance in zip(supports, found.km, strict=True):
        expected = min(brute_km(support, feature) for feature in features)
        bent = 2e-5 if expected == 0 else 1e-6  # what touches a long edge lies where it bends
        assert distance == pytest.approx(expected, rel=1e-8, abs=bent)


@settings(deadline=None, max_examples=25)
@given(features=st.lists(shapes(), min_size=2, max_size=6), support=places())
def test_another_feature_is_never_farther(features: list[Any], support: shapely.Point) -> None:
    fewer, more = km(support, *features[1:]), km(support, *features)
    assert more <= fewer * (1 + 1e-9)


def test_between_points_it_is_the_geodesic() -> None:
    one, other = at(0.2, 0.3), at(3.7, 3.1)
    assert km(one, other) == pytest.approx(geodesic_km(one, other), rel=1e-9)


def test_from_due_north_of_a_square_it_is_the_meridian() -> None:
    """To the edge, where a piece of 2 km bends by 1 cm."""
    distance = km(at(0.5, 3), square(0, 0))
    assert distance == pytest.approx(geodesic_km(at(0.5, 3), at(0.5, 1)), rel=1e-6)


def test_what_touches_is_at_no_distance() -> None:
    inside, corner, hole = square(0.4, 0.4, 0.1), at(1, 1), square(0, 0)
    assert km(square(0, 0), inside) == 0
    assert km(inside, square(0, 0)) == 0
    assert km(square(0, 0), corner) == 0
    ring = hole.difference(square(0.2, 0.2, 0.6))
    assert km(square(0.4, 0.4, 0.1), ring) > 5


def test_the_lowest_row_of_those_that_touch() -> None:
    found = of([square(0, 0)], [at(3, 3), at(0.5, 0.5), at(0.2, 0.2)])
    assert found.feature.tolist() == [1]


def test_several_parts_are_one_feature() -> None:
    parts = [at(3, 3), line((2, 2), (2, 3)), square(1, 1, 0.5)]
    gathered = shapely.GeometryCollection([shapely.MultiPoint([at(3, 3)]), *parts[1:]])
    separate = [km(at(0, 0), part) for part in parts]
    assert km(at(0, 0), gathered) == pytest.approx(min(separate))
    assert of([at(0, 0)], [gathered]).feature.tolist() == [0]


def test_a_line_of_many_vertices_has_no_gap() -> None:
    """It is cut into pieces; every piece must be there, and join the next."""
    for vertices in (2, 15, 16, 17, 18, 33, 400):
        along = np.linspace(0, 4, vertices)
        path = shapely.LineString([at(x, 2 + 0.1 * np.sin(9 * x)).coords[0] for x in along])
        for x in (0.0, 1.03, 2.5, 4.0):
            expected = brute_km(at(x, 0.5), path)
            assert km(at(x, 0.5), path) == pytest.approx(expected, rel=1e-8)


def test_none_and_empty_are_nowhere() -> None:
    found = of([None, at(0, 0), shapely.Point()], [None, at(1, 1), shapely.Polygon()])
    assert found.feature.tolist() == [-1, 1, -1]
    assert np.isnan(found.km).tolist() == [True, False, True]
    nothing = of([at(0, 0)], [])
    assert nothing.feature.tolist() == [-1]
    assert np.isnan(nothing.km).all()


def test_what_the_plane_has_no_place_for_is_nowhere() -> None:
    far = shapely.LineString([(np.inf, np.inf), (1, 1), (2, 1)])
    here = np.array([shapely.Point(1, -2), far], dtype=object)
    found = nearest_in_plane(here, Targets(np.array([far], dtype=object), on_ellipsoid=False))
    assert found.feature.tolist() == [0, -1]
    assert found.km[0] == pytest.approx(0.003)
    assert np.isnan(found.km[1])


@pytest.mark.parametrize("place", [(105.0, 10.0), (15.0, 0.0)])  # the second is in no UTM plane
def test_a_feature_on_the_other_side_of_the_earth(place: tuple[float, float]) -> None:
    far = shapely.Point(place)
    assert km(at(0, 0), far) == pytest.approx(geodesic_km(at(0, 0), far), rel=1e-9)


def test_where_a_plane_is_too_far_off_it_does_not_choose() -> None:
    """Mercator stretches the south of Peru: there the farther of the two would be the nearer."""
    metric = choose_metric_crs((-81.4, -18.4, -68.6, 0.0), LOCAL_PLANES)
    home = shapely.Point(-75, -9)
    posts = np.array([shapely.Point(-75, -4.43), shapely.Point(-75, -13.54)], dtype=object)
    north, south = (geodesic_km(home, post) for post in posts)
    plane = metric.project(np.array([home, *posts], dtype=object))
    assert south < north
    assert plane[0].distance(plane[2]) > plane[0].distance(plane[1])
    found = nearest(np.array([home], dtype=object), posts)
    assert found.feature.tolist() == [1]
    assert found.km == pytest.approx([south], rel=1e-9)
