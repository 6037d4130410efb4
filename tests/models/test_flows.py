"""Flows by hand, and against adding up every pair and every district on its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra

from geo.travel.journeys import Journeys
from models.flows import Gravity
from vigia.errors import ModelError

Routes = Mapping[tuple[int, int], tuple[Sequence[int], float]]  # districts on the way, minutes
E = np.exp(-1)


def journeys(districts: int, routes: Routes, exits: int = 0) -> Journeys:
    """Routes, put together where they begin alike."""
    stretches, arrivals = [0], [0]
    district: list[int] = []
    parent: list[int] = []
    place: list[int] = []
    last: list[int] = []
    minutes: list[float] = []
    for origin in range(districts):
        number = {(origin,): 0}
        district.append(origin)
        parent.append(-1)
        for (begin, end), (way, time) in sorted(routes.items()):
            if begin != origin:
                continue
            for length in range(2, len(way) + 1):
                if tuple(way[:length]) not in number:
                    number[tuple(way[:length])] = len(number)
                    district.append(way[length - 1])
                    parent.append(number[tuple(way[: length - 1])])
            place.append(end)
            last.append(number[tuple(way)])
            minutes.append(time)
        stretches.append(len(district))
        arrivals.append(len(place))
    return Journeys(
        districts, exits, np.array(stretches), np.array(district, np.int32),
        np.array(parent, np.int32), np.array(arrivals), np.array(place, np.int32),
        np.array(last, np.int32), np.array(minutes, np.float32),
    )  # fmt: skip


def along_a_line(count: int, minutes: float) -> Routes:
    """Districts one after the other, ``minutes`` from each to the next."""

    def way(i: int, j: int) -> list[int]:
        return list(range(i, j + 1)) if i < j else list(range(i, j - 1, -1))

    pairs = [(i, j) for i in range(count) for j in range(count) if i != j]
    return {(i, j): (way(i, j), minutes * abs(i - j)) for i, j in pairs}


def added_up(routes: Routes, hours: float, recruited: np.ndarray, mass: np.ndarray) -> np.ndarray:
    """Pair by pair."""
    flow = np.zeros(len(recruited))
    for origin in range(len(recruited)):
        mine = {end: route for (begin, end), route in routes.items() if begin == origin}
        pull = {end: mass[end] * np.exp(-time / 60 / hours) for end, (_, time) in mine.items()}
        for end, (way, _) in mine.items():
            if sum(pull.values()) > 0:
                flow[list(way)] += recruited[origin] * pull[end] / sum(pull.values())
    return flow


# By hand


def test_a_line_whose_ends_are_linked() -> None:
    """All that is recruited at one end goes to the other; those between see it come by."""
    line = Gravity([journeys(4, along_a_line(4, 30))])
    assert line.passing(np.array([8.0, 0, 0, 0]), np.array([0.0, 0, 0, 5])) == pytest.approx(8)


def test_what_is_near_draws_more() -> None:
    """From the first of three, 14 hours apart: 1 to 1 / e."""
    line = Gravity([journeys(3, along_a_line(3, 14 * 60))], hours=14)
    flow = line.passing(np.array([1 + E, 0, 0]), np.ones(3))
    assert flow == pytest.approx([1 + E, 1 + E, E])
    twice = line.passing(np.array([1 + 2 * E, 0, 0]), np.array([0.0, 1, 2]))
    assert twice == pytest.approx([1 + 2 * E, 1 + 2 * E, 2 * E])


def test_the_own_district_draws_nobody() -> None:
    line = Gravity([journeys(2, along_a_line(2, 30))])
    assert line.passing(np.array([3.0, 0]), np.array([100.0, 1])) == pytest.approx([3, 3])


def test_all_ways_of_a_star_lead_through_its_middle() -> None:
    tips = (1, 2, 3)
    routes = {(i, j): ([i, 0, j], 60.0) for i in tips for j in tips if i != j}
    flow = Gravity([journeys(4, routes)]).passing(np.array([0.0, 2, 2, 2]), np.ones(4))
    assert flow == pytest.approx([6, 4, 4, 4])  # each sends 2, and gets 1 from either other


def test_what_is_not_linked_gets_nothing_and_sends_nothing() -> None:
    routes = {(0, 1): ([0, 1], 10.0), (1, 0): ([1, 0], 10.0)}
    flow = Gravity([journeys(4, routes)]).passing(np.array([1.0, 0, 5, 7]), np.ones(4))
    assert flow == pytest.approx([1, 1, 0, 0])


def test_where_nothing_draws_nobody_goes() -> None:
    line = Gravity([journeys(3, along_a_line(3, 30))])
    assert (line.passing(np.ones(3), np.zeros(3)) == 0).all()


def test_an_exit_draws_as_the_districts_with_most_exploitation() -> None:
    """Two of twenty are a tenth: an exit beside district 0 has the mean of 6 and 2."""
    exploited = np.zeros(20)
    exploited[[5, 7]] = 6, 2
    routes = {(0, 20): ([0], 30.0), (0, 5): ([0, 1, 5], 30.0)}
    recruited = np.eye(20)[0] * 10
    flow = Gravity([journeys(20, routes, exits=1)]).passing(recruited, exploited)
    assert flow[[0, 1, 5]] == pytest.approx([10, 6, 6])
    assert flow.sum() == pytest.approx(22)


def test_seasons_are_halves_of_a_year() -> None:
    wet = journeys(3, {(0, 2): ([0, 2], 30.0)})
    dry = journeys(3, {(0, 2): ([0, 1, 2], 300.0)})
    flow = Gravity([wet, dry]).passing(np.array([4.0, 0, 0]), np.ones(3))
    assert flow == pytest.approx([4, 2, 4])


def test_ways_too_long_for_the_pull_to_be_told_keep_their_order() -> None:
    """exp(-6000) is 0 to any computer; which of two is nearer still counts."""
    routes = {(0, 1): ([0, 1], 360_000.0), (0, 2): ([0, 2], 360_060.0)}
    flow = Gravity([journeys(3, routes)], hours=1).passing(np.array([1 + E, 0, 0]), np.ones(3))
    assert flow == pytest.approx([1 + E, 1, E])


# Adding up every pair


@st.composite
def linked(draw: st.DrawFn) -> tuple[int, Routes]:
    """Quickest ways in a random graph, whose nodes are districts; several parts are possible."""
    count = draw(st.integers(2, 7))
    time = st.sampled_from([0, 0, 0, 20, 50, 90, 400])
    graph = np.array(draw(st.lists(time, min_size=count**2, max_size=count**2)))
    minutes, before = dijkstra(graph.reshape(count, count).astype(float), return_predecessors=True)
    routes = {}
    for i, j in np.argwhere(np.isfinite(minutes) & ~np.eye(count, dtype=bool)).tolist():
        way = [j]
        while way[0] != i:
            way.insert(0, int(before[i, way[0]]))
        routes[i, j] = (way, float(minutes[i, j]))
    return count, routes


cases = st.floats(0, 50) | st.just(0.0)


@settings(deadline=None, max_examples=80)
@given(linked(), st.floats(0.5, 50), st.data())
def test_flows_are_the_sum_over_every_pair(
    graph: tuple[int, Routes], hours: float, data: st.DataObject
) -> None:
    count, routes = graph
    recruited, exploited = (
        np.array(data.draw(st.lists(cases, min_size=count, max_size=count))) for _ in range(2)
    )
    exploited[exploited < 1e-3] = 0
    flow = Gravity([journeys(count, routes)], hours).passing(recruited, exploited)
    assert flow == pytest.approx(added_up(routes, hours, recruited, exploited), abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 12), st.integers(0, 1000))
def test_whoever_leaves_arrives(count: int, seed: int) -> None:
    """On ways without districts between each is met twice: where they begin, and where they end."""
    random = np.random.default_rng(seed)
    routes = {
        (i, j): ([i, j], float(random.uniform(0, 3000)))
        for i in range(count) for j in range(count) if i != j
    }  # fmt: skip
    recruited, exploited = random.lognormal(size=(2, count, 3))
    flow = Gravity([journeys(count, routes)]).passing(recruited, exploited)
    assert flow.sum(axis=0) == pytest.approx(2 * recruited.sum(axis=0))


def test_draws_are_to_the_bit_as_each_alone() -> None:
    random = np.random.default_rng(4)
    line = Gravity([journeys(90, along_a_line(90, 45), exits=0)])
    recruited, exploited = random.lognormal(size=(2, 90, 7))
    people = random.lognormal(size=90)
    together = line.factor(recruited, exploited, people)
    for draw in range(7):
        alone = line.factor(recruited[:, draw], exploited[:, draw], people)
        assert (together[:, draw] == alone).all()


# The factor


def test_the_factor_is_the_log_per_inhabitant_and_half_the_least_where_nobody_comes_by() -> None:
    routes = {(0, 1): ([0, 1], 10.0)}
    flows = Gravity([journeys(4, routes)])
    factor = flows.factor(np.array([6.0, 0, 0, 0]), np.ones(4), np.array([2.0, 3, 1, 0]))
    assert np.exp(factor) == pytest.approx([3, 2, 1, 1])


def test_without_any_flow_the_factor_says_nothing() -> None:
    factor = Gravity([journeys(3, {})]).factor(np.ones((3, 2)), np.ones((3, 2)), np.ones(3))
    assert factor.shape == (3, 2)
    assert (factor == 0).all()


# What is refused


@pytest.mark.parametrize(
    ("recruited", "exploited", "said"),
    [
        (np.ones(4), np.ones(4), "Cases of 3 districts"),
        (np.ones(3), np.ones((3, 2)), "Cases of 3 districts"),
        (np.ones((3, 1, 1)), np.ones((3, 1, 1)), "Cases of 3 districts"),
        (np.array([1, np.nan, 1]), np.ones(3), "missing, infinite or negative"),
        (np.ones(3), np.array([1, -1, 1]), "missing, infinite or negative"),
        (np.ones(3), np.array([1, np.inf, 1]), "missing, infinite or negative"),
    ],
)
def test_cases_that_make_no_flow_are_refused(
    recruited: np.ndarray, exploited: np.ndarray, said: str
) -> None:
    with pytest.raises(ModelError, match=said):
        Gravity([journeys(3, {})]).passing(recruited, exploited)


def test_a_pull_that_cannot_fall_is_refused() -> None:
    with pytest.raises(ModelError, match="falls over 0 hours"):
        Gravity([journeys(3, {})], hours=0)


def test_seasons_of_other_places_are_refused() -> None:
    with pytest.raises(ModelError, match="not of the same places"):
        Gravity([journeys(3, {}), journeys(4, {})])
    with pytest.raises(ModelError, match="not of the same places"):
        Gravity([])
