"""Journeys between districts: by hand, against the matrix, and against each path's own line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.travel import Network
from geo.travel.journeys import Journeys, journeys
from tests.geo.travel.test_matrix import built, mixed
from tests.geo.travel.test_matrix import place as node_at
from tests.geo.travel.ways import RULES, at, both, km, line, minutes, network, series, table
from vigia.errors import GeometryError

WALKING = replace(RULES, walk_limit_minutes=600.0)
Strip = tuple[float, float]


def strips(*sides: Strip, low: float = -20, high: float = 20) -> gpd.GeoDataFrame:
    """Districts from one x to another, with the codes 0, 1, 2 ..."""
    shapes = [shapely.box(*at(a, low).coords[0], *at(b, high).coords[0]) for a, b in sides]
    codes = [str(number) for number in range(len(sides))]
    return gpd.GeoDataFrame({"code": codes}, geometry=shapes, crs=4326)


def row_of(count: int) -> gpd.GeoDataFrame:
    return strips(*((x - 0.5, x + 0.5) for x in range(count)))


def capitals(*places: shapely.Point | None) -> gpd.GeoSeries:
    codes = [str(number) for number in range(len(places))]
    return gpd.GeoSeries(list(places), index=codes, crs=4326)


def ways(one: Journeys, origin: int) -> dict[int, list[int]]:
    """By place that is reached from an origin, the districts on the way."""
    first, end = one.stretches[origin : origin + 2]
    district, parent = one.district[first:end].tolist(), one.parent[first:end].tolist()
    found = {}
    for arrival in range(*one.arrivals[origin : origin + 2]):
        here, way = int(one.last[arrival]), []
        while here >= 0:
            assert parent[here] < here
            way.insert(0, district[here])
            here = parent[here]
        found[int(one.place[arrival])] = way
    return found


def times(one: Journeys) -> np.ndarray:
    """Shape (districts, places); NaN where there is no way."""
    known = np.full((one.districts, one.districts + one.exits), np.nan)
    origin = np.repeat(np.arange(one.districts), np.diff(one.arrivals))
    known[origin, one.place] = one.minutes
    return known


def in_season(net: Network, places: gpd.GeoSeries, *args: gpd.GeoDataFrame) -> Journeys:
    (one,) = journeys(net, places, *args, seasons=["high"])
    return one


# By hand


def test_a_line_without_a_fork_leads_through_every_district_between_its_ends() -> None:
    net = network(table(line((0, 0), (4, 0))), [at(0, 0)])
    one = in_season(net, capitals(*(at(x, 0) for x in range(5))), row_of(5))
    assert ways(one, 0) == {end: list(range(end + 1)) for end in range(1, 5)}
    assert ways(one, 4)[0] == [4, 3, 2, 1, 0]
    assert ways(one, 2) == {0: [2, 1, 0], 1: [2, 1], 3: [2, 3], 4: [2, 3, 4]}


def test_a_way_that_comes_back_has_the_district_once() -> None:
    """Out of 0 into 1, back through 0, and on to 2 which lies behind both."""
    bend = line((0, 0), (1, 0), (1, 1), (0, 1), (0, 2))
    behind = strips((-0.5, 0.5), (0.5, 1.5), low=-1, high=1.5)
    last = strips((-0.5, 0.5), low=1.5, high=3).assign(code="2")
    net = network(table(bend), [at(0, 0)])
    places = capitals(at(0, 0), at(1, 1), at(0, 2))
    one = in_season(net, places, both(behind, last))
    assert ways(one, 0) == {1: [0, 1], 2: [0, 1, 2]}
    assert ways(one, 1) == {0: [1, 0], 2: [1, 0, 2]}


def test_districts_that_a_way_leads_through_by_turns_come_in_the_order_of_the_first_time() -> None:
    """A river that is the border of two: it is in either by turns."""
    zigzag = line((0, 0), (1, 0.2), (2, -0.2), (3, 0.2), (4, 0))
    north = strips((0.2, 3.8), low=0, high=5).assign(code="1")
    south = strips((0.2, 3.8), low=-5, high=0).assign(code="2")
    ends = strips((-1, 0.2), (3.8, 5))
    districts = both(ends.assign(code=["0", "3"]), north, south)
    places = capitals(at(0, 0), at(2, 3), at(2, -3), at(4, 0))
    one = in_season(network(table(zigzag), [at(0, 0)]), places, districts)
    assert ways(one, 0) == {3: [0, 1, 2, 3]}
    assert ways(one, 3) == {0: [3, 1, 2, 0]}


def test_what_lies_outside_of_all_districts_is_no_stretch() -> None:
    net = network(table(line((0, 0), (4, 0))), [at(0, 0)])
    apart = strips((-0.5, 0.5), (1.9, 2.1), (3.5, 4.5))
    one = in_season(net, capitals(at(0, 0), None, at(4, 0)), apart)
    assert ways(one, 0) == {2: [0, 1, 2]}


def test_nobody_gets_to_another_part_of_the_network() -> None:
    net = network(table(line((0, 0), (1, 0)), line((2, 0), (3, 0))), [at(0, 0), at(2, 0)])
    one = in_season(net, capitals(*(at(x, 0) for x in range(4))), row_of(4))
    assert [set(ways(one, origin)) for origin in range(4)] == [{1}, {0}, {3}, {2}]


def test_a_district_without_a_place_is_passed_through_all_the_same() -> None:
    net = network(table(line((0, 0), (2, 0))), [at(0, 0)])
    one = in_season(net, capitals(at(0, 0), None, at(2, 0)), row_of(3))
    assert [ways(one, origin) for origin in range(3)] == [{2: [0, 1, 2]}, {}, {0: [2, 1, 0]}]


def test_a_way_in_a_boat_and_a_way_on_foot() -> None:
    """Walking 1 step takes 83 minutes; the boat goes round by district 2."""
    net = network(table(line((0, 0), (2, 0), (2, 1), (0, 1))), [at(0, 0)], WALKING)
    north = strips((-0.5, 1.5), low=0.5, high=2).assign(code="1")
    districts = both(strips((-0.5, 1.5), low=-2, high=0.5), north)
    east = strips((1.5, 3), low=-2, high=2).assign(code="2")
    places = capitals(at(0, 0), at(0, 1), at(2, 0.5))
    one = in_season(net, places, both(districts, east))
    assert ways(one, 0) == {1: [0, 1], 2: [0, 2]}
    assert times(one)[0, 1] == pytest.approx(83, abs=1)
    slow = replace(WALKING, walk_kmh=0.1)
    net = network(table(line((0, 0), (2, 0), (2, 1), (0, 1))), [at(0, 0)], slow)
    assert ways(in_season(net, places, both(districts, east)), 0) == {1: [0, 2, 1], 2: [0, 2]}


def test_on_a_ring_the_shorter_way_is_taken() -> None:
    ring = line((0, 0), (2, 0), (2, 2), (0, 2), (0, 0))
    net = network(table(line((-2, 0), (0, 0)), ring, mode="road"))
    west, east = strips((-3, -1), low=-1, high=3), strips((-1, 3), low=-1, high=3)
    one = in_season(net, capitals(at(-2, 0), at(2, 0)), both(west, east.assign(code="1")))
    straight = km((-2, 0), (0, 0)) + km((0, 0), (2, 0))
    assert times(one)[0, 1] == times(one)[1, 0] == pytest.approx(straight / 30 * 60, rel=1e-4)


def test_exits_are_reached_from_their_own_district_too() -> None:
    net = network(table(line((0, 0), (3, 0))), [at(0, 0)])
    (one,) = journeys(
        net,
        capitals(at(0, 0), at(1, 0)),
        row_of(2),
        exits=series([at(1.2, 0), at(3, 0)]),
        seasons=["low"],
    )
    assert (one.districts, one.exits) == (2, 2)
    assert ways(one, 0) == {1: [0, 1], 2: [0, 1], 3: [0, 1]}
    assert ways(one, 1) == {0: [1, 0], 2: [1], 3: [1]}
    assert times(one)[0, 3] == pytest.approx(minutes(net, at(0, 0), at(3, 0), "low"), rel=1e-6)


# Against the matrix and the paths


@settings(deadline=None, max_examples=25)
@given(mixed(), st.sampled_from([0.0, 400.0]), st.sampled_from(["high", "low"]))
def test_minutes_are_those_of_the_matrix(
    graph: tuple[int, list[tuple[int, int]], list[tuple[int, int]]], walk: float, season: str
) -> None:
    net = replace(built(graph), rules=replace(RULES, walk_limit_minutes=walk))
    count = graph[0]
    places = [at(*node_at(node)) for node in range(count)]
    (one,) = journeys(net, capitals(*places), row_of(count), seasons=[season])
    known = net.matrix(places, places, season).minutes
    np.fill_diagonal(known, np.nan)
    assert times(one) == pytest.approx(known, rel=1e-6, nan_ok=True)


@settings(deadline=None, max_examples=25)
@given(mixed(), st.sampled_from(["high", "low"]))
def test_districts_are_those_that_the_lines_of_the_paths_cross(
    graph: tuple[int, list[tuple[int, int]], list[tuple[int, int]]], season: str
) -> None:
    net, count = built(graph), graph[0]
    districts = row_of(count)
    places = [at(*node_at(node)) for node in range(count)]
    (one,) = journeys(net, capitals(*places), districts, seasons=[season])
    for origin in range(count):
        for end, way in ways(one, origin).items():
            path = net.path(places[origin], places[end], season).geometry
            assert set(way) == set(np.flatnonzero(districts.intersects(path)).tolist())
            assert way[0] == origin
            assert len(set(way)) == len(way)


# What is kept, and in what order


@pytest.fixture(scope="module")
def comb() -> tuple[Network, gpd.GeoSeries, gpd.GeoDataFrame]:
    """A river of thirty districts, and creeks to every capital."""
    creeks = [line((x, 0), (x, 1 + (x * 7) % 5)) for x in range(30)]
    net = network(table(line((0, 0), (29, 0)), *creeks), [at(0, 0)])
    return net, capitals(*(at(x, 1 + (x * 7) % 5) for x in range(30))), row_of(30)


def test_the_nearest_are_kept_with_the_ways_that_they_have_among_all(
    comb: tuple[Network, gpd.GeoSeries, gpd.GeoDataFrame],
) -> None:
    full = journeys(*comb)
    for one, few in zip(full, journeys(*comb, nearest=4), strict=True):
        every, kept = times(one), times(few)
        soonest = np.argsort(np.where(np.isnan(every), np.inf, every), axis=1, kind="stable")[:, :4]
        for origin in range(30):
            assert set(ways(few, origin)) == set(soonest[origin].tolist())
            assert ways(few, origin).items() <= ways(one, origin).items()
        there = ~np.isnan(kept)
        assert (kept[there] == every[there]).all()


def test_what_is_farther_than_asked_for_is_not_reached(
    comb: tuple[Network, gpd.GeoSeries, gpd.GeoDataFrame],
) -> None:
    for one, few in zip(journeys(*comb), journeys(*comb, within_minutes=300), strict=True):
        assert times(few) == pytest.approx(
            np.where(times(one) <= 300, times(one), np.nan), nan_ok=True
        )


def test_among_many_districts_only_the_nearest_are_kept(
    comb: tuple[Network, gpd.GeoSeries, gpd.GeoDataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geo.travel.journeys.ALL_AMONG", 29)
    monkeypatch.setattr("geo.travel.journeys.NEAREST", 3)
    assert all(np.diff(one.arrivals).max() == 3 for one in journeys(*comb))


def test_walks_are_among_the_nearest() -> None:
    """Of three that are reached the two soonest: one by boat, one on foot."""
    rules = replace(WALKING, walk_limit_minutes=70.0)
    net = network(table(line((0, 0), (3, 0))), [at(0, 0)], rules)
    places = capitals(at(0, 0), at(1, 0), at(3, 0), at(0, 0.8))
    districts = both(row_of(4), row_of(0))
    (one,) = journeys(net, places, districts, seasons=["low"], nearest=2)
    everyone = net.matrix(list(places), list(places), "low").minutes[0]
    assert set(ways(one, 0)) == set((np.argsort(everyone[1:]) + 1)[:2].tolist())


def bytes_of(all_of_them: Sequence[Journeys]) -> list[bytes]:
    return [
        np.asarray(getattr(one, field.name)).tobytes()
        for one in all_of_them
        for field in fields(one)
    ]


def test_the_order_of_rows_and_the_direction_of_drawing_change_no_byte() -> None:
    lines = [
        line((0, 0), (5, 0)),
        line((2, 0), (2, 3)),
        line((4, 0), (4, -3)),
        line((2, 3), (4, 3)),
    ]
    places = capitals(at(0, 0), at(1, 0), at(2, 3), at(3, 0), at(4, -3), at(5, 0))
    one = journeys(network(table(*lines), [at(0, 0)]), places, row_of(6))
    turned = [shapely.reverse(each) for each in lines[::-1]]
    districts = row_of(6).iloc[::-1]
    other = journeys(network(table(*turned), [at(0, 0)]), places, districts)
    assert bytes_of(one) == bytes_of(other)


# What is refused


def test_what_cannot_be_travelled_is_refused() -> None:
    net = network(table(line((0, 0), (1, 0))), [at(0, 0)])
    places = capitals(at(0, 0), at(1, 0))
    with pytest.raises(GeometryError, match="nearest is 0"):
        journeys(net, places, row_of(2), nearest=0)
    with pytest.raises(GeometryError, match="no season"):
        journeys(net, places, row_of(2), seasons=["dry"])
    with pytest.raises(GeometryError, match="'1' has a place and no row"):
        journeys(net, places, row_of(1))
