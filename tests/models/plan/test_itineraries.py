"""Itineraries against every possible one, and each limit where it binds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.plan.demand import demand_of
from models.plan.inserting import by_hand
from models.plan.itineraries import ItinerariesPlan, plan_itineraries
from models.plan.itineraries_limits import Travel
from models.plan.itineraries_request import Effort, ItinerariesRequest, Return, Team
from models.plan.rounds import NEVER, after, before
from models.plan.routes_best import best_routes
from models.plan.routes_bound import bound_of
from tests.models.plan.brute_rounds import FIRST, asked, best_value, country, walk
from vigia.errors import PlanImpossibleError, PlanRequestError

QUICK = Effort(tries=200)
BY_HAND = Effort(tries=2_000, exact_arcs=0)
MODES = ("daily", "end", "no")


def planned(seed: int, request: ItinerariesRequest, **more: int) -> ItinerariesPlan:
    demand, stops, minutes, travel = country(seed, **more)
    return plan_itineraries(demand, stops, minutes, travel, request)


@pytest.mark.parametrize("returns", MODES)
@pytest.mark.parametrize(("seed", "size", "days"), [*((n, 6, 2) for n in range(6)), (6, 7, 3)])
def test_it_is_the_best_of_all(seed: int, size: int, days: int, returns: Return) -> None:
    demand, stops, minutes, travel = country(seed, size)
    request = asked(returns, days=days, effort=QUICK)
    plan = plan_itineraries(demand, stops, minutes, travel, request)
    best = best_value(demand, travel, request)
    assert plan.value == pytest.approx(best, rel=1e-5)
    assert plan.proven
    assert plan.bound == pytest.approx(best, rel=1e-3)


@pytest.mark.parametrize("returns", MODES)
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_by_hand_is_hardly_less_and_the_bound_never(seed: int, returns: str) -> None:
    demand, stops, _, travel = country(seed, stops=7)
    request = asked(returns, days=3)
    rounds, best = travel.rounds(request, stops.index), best_value(demand, travel, request)
    assert best is not None
    worth = demand.cases.mean(axis=0)
    assert bound_of(rounds, worth) >= best * (1 - 1e-9)
    found = best_routes(rounds, demand.cases, 1.0, BY_HAND, 0)
    assert found is not None
    assert best * 0.97 <= found.value <= best * (1 + 1e-9)
    assert found.bound >= best * (1 - 1e-9)


@pytest.mark.parametrize("returns", MODES)
def test_every_visit_keeps_the_clock(returns: str) -> None:
    """A second clock walks the routes, and their times say the same."""
    demand, stops, minutes, travel = country(3, stops=7)
    request = asked(returns, days=3, effort=QUICK)
    plan = plan_itineraries(demand, stops, minutes, travel, request)
    for team, mine in plan.visits.groupby("team"):
        row, days = ("A", "B").index(team), 1 if returns == "daily" else 3
        outings = [one for _, one in mine.groupby("day")] if returns == "daily" else [mine]
        for outing in outings:
            order = tuple(int(one[1:]) for one in outing["stop"][~outing["home"]])
            assert walk(travel, request, row, days, order)
        assert (mine["leaves"].dt.date >= FIRST + timedelta(days=row)).all()
        assert (mine["ends"].dt.hour * 60 + mine["ends"].dt.minute <= 360 + 480).all()
        assert (mine["leaves"].dt.hour * 60 + mine["leaves"].dt.minute >= 360).all()
        assert (mine["leaves"].shift(-1).dropna() >= mine["ends"].iloc[:-1]).all()
        worked = (mine["ends"] - mine["starts"])[~mine["home"]]
        assert (worked == pd.Timedelta(minutes=90)).all()
    assert plan.visits["home"].any() == (returns != "no")


@given(at=st.integers(0, 3_000), minutes=st.integers(0, 480))
def test_before_is_the_latest_beginning(at: int, minutes: int) -> None:
    latest = before(at, minutes, 480)
    if latest >= 0:
        assert after(latest, minutes, 480) <= at
    assert after(latest + 1, minutes, 480) > at or latest < 0


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), returns=st.sampled_from(MODES), boats=st.integers(1, 2))
def test_routes_by_hand_fit(seed: int, returns: str, boats: int) -> None:
    demand, stops, _, travel = country(seed, stops=8)
    request = asked(returns, days=3, boats=boats)
    rounds = travel.rounds(request, stops.index)
    routes = by_hand(rounds, demand.cases.mean(axis=0), 50, seed)
    visited = [stop for route in routes for stop in route]
    assert len(visited) == len(set(visited))
    assert all(rounds.fits(k, route) for k, route in enumerate(routes))
    assert rounds.busy([k for k, route in enumerate(routes) if route]).max(initial=0) <= boats


def test_there_and_back_are_not_the_same() -> None:
    """Down the river in an hour, up in seven: transposed, the other stop is the one to visit."""
    demand = demand_of([[10.0, 9.0]], [1e5, 1e5], [0, 1], [1, 1])
    stops = pd.DataFrame({"name": ["down", "up"]}, index=["down", "up"])
    here = np.where(np.eye(2) > 0, 0.0, np.nan)
    ways = np.full((2, 2), np.nan)
    out, back = np.array([[60.0, 300.0]]), np.array([[420.0, 60.0]])
    request = ItinerariesRequest(
        (Team("A", "b", 1, FIRST),), 30, day_minutes=480, service_minutes=60
    )
    plan = plan_itineraries(demand, stops, here, Travel(ways, out, back), request)
    assert plan.visits["stop"].tolist() == ["up", "b"]
    turned = plan_itineraries(demand, stops, here, Travel(ways, back, out), request)
    assert turned.visits["stop"].tolist() == ["up", "b"]
    one_way = replace(request, returns="no")
    plan = plan_itineraries(demand, stops, here, Travel(ways, out, back), one_way)
    assert plan.visits["stop"].tolist() == ["down"]
    turned = plan_itineraries(
        demand, stops, here, Travel(ways, back, out), replace(one_way, day_minutes=400)
    )
    assert turned.visits["stop"].tolist() == ["up"]


def test_between_stops_the_row_is_where_from() -> None:
    demand = demand_of([[10.0, 10.0]], [1e5, 1e5], [0, 1], [1, 1])
    stops = pd.DataFrame({"name": ["a", "b"]}, index=["a", "b"])
    here = np.where(np.eye(2) > 0, 0.0, np.nan)
    between = np.array([[0.0, 50.0], [400.0, 0.0]])
    base = np.array([[50.0, 50.0]])
    request = ItinerariesRequest(
        (Team("A", "x", 1, FIRST),), 30, day_minutes=400, service_minutes=60
    )
    plan = plan_itineraries(demand, stops, here, Travel(between, base, base), request)
    assert plan.visits["stop"].tolist() == ["a", "b", "x"]
    plan = plan_itineraries(demand, stops, here, Travel(between.T, base, base), request)
    assert plan.visits["stop"].tolist() == ["b", "a", "x"]


@pytest.mark.parametrize("returns", MODES)
def test_each_limit_binds(returns: str) -> None:
    demand, stops, minutes, travel = country(5)
    free = plan_itineraries(demand, stops, minutes, travel, asked(returns, effort=QUICK))
    first = free.visits["stop"][~free.visits["home"]].iloc[0]
    unvisited = sorted(set(stops.index) - set(free.visits["stop"]))
    changes = {
        "boats": {"boats": 1},
        "forbidden": {"forbidden": (first,)},
        "service": {"service_minutes": 300},
        "day": {"day_minutes": 330 if returns == "daily" else 230},
    }
    if unvisited and returns == "daily":
        changes["forced"] = {"forced": (unvisited[0],)}
    for name, change in changes.items():
        request = asked(returns, effort=QUICK, **change)
        best = best_value(demand, travel, request)
        if best is None:
            with pytest.raises(PlanImpossibleError):
                plan_itineraries(demand, stops, minutes, travel, request)
            continue
        plan = plan_itineraries(demand, stops, minutes, travel, request)
        assert plan.value == pytest.approx(best, rel=1e-5), name
        assert plan.value < free.value, name
        if name in ("boats", "forbidden", "forced"):
            told = {one.limit: one for one in plan.limits}[name]
            assert told.gain == pytest.approx(free.value - plan.value, rel=1e-5)
            assert plan.of_unlimited == pytest.approx(plan.value / free.value, rel=1e-5)


def test_more_teams_and_days_bring_more() -> None:
    demand, stops, minutes, travel = country(7, stops=7)
    request = asked("daily", days=1, effort=QUICK)
    plan = plan_itineraries(demand, stops, minutes, travel, request)
    told = {one.limit: one for one in plan.limits}
    longer = asked("daily", days=2, effort=QUICK)
    assert told["one_more_day"].value == pytest.approx(best_value(demand, travel, longer), rel=1e-5)
    assert told["one_more_team"].gain > 0
    assert "boats" not in told


def test_the_worst_draws_change_the_plan() -> None:
    """On the mean, A; where things go badly, B, which is what it always is."""
    rates = np.array([[30.0, 8.0]] * 4 + [[0.0, 8.0]])
    demand = demand_of(rates, [1e5, 1e5], [0, 1], [1, 1])
    stops = pd.DataFrame({"name": ["a", "b"]}, index=["a", "b"])
    here = np.where(np.eye(2) > 0, 0.0, np.nan)
    travel = Travel(np.full((2, 2), 400.0), np.full((1, 2), 100.0), np.full((1, 2), 100.0))
    request = ItinerariesRequest((Team("A", "x", 1, FIRST),), 30, day_minutes=400)
    mean = plan_itineraries(demand, stops, here, travel, request)
    worst = plan_itineraries(demand, stops, here, travel, replace(request, tail=0.2))
    assert mean.visits["stop"].iloc[0] == "a"
    assert worst.visits["stop"].iloc[0] == "b"
    assert worst.value == pytest.approx(8)
    assert worst.bound >= 8
    assert mean.visits["belongs"].iloc[0] == pytest.approx(0.8)


def test_the_same_request_is_the_same_plan() -> None:
    for effort in (QUICK, Effort(tries=100, exact_arcs=0)):
        one = planned(4, asked("end", effort=effort), stops=9)
        two = planned(4, asked("end", effort=effort), stops=9)
        pd.testing.assert_frame_equal(one.visits, two.visits)
        assert one.limits == two.limits


def test_left_stops_say_why() -> None:
    demand = demand_of([[9.0] * 4], [1e5] * 4, range(4), [1] * 4)
    ids = ["near", "far", "cut_off", "barred"]
    stops = pd.DataFrame({"name": ids}, index=ids)
    here = np.where(np.eye(4) > 0, 0.0, np.nan)
    out = np.array([[100.0, 300.0, np.nan, 100.0]])
    travel = Travel(np.full((4, 4), 300.0), out, out)
    request = ItinerariesRequest(
        (Team("A", "x", 1, FIRST),), 30, day_minutes=400, forbidden=("barred",)
    )
    plan = plan_itineraries(demand, stops, here, travel, request)
    assert plan.left["reason"].to_dict() == {"far": "too_long", "cut_off": "no_way"}


TEAM = Team("A", "b", 1, FIRST)
ABSURD = [
    ({"teams": ()}, "teams"),
    ({"reach_minutes": -1}, "reach_minutes"),
    ({"day_minutes": 0}, "day_minutes"),
    ({"morning": 1_000}, "midnight"),
    ({"service_minutes": 700}, "700"),
    ({"service_minutes": -1}, "-1"),
    ({"boats": 0}, "boats"),
    ({"teams": (TEAM, TEAM)}, "Two teams"),
    ({"teams": (replace(TEAM, days=0),)}, "days"),
    ({"tail": 0}, "tail"),
    ({"teams": tuple(replace(TEAM, name=str(n), days=60) for n in range(9))}, "540 outings"),
    ({"forced": ("s1",), "forbidden": ("s1",)}, "both forced and forbidden"),
]


@pytest.mark.parametrize(("change", "said"), ABSURD)
def test_absurd_requests_say_what_to_change(change: dict[str, object], said: str) -> None:
    with pytest.raises(PlanRequestError, match=said) as error:
        ItinerariesRequest(**{"teams": (TEAM,), "reach_minutes": 30, **change})
    assert error.value.hint


def test_a_search_without_work_is_refused() -> None:
    with pytest.raises(PlanRequestError, match="room"):
        Effort(work=0)


@pytest.mark.parametrize("name", ["forced", "forbidden", "service"])
def test_unknown_stops_are_named(name: str) -> None:
    value = {"nowhere": 10} if name == "service" else ("nowhere",)
    with pytest.raises(PlanRequestError, match="nowhere"):
        planned(1, asked("daily", **{name: value}))


def test_what_cannot_be_says_what_to_change() -> None:
    demand, stops, minutes, travel = country(5)
    far = replace(travel, out=travel.out + 300)
    with pytest.raises(PlanImpossibleError, match="forced stop 's1'") as error:
        plan_itineraries(
            demand, stops, minutes, far, asked("daily", forced=("s1",), day_minutes=400)
        )
    needed = min(np.ceil(far.out[team, 1]) + 90 + np.ceil(far.back[team, 1]) for team in range(2))
    assert f"{needed:.0f} minutes" in str(error.value.hint)
    every = tuple(stops.index)
    with pytest.raises(PlanImpossibleError, match="Of 6 forced stops") as error:
        plan_itineraries(
            demand, stops, minutes, travel, asked("daily", days=1, forced=every, effort=QUICK)
        )
    assert "more days" in str(error.value.hint)
    with pytest.raises(PlanImpossibleError, match="reaches anybody"):
        plan_itineraries(demand, stops, minutes + 31, travel, asked("daily"))
    with pytest.raises(PlanImpossibleError, match="serves anybody") as error:
        plan_itineraries(demand, stops, minutes, far, asked("daily", day_minutes=301))
    assert "Let a day have" in str(error.value.hint)


def test_forced_stops_that_fit_but_serve_nobody_are_no_collision() -> None:
    """The one that serves somebody is too far, and that is what is said."""
    demand = demand_of([[0.0, 9.0]], [1e5, 1e5], [0, 1], [1, 1])
    stops = pd.DataFrame({"name": ["a", "b"]}, index=["a", "b"])
    here = np.where(np.eye(2) > 0, 0.0, np.nan)
    out = np.array([[100.0, 300.0]])
    travel = Travel(np.full((2, 2), 300.0), out, out)
    request = ItinerariesRequest((TEAM,), 30, day_minutes=400, forced=("a",))
    with pytest.raises(PlanImpossibleError, match="serves anybody") as error:
        plan_itineraries(demand, stops, here, travel, request)
    assert error.value.changes == {"day_minutes": 720}


def test_tables_of_other_sizes_are_refused() -> None:
    demand, stops, minutes, travel = country(5)
    with pytest.raises(PlanRequestError, match="sizes"):
        plan_itineraries(demand, stops, minutes[:-1], travel, asked("daily"))


def test_part_of_a_minute_counts_as_one() -> None:
    _, stops, _, travel = country(5)
    ways = travel.rounds(asked("daily"), stops.index).ways
    known = np.isfinite(travel.between)
    assert (ways.between[known] >= travel.between[known]).all()
    assert (ways.between[known] < travel.between[known] + 1).all()
    assert (ways.between[~known] == NEVER).all()
