"""The way itself: in one piece, along the lines, as long as the matrix says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from geo.travel import Network
from tests.geo.travel.regions import RULES as EXACT
from tests.geo.travel.regions import synthetic
from tests.geo.travel.ways import GEOD, RULES, at, both, km, line, network, table
from vigia.errors import GeometryError

WALKING = replace(RULES, walk_limit_minutes=240.0)
METRE = 1 / 111_000 / 0.05


def length(geometry: shapely.LineString) -> float:
    return float(GEOD.geometry_length(geometry)) / 1000


@pytest.mark.parametrize("season", ["high", "low"])
def test_paths_are_as_long_as_the_matrix_says(season: str) -> None:
    made = synthetic(2, 40)
    net = made.network(replace(EXACT, snap_m=100.0, walk_limit_minutes=480.0, transfer_minutes=20))
    places = made.settlements[:: len(made.settlements) // 8]
    matrix = net.matrix(places, places, season)
    for row, column in zip(*np.nonzero(np.isfinite(matrix.minutes)), strict=True):
        path = net.path(places[row], places[column], season)
        assert path.minutes == pytest.approx(matrix.minutes[row, column], rel=1e-9, abs=1e-9)
        assert path.walked_share == pytest.approx(matrix.walked_share[row, column], abs=1e-9)
        assert sum(leg.minutes for leg in path.legs) == pytest.approx(path.minutes)
        assert path.geometry.geom_type == "LineString"
        assert shapely.Point(path.geometry.coords[0]) == places[row]
        assert shapely.Point(path.geometry.coords[-1]) == places[column]


def test_a_path_follows_the_drawn_lines() -> None:
    """Every vertex of it lies on a way, and it is as long as its legs."""
    made = synthetic(2, 40)
    net = made.network(drawn_lengths=True)
    ways = shapely.union_all(made.ways.geometry.to_numpy())
    shapely.prepare(ways)
    for target in made.settlements[10:60:10]:
        path = net.path(made.settlements[0], target, "high")
        vertices = shapely.points(shapely.get_coordinates(path.geometry))
        assert shapely.distance(vertices, ways).max() < 1e-6
        assert sum(leg.km for leg in path.legs) == pytest.approx(length(path.geometry), rel=1e-4)


def straight(rules: object = RULES) -> Network:
    return network(table(line((0, 0), (0, 2), (2, 2))), [at(2, 2)], rules)  # type: ignore[arg-type]


def test_between_two_places_of_one_edge_it_is_the_stretch_between_them() -> None:
    path = straight().path(at(0, 1), at(1, 2), "high")
    assert [leg.mode for leg in path.legs] == ["river"]
    assert path.minutes == pytest.approx(km((0, 1), (0, 2), (1, 2)) / 20 * 60, rel=1e-4)
    back = straight().path(at(1, 2), at(0, 1), "high")
    assert back.minutes == pytest.approx(2 * path.minutes, rel=1e-9)
    one, other = (shapely.get_coordinates(way.geometry) for way in (path, back))
    assert other == pytest.approx(one[::-1])
    assert shapely.distance(path.geometry, at(0, 2)) < 1e-9


def test_a_snapped_end_is_joined_straight() -> None:
    lines = [line((0, 0), (0, 1)), line((60 * METRE, 1), (2, 2))]
    path = network(table(*lines), [at(2, 2)]).path(at(0, 0), at(2, 2), "high")
    assert path.geometry.geom_type == "LineString"
    assert path.minutes == pytest.approx(
        (km((0, 0), (0, 1)) + km((60 * METRE, 1), (2, 2))) / 20 * 60, rel=1e-6
    )
    assert length(path.geometry) == pytest.approx(path.legs[0].km + 0.06, abs=0.001)


def test_walks_are_legs_at_both_ends() -> None:
    path = straight(WALKING).path(at(-1, 0.5), at(1, 2.5), "high")
    assert [leg.mode for leg in path.legs] == ["walk", "river", "walk"]
    assert path.legs[0].minutes == pytest.approx(km((-1, 0.5), (0, 0.5)) / 4 * 60, rel=1e-4)
    walked = (path.legs[0].minutes + path.legs[2].minutes) / path.minutes
    assert path.walked_share == pytest.approx(walked)


def test_a_walk_straight_there_is_one_leg() -> None:
    path = straight(WALKING).path(at(-0.5, 1), at(0.5, 1), "low")
    assert [leg.mode for leg in path.legs] == ["walk"]
    assert path.minutes == pytest.approx(km((-0.5, 1), (0.5, 1)) / 4 * 60, rel=1e-9)
    assert path.walked_share == 1
    assert len(path.geometry.coords) == 2


def test_from_a_place_to_itself_there_is_nothing_to_travel() -> None:
    path = straight().path(at(0, 1), at(0, 1), "high")
    assert (path.minutes, path.legs) == (0, ())


def test_around_an_island_it_takes_the_shorter_arm() -> None:
    arms = [line((0, 1), (-1, 2), (0, 3)), line((0, 1), (2, 2), (0, 3))]
    net = network(table(line((0, 0), (0, 1)), line((0, 3), (0, 4)), *arms), [at(0, 4)])
    path = net.path(at(0, 0), at(0, 4), "high")
    assert shapely.distance(path.geometry, at(-1, 2)) < 1e-9
    assert shapely.distance(path.geometry, at(2, 2)) > 0.04


def test_a_closed_way_that_begins_where_it_ends_is_a_path_too() -> None:
    ring = line((0, 1), (1, 2), (-1, 2), (0, 1))
    net = network(both(table(line((0, 0), (0, 1)), ring)), [at(0, 0)])
    path = net.path(at(1, 2), at(0, 0), "high")
    expected = (km((1, 2), (0, 1)) / 10 + km((0, 1), (0, 0)) / 20) * 60
    assert path.minutes == pytest.approx(expected, rel=1e-4)
    other = net.path(at(-1, 2), at(0, 0), "high")
    assert other.minutes == pytest.approx(expected, rel=1e-4)
    assert length(other.geometry) == pytest.approx(length(path.geometry), rel=1e-4)


def test_where_there_is_no_way_the_person_is_told() -> None:
    net = network(table(line((0, 0), (0, 1)), line((4, 0), (4, 1))))
    with pytest.raises(GeometryError, match="no way between"):
        net.path(at(0, 0), at(4, 0), "high")
    with pytest.raises(GeometryError, match="point to point"):
        net.path(at(0, 0), line((4, 0), (4, 1)), "high")  # type: ignore[arg-type]
