"""Plans inside the one file: told as the planning page tells them, and only where asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from data.records import PlanRecord
from maps.itineraries_text import itineraries_said
from maps.page import offline_page
from maps.plan_text import plan_said
from maps.released import Released
from maps.stored_plans import StoredPlans, drawing
from maps.words import LANGUAGES, Language, words
from tests.maps.html import Blocks
from tests.maps.plans import told_itineraries, told_plan
from tests.maps.region import IMG, RUN_ID, SCRIPT, layers

SPANISH = words("es")
MADE_AT = "2026-11-25T03:00:00Z"


def record(told: dict[str, Any], kind: Any = "sites", identity: str = "5" * 16) -> PlanRecord:
    return PlanRecord(identity, kind, RUN_ID, {}, told, MADE_AT, {})


def page_with(released: Released, *plans: PlanRecord, left_out: int = 0, **more: Any) -> Blocks:
    stored = StoredPlans(plans, left_out)
    return Blocks(offline_page(released, layers(), plans=stored, **more).html)


def text_of(page: Blocks) -> str:
    return " ".join(" ".join(page.text).split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plan_is_told_as_on_the_planning_page(released: Released, language: Language) -> None:
    told = told_plan()
    text = text_of(page_with(released, record(told), language=language))
    said, say = plan_said(told, language), words(language)
    for one in (said["head"], said["asked"], *said["reached"], *said["limits"], *said["notes"]):
        assert one in text
    for site in said["sites"]:
        assert f"{site['name']}: {site['why']}." in text
    assert text.count(say("stored.people", people="1,200")) == 1
    day = {"es": "24 de noviembre de 2026", "en": "November 24, 2026"}[language]
    outcome = told["outcome_label" if language == "es" else "outcome_label_en"]
    team = say("stored.team", n="1")
    title = say("stored.title", kind=say("plan.label"), outcome=outcome, teams=team, date=day)
    assert title in text


def test_itineraries_are_told_team_by_team(released: Released) -> None:
    told = told_itineraries(others=("Sur",))
    text = text_of(page_with(released, record(told, "itineraries")))
    said = itineraries_said(told, "es")
    for one in (*said["reached"], *said["left"], said["teams"][1]["name"]):
        assert one in text
    (day,) = said["teams"][0]["days"]
    visit, home = day["visits"]
    people = SPANISH("stored.people", people="1,200")
    assert f"{day['title']} {visit} {people} {home}" in text
    assert f"{said['teams'][1]['name']} {SPANISH('itineraries.stays')}" in text


def test_stops_are_numbered_as_on_the_map_and_the_way_home_is_not() -> None:
    told = told_itineraries(others=("Sur",))
    away = told["visits"][0] | {"team": "Sur", "lon": -70.0}
    told["visits"] = [away, *told["visits"]]  # told after those of the first team
    places = drawing(record(told, "itineraries"))["places"]
    assert [(one["number"], one["lon"]) for one in places] == [(1, -73.1), (2, -70.0)]
    assert all(one["chosen"] for one in places)
    of_sites = drawing(record(told_plan()))["places"]
    assert [(one["number"], one["chosen"]) for one in of_sites] == [(1, True), (2, False)]


def test_a_stretch_that_ways_share_is_drawn_once() -> None:
    told = told_plan()
    line = told["routes"][0]["line"]
    longer = [*line, [-72.9, -4.0]]
    told["routes"] += [{"site": "010101", "code": "010103", "minutes": 1.0, "line": longer}]
    told["routes"] += [{"site": "010101", "code": "010104", "minutes": 1.0, "line": line[::-1]}]
    (way,) = drawing(record(told))["ways"]
    assert [[y, x] for x, y in longer] in (way, way[::-1])
    assert drawing(record(told | {"routes": []}))["ways"] == []


def test_no_plan_is_told_unless_asked_for(released: Released) -> None:
    page = Blocks(offline_page(released, layers()).html)
    assert SPANISH("stored.heading") not in text_of(page)
    assert "planPlaces" not in "".join(page.scripts)
    assert not [name for name in page.data if name.startswith("plan-")]


def test_what_is_left_out_and_that_there_is_none_are_said(released: Released) -> None:
    two = [record(told_plan(), identity=one * 16) for one in "56"]
    assert SPANISH("stored.more", shown="2", n="9") in text_of(
        page_with(released, *two, left_out=7)
    )
    none = text_of(page_with(released))
    assert SPANISH("stored.none") in none
    assert SPANISH("stored.care") not in none


def test_hostile_plans_stay_text(released: Released) -> None:
    sites = record(told_plan(name=SCRIPT, department=IMG))
    days = record(told_itineraries(team=IMG), "itineraries", "1" * 16)
    page = page_with(released, sites, days)
    assert "img" not in page.tags
    assert not [script for script in page.scripts if "alert(1)" in script]
    assert json.loads(page.data["plan-" + sites.id])["places"][0]["name"] == SCRIPT
