"""The metric CRS fits the area, and its error is what it says."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import ERROR_ALLOWED, choose_metric_crs
from tests.geo.shapes import GEOD, at, grid
from vigia.errors import GeometryError

SMALL = (-74.0, -9.0, -73.0, -8.5)
WIDE = (-75.5, -9.5, -70.0, -6.0)
TALL = (-81.4, -18.4, -68.6, 0.0)  # Peru
NORTH = (5.0, 45.0, 16.0, 55.0)
AREAS = {"small": SMALL, "wide": WIDE, "tall": TALL, "north": NORTH}


def test_a_narrow_area_gets_its_utm_zone() -> None:
    chosen = choose_metric_crs(SMALL)
    assert chosen.crs == "EPSG:32718"
    assert chosen.distance_error < 0.001


@pytest.mark.parametrize("name", AREAS)
def test_no_area_up_to_the_size_of_peru_needs_more_than_one_plane(name: str) -> None:
    chosen = choose_metric_crs(AREAS[name])
    assert chosen.distance_error <= ERROR_ALLOWED
    assert chosen.fit_for_distances


@pytest.mark.parametrize("wanted", ["auto", "EPSG:32718", "EPSG:3857"])
@settings(deadline=None, max_examples=40)
@given(
    fractions=st.tuples(*[st.floats(0, 1)] * 2),
    azimuth=st.floats(0, 360),
    km=st.sampled_from([1.0, 20.0, 150.0]),
)
def test_distances_are_off_by_no_more_than_it_says(
    wanted: str, fractions: tuple[float, float], azimuth: float, km: float
) -> None:
    chosen = choose_metric_crs(TALL, wanted)
    west, south, east, north = TALL
    lon, lat = west + fractions[0] * (east - west), south + fractions[1] * (north - south)
    to_lon, to_lat, _ = GEOD.fwd(lon, lat, azimuth, km * 1000)
    inside = west <= to_lon <= east and south <= to_lat <= north
    ends = gpd.GeoSeries.from_xy([lon, to_lon], [lat, to_lat], crs=4326)
    plane = chosen.project(ends)
    error = abs(plane.iloc[0].distance(plane.iloc[1]) / (km * 1000) - 1)
    assert error <= chosen.distance_error * 1.02 + 1e-7 or not inside


@pytest.mark.parametrize("wanted", ["auto", "EPSG:32718"])
def test_areas_are_off_by_no_more_than_it_says(wanted: str) -> None:
    districts = grid(10, 10)
    chosen = choose_metric_crs(tuple(districts.total_bounds), wanted)
    plane = chosen.project(districts.geometry.segmentize(0.01)).area
    true = [abs(GEOD.geometry_area_perimeter(g)[0]) for g in districts.geometry.segmentize(0.01)]
    assert np.abs(plane / true - 1).max() <= chosen.area_error * 1.02 + 1e-5


def test_an_equal_area_projection_has_no_error_of_areas() -> None:
    chosen = choose_metric_crs(TALL, "+proj=laea +lat_0=-9 +lon_0=-75 +datum=WGS84 +units=m")
    assert chosen.area_error < 1e-4 < chosen.distance_error


def test_a_crs_in_feet_is_as_good_as_one_in_metres() -> None:
    chosen = choose_metric_crs((-74.3, 40.5, -73.7, 40.9), "EPSG:2263")  # New York, in feet
    assert chosen.distance_error < 0.001


def test_utm_over_peru_is_not_fit() -> None:
    chosen = choose_metric_crs(TALL, "EPSG:32718")
    assert chosen.crs == "EPSG:32718"
    assert chosen.distance_error > ERROR_ALLOWED
    assert not chosen.fit_for_distances


def test_it_is_recorded_the_same_every_time() -> None:
    first, second = (json.dumps(choose_metric_crs(WIDE).to_json()) for _ in range(2))
    assert first == second
    record = json.loads(first)
    assert record["crs"].startswith("+proj=")
    assert record["distance_error"] == round(record["distance_error"], 6)


def test_an_array_is_projected_as_a_series_is() -> None:
    series = grid().geometry
    chosen = choose_metric_crs(SMALL)
    array = chosen.project(np.array([*series, None], dtype=object))
    assert list(array[:-1]) == list(chosen.project(series))
    assert array[-1] is None


def test_an_area_without_width_has_a_crs() -> None:
    place = at(0, 0)
    assert choose_metric_crs(place.bounds).distance_error < 0.001


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("EPSG:4326", "not projected"),
        ("EPSG:4978", "not projected"),  # geocentric
        ("EPSG:999999", "unknown"),
        ("metres, please", "unknown"),
        ("", "unknown"),
        ("EPSG:32738", "over the area"),  # Madagascar
        ("EPSG:5070", "over the area"),  # the United States
    ],
)
def test_a_crs_that_cannot_serve_is_refused(wanted: str, said: str) -> None:
    with pytest.raises(GeometryError, match=said) as caught:
        choose_metric_crs(SMALL, wanted)
    assert "metric_crs" in str(caught.value.hint)


@pytest.mark.parametrize("wanted", ["auto", "EPSG:32718"])
def test_no_geometry_is_no_area(wanted: str) -> None:
    nothing = tuple(gpd.GeoSeries([None, None], crs=4326).total_bounds)
    with pytest.raises(GeometryError, match="No district has a geometry"):
        choose_metric_crs(nothing, wanted)


def test_bounds_in_metres_are_refused() -> None:
    with pytest.raises(GeometryError, match="not degrees"):
        choose_metric_crs((300_000.0, 9_000_000.0, 400_000.0, 9_100_000.0))
