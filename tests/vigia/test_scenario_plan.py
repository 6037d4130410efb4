"""A plan beside a scenario of the example region: it changes where it must, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from vigia import pipeline
from vigia.cli import app
from vigia.errors import PlanImpossibleError, ScenarioError
from vigia.plan_ground import Ground
from vigia.planning import make_plan
from vigia.project import Project
from vigia.scenario_changes import standing
from vigia.scenario_file import parse_scenario
from vigia.scenario_plan import PlanChange, plan_twice
from vigia.scenario_told import told
from vigia.scenarios import Worked, work_out
from vigia.settings.plans import SitesForm

PLAN = '\n[plan]\nteams = 3\nreach_minutes = 120\noutcome = "exploitation"\ndraws = 40\n'
LOW = '[[travel]]\nway = "rivers"\nfactor = 0.4\nseason = "low"\n'


@pytest.fixture(scope="module")
def fronts(example_project: Project) -> list[int]:
    """All but one of the patches that stand when factors are looked at."""
    with pipeline.open_store(example_project) as store:
        table = store.layer(store.snapshot(), "mining")
        year = store.run("latest").target_year - 1
    return [int(fid) for fid in table.loc[standing(table, year), "fid"]][1:]


def both(project: Project, text: str) -> tuple[Worked, PlanChange]:
    worked = work_out(project, parse_scenario(text))
    plan = plan_twice(project, worked)
    assert plan is not None
    return worked, plan


@pytest.fixture(scope="module")
def low(example_project: Project) -> tuple[Worked, PlanChange]:
    return both(example_project, LOW + PLAN)


def test_the_plan_of_before_is_the_plan_of_the_project(
    example_project: Project, low: tuple[Worked, PlanChange]
) -> None:
    _, plan = low
    with pipeline.open_store(example_project) as store:
        made = make_plan(store, plan.asked)
    assert list(made.plan.sites.index) == list(plan.before.plan.sites.index)
    assert made.plan.cases == plan.before.plan.cases
    assert plan.now.mean() == pytest.approx(made.plan.cases.mean, rel=1e-9)
    assert plan.there.mean() == pytest.approx(plan.after.plan.cases.mean, rel=1e-9)


def test_at_low_water_every_way_is_as_long_or_longer_and_less_is_reached(
    low: tuple[Worked, PlanChange],
) -> None:
    worked, plan = low
    assert (plan.after.minutes >= plan.before.minutes * (1 - 1e-9)).all()
    assert (plan.after.minutes > plan.before.minutes * 1.5).any()
    assert (plan.now_there <= plan.now + 1e-9).all()  # rates are the same: draw by draw
    assert plan.now_there.mean() < plan.now.mean()
    gap = plan.asked.gap
    assert plan.there.mean() >= plan.now_there.mean() * (1 - gap)
    assert not any(one.scores["moved"].any() for one in worked.outcomes)


def test_the_other_season_is_as_it_was(example_project: Project) -> None:
    _, plan = both(example_project, LOW + PLAN + 'season = "high"\n')
    assert plan.now.tobytes() == plan.now_there.tobytes() == plan.there.tobytes()
    assert {change for _, change in plan.sites()} == {"stays"}


def test_when_fronts_close_sites_go_where_cases_are(
    example_project: Project, fronts: list[int]
) -> None:
    """The site of the district whose cases fall most goes; one whose cases stay comes."""
    text = f'close = {{ layer = "mining", feature = {fronts} }}{PLAN}gap = 0.0001\n'
    worked, plan = both(example_project, text.replace("teams = 3", "teams = 5"))
    (exploitation,) = (one for one in worked.outcomes if one.outcome == plan.outcome)
    fallen = exploitation.scores.set_index("code")["rate_change"]
    assert plan.after.all_cases.mean() < plan.before.all_cases.mean()
    changes = {change: one for one, change in plan.sites()}
    assert changes["leaves"] == fallen.idxmin()
    assert fallen[changes["comes"]] > fallen[changes["leaves"]]
    assert not plan.undecided
    assert plan.there.mean() > plan.now_there.mean()
    np.testing.assert_array_equal(plan.before.minutes, plan.after.minutes)


def test_where_a_site_opens_none_is_sent(example_project: Project) -> None:
    """A centre that opens at the best place has a team: another one is sent elsewhere."""
    plan_text = PLAN + 'existing = "women_centres"\n'
    with pipeline.open_store(example_project) as store:
        form = SitesForm(
            teams=3, reach_minutes=120, outcome="exploitation", draws=40, existing="women_centres"
        )
        made = make_plan(store, form)
    best = made.plan.sites.query("chosen")["cases"].idxmax()
    at = made.places.geometry[best]
    new = f'open = {{ layer = "women_centres", at = [{at.x}, {at.y}] }}'
    _, plan = both(example_project, new + plan_text)
    changes = dict(plan.sites())
    opened = [one for one, change in changes.items() if plan.after.places["existing"].get(one)]
    came = [one for one in opened if changes[one] == "comes"]
    assert len(came) == 1
    assert changes[best] == "leaves"
    assert plan.there.mean() > plan.now.mean()  # one site more
    assert plan.now_there.mean() == pytest.approx(plan.now.mean(), rel=1e-9)  # twice at one place


def test_a_candidate_that_closes_is_told_apart(example_project: Project) -> None:
    text = PLAN + 'candidates = "candidate_sites"\n'
    _, first = both(example_project, LOW + text)
    chosen = first.before.open[0]
    fid = chosen.partition(":")[2]
    _, plan = both(
        example_project, f'close = {{ layer = "candidate_sites", feature = {fid} }}{text}'
    )
    assert dict(plan.sites())[chosen] == "closed"
    assert chosen not in plan.after.places.index
    assert plan.now_there.mean() < plan.now.mean()


def test_capacity_binds_both_sides(example_project: Project) -> None:
    _, plan = both(example_project, LOW + PLAN + "capacity_people = 3000\n")
    assert plan.now.mean() == pytest.approx(plan.before.plan.cases.mean, rel=1e-6)
    assert plan.now_there.mean() <= plan.there.mean() * (1 + plan.asked.gap)


def test_what_the_scenario_alone_makes_impossible_is_told_to_be_so(
    example_project: Project,
) -> None:
    """A department must have a site at each of its candidate places, and one of them closes."""
    with pipeline.open_store(example_project) as store:
        places = Ground.of(store, None).places("candidate_sites")
    name, count = next(iter(places["department"].value_counts().items()))
    fid = str(places.index[places["department"] == name][0]).partition(":")[2]
    text = (
        f'close = {{ layer = "candidate_sites", feature = {fid} }}\n[plan]\nteams = {count}\n'
        f'reach_minutes = 120\ndraws = 5\ncandidates = "candidate_sites"\n'
        f'minimum = {{ "{name}" = {count} }}\n'
    )
    with pytest.raises(PlanImpossibleError, match="^Under the scenario: ") as refused:
        both(example_project, text)
    assert "minimum" in refused.value.limits


def command(project: Project, file: Path, *more: str) -> str:
    done = CliRunner().invoke(app, ["scenario", str(file), "--project", str(project.folder), *more])
    assert done.exit_code == 0, done.output
    return done.output


def test_both_plans_are_told_side_by_side(example_project: Project, tmp_path: Path) -> None:
    file = tmp_path / "low.toml"
    file.write_text(LOW + PLAN)
    spanish = command(example_project, file)
    assert spanish.startswith("ESCENARIO DEL MODELO, NO UN EFECTO CAUSAL")
    assert "El plan de hoy, en el escenario, alcanza" in spanish
    assert "Alcanzado no es prevenido" in spanish
    assert "Today's plan reaches, under the scenario," in command(
        example_project, file, "--language", "en"
    )
    found = json.loads(command(example_project, file, "--json").splitlines()[-1])["plan"]
    cases = found["cases"]
    for one in cases.values():
        assert one["low"] <= one["mean"] <= one["high"]
    assert cases["change"]["mean"] == pytest.approx(
        cases["now_there"]["mean"] - cases["now"]["mean"], abs=0.11
    )
    assert cases["change"]["high"] <= 0
    changes = [one["change"] for one in found["sites"]]
    assert changes.count("stays") + changes.count("leaves") == 3
    assert found["request"]["teams"] == 3


def test_without_a_plan_none_is_told(example_project: Project) -> None:
    worked = work_out(example_project, parse_scenario(LOW))
    assert plan_twice(example_project, worked) is None
    assert "plan" not in told(worked)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[plan]\nteams = 1\nreach_minutes = 9\n", "nothing changes in it"),
        (LOW + "[plan]\nteems = 1\nreach_minutes = 9\n", "'plan.teems'. Did you mean 'teams'"),
        (LOW + "[plan]\nteams = 1\n", "'plan.reach_minutes' is missing"),
        (LOW + '[plan]\nteams = "x"\nreach_minutes = 9\n', "plan.teams"),
    ],
)
def test_what_is_asked_amiss_is_told(text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        parse_scenario(text)
