"""Rivers: their direction from where they end, loops, breaks and separate parts."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.travel import Network
from tests.geo.travel.ways import RULES, at, km, line, minutes, network, table

CLOSE = pytest.approx
Y = [line((0, 0), (1, 1)), line((2, 0), (1, 1)), line((1, 1), (1, 3))]
MOUTH = at(1, 3)


def close(value: float) -> object:
    """Lengths are cut to short chords; along a parallel they differ by less than this."""
    return pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize("turned", list(itertools.product([False, True], repeat=3)))
def test_a_river_flows_to_its_outlet_however_it_was_drawn(turned: tuple[bool, ...]) -> None:
    lines = [shapely.reverse(g) if t else g for g, t in zip(Y, turned, strict=True)]
    net = network(table(*lines), [MOUTH])
    arm, stem = km((0, 0), (1, 1)), km((1, 1), (1, 3))
    assert minutes(net, at(0, 0), MOUTH) == close((arm + stem) / 20 * 60)
    assert minutes(net, MOUTH, at(0, 0)) == close((arm + stem) / 10 * 60)
    assert minutes(net, at(0, 0), at(2, 0)) == close(arm / 20 * 60 + arm / 10 * 60)
    assert minutes(net, at(0, 0), MOUTH, "low") == close((arm + stem) / 12 * 60)
    assert minutes(net, MOUTH, at(0, 0), "low") == close((arm + stem) / 4 * 60)


def test_another_outlet_turns_the_river() -> None:
    net = network(table(*Y), [at(0, 0)])
    whole = km((0, 0), (1, 1)) + km((1, 1), (1, 3))
    assert minutes(net, MOUTH, at(0, 0)) == close(whole / 20 * 60)
    assert minutes(net, at(0, 0), MOUTH) == close(whole / 10 * 60)


def test_places_along_the_line_are_reached_in_part_of_its_time() -> None:
    net = network(table(line((0, 0), (0, 4))), [at(0, 4)])
    assert minutes(net, at(0, 1), at(0, 3)) == close(km((0, 1), (0, 3)) / 20 * 60)
    assert minutes(net, at(0, 3), at(0, 1)) == close(km((0, 1), (0, 3)) / 10 * 60)
    assert minutes(net, at(0, 2), at(0, 2)) == 0


def test_an_outlet_in_the_middle_of_a_line_takes_water_from_both_sides() -> None:
    net = network(table(line((0, 0), (0, 4))), [at(0, 1)])
    assert minutes(net, at(0, 0), at(0, 1)) == close(km((0, 0), (0, 1)) / 20 * 60)
    assert minutes(net, at(0, 4), at(0, 1)) == close(km((0, 1), (0, 4)) / 20 * 60)


def test_in_a_loop_both_ways_are_as_slow_as_upstream() -> None:
    """An island: its two arms have no direction, the river above and below it has."""
    above, below = line((0, 0), (0, 1)), line((0, 3), (0, 4))
    arms = [line((0, 1), (-1, 2), (0, 3)), line((0, 1), (1, 2), (0, 3))]
    net = network(table(above, below, *arms), [at(0, 4)])
    arm = km((0, 1), (1, 2), (0, 3))
    ends = km((0, 0), (0, 1)) + km((0, 3), (0, 4))
    assert minutes(net, at(0, 0), at(0, 4)) == close(ends / 20 * 60 + arm / 10 * 60)
    assert minutes(net, at(0, 4), at(0, 0)) == close(ends / 10 * 60 + arm / 10 * 60)
    edges, length = net.report.loops
    assert (edges, length) == (2, close(2 * arm))
    assert net.report.undirected == (0, 0)


def test_a_ring_at_the_end_of_a_line_is_a_loop() -> None:
    ring = line((0, 1), (1, 2), (-1, 2), (0, 1))
    net = network(table(line((0, 0), (0, 1)), ring), [at(0, 0)])
    assert net.report.loops[0] == 1
    length = km((0, 1), (1, 2))
    assert minutes(net, at(1, 2), at(0, 1)) == close(length / 10 * 60)


def test_between_two_outlets_nobody_can_tell() -> None:
    lines = [line((0, 0), (0, 1)), line((0, 1), (0, 2)), line((0, 1), (1, 1))]
    net = network(table(*lines), [at(0, 0), at(0, 2)])
    assert net.report.loops[0] == 2
    assert minutes(net, at(1, 1), at(0, 1)) == close(km((0, 1), (1, 1)) / 20 * 60)
    assert minutes(net, at(0, 1), at(0, 2)) == close(km((0, 1), (0, 2)) / 10 * 60)


def test_a_broken_line_is_mended_within_the_tolerance() -> None:
    gap = 80 / 111_000 / 0.05  # 80 m in steps of the grid
    lines = [line((0, 0), (0, 1)), line((0, 1 + gap), (0, 2))]
    net = network(table(*lines), [at(0, 2)])
    drawn = km((0, 0), (0, 1)) + km((0, 1 + gap), (0, 2))
    assert minutes(net, at(0, 0), at(0, 2)) == close(drawn / 20 * 60)
    assert net.report.snapped == 2
    assert net.report.largest_shift_m == pytest.approx(80, abs=1)
    assert len(net.report.components) == 1
    assert len(net.report.gaps.value) == 0


def test_a_wider_break_is_a_gap_with_its_place() -> None:
    gap = 400 / 111_000 / 0.05
    lines = [line((0, 0), (0, 1)), line((0, 1 + gap), (0, 2))]
    net = network(table(*lines), [at(0, 2)])
    assert np.isnan(minutes(net, at(0, 0), at(0, 2)))
    assert net.report.snapped == 0
    assert len(net.report.components) == 2
    assert net.report.gaps.value == pytest.approx([400, 400], rel=0.01)
    assert net.report.gaps.lonlat[:, 1] == pytest.approx([at(0, 1).y, at(0, 1 + gap).y])


def test_two_components_are_told_apart_and_reported() -> None:
    far = [line((5, 0), (5, 1)), line((5, 1), (6, 3))]
    net = network(table(*Y, *far), [MOUTH, at(6, 3)])
    assert np.isnan(minutes(net, at(0, 0), at(5, 0)))
    assert minutes(net, at(5, 0), at(5, 1)) == close(km((5, 0), (5, 1)) / 20 * 60)
    first, second = net.report.components
    assert (first.nodes, first.edges, second.nodes, second.edges) == (4, 3, 3, 2)
    assert first.river_km == close(2 * km((0, 0), (1, 1)) + km((1, 1), (1, 3)))
    assert first.road_km == second.road_km == 0
    times = net.minutes_to_nearest([at(0, 0), at(5, 0)], [at(5, 1)], "high")
    assert np.isnan(times.minutes[0])
    assert np.isnan(times.walked_share[0])
    assert times.target.tolist() == [-1, 0]


def directed(net: Network) -> bool:
    return net.report.undirected == (0, 0.0) and net.report.loops == (0, 0.0)


def test_without_outlets_a_river_ends_at_its_widest_class() -> None:
    classes = ["stream", "stream", "main"]
    rules = RULES.__class__(**{**RULES.__dict__, "river_classes": ("main", "stream")})
    net = network(table(*Y, way_class=classes), rules=rules)
    assert directed(net)
    assert net.report.outlets.value.tolist() == ["widest end"]
    assert net.report.outlets.lonlat[0] == pytest.approx([MOUTH.x, MOUTH.y])


def test_or_where_it_is_quickest_at_low_water() -> None:
    net = network(table(*Y, kmh_down_low=[6.0, 5.0, 9.0]))
    assert directed(net)
    assert net.report.outlets.lonlat[0] == pytest.approx([MOUTH.x, MOUTH.y])


def test_where_it_leaves_the_area_goes_before_width() -> None:
    area = shapely.box(at(-1, 0).x, at(0, 0.5).y, at(3, 0).x, at(0, 5).y)
    lines = [Y[0], line((2, 0.8), (1, 1)), Y[2]]
    net = network(table(*lines, kmh_down_low=[6.0, 5.0, 9.0]), area=area)
    assert net.report.outlets.value.tolist() == ["leaves the area"]
    assert net.report.outlets.lonlat[0] == pytest.approx([at(0, 0).x, at(0, 0).y])


@pytest.mark.parametrize("low", [[6.0, 6.0, 6.0], [6.0, 9.0, 9.0]])
def test_where_ends_are_as_wide_nobody_can_tell(low: list[float]) -> None:
    net = network(table(*Y, kmh_down_low=low))
    assert len(net.report.outlets.value) == 0
    assert net.report.undirected[0] == 3
    arm = km((0, 0), (1, 1))
    assert minutes(net, at(0, 0), at(1, 1)) == minutes(net, at(1, 1), at(0, 0))
    assert minutes(net, at(0, 0), at(1, 1)) == close(arm / 10 * 60)


def test_the_widest_stretch_may_end_at_a_confluence_and_then_nobody_can_tell() -> None:
    """Two arms meet at the outlet itself, where no line ends loose: sources are no outlets."""
    lines = [line((0, 0), (1, 1)), line((1, 1), (2, 2)), line((4, 0), (2, 2))]
    net = network(table(*lines, kmh_down_low=[5.0, 9.0, 6.0]))
    assert len(net.report.outlets.value) == 0
    assert net.report.undirected[0] == 3


def test_a_river_that_dries_up_cannot_be_used_in_that_season() -> None:
    ways = table(line((0, 0), (0, 1)), kmh_down_low=[0.0], kmh_up_low=[0.0])
    net = network(ways, [at(0, 1)])
    assert np.isnan(minutes(net, at(0, 0), at(0, 1), "low"))
    assert minutes(net, at(0, 0), at(0, 1)) == close(km((0, 0), (0, 1)) / 20 * 60)


def test_a_true_length_in_the_table_goes_before_the_drawn_one() -> None:
    ways = table(line((0, 0), (0, 1)), line((0, 1), (0, 2)), length_km=[60.0, np.nan])
    net = network(ways, [at(0, 2)])
    assert minutes(net, at(0, 0), at(0, 1)) == close(60 / 20 * 60)
    assert minutes(net, at(0, 0.5), at(0, 1)) == pytest.approx(30 / 20 * 60, rel=1e-4)
    assert minutes(net, at(0, 1), at(0, 2)) == close(km((0, 1), (0, 2)) / 20 * 60)


def test_the_length_of_a_row_is_shared_by_its_parts() -> None:
    parts = shapely.MultiLineString([line((0, 0), (0, 1)), line((0, 1), (0, 4))])
    net = network(table(parts, length_km=[80.0]), [at(0, 4)])
    assert net.report.km["river"] == close(80)
    assert minutes(net, at(0, 0), at(0, 1)) == pytest.approx(20 / 20 * 60, rel=1e-4)


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[int], list[bool]]:
    """The node below each of some nodes, and which reaches are drawn against the water."""
    count = draw(st.integers(2, 9))
    below = [-1] + [draw(st.integers(0, node - 1)) for node in range(1, count)]
    return below, draw(st.lists(st.booleans(), min_size=count, max_size=count))


def climbed(below: list[int], node: int) -> list[int]:
    way = [node]
    while below[way[-1]] >= 0:
        way.append(below[way[-1]])
    return way


@settings(deadline=None)
@given(trees())
def test_in_any_tree_the_way_goes_down_to_the_confluence_and_up(
    tree: tuple[list[int], list[bool]],
) -> None:
    below, turned = tree
    place = [(node, node * node / 10) for node in range(len(below))]  # no three in a line
    reaches = [
        line(*(ends[::-1] if turn else ends))
        for node, turn in list(enumerate(turned))[1:]
        for ends in [(place[node], place[below[node]])]
    ]
    net = network(table(*reaches), [at(*place[0])])
    points = [at(*p) for p in place]
    found = net.matrix(points, points, "low").minutes
    for here, there in itertools.product(range(len(below)), repeat=2):
        down, up = climbed(below, here), climbed(below, there)
        common = next(node for node in down if node in up)
        going = [place[node] for node in down[: down.index(common) + 1]]
        coming = [place[node] for node in up[: up.index(common) + 1]]
        expected = (km(*going) / 12 + km(*coming) / 4) * 60
        assert found[here, there] == pytest.approx(expected, rel=1e-6, abs=1e-6)
