"""Plans of a whole project: what is asked by the command line, and what comes of it."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from openpyxl import load_workbook

from data import jobs
from data.plans import list_plans
from data.records import JobRecord
from data.snapshot import Snapshot
from data.working import Progress, work
from tests.vigia.plans import plan, refused
from vigia import pipeline
from vigia.errors import VigiaError
from vigia.kept_plans import handlers
from vigia.measuring import metric_of, network_of
from vigia.plan_coverage import routes
from vigia.plan_ground import Ground, run_of
from vigia.plan_told import told
from vigia.planning import PlanMade, make_plan
from vigia.project import Project
from vigia.scenarios import settings_of
from vigia.settings.plans import SitesForm

REACH = 180.0


@pytest.fixture(scope="module")
def made(example_project: Project) -> PlanMade:
    form = SitesForm(teams=3, reach_minutes=REACH, outcome="exploitation")
    with pipeline.open_store(example_project) as store:
        return make_plan(store, form)


def test_what_it_reaches_is_what_the_network_says(example_project: Project, made: PlanMade) -> None:
    """Worked out once more: minutes from each chosen place, cases by people, and their sum."""
    with pipeline.open_store(example_project) as store:
        record = store.run(made.run.run_id)
        snapshot, settings = Snapshot.from_json(record.inputs), settings_of(record)
        districts = store.districts(snapshot)
        network = network_of(settings, store, snapshot, districts, metric_of(settings, districts))
        points = store.points(snapshot)
        draws = store.draws(record.id, "exploitation")
        scores = store.scores(record.id)
        people = store.population(snapshot)
    assert network is not None
    chosen = made.plan.sites.index[made.plan.sites["chosen"]]
    minutes = network.matrix(made.places.geometry.loc[chosen], points.geometry, "low").minutes
    reached = (minutes <= REACH).any(axis=0)
    codes = sorted(scores["code"].unique())
    of = {code: row for row, code in enumerate(codes)}
    latest = people.sort_values("year").groupby("area")["people"].last()
    cases = np.zeros(len(draws[:200]))
    for code, here in points.groupby("code"):
        share = here["people"][reached[here.index]].sum() / here["people"].sum()
        cases += draws[:200, of[code]] * latest[code] / 100_000 * share
    assert made.plan.cases.mean == pytest.approx(cases.mean(), rel=1e-6)
    assert made.plan.cases.low == pytest.approx(np.quantile(cases, 0.025), rel=1e-6)


def test_ways_lead_along_the_network_to_capitals_within_reach(
    example_project: Project, made: PlanMade
) -> None:
    with pipeline.open_store(example_project) as store:
        record = store.run(made.run.run_id)
        snapshot, settings = Snapshot.from_json(record.inputs), settings_of(record)
        districts = store.districts(snapshot)
        network = network_of(settings, store, snapshot, districts, metric_of(settings, districts))
        capitals = store.capitals(snapshot).set_index("code").geometry
    assert network is not None
    assert made.routes
    reached = made.reached.set_index("code")
    for one in made.routes:
        start, end = made.places.geometry[one.site], capitals[one.code]
        assert reached.loc[one.code, "site"] == one.site
        minutes = network.matrix(gpd.GeoSeries([start], crs=4326), [end], "low").minutes[0, 0]
        assert one.minutes == pytest.approx(minutes)
        assert one.minutes <= REACH
        ends = np.array(one.line.coords)[[0, -1]]
        assert ends == pytest.approx(np.array([start.coords[0], end.coords[0]]))
    told_ways = told(made)["routes"]
    assert [one["code"] for one in told_ways] == [one.code for one in made.routes]
    assert len(told_ways[0]["line"]) >= 2


def test_lines_without_a_licence_do_not_leave_the_store(
    example_project: Project, made: PlanMade
) -> None:
    with pipeline.open_store(example_project) as store:
        record = store.run(made.run.run_id)
        snapshot, settings = Snapshot.from_json(record.inputs), settings_of(record)
        districts = store.districts(snapshot)
        network = network_of(settings, store, snapshot, districts, metric_of(settings, districts))
        capitals = store.capitals(snapshot).set_index("code").geometry
    assert network is not None
    assert settings.travel is not None
    rivers, *others = settings.travel.ways
    travel = settings.travel.model_copy(
        update={"ways": (rivers.model_copy(update={"licence": ""}), *others)}
    )
    silent = settings.model_copy(update={"travel": travel})
    asked = (made.plan, made.reached, made.places.geometry, capitals, "low")
    assert len(list(routes(network, settings, *asked))) == len(made.routes)
    assert not list(routes(network, silent, *asked))


def test_the_season_and_the_stage_are_those_asked_for(
    example_project: Project, made: PlanMade
) -> None:
    with pipeline.open_store(example_project) as store:
        high = make_plan(store, made.asked.model_copy(update={"season": "high"}))
        whole = make_plan(store, made.asked.model_copy(update={"outcome": "composite"}))
    assert high.plan.cases.mean > made.plan.cases.mean  # boats are faster at high water
    assert made.run.rates_of(made.outcome) == "true"
    assert whole.plan.cases.mean > made.plan.cases.mean


def test_it_is_told_in_spanish_first(own_example: Project) -> None:
    spanish = plan(own_example, "--teams", "2", "--reach", "120")
    assert "PLAN DE PREVENCIÓN" in spanish
    assert "Alcanzado no es prevenido" in spanish
    assert "Datos sintéticos" in spanish
    english = plan(own_example, "--teams", "2", "--reach", "120", "--language", "en")
    assert "Reached is not prevented" in english


def test_files_have_what_the_answer_has(own_example: Project, tmp_path: Path) -> None:
    asked = ["--teams", "2", "--reach", "120", "--candidates", "ports", "--prevented", "0.1"]
    told: dict[str, Any] = json.loads(plan(own_example, *asked, "--json").splitlines()[-1])
    for suffix in ("json", "csv", "xlsx", "gpkg"):
        for name in ("one", "two"):
            plan(own_example, *asked, "--out", str(tmp_path / f"{name}.{suffix}"))
        one, two = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in ("one", "two"))
        assert one == two, suffix
    assert json.loads((tmp_path / "one.json").read_text("utf-8")) == told
    with (tmp_path / "one.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    sites = gpd.read_file(tmp_path / "one.gpkg", layer="sites")
    book = load_workbook(tmp_path / "one.xlsx")
    assert book.sheetnames == ["Dónde", "Límites", "Distritos", "Notas"]
    heads, *of_sites = book["Dónde"].values
    cells = [dict(zip(heads, row, strict=True)) for row in of_sites]
    assert [row["Identificador"] for row in cells] == [one["id"] for one in told["sites"]]
    assert [row["Casos, hasta"] for row in cells] == [
        one["cases_reached"]["high"] for one in told["sites"]
    ]
    assert sum(row["Estado"] == "equipo nuevo" for row in cells) == 2
    assert next(book["Límites"].iter_rows(min_row=2, values_only=True))[:1] == (
        "con un equipo más",
    )
    notes = [row[0] for row in book["Notas"].values]
    assert any(told["run"] in one for one in notes)
    assert any("se evitarían" in one for one in notes)
    assert [row["id"] for row in rows] == [one["id"] for one in told["sites"]]
    assert sites["id"].tolist() == [one["id"] for one in told["sites"]]
    assert sites.geometry.x.tolist() == pytest.approx([one["lon"] for one in told["sites"]])
    assert told["cases_prevented"]["mean"] == pytest.approx(
        0.1 * told["cases_reached"]["mean"], abs=0.06
    )
    assert sum(one["chosen"] for one in told["sites"]) == 2


MISTAKES = {
    "no team": (["--teams", "0", "--reach", "60"], "1 or more teams"),
    "an unknown stage": (["--teams", "1", "--reach", "60", "--outcome", "x"], "Choose one of"),
    "an unknown layer": (["--teams", "1", "--reach", "60", "--candidates", "x"], "Choose capitals"),
    "lines": (["--teams", "1", "--reach", "60", "--candidates", "roads"], "layer of points"),
    "a cost of nowhere": (["--teams", "1", "--reach", "60", "--cost", "x=1"], "no candidate place"),
    "a cost that is none": (["--teams", "1", "--reach", "60", "--cost", "x"], "NAME=NUMBER"),
    "too few teams": (
        ["--teams", "1", "--reach", "60", "--force", "010101", "--force", "010102"], "2 teams",
    ),
    "no number": (["--teams", "1", "--reach", "nan"], "reach_minutes is nan"),
    "a file of no kind": (["--teams", "1", "--reach", "60", "--out", "plan.doc"], "End its name"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_end_in_a_sentence(name: str, own_example: Project) -> None:
    asked, words = MISTAKES[name]
    assert words in str(refused(own_example, *asked))


def test_the_same_request_is_made_once_and_kept(own_example: Project) -> None:
    asked = ["--teams", "1", "--reach", "90", "--json"]
    first, again = (plan(own_example, *asked).splitlines()[-1] for _ in range(2))
    assert first == again
    identity = json.loads(first)["id"]
    assert plan(own_example, command="list").count(identity) == 1
    assert plan(own_example, identity, "--json", command="show").splitlines()[-1] == first
    assert "no plan" in str(refused(own_example, "f" * 16, command="show"))


def test_one_that_is_being_made_can_be_called_off(own_example: Project) -> None:
    form = SitesForm(teams=1, reach_minutes=95)
    with pipeline.open_store(own_example) as store:
        before = list_plans(store)
        request = {"form": form.model_dump(mode="json"), "run": run_of(store, None).id}
        asked = jobs.enqueue(store, jobs.PLAN_SITES, request)
        told: list[str] = []

        def called_off(job: JobRecord, progress: Progress) -> str:
            def tell(label: str, done: int, total: int) -> None:
                told.append(label)
                if label == "unlimited":
                    jobs.cancel(store, job.id)
                progress(label, done, total)

            return handlers(store)[jobs.PLAN_SITES](job, tell)

        assert work(store, {jobs.PLAN_SITES: called_off}, once=True) == 1
        assert jobs.get(store, asked.id).state == "cancelled"
        assert told == ["best", "unlimited"]
        assert list_plans(store) == before


def test_a_place_that_was_closed_or_is_not_open_yet_is_no_candidate(
    example_project: Project,
) -> None:
    with pipeline.open_store(example_project) as store:
        ground = Ground.of(store, None)
        table = store.layer(ground.snapshot, "ports").copy()
        year = ground.record.target_year
        assert table["until_year"].isna().all()
        table.loc[table.index[0], "until_year"] = year
        table.loc[table.index[1], "from_year"] = year + 1
        changed = replace(ground, layers={"ports": table})
        every, left = ground.places("ports"), changed.places("ports")
        gone = set(every.index) - set(left.index)
        assert gone == {f"ports:{table['fid'].iloc[0]}", f"ports:{table['fid'].iloc[1]}"}
        changed = replace(ground, layers={"ports": table.assign(until_year=year)})
        with pytest.raises(VigiaError, match=f"no points in {year}"):
            changed.places("ports")
