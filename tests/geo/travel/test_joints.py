"""Where ways of one kind meet, and where they do not."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import shapely

from tests.geo.travel.ways import RULES, at, both, close, km, line, minutes, network, table

METRE = 1 / 111_000 / 0.05  # in steps of the grid


@pytest.mark.parametrize(("crossings", "met"), [(True, True), (False, False)])
def test_lines_that_cross_meet_where_their_table_says_so(crossings: bool, met: bool) -> None:
    roads = table(line((-1, 0), (1, 0)), line((0, -1), (0, 1)), mode="road", crossings=crossings)
    net = network(roads)
    assert len(net.report.components) == (1 if met else 2)
    assert net.report.crossings == int(met)
    expected = (km((-1, 0), (0, 0)) + km((0, 0), (0, 1))) / 30 * 60 if met else np.nan
    assert minutes(net, at(-1, 0), at(0, 1)) == pytest.approx(expected, rel=2e-5, nan_ok=True)


def test_each_table_has_its_own_rule() -> None:
    """A line that crosses one of each kind meets the one whose table nodes crossings."""
    noded = table(line((-1, 0), (1, 0)), line((0, -2), (0, 2)), mode="road", crossings=True)
    ends_only = table(line((-1, 1), (1, 1)), mode="road", crossings=False)
    net = network(both(noded, ends_only))
    assert np.isfinite(minutes(net, at(-1, 0), at(0, 2)))
    assert np.isnan(minutes(net, at(-1, 1), at(0, 2)))


def test_a_shared_stretch_joins_at_both_of_its_ends() -> None:
    roads = table(
        line((0, 0), (1, 0), (2, 0), (3, 1)),
        line((0, 1), (1, 0), (2, 0), (3, 0)),
        mode="road",
        crossings=True,
    )
    net = network(roads)
    way = km((0, 1), (1, 0), (2, 0), (3, 1))
    assert minutes(net, at(0, 1), at(3, 1)) == close(way / 30 * 60)


def test_an_end_on_a_line_meets_it_though_crossings_do_not() -> None:
    roads = table(line((-1, 0), (1, 0)), line((0, 0), (0, 1)), mode="road")
    net = network(roads)
    way = km((-1, 0), (0, 0)) + km((0, 0), (0, 1))
    assert minutes(net, at(-1, 0), at(0, 1)) == close(way / 30 * 60)
    assert net.report.snapped == 0


def test_two_ends_on_a_line_at_one_place_meet_it_too() -> None:
    roads = table(line((-1, 0), (1, 0)), line((0, 0), (0, 1)), line((0, 0), (0, -1)), mode="road")
    assert len(network(roads).report.components) == 1


@pytest.mark.parametrize(("metres", "met"), [(60, True), (140, False)])
def test_a_loose_end_is_snapped_to_the_line_it_misses(metres: float, met: bool) -> None:
    roads = table(line((-1, 0), (1, 0)), line((0, metres * METRE), (0, 1)), mode="road")
    net = network(roads)
    assert np.isfinite(minutes(net, at(-1, 0), at(0, 1))) == met
    assert net.report.snapped == int(met)
    dangles = net.report.to_json()["dangles"]
    assert dangles == {"river": 0, "road": 3 if met else 4}
    if met:
        assert net.report.largest_shift_m == pytest.approx(metres, rel=0.01)


def test_tributaries_on_both_banks_join_the_river_and_not_each_other() -> None:
    """Their ends are nearer to each other than the tolerance, and nearer still to the line."""
    rivers = table(
        line((0, 0), (4, 0)), line((2, 45 * METRE), (2, 1)), line((2, -45 * METRE), (2, -1))
    )
    net = network(rivers, [at(4, 0)])
    assert len(net.report.components) == 1
    assert np.isfinite(minutes(net, at(2, 1), at(0, 0)))
    assert np.isfinite(minutes(net, at(2, -1), at(0, 0)))


def test_overlapping_ends_of_a_broken_river_leave_no_loop() -> None:
    off = 10 * METRE
    rivers = table(line((0, 0), (1, 0)), line((1 - 3 * off, off), (2, off)))
    net = network(rivers, [at(2, off)])
    assert len(net.report.components) == 1
    assert net.report.loops == (0, 0)
    assert net.report.undirected == (0, 0)


def test_a_river_of_many_short_lines_has_no_loop_at_its_source() -> None:
    places = [(0, n * 30 * METRE) for n in range(40)]
    reaches = [line(*pair) for pair in itertools.pairwise(places)]
    stub = line(places[20], (40 * METRE, places[20][1] + 20 * METRE))
    net = network(table(*reaches, stub), [at(*places[-1])])
    assert net.report.snapped == 0
    assert net.report.loops == (0, 0)
    assert net.report.edges == 40


def test_exact_ends_alone_meet_without_a_tolerance() -> None:
    rules = replace(RULES, snap_m=0.0)
    apart = table(line((0, 0), (0, 1)), line((0, 1 + 2 * METRE), (0, 2)), mode="road")
    assert len(network(apart, rules=rules).report.components) == 2
    met = table(line((0, 0), (0, 1)), line((0, 1), (0, 2)), mode="road")
    net = network(met, rules=rules)
    assert minutes(net, at(0, 0), at(0, 2)) == pytest.approx(km((0, 0), (0, 2)) / 30 * 60)


def test_what_is_no_line_is_dropped_and_told() -> None:
    point = shapely.LineString([at(3, 3), at(3, 3)])
    rows = [line((0, 0), (0, 1)), None, at(1, 1), point, line((0, 1), (0, 0)), shapely.LineString()]
    ways = table(*rows, mode="road", fid=["a", "b", "c", "d", "e", "f"])
    if not shapely.is_valid(point):  # a line without length is invalid, and refused before
        ways = ways[ways["fid"] != "d"]
    report = network(ways).report
    assert report.dropped["no geometry"] == ["b", "f"]
    assert report.dropped["no line"] == ["c"]
    assert len(report.dropped["drawn twice"]) == 1
    assert report.edges == 1
    assert report.rows == len(ways)


def test_lines_of_another_crs_are_the_same_lines() -> None:
    ways = table(line((0, 0), (0, 1)), line((0, 1), (1, 2)))
    one, other = (network(t, [at(1, 2)]) for t in (ways, ways.to_crs("EPSG:32719")))
    times = [minutes(net, at(0, 0), at(1, 2)) for net in (one, other)]
    assert times[0] == pytest.approx(times[1], rel=1e-9)
