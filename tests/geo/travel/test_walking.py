"""Off the network: straight lines on foot, up to a limit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from tests.geo.travel.ways import RULES, at, both, km, line, minutes, network, table

WALKING = replace(RULES, walk_limit_minutes=240.0)  # 16 km at 4 km/h, about 3 steps of the grid
RIVER = table(line((0, 0), (10, 0)))
MOUTH = at(10, 0)


def on_foot(*places: tuple[float, float]) -> float:
    return km(*places) / 4 * 60


def test_within_the_tolerance_nobody_walks() -> None:
    near = at(2, 90 / 111_000 / 0.05)
    net = network(RIVER, [MOUTH], WALKING)
    found = net.matrix([near], [at(6, 0)], "high")
    assert found.minutes[0, 0] == pytest.approx(km((2, 0), (6, 0)) / 20 * 60, rel=1e-6)
    assert found.walked_share[0, 0] == 0


def test_beyond_it_they_walk_to_the_nearest_point_of_the_way() -> None:
    net = network(RIVER, [MOUTH], WALKING)
    walk, boat = on_foot((2, 1), (2, 0)), km((2, 0), (8, 0)) / 20 * 60
    found = net.matrix([at(2, 1)], [at(8, 0)], "high")
    assert found.minutes[0, 0] == pytest.approx(walk + boat, rel=1e-4)
    assert found.walked_share[0, 0] == pytest.approx(walk / (walk + boat), rel=1e-4)


def test_and_from_the_way_to_the_target() -> None:
    net = network(RIVER, [MOUTH], WALKING)
    walks = on_foot((2, 1), (2, 0)) + on_foot((8, 0), (8, 2))
    boat = km((2, 0), (8, 0)) / 20 * 60
    times = net.minutes_to_nearest([at(2, 1)], [at(8, 2)], "high")
    assert times.minutes[0] == pytest.approx(walks + boat, rel=1e-4)
    assert times.walked_share[0] == pytest.approx(walks / (walks + boat), rel=1e-4)


def test_a_shorter_way_on_foot_is_walked_whole() -> None:
    net = network(RIVER, [MOUTH], WALKING)
    found = net.matrix([at(5, 1)], [at(5, 2)], "high")
    assert found.minutes[0, 0] == pytest.approx(on_foot((5, 1), (5, 2)), rel=1e-9)
    assert found.walked_share[0, 0] == 1


def test_beyond_the_limit_the_answer_is_missing() -> None:
    net = network(RIVER, [MOUTH], WALKING)
    far = at(5, 4)  # 22 km
    times = net.minutes_to_nearest([far, at(5, 2)], [MOUTH], "high")
    assert np.isnan(times.minutes[0])
    assert np.isnan(times.walked_share[0])
    assert times.target.tolist() == [-1, 0]
    assert np.isnan(minutes(net, MOUTH, far))
    assert np.isfinite(minutes(net, MOUTH, at(5, 2)))


def test_the_limit_is_of_minutes_measured_on_the_ellipsoid() -> None:
    exactly = on_foot((5, 0), (5, 2))
    for slack, reached in ((1 + 1e-4, True), (1 - 1e-4, False)):
        rules = replace(RULES, walk_limit_minutes=exactly * slack)
        net = network(RIVER, [MOUTH], rules)
        assert np.isfinite(minutes(net, at(5, 2), MOUTH)) == reached


def test_people_walk_to_the_mode_that_serves_them_best() -> None:
    """The river is nearer; the road is quicker to where they go."""
    roads = table(line((0, 2), (10, 2)), mode="road")
    net = network(both(RIVER, roads), [MOUTH], replace(WALKING, snap_m=10.0))
    by_road = on_foot((1, 0.9), (1, 2)) + km((1, 2), (9, 2)) / 30 * 60
    assert minutes(net, at(1, 0.9), at(9, 2)) == pytest.approx(by_road, rel=1e-4)
    by_river = on_foot((1, 0.9), (1, 0)) + km((1, 0), (9, 0)) / 20 * 60
    assert minutes(net, at(1, 0.9), at(9, 0)) == pytest.approx(by_river, rel=1e-4)


def test_who_stands_on_a_road_may_still_walk_to_the_river() -> None:
    roads = table(line((0, 1), (10, 1)), mode="road")
    net = network(both(RIVER, roads), [MOUTH], WALKING)
    by_road = on_foot((1, 0), (1, 1)) + km((1, 1), (9, 1)) / 30 * 60
    assert minutes(net, at(1, 0), at(9, 1)) == pytest.approx(by_road, rel=1e-4)
    assert minutes(net, at(1, 0), at(9, 0)) == pytest.approx(km((1, 0), (9, 0)) / 20 * 60, rel=1e-4)


def test_but_not_to_another_way_of_the_same_kind() -> None:
    net = network(both(RIVER, table(line((0, 1), (10, 1)))), [MOUTH, at(10, 1)], WALKING)
    assert np.isnan(minutes(net, at(1, 0), at(9, 1)))


def test_of_several_targets_the_nearest_in_time_is_named() -> None:
    net = network(RIVER, [MOUTH], WALKING)
    targets = [at(1, 0), at(8, 0), at(5, 1.9)]
    places = [at(4, 0), at(5, 1.8), at(2, 0)]
    to = net.minutes_to_nearest(places, targets, "high")
    assert to.target.tolist() == [1, 2, 0]  # 20 km down the river before 15 km up it
    assert net.minutes_to_nearest(places, targets, "high", "from").target.tolist() == [0, 2, 0]
    matrix = net.matrix(places, targets, "high")
    assert to.minutes == pytest.approx(np.nanmin(matrix.minutes, axis=1), rel=1e-12)
    best = np.nanargmin(matrix.minutes, axis=1)
    assert to.walked_share == pytest.approx(matrix.walked_share[range(3), best], rel=1e-12)


def test_areas_and_lines_are_reached_where_a_way_enters_them() -> None:
    net = network(RIVER, [MOUTH], replace(WALKING, snap_m=1.0))
    box = shapely.box(at(4, 0).x, at(0, -1).y, at(6, 0).x, at(0, 1).y)
    fence = line((7, -1), (7, 1))
    times = net.matrix([at(2, 0), at(5, 0), at(9, 0)], [box, fence], "high").minutes
    assert times[0, 0] == pytest.approx(km((2, 0), (4, 0)) / 20 * 60, rel=1e-3)
    assert times[1, 0] == 0
    assert times[2, 0] == pytest.approx(km((6, 0), (9, 0)) / 10 * 60, rel=1e-3)
    assert times[0, 1] == pytest.approx(km((2, 0), (7, 0)) / 20 * 60, rel=1e-3)


def test_an_area_with_many_bends_of_a_line_in_it_is_entered_at_its_border() -> None:
    """The line has more vertices than a piece of the search tree, most of them inside."""
    bends = line(*((x / 20, 0.05 * (x % 2)) for x in range(201)))
    net = network(table(bends), [at(10, 0)], replace(WALKING, snap_m=1.0))
    box = shapely.box(at(2, 0).x, at(0, -1).y, at(8, 0).x, at(0, 1).y)
    way = net.path(at(0, 0), at(10, 0), "high").legs[0].km
    times = net.matrix([at(0, 0), box], [box, at(10, 0)], "high").minutes
    assert times[0, 0] == pytest.approx(0.2 * way / 20 * 60, rel=2e-3)
    assert times[1, 1] == pytest.approx(0.2 * way / 20 * 60, rel=2e-3)
    assert times[1, 0] == 0
    entries = net.access(net.plane([box], "The box"))
    assert len(entries) <= 6  # and not one for every piece


def test_a_line_that_lies_whole_in_an_area_is_left_from_its_end() -> None:
    lines = table(line((0, 0), (1, 0)), line((1, 0), (5, 0)))
    net = network(lines, [at(5, 0)], replace(WALKING, snap_m=1.0))
    box = shapely.box(at(-1, 0).x, at(0, -1).y, at(1, 0).x, at(0, 1).y)
    found = net.matrix([box], [at(5, 0)], "high").minutes[0, 0]
    assert found == pytest.approx(km((1, 0), (5, 0)) / 20 * 60, rel=1e-3)


def test_nowhere_is_not_reached() -> None:
    net = network(RIVER, [MOUTH], WALKING)
    times = net.minutes_to_nearest([None, shapely.Point(), at(1, 0)], [MOUTH, None], "high")
    assert np.isnan(times.minutes[:2]).all()
    assert np.isfinite(times.minutes[2])
    assert np.isnan(net.minutes_to_nearest([at(1, 0)], [], "high").minutes).all()
    assert net.matrix([at(1, 0)], [], "high").minutes.shape == (1, 0)
    assert net.minutes_to_nearest([], [MOUTH], "high").minutes.shape == (0,)
