"""Shapes that are carried elsewhere keep what they measure on the ellipsoid."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.geodesy import GEOD
from geo.moved import circle, moved_to

LON, LAT = st.floats(-179, 179), st.floats(-75, 75)


def area_km2(shape: shapely.Geometry) -> float:
    return abs(GEOD.geometry_area_perimeter(shape)[0]) / 1e6


@given(LON, LAT, st.floats(0.01, 5000))
@settings(deadline=None)
def test_a_circle_has_its_area_and_its_middle(lon: float, lat: float, size: float) -> None:
    made = circle(lon, lat, size)
    assert area_km2(made) == pytest.approx(size, rel=1e-4)
    corners = shapely.get_coordinates(made)
    for corner in corners[::16]:
        _, _, metres = GEOD.inv(lon, lat, *corner)
        _, _, first = GEOD.inv(lon, lat, *corners[0])
        assert metres == pytest.approx(first, rel=1e-6)


@given(LON, LAT)
@settings(deadline=None)
def test_a_point_lands_where_it_is_sent(lon: float, lat: float) -> None:
    moved = moved_to(shapely.Point(-70, -12), lon, lat)
    assert moved.x == pytest.approx(lon, abs=1e-8)
    assert moved.y == pytest.approx(lat, abs=1e-8)  # a millimetre


def test_a_polygon_keeps_its_size_far_from_where_it_was() -> None:
    shape = circle(-70.0, -12.0, 25.0).difference(circle(-70.0, -12.0, 4.0))
    moved = moved_to(shape, -75.0, 60.0)
    assert area_km2(moved) == pytest.approx(area_km2(shape), rel=1e-5)
    assert len(moved.interiors) == 1
    middle = shapely.centroid(moved)
    assert (middle.x, middle.y) == pytest.approx((-75.0, 60.0), abs=1e-3)
    back = moved_to(moved, -70.0, -12.0)
    assert shapely.hausdorff_distance(back, shape) < 1e-3
