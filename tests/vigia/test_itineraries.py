"""Itineraries of a whole project by the command line: files, calendars, and what is refused."""

from __future__ import annotations

import csv
import json
from functools import partial
from pathlib import Path

import icalendar
import pyogrio
import pytest
from openpyxl import load_workbook

from data.snapshot import Snapshot
from tests.vigia.plans import plan as command
from tests.vigia.plans import refused
from vigia import pipeline
from vigia.measuring import metric_of, network_of
from vigia.plan_ground import run_of
from vigia.project import Project
from vigia.scenarios import settings_of

ASKED = ("--team", "Norte@010101", "--team", "Sur@030101", "--first", "2027-03-01", "--days", "2")
ASKED += ("--outcome", "exploitation", "--tries", "100")


plan = partial(command, command="itineraries")


def test_ways_are_those_of_the_network(own_example: Project) -> None:
    """There and back, and from stop to stop, worked out once more one by one."""
    told = json.loads(plan(own_example, *ASKED, "--season", "high", "--json"))
    with pipeline.open_store(own_example) as store:
        record = run_of(store, None)
        snapshot, settings = Snapshot.from_json(record.inputs), settings_of(record)
        districts = store.districts(snapshot)
        network = network_of(settings, store, snapshot, districts, metric_of(settings, districts))
        capitals = store.capitals(snapshot).set_index("code").geometry
    assert network is not None
    for team in told["request"]["teams"]:
        mine = [visit for visit in told["visits"] if visit["team"] == team["name"]]
        assert mine
        here, day = team["base"], 1
        for visit in mine:
            if visit["day"] != day:
                assert here == team["base"]
                day = visit["day"]
            minutes = network.matrix(capitals.loc[[here]], capitals.loc[[visit["id"]]], "high")
            assert visit["travel_minutes"] == pytest.approx(minutes.minutes[0, 0], abs=1)
            assert minutes.minutes[0, 0] <= visit["travel_minutes"] + 1e-6
            here = visit["id"]
        assert here == team["base"]


def test_files_tell_the_same_and_are_the_same_twice(own_example: Project, tmp_path: Path) -> None:
    told = json.loads(plan(own_example, *ASKED, "--json"))
    for suffix in ("csv", "xlsx", "gpkg", "ics", "json"):
        one, two = (tmp_path / f"{n}.{suffix}" for n in (1, 2))
        plan(own_example, *ASKED, "--out", str(one))
        plan(own_example, told["id"], "--out", str(two), command="show")
        assert one.read_bytes() == two.read_bytes()
    with (tmp_path / "1.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["arrives"] for row in rows] == [visit["arrives"] for visit in told["visits"]]
    assert len(pyogrio.read_dataframe(tmp_path / "1.gpkg", layer="visits")) == len(rows)
    assert set(pyogrio.read_dataframe(tmp_path / "1.gpkg", layer="order")["team"]) == {
        "Norte",
        "Sur",
    }
    sheet = load_workbook(tmp_path / "1.xlsx").worksheets[0]
    assert sheet.max_row == len(rows) + 1
    calendar = icalendar.Calendar.from_ical((tmp_path / "1.ics").read_bytes())
    ends = [event.end.strftime("%Y-%m-%dT%H:%M") for event in calendar.events]
    assert ends == [visit["ends"] for visit in told["visits"]]
    assert {str(event.start.tzinfo) for event in calendar.events} == {"America/Lima"}


def test_sites_of_a_plan_become_stops(own_example: Project) -> None:
    sites = ("--teams", "4", "--reach", "60", "--outcome", "exploitation", "--json")
    chosen = json.loads(plan(own_example, *sites, command="sites"))
    ids = {site["id"] for site in chosen["sites"] if site["chosen"]}
    told = json.loads(plan(own_example, *ASKED, "--of-plan", chosen["id"], "--json"))
    stops = {visit["id"] for visit in told["visits"] if not visit["home"]}
    assert stops | {one["id"] for one in told["left"]} <= ids
    assert stops


def test_it_is_told_in_both_languages(own_example: Project) -> None:
    spanish, english = plan(own_example, *ASKED), plan(own_example, *ASKED, "--language", "en")
    assert "lunes, 1 de marzo de 2027" in spanish
    assert "Monday, March 1, 2027" in english
    assert "Norte, from" in english
    assert "Norte" in plan(own_example, *ASKED, "--return-to-base", "no", "--boats", "1")


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (("--team", "nobody"), 10, "NAME@BASE"),
        (("--team", "Este@nowhere"), 10, "'nowhere' of Este"),
        (("--morning", "six"), 10, "06:00"),
        (("--of-plan", "nowhere"), 8, "plan of sites"),
        (("--force", "nowhere"), 10, "'nowhere'"),
        (("--days", "0"), 10, "days"),
        (("--hours", "30"), 10, "midnight"),
        (("--first", "tomorrow"), 10, "first"),
        (("--out", "plan.pdf"), 10, ".ics"),
        (("--hours", "2", "--force", "010111"), 11, "Let a day have"),
    ],
)
def test_what_cannot_be_meant_or_made(
    own_example: Project, more: tuple[str, ...], code: int, said: str
) -> None:
    error = refused(own_example, *ASKED, *more, command="itineraries")
    assert error.exit_code == code
    assert said in f"{error} {error.hint}"
