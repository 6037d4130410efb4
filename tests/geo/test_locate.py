"""Which district a point is in, and how far outside it is."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.locate import locate, outside_km
from tests.geo.shapes import (
    at,
    brute_km,
    geodesic_km,
    grid,
    places,
)


def series(*geometries: object) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(geometries), crs=4326)


def test_inside_outside_and_nowhere() -> None:
    found = locate(series(at(0.5, 0.5), at(1.5, 0.5), at(9, 9), None), grid())
    assert found.tolist()[:2] == ["010101", "010102"]
    assert found.isna().tolist() == [False, False, True, True]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
def test_a_shared_border_belongs_to_the_lowest_code(order: list[int]) -> None:
    districts = grid(2, 2).iloc[order]
    found = locate(series(at(1, 0.5), at(1, 1), at(1.5, 1)), districts)
    assert found.tolist() == ["010101", "010101", "010102"]


def test_the_index_stays() -> None:
    points = gpd.GeoSeries([at(0.5, 0.5)], index=["x"], crs=4326)
    assert locate(points, grid()).index.tolist() == ["x"]


def test_without_points_or_boundaries() -> None:
    assert len(locate(series(), grid())) == 0
    nothing = grid().set_geometry(series(None, None))
    assert locate(series(at(0.5, 0.5)), nothing).isna().all()


@settings(deadline=None, max_examples=60)
@given(points=st.lists(places(3, 3), min_size=1, max_size=20))
def test_it_agrees_with_one_look_at_every_district(points: list[shapely.Point]) -> None:
    districts = grid(3, 2)
    found = locate(series(*points), districts)
    for point, code in zip(points, found, strict=True):
        holding = districts["code"][[g.intersects(point) for g in districts.geometry]]
        assert code == holding.min() if len(holding) else code != code


def test_how_far_outside() -> None:
    districts = grid()
    north, on_border, inside = at(0.5, 1.8), at(0, 0.5), at(0.5, 0.5)
    abroad = shapely.Point(100, 15)
    away = outside_km(series(north, on_border, inside, None, abroad), districts)
    assert away[0] == pytest.approx(geodesic_km(north, at(0.5, 1)), rel=1e-4)
    assert away[1] == away[2] == 0
    assert np.isnan(away[3])
    assert away[4] > 15_000


@pytest.mark.parametrize("place", [(-9.0, -74.0), (100.0, 15.0), (178.0, 70.0), (15.0, 0.0)])
def test_anywhere_on_earth_has_its_distance(place: tuple[float, float]) -> None:
    """Coordinates the wrong way round, or a file of another continent."""
    districts, point = grid(), shapely.Point(place)
    away = outside_km(series(point), districts)
    assert away[0] == pytest.approx(
        brute_km(point, shapely.union_all(districts.geometry)), rel=5e-3
    )


def test_without_a_boundary_there_is_no_distance() -> None:
    districts = grid()
    nothing = districts.set_geometry(series(None, None))
    assert outside_km(series(at(0, 0)), nothing).isna().all()
