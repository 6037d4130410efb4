"""Isochrones: the larger holds the smaller, and each holds what is reached in time."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from tests.geo.travel.regions import RULES as EXACT
from tests.geo.travel.regions import synthetic
from tests.geo.travel.ways import GEOD, RULES, at, line, network, table
from vigia.errors import GeometryError

HOURS = [60.0, 180.0, 360.0, 720.0]


@pytest.fixture(scope="module", params=["from", "to"])
def direction(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("season", ["high", "low"])
def test_the_larger_hold_the_smaller_and_all_that_is_reached(season: str, direction: str) -> None:
    made = synthetic(2, 40)
    net = made.network(replace(EXACT, snap_m=100.0, walk_limit_minutes=90.0, transfer_minutes=20))
    origins = made.settlements[:2]
    areas = net.isochrones(origins, HOURS, season, direction)  # type: ignore[arg-type]
    assert areas["minutes"].tolist() == HOURS
    assert areas.crs == "EPSG:4326"
    assert areas.geometry.is_valid.all()
    smaller, larger = areas.geometry.iloc[:-1], areas.geometry.iloc[1:]
    left = shapely.difference(smaller.to_numpy(), larger.to_numpy())
    assert shapely.area(left).max() < 1e-14  # square degrees, about 1 cm²
    assert (np.diff(shapely.area(areas.geometry.to_numpy())) > 0).all()
    inverse = "from" if direction == "from" else "to"
    minutes = net.minutes_to_nearest(made.settlements, origins, season, inverse).minutes  # type: ignore[arg-type]
    for limit, area in zip(areas["minutes"], areas.geometry, strict=True):
        inside = minutes <= limit * (1 - 1e-6)
        assert inside.sum() >= 2
        assert shapely.covers(area, made.settlements[inside]).all()


def test_on_a_straight_river_it_is_a_spindle_along_it() -> None:
    """Downstream 20 km/h, upstream 10; the walk left is as wide as it is long at the origin."""
    rules = replace(RULES, walk_limit_minutes=600.0, walk_kmh=2.0)
    net = network(table(line((-20, 0), (0, 0), (20, 0))), [at(20, 0)], rules)
    area = net.isochrones([at(0, 0)], [60], "high").geometry.iloc[0]
    west, south, east, north = area.bounds

    def km(lon: float, lat: float) -> float:
        return GEOD.inv(at(0, 0).x, at(0, 0).y, lon, lat)[2] / 1000

    assert km(east, at(0, 0).y) == pytest.approx(20, rel=0.02)
    assert km(west, at(0, 0).y) == pytest.approx(10, rel=0.02)
    assert km(at(0, 0).x, north) == pytest.approx(2, rel=0.03)
    assert km(at(0, 0).x, south) == pytest.approx(2, rel=0.03)
    half_way = shapely.LineString([at(0, 0), at(20, 0)]).interpolate(0.5 * (east - at(0, 0).x))
    across = shapely.LineString([(half_way.x, south), (half_way.x, north)]).intersection(area)
    assert GEOD.geometry_length(across) / 1000 == pytest.approx(2, rel=0.05)


def test_against_the_water_it_lies_the_other_way() -> None:
    net = network(table(line((-20, 0), (0, 0), (20, 0))), [at(20, 0)])
    reach = net.isochrones([at(0, 0)], [60], "high", "from").geometry.iloc[0]
    caught = net.isochrones([at(0, 0)], [60], "high", "to").geometry.iloc[0]
    assert reach.bounds[2] - at(0, 0).x > 1.9 * (at(0, 0).x - reach.bounds[0])
    assert at(0, 0).x - caught.bounds[0] > 1.9 * (caught.bounds[2] - at(0, 0).x)


def test_off_the_network_it_is_a_disc() -> None:
    rules = replace(RULES, walk_limit_minutes=120.0)
    net = network(table(line((0, 0), (0, 1))), rules=rules)
    area = net.isochrones(gpd.GeoSeries([at(10, 10)], crs=4326), [30, 90], "low")
    assert area.geometry.geom_type.tolist() == ["Polygon", "Polygon"]
    square_km = [abs(GEOD.geometry_area_perimeter(g)[0]) / 1e6 for g in area.geometry]
    assert square_km == pytest.approx([np.pi * 2**2, np.pi * 6**2], rel=0.03)


@pytest.mark.parametrize("minutes", [[], [0], [-5], [np.nan], [np.inf]])
def test_of_no_time_there_is_no_isochrone(minutes: list[float]) -> None:
    net = network(table(line((0, 0), (0, 1))))
    with pytest.raises(GeometryError, match="minutes above 0"):
        net.isochrones([at(0, 0)], minutes, "high")
