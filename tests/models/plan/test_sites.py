"""Plans of sites against all possible plans, and each limit where it binds."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.plan import belonging
from models.plan.best import best_sites, worst_weights
from models.plan.demand import coverage_of, demand_of
from models.plan.programme import Sites
from models.plan.request import SitesRequest, checked_candidates
from models.plan.sites import SitesPlan, plan_sites
from models.plan.steps import Steps, silent
from models.plan.work import Work
from tests.models.plan.brute import best_value, instance, value_of
from vigia.errors import PlanImpossibleError, PlanRequestError

EXACT = Work(gap=0.0)
ASKED = SitesRequest(teams=2, reach_minutes=60, work=EXACT)
LIMITS: dict[str, dict[str, Any]] = {
    "none": {},
    "one team": {"teams": 1},
    "a budget": {"budget": 5.0},
    "a capacity": {"capacity_people": 900.0},
    "a forced place": {"forced": ("p3",)},
    "forbidden places": {"forbidden": ("p0", "p1", "p2")},
    "a minimum": {"minimum": {"SUR": 2}},
    "a pessimist": {"tail": 0.3},
    "much at once": {"teams": 3, "budget": 9.0, "forced": ("p1",), "minimum": {"NORTE": 1}},
}


@pytest.mark.parametrize("limit", LIMITS)
def test_the_plan_is_the_best_of_all(limit: str) -> None:
    request = replace(ASKED, **LIMITS[limit])
    binds = 0
    for seed in range(12):
        demand, candidates, minutes = instance(seed)
        best = best_value(demand, candidates, minutes, request)
        if best is None:
            with pytest.raises(PlanImpossibleError):
                plan_sites(demand, candidates, minutes, request)
            continue
        plan = plan_sites(demand, candidates, minutes, request)
        assert plan.value == pytest.approx(best, rel=1e-6)
        assert plan.gap == pytest.approx(0, abs=1e-6)
        free = best_value(demand, candidates, minutes, ASKED)
        binds += plan.value != pytest.approx(free, rel=1e-3)
    assert limit == "none" or binds, "a limit that never binds tests nothing"


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    teams=st.integers(1, 4),
    reach=st.floats(1, 150),
    tail=st.sampled_from([1.0, 0.5, 0.17]),
    existing=st.integers(0, 2),
)
def test_any_small_plan_is_the_best_of_all(
    seed: int, teams: int, reach: float, tail: float, existing: int
) -> None:
    demand, candidates, minutes = instance(seed)
    candidates["existing"] = np.arange(len(candidates)) < existing
    request = SitesRequest(teams=teams, reach_minutes=reach, tail=tail, work=EXACT)
    if not (minutes <= reach).any():
        with pytest.raises(PlanImpossibleError, match="reaches anybody"):
            plan_sites(demand, candidates, minutes, request)
        return
    plan = plan_sites(demand, candidates, minutes, request)
    best = best_value(demand, candidates, minutes, request)
    assert plan.value == pytest.approx(best, rel=1e-6, abs=1e-12)
    assert plan.sites["chosen"].sum() <= teams
    assert set(candidates.index[candidates["existing"]]) <= set(plan.sites.index)


def test_the_way_there_is_not_the_way_back() -> None:
    """Upstream it takes three hours, down one: the place up the river reaches the one below."""
    demand = demand_of([[10.0, 10.0]], [1000, 1000], [0, 1], [1, 1])
    candidates = pd.DataFrame(
        {"name": ["arriba", "abajo"], "code": ["01", "02"], "department": "R"}, index=["up", "down"]
    )
    minutes = np.array([[0.0, 60.0], [180.0, 0.0]])
    request = SitesRequest(teams=1, reach_minutes=90, work=EXACT)
    there = plan_sites(demand, candidates, minutes, request)
    back = plan_sites(demand, candidates, minutes.T, request)
    assert there.sites.index[there.sites["chosen"]].tolist() == ["up"]
    assert back.sites.index[back.sites["chosen"]].tolist() == ["down"]


def test_existing_sites_stay_and_cost_no_team() -> None:
    demand, candidates, minutes = instance(3)
    before = plan_sites(demand, candidates, minutes, ASKED)
    candidates.loc["p5", "existing"] = True
    after = plan_sites(demand, candidates, minutes, ASKED)
    assert after.value >= before.value
    assert after.sites["chosen"].sum() == ASKED.teams
    assert after.sites.loc["p5", "existing"]
    assert after.existing_cases.mean == pytest.approx(
        value_of(demand, candidates, minutes, ASKED, [])
    )


def test_districts_tell_what_of_their_people_is_reached_and_by_which_place() -> None:
    demand, candidates, minutes = instance(5)
    plan = plan_sites(demand, candidates, minutes, ASKED)
    shares = set()
    for row in range(demand.cases.shape[1]):
        here = demand.district == row
        by_site = pd.Series(demand.share[here]).groupby(plan.points["site"][here].to_numpy()).sum()
        told = plan.districts.iloc[row]
        assert told["reached"] == pytest.approx(by_site.sum())
        assert told["people"] == pytest.approx(by_site.sum() * demand.people[row])
        assert told["site"] == (by_site.idxmax() if len(by_site) else None)
        shares.add(round(told["reached"], 6))
    assert len(shares) > 1
    few = plan_sites(demand, candidates, minutes, replace(ASKED, capacity_people=300.0))
    assert few.districts["people"].sum() == pytest.approx(few.sites["people"].sum())
    assert few.districts["people"].sum() < plan.districts["people"].sum()


def test_each_step_is_told_and_changes_nothing() -> None:
    demand, candidates, minutes = instance(5)
    request = replace(ASKED, budget=5.0, forbidden=("p1",))
    heard: list[tuple[str, int, int]] = []
    plan = plan_sites(demand, candidates, minutes, request, lambda *step: heard.append(step))
    steps = list(dict.fromkeys(heard))
    loosened = [one.limit for one in plan.limits]
    assert loosened == ["one_more_team", "budget", "forbidden"]
    assert [label for label, _, _ in steps] == ["best", "unlimited", *loosened, "belonging"]
    assert [(done, total) for _, done, total in steps] == [(n, 6) for n in range(6)]
    assert len(heard) == len(steps) + len(demand.cases)  # and one sign of life a draw
    unheard = plan_sites(demand, candidates, minutes, request)
    assert json.dumps(unheard.to_json()) == json.dumps(plan.to_json())


def test_a_plan_is_called_off_between_its_steps() -> None:
    def enough(label: str, _done: int, _total: int) -> None:
        if label == "belonging":
            raise InterruptedError

    with pytest.raises(InterruptedError):
        plan_sites(*instance(5), ASKED, enough)


def test_places_share_out_what_the_plan_reaches() -> None:
    demand, candidates, minutes = instance(5)
    plan = plan_sites(demand, candidates, minutes, ASKED)
    open_ = plan.sites[plan.sites["chosen"]]
    assert open_["cases"].sum() == pytest.approx(plan.cases.mean)
    at_point = demand.cases[:, demand.district] * demand.share
    reached = at_point[:, plan.points["site"].notna()].sum(axis=1)
    assert plan.cases.mean == pytest.approx(reached.mean())
    assert plan.cases.low <= plan.cases.mean <= plan.cases.high
    assert (plan.points["minutes"].dropna() <= ASKED.reach_minutes).all()
    assert plan.of_all.mean == pytest.approx((reached / demand.total).mean())


def test_who_belongs_is_counted_over_the_draws() -> None:
    """Against the best plan of each draw by itself, found by looking at all of them."""
    demand, candidates, minutes = instance(11)
    request = replace(ASKED, teams=1)
    plan = plan_sites(demand, candidates, minutes, request)
    best = []
    for draw in range(len(demand.cases)):
        alone = replace(demand, cases=demand.cases[draw : draw + 1])
        values = [
            value_of(alone, candidates, minutes, request, [place])
            for place in range(len(candidates))
        ]
        best.append(candidates.index[int(np.argmax(values))])
    shares = pd.Series(best).value_counts() / len(best)
    told = plan.sites["belongs"]
    assert told.reindex(shares.index).tolist() == pytest.approx(shares.tolist())


def test_plans_made_by_hand_are_near_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    """With many places each draw's plan is made by hand: held to what the solver proves."""
    demand, candidates, minutes = instance(4, places=70, points=250, draws=6)
    request = replace(ASKED, teams=6, reach_minutes=12)
    told = plan_sites(demand, candidates, minutes, request).sites["belongs"]
    for draw in range(len(demand.cases)):
        alone = replace(demand, cases=demand.cases[draw : draw + 1])
        sites = Sites(
            coverage_of(alone, minutes, 12), checked_candidates(candidates, request), request
        )
        best = best_sites(sites)
        assert best is not None
        (by_hand,) = belonging._by_hand(sites, best, Steps(silent, 1))
        assert by_hand is not None
        assert by_hand.sum() <= request.teams
        assert sites.coverage.of(by_hand).mean() >= 0.98 * best.value
    monkeypatch.setattr(belonging, "FEW", 100)
    proven = plan_sites(demand, candidates, minutes, request).sites["belongs"]
    both = pd.concat([told, proven], axis=1).fillna(0)
    assert (both.iloc[:, 0] - both.iloc[:, 1]).abs().mean() < 0.15


def test_a_clock_that_stops_at_once_proves_nothing_false() -> None:
    demand, candidates, minutes = instance(4, places=150, points=900)
    request = replace(ASKED, teams=9, reach_minutes=12, capacity_people=300.0)
    hasty = replace(request, work=Work(gap=0.0, nodes=1, seconds=1e-6))
    plan = plan_sites(demand, candidates, minutes, hasty)
    assert plan.stopped_by_clock
    assert plan.bound <= demand.total.mean() * (1 + 1e-9)
    calm = best_sites(
        Sites(
            coverage_of(demand, minutes, 12, apart=True),
            checked_candidates(candidates, request),
            replace(request, work=Work(gap=0.02)),
        )
    )
    assert calm is not None
    assert plan.bound >= calm.value * (1 - 1e-9)


def test_what_limits_cost_is_found_by_planning_without_them() -> None:
    demand, candidates, minutes = instance(7)
    request = replace(ASKED, budget=4.0, forbidden=("p0", "p4"), minimum={"SUR": 1})
    plan = plan_sites(demand, candidates, minutes, request)
    told = {one.limit: one.value for one in plan.limits}
    free: dict[str, dict[str, Any]] = {
        "budget": {"budget": None},
        "forbidden": {"forbidden": ()},
        "minimum": {"minimum": {}},
    }
    assert set(told) == {"one_more_team", *free}
    for limit, change in free.items():
        freed = best_value(demand, candidates, minutes, replace(request, **change))
        assert told[limit] == pytest.approx(freed)
    more = best_value(demand, candidates, minutes, replace(request, teams=3))
    assert told["one_more_team"] == pytest.approx(more)
    unlimited = best_value(demand, candidates, minutes, ASKED)
    assert unlimited is not None
    assert plan.of_unlimited == pytest.approx(plan.value / unlimited)


COLLIDING: dict[str, tuple[dict[str, Any], set[str], str]] = {
    "teams and forced": (
        {"teams": 1, "forced": ("p1", "p2", "p3")}, {"teams", "forced"}, "give 3 teams instead of 1"
    ),
    "budget and forced": (
        {"budget": 1.0, "forced": ("p1", "p2")}, {"budget", "forced"}, "raise the budget from 1 to"
    ),
    "teams and minimum": (
        {"teams": 2, "minimum": {"NORTE": 2, "SUR": 2}}, {"teams", "minimum"}, "give 4 teams"
    ),
    "forbidden and minimum": (
        {"teams": 4, "forbidden": ("p1", "p3"), "minimum": {"SUR": 2}},
        {"forbidden", "minimum"}, "out of the forbidden places",
    ),
    "a minimum of more than there are": (
        {"teams": 7, "minimum": {"SUR": 4}}, {"minimum"}, "lower the minimum per department, by 1"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COLLIDING)
def test_limits_that_collide_are_named_with_the_smallest_change(name: str) -> None:
    change, limits, words = COLLIDING[name]
    demand, candidates, minutes = instance(1)
    with pytest.raises(PlanImpossibleError) as refused:
        plan_sites(demand, candidates, minutes, replace(ASKED, **change))
    assert set(refused.value.limits) == limits
    assert set(refused.value.changes) <= limits
    assert refused.value.changes
    assert words.lower() in str(refused.value).lower()


def test_the_smallest_change_makes_a_plan() -> None:
    demand, candidates, minutes = instance(1)
    request = replace(ASKED, budget=1.0, forced=("p1", "p2"))
    cost = candidates.loc[["p1", "p2"], "cost"].sum()
    with pytest.raises(PlanImpossibleError, match=f"to {cost:g}") as refused:
        plan_sites(demand, candidates, minutes, request)
    assert refused.value.changes["budget"] == pytest.approx(cost)
    assert plan_sites(demand, candidates, minutes, replace(request, budget=cost)).value > 0
    with pytest.raises(PlanImpossibleError):
        plan_sites(demand, candidates, minutes, replace(request, budget=cost - 0.5))


ABSURD: dict[str, tuple[dict[str, Any], str]] = {
    "no team": ({"teams": 0}, "Ask for 1 or more teams"),
    "negative reach": ({"reach_minutes": -5}, "number above 0"),
    "endless reach": ({"reach_minutes": np.inf}, "number above 0"),
    "no capacity": ({"capacity_people": 0}, "number above 0"),
    "negative budget": ({"budget": -1}, "0 or more"),
    "tail beyond 1": ({"tail": 1.5}, "share"),
    "negative minimum": ({"minimum": {"SUR": -1}}, "0 or more"),
    "forced and forbidden": ({"forced": ("p1",), "forbidden": ("p1",)}, "one of the two"),
    "an unknown place": ({"forced": ("p99",)}, "list of candidates"),
    "an unknown department": ({"minimum": {"ESTE": 1}}, "list of candidates"),
}


@pytest.mark.parametrize("name", ABSURD)
def test_what_nobody_can_mean_is_a_sentence(name: str) -> None:
    change, words = ABSURD[name]
    demand, candidates, minutes = instance(0)
    with pytest.raises(PlanRequestError) as refused:
        plan_sites(demand, candidates, minutes, replace(ASKED, **change))
    assert words in str(refused.value)


def test_tables_that_do_not_fit_are_a_sentence() -> None:
    demand, candidates, minutes = instance(0)
    with pytest.raises(PlanRequestError, match="a row of minutes for each candidate"):
        plan_sites(demand, candidates, minutes[:-1], ASKED)
    with pytest.raises(PlanRequestError, match="no candidate place"):
        plan_sites(demand, candidates.iloc[:0], minutes[:0], ASKED)
    twice = pd.concat([candidates, candidates.iloc[:1]])
    with pytest.raises(PlanRequestError, match="Two candidate places"):
        plan_sites(demand, twice, np.vstack([minutes, minutes[:1]]), ASKED)
    with pytest.raises(PlanRequestError, match="cost"):
        plan_sites(demand, candidates.assign(cost=-1.0), minutes, ASKED)


def test_nobody_in_reach_says_how_far_the_first_is() -> None:
    demand, candidates, minutes = instance(0)
    with pytest.raises(PlanImpossibleError, match="Let teams travel 3[0-9] minutes"):
        plan_sites(demand, candidates, minutes + 30, replace(ASKED, reach_minutes=10))
    with pytest.raises(PlanImpossibleError, match="rivers or roads"):
        plan_sites(demand, candidates, np.full_like(minutes, np.nan), ASKED)


def test_the_same_request_gives_the_same_bytes() -> None:
    def told() -> str:
        demand, candidates, minutes = instance(9, places=20, points=80, draws=5)
        request = SitesRequest(teams=3, reach_minutes=30, tail=0.4, capacity_people=900.0)
        return json.dumps(plan_sites(demand, candidates, minutes, request).to_json())

    assert told() == told()


def test_a_work_limit_that_binds_is_told() -> None:
    demand, candidates, minutes = instance(2, places=60, points=300)
    request = SitesRequest(
        teams=9, reach_minutes=15, capacity_people=400.0, work=Work(gap=0.0, nodes=1)
    )
    plan = plan_sites(demand, candidates, minutes, request)
    assert plan.stopped_by_work
    assert not plan.stopped_by_clock
    assert plan.gap > 0


def test_a_clock_that_binds_is_told() -> None:
    demand, candidates, minutes = instance(2, places=60, points=300)
    request = SitesRequest(
        teams=9, reach_minutes=15, capacity_people=400.0,
        work=Work(gap=0.0, nodes=10**6, seconds=0.2),
    )  # fmt: skip
    plan: SitesPlan = plan_sites(demand, candidates, minutes, request)
    assert plan.stopped_by_clock


def test_the_worst_mean_is_that_of_the_lowest_draws() -> None:
    values = np.array([5.0, 1.0, 3.0, 2.0])
    assert worst_weights(values, 0.5) @ values == pytest.approx(1.5)
    assert worst_weights(values, 0.375) @ values == pytest.approx((1 + 0.5 * 2) / 1.5)
    assert worst_weights(values, 1) @ values == pytest.approx(values.mean())


def test_cases_are_spread_by_people_and_lost_nowhere() -> None:
    demand = demand_of([[100.0, 50.0]], [2000, 1000], [0, 0, 1, 1], [30, 10, 0, 0], years=0.5)
    at_points = demand.cases[0, demand.district] * demand.share
    assert at_points.tolist() == pytest.approx([0.75, 0.25, 0.125, 0.125])
    assert demand.total.tolist() == pytest.approx([1.25])
    minutes = [[10.0, 10.0, 99.0, np.nan], [np.inf, np.nan, np.nan, np.nan]]
    coverage = coverage_of(demand, minutes, 60)
    assert coverage.group.tolist() == [0, 0, -1, -1]
    assert coverage.cases.tolist() == [[pytest.approx(1.0)]]
    with pytest.raises(PlanRequestError, match="more than 0 years"):
        demand_of([[1.0]], [1], [0], [1], years=0)
    with pytest.raises(PlanRequestError, match="population point"):
        demand_of([[1.0]], [1], [0], [-1])
