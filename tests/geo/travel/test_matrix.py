"""Matrices: held to plain search, and to what any travel time must obey."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.travel import Network, answers
from tests.geo.travel.ways import RULES, at, both, km, line, minutes, network, ports, table

WALKING = replace(RULES, walk_limit_minutes=120.0)
SPEEDS = {
    "high": {"river": (20, 10), "road": (30, 30)},
    "low": {"river": (12, 4), "road": (40, 40)},
}


@st.composite
def mixed(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]], list[tuple[int, int]]]:
    """A tree of rivers over some places (to the place below), and roads between any of them."""
    count = draw(st.integers(3, 8))
    rivers = [(node, draw(st.integers(0, node - 1))) for node in range(1, count)]
    node = st.integers(0, count - 1)
    roads = draw(st.lists(st.tuples(node, node).filter(lambda p: p[0] < p[1]), max_size=5))
    return count, rivers, sorted(set(roads))


def place(node: int) -> tuple[float, float]:
    return node, node * node / 10  # no three in a line


def built(
    graph: tuple[int, list[tuple[int, int]], list[tuple[int, int]]], transfer: float = 30.0
) -> Network:
    count, rivers, roads = graph
    lines = table(*(line(place(a), place(b)) for a, b in rivers))
    if roads:
        lines = both(lines, table(*(line(place(a), place(b)) for a, b in roads), mode="road"))
    ends = ports(*(at(*place(node)) for node in range(count)))
    return network(lines, [at(*place(0))], replace(RULES, transfer_minutes=transfer), ends)


def plainly(
    graph: tuple[int, list[tuple[int, int]], list[tuple[int, int]]], season: str, origin: int
) -> list[float]:
    """Dijkstra's search over (place, mode), one step after the other."""
    count, rivers, roads = graph
    down, up = SPEEDS[season]["river"]
    steps: dict[tuple[int, str], list[tuple[float, tuple[int, str]]]] = {}
    for mode, pairs in (("river", rivers), ("road", roads)):
        for a, b in pairs:
            there, back = (down, up) if mode == "river" else SPEEDS[season]["road"]
            length = km(place(a), place(b)) * 60
            steps.setdefault((a, mode), []).append((length / there, (b, mode)))
            steps.setdefault((b, mode), []).append((length / back, (a, mode)))
    on_road = {node for pair in roads for node in pair}
    for node in on_road:
        steps.setdefault((node, "river"), []).append((30.0, (node, "road")))
        steps.setdefault((node, "road"), []).append((30.0, (node, "river")))
    todo = [(0.0, (origin, mode)) for mode in ("river", "road")]
    found: dict[tuple[int, str], float] = {}
    while todo:
        minutes, here = heapq.heappop(todo)
        if here in found:
            continue
        found[here] = minutes
        for cost, there_ in steps.get(here, []):
            heapq.heappush(todo, (minutes + cost, there_))
    return [min(found[node, mode] for mode in ("river", "road") if (node, mode) in found)
            for node in range(count)]  # fmt: skip


@settings(deadline=None, max_examples=50)
@given(mixed(), st.sampled_from(["high", "low"]))
def test_times_are_those_of_plain_search(
    graph: tuple[int, list[tuple[int, int]], list[tuple[int, int]]], season: str
) -> None:
    points = [at(*place(node)) for node in range(graph[0])]
    found = built(graph).matrix(points, points, season)
    expected = [plainly(graph, season, origin) for origin in range(graph[0])]
    assert found.minutes == pytest.approx(np.array(expected), rel=1e-6, abs=1e-6)
    assert (found.walked_share == 0).all()


@settings(deadline=None, max_examples=50)
@given(mixed(), st.sampled_from(["high", "low"]), st.sampled_from([0.0, 30.0]))
def test_no_way_is_shortened_by_going_over_a_third_place(
    graph: tuple[int, list[tuple[int, int]], list[tuple[int, int]]], season: str, transfer: float
) -> None:
    """But for the change there: who comes by road and sets out again by boat makes two trips."""
    points = [at(*place(node)) for node in range(graph[0])]
    minutes = built(graph, transfer).matrix(points, points, season).minutes
    over = (minutes[:, :, None] + minutes[None]).min(axis=1) + transfer
    assert (minutes <= over * (1 + 1e-9) + 1e-9).all()
    assert (np.diagonal(minutes) == 0).all()


@settings(deadline=None, max_examples=30)
@given(mixed(), st.lists(st.tuples(st.floats(0, 7), st.floats(-1, 6)), min_size=1, max_size=6))
def test_the_matrix_holds_what_the_nearest_of_each_says(
    graph: tuple[int, list[tuple[int, int]], list[tuple[int, int]]],
    spots: list[tuple[float, float]],
) -> None:
    """From anywhere, on foot too; there and back."""
    net = replace(built(graph), rules=WALKING)
    places = [at(*spot) for spot in spots]
    targets = [at(*place(node)) for node in range(graph[0])]
    matrix = net.matrix(places, targets, "low")
    nearest = net.minutes_to_nearest(places, targets, "low")
    for row in range(len(places)):
        there = matrix.minutes[row]
        if np.isnan(there).all():
            assert np.isnan(nearest.minutes[row])
            continue
        assert nearest.minutes[row] == pytest.approx(np.nanmin(there), rel=1e-9, abs=1e-9)
        target = nearest.target[row]
        assert there[target] == pytest.approx(np.nanmin(there), rel=1e-9, abs=1e-9)
        assert nearest.walked_share[row] == pytest.approx(
            matrix.walked_share[row, target], rel=1e-6, abs=1e-6
        )
    back = net.matrix(targets, places, "low").minutes
    from_there = net.minutes_to_nearest(places, targets, "low", "from").minutes
    assert from_there == pytest.approx(
        np.array([np.nan if np.isnan(c).all() else np.nanmin(c) for c in back.T]),
        rel=1e-9, abs=1e-9, nan_ok=True,
    )  # fmt: skip


def test_there_and_back_differ_on_a_river_alone() -> None:
    ways = both(table(line((0, 0), (4, 0))), table(line((0, 1), (4, 1)), mode="road"))
    net = network(ways, [at(4, 0)])
    river = net.matrix([at(0, 0), at(3, 0)], [at(0, 0), at(3, 0)], "high").minutes
    road = net.matrix([at(0, 1), at(3, 1)], [at(0, 1), at(3, 1)], "high").minutes
    assert river[1, 0] == pytest.approx(2 * river[0, 1])
    assert road[1, 0] == pytest.approx(road[0, 1], rel=1e-12)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = (6, [(n, n - 1) for n in range(1, 6)], [(0, 5), (2, 4)])
    points = [at(*place(node)) for node in range(6)]
    whole = built(graph).matrix(points, points, "high")
    monkeypatch.setattr(answers, "AT_ONCE", 1)
    parts = built(graph).matrix(points, points, "high")
    assert whole.minutes.tobytes() == parts.minutes.tobytes()
    assert whole.walked_share.tobytes() == parts.walked_share.tobytes()


def test_an_answer_depends_on_no_other_place_that_asks() -> None:
    graph = (6, [(n, n - 1) for n in range(1, 6)], [(0, 5), (2, 4)])
    net = replace(built(graph), rules=WALKING)
    places = [at(x / 3, y) for x, y in itertools.product(range(15), (0.2, 1.1))]
    targets = [at(*place(0)), at(*place(3))]
    together = net.minutes_to_nearest(places, targets, "low")
    alone = [net.minutes_to_nearest([one], targets, "low").minutes[0] for one in places]
    assert together.minutes.tobytes() == np.array(alone).tobytes()


@pytest.mark.parametrize(("x", "y", "sides"), [(2, 0, 1), (2, 1, 1.5), (1, 2, 1.5), (0, 2, 1)])
def test_to_one_place_on_a_ring_the_shorter_way_counts(x: float, y: float, sides: float) -> None:
    """Both ways round join the same two nodes, and neither is added to the other."""
    ring = line((0, 0), (2, 0), (2, 2), (0, 2), (0, 0))
    net = network(table(line((-2, 0), (0, 0)), ring, mode="road"))
    expected = (1 + sides) * 2 * km((0, 0), (1, 0)) / 30 * 60
    there = minutes(net, at(-2, 0), at(x, y))
    assert there == pytest.approx(expected, rel=1e-2)  # a degree north is not one east
    assert minutes(net, at(x, y), at(-2, 0)) == pytest.approx(there)
    assert net.path(at(-2, 0), at(x, y), "high").minutes == pytest.approx(there)
