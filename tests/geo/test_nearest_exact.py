"""Distances are the shortest geodesics to 1e-8; of things almost as near the nearer is found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from geo.nearest import Nearest, nearest
from tests.geo.geodesics import shortest_km
from tests.geo.shapes import GEOD

WIDE = (-79.0, -18.0, -63.0, 0.0)
LATITUDES = (-18.0, -4.0, 0.0, 35.0, 60.0)
REL, LEAST_KM = 1e-8, 1e-8  # 0.01 mm


def of(supports: Any, features: Any) -> Nearest:
    arrays = [np.array([*geometries], dtype=object) for geometries in (supports, features)]
    return nearest(*arrays)


def away(lon: float, lat: float, azimuth: float, metres: float) -> tuple[float, float]:
    to_lon, to_lat, _ = GEOD.fwd(lon, lat, azimuth, metres)
    return float(to_lon), float(to_lat)


def line_at(
    home: tuple[float, float], azimuth: float, metres: float, one_m: float, other_m: float
) -> shapely.LineString:
    """A geodesic at right angles to the one that leads there."""
    foot = away(*home, azimuth, metres)
    _, back, _ = GEOD.inv(*home, *foot)
    return shapely.LineString([away(*foot, back + 90, one_m), away(*foot, back - 90, other_m)])


def line_from(draw: np.random.Generator, lon: float, lat: float, length: float) -> Any:
    places = [(lon, lat)]
    for _ in range(3):
        places.append(away(*places[-1], draw.uniform(0, 360), length))
    return shapely.LineString(places)


@pytest.mark.parametrize("lat", LATITUDES)
@pytest.mark.parametrize("apart_m", [1.0, 300.0, 2e4, 3e5])
@pytest.mark.parametrize("length_m", [1.0, 500.0, 2e4, 4e5])
def test_from_points(lat: float, apart_m: float, length_m: float) -> None:
    draw = np.random.default_rng([int(lat + 90), int(apart_m), int(length_m)])
    supports, features = [], []
    for _ in range(3):
        lon = draw.uniform(WIDE[0], WIDE[2])
        supports.append(shapely.Point(lon, lat))
        for _ in range(4):
            start = away(lon, lat, draw.uniform(0, 360), apart_m * draw.uniform(0.8, 1.2))
            features.append(line_from(draw, *start, length_m))
    found = of(supports, features)
    expected = np.array([shortest_km(support, features).min() for support in supports])
    touched = shapely.intersects(np.array(supports)[:, None], np.array(features)).any(axis=1)
    assert not touched.any()
    assert found.km == pytest.approx(expected, rel=REL, abs=LEAST_KM)


@pytest.mark.parametrize("lat", LATITUDES)
@pytest.mark.parametrize("apart_m", [1.0, 2e3, 2e5])
def test_from_lines_and_polygons(lat: float, apart_m: float) -> None:
    draw = np.random.default_rng([int(lat + 90), int(apart_m)])
    for length_m in (30.0, 6e4):
        lon = draw.uniform(WIDE[0], WIDE[2])
        support = line_from(draw, lon, lat, length_m)
        if draw.random() < 0.5:
            support = shapely.convex_hull(support)
        reach = apart_m + length_m
        starts = [away(lon, lat, draw.uniform(0, 360), reach) for _ in range(4)]
        features = [line_from(draw, *start, length_m / 3) for start in starts]
        found = of([support], features)
        expected = shortest_km(support, features)
        if shapely.intersects(support, features).any():
            assert found.km.tolist() == [0.0]
        else:
            assert found.km == pytest.approx([expected.min()], rel=REL, abs=LEAST_KM)
            assert found.feature.tolist() == [expected.argmin()]


@pytest.mark.parametrize("lat", LATITUDES)
@pytest.mark.parametrize("apart_m", [1e6, 3e6, 9e6, 1.5e7])
def test_from_very_far_away(lat: float, apart_m: float) -> None:
    draw = np.random.default_rng([int(lat + 90), int(apart_m)])
    starts = [away(-70, lat, draw.uniform(0, 360), apart_m) for _ in range(6)]
    features = [line_from(draw, *start, 5e4) for start in starts if abs(start[1]) < 85]
    far = [line for line in features if np.ptp(line.xy[0]) < 90]  # not across the date line
    support = shapely.Point(-70, lat)
    expected = shortest_km(support, far).min()
    assert of([support], far).km == pytest.approx([expected], rel=1e-6 if apart_m > 1e6 else REL)


@pytest.mark.parametrize("lat", LATITUDES)
@pytest.mark.parametrize("metres", [50.0, 1e5, 3e5])
@pytest.mark.parametrize("kind", ["points", "lines"])
def test_the_nearer_of_two_almost_as_near(lat: float, metres: float, kind: str) -> None:
    """By 1e-6 of the distance; a plane that is off by 0.5 % would take either."""
    draw = np.random.default_rng(int(lat + 90))
    for _ in range(10):
        home = draw.uniform(WIDE[0], WIDE[2]), lat
        azimuths = draw.uniform(0, 360, 2)
        nearer = int(draw.integers(2))
        away_m = [metres, metres]
        away_m[1 - nearer] *= 1 + 1e-6
        if kind == "points":
            features = [
                shapely.Point(away(*home, *there)) for there in zip(azimuths, away_m, strict=True)
            ]
        else:
            features = [
                line_at(home, *there, *draw.uniform(10, 600, 2))
                for there in zip(azimuths, away_m, strict=True)
            ]
        found = of([shapely.Point(home)], features)
        assert found.feature.tolist() == [nearer]
        assert found.km == pytest.approx([metres / 1000], rel=1e-8)


def test_neither_the_order_of_rows_nor_what_is_far_away_changes_a_bit() -> None:
    draw = np.random.default_rng(3)
    places = draw.uniform((-78, -12), (-66, -2), (60, 2))
    features = np.array([line_from(draw, *place, 3e4) for place in places], dtype=object)
    supports = np.array(
        [shapely.Point(place).buffer(size) if size > 0.1 else shapely.Point(place)
         for place, size in zip(draw.uniform((-78, -12), (-66, -2), (50, 2)),
                                draw.uniform(0, 0.2, 50), strict=True)],
        dtype=object,
    )  # fmt: skip
    plain = of(supports, features)
    rows, others = draw.permutation(len(supports)), draw.permutation(len(features))
    mixed = of(supports[rows], features[others])
    assert mixed.km.tolist() == plain.km[rows].tolist()
    apart = mixed.km > 0
    assert others[mixed.feature[apart]].tolist() == plain.feature[rows][apart].tolist()
    more = of(supports, [*features, shapely.Point(100, 60), shapely.Point(15, 0)])
    assert more.km.tolist() == plain.km.tolist()
    assert more.feature.tolist() == plain.feature.tolist()
    alone = np.concatenate([of([support], features).km for support in supports])
    assert alone.tolist() == plain.km.tolist()


def test_a_short_edge_is_the_geodesic_between_its_ends() -> None:
    """Along the 60th parallel 1 km bends by 4 cm."""
    edge, middle = shapely.LineString([(0, 60), (0.019, 60)]), (0.0095, 60.0)
    crest = GEOD.npts(0, 60, 0.019, 60, 1)[0]
    bent_km = GEOD.inv(*middle, *crest)[2] / 1000
    assert bent_km > 3e-5
    assert of([shapely.Point(crest)], [edge]).km[0] < 1e-8
    near = shapely.Point(away(*middle, 180, 1.0))
    assert of([near], [edge]).km == pytest.approx([0.001 + bent_km], rel=1e-6)


def test_geodesics_that_cross_are_at_no_distance() -> None:
    """Straight in degrees they would not: the one ends 2 cm before the other, which bends by 4."""
    edge = shapely.LineString([(0, 60), (0.019, 60)])
    support = shapely.LineString([(0.0095, 60.001), (0.0095, 60 + 2e-7)])
    assert not support.intersects(edge)
    assert of([support], [edge]).km.tolist() == [0.0]
    beyond = shapely.LineString([(0.0095, 60.001), (0.0095, 60 + 6e-7)])
    assert of([beyond], [edge]).km[0] > 1e-5


def test_a_long_edge_is_straight_in_degrees() -> None:
    """There a geodesic of 12 degrees would be 15 km farther north in its middle."""
    edge, near = shapely.LineString([(0, 60), (12, 60)]), shapely.Point(6, 60.01)
    expected = GEOD.inv(6, 60.01, 6, 60)[2] / 1000
    assert of([near], [edge]).km == pytest.approx([expected], abs=5e-5)


def test_across_the_date_line_and_over_the_pole() -> None:
    west, east = shapely.Point(-179.99, 3), shapely.LineString([(179.99, 2), (179.99, 4)])
    expected = shortest_km(west, [east])
    assert of([west], [east, shapely.Point(-179, 3)]).km == pytest.approx(expected, rel=REL)
    one, other = shapely.Point(20, 89.9), shapely.LineString([(-160, 89.8), (-150, 89.85)])
    assert of([one], [other]).km == pytest.approx(shortest_km(one, [other]), rel=REL)


@pytest.mark.parametrize("away_m", [5e6, 1e7, 1.9e7])
def test_half_way_round_the_world(away_m: float) -> None:
    draw = np.random.default_rng(int(away_m))
    home = -70.0, -10.0
    places = [away(*home, azimuth, away_m) for azimuth in draw.uniform(0, 360, 200)]
    metres = np.array([GEOD.inv(*home, *place)[2] for place in places])
    found = of([shapely.Point(home)], [shapely.Point(place) for place in places])
    assert found.km == pytest.approx([metres.min() / 1000], rel=1e-12)
