"""Itineraries, after disclosure, as tables, a workbook, a map and a calendar."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd
from icalendar import Calendar, Event
from openpyxl import Workbook
from shapely import LineString

from maps.export import fixed_gdal_clock, write_harmless
from maps.itineraries_text import itineraries_said, visit_said
from maps.plan_sheets import new_workbook, save_workbook, write_sheet
from maps.plan_text import place_said
from maps.words import Language, Words, words

Json = Mapping[str, Any]
COLUMNS = (
    *("team", "day", "leaves", "arrives", "starts", "ends", "travel_minutes", "home"),
    *("id", "name", "code", "department", "lat", "lon"),
)
ENDS = ("mean", "low", "high")
PRODUCT = "-//vigia//itineraries//ES"


def visit_table(told: Json) -> pd.DataFrame:
    """A row for each visit and each way home, with the run that it rests on."""
    rows = [
        {
            **{key: visit[key] for key in COLUMNS},
            "cases_reached": visit["cases_reached"]["mean"] if not visit["home"] else None,
            "cases_reached_low": visit["cases_reached"]["low"] if not visit["home"] else None,
            "cases_reached_high": visit["cases_reached"]["high"] if not visit["home"] else None,
            "people": visit.get("people"),
            "belongs": visit.get("belongs"),
            "outcome": told["outcome"],
            "run": told["run"],
            "target_year": told["target_year"],
            "notes": " ".join(told["notes"]),
        }
        for visit in told["visits"]
    ]
    return pd.DataFrame(rows)


def write_csv(told: Json, path: Path, _: Language) -> None:
    """A row for each visit."""
    write_harmless(visit_table(told), path)


def write_gpkg(told: Json, path: Path, _: Language) -> None:
    """Visits as points, and of each team's day the order of its stops as a straight line."""
    table = visit_table(told)
    at = gpd.points_from_xy(table["lon"], table["lat"], crs="EPSG:4326")
    with fixed_gdal_clock(int(told["target_year"])):
        gpd.GeoDataFrame(table, geometry=at).to_file(path, driver="GPKG", layer="visits")
        order = gpd.GeoDataFrame(list(_lines(told)), geometry="geometry", crs="EPSG:4326")
        order.to_file(path, driver="GPKG", layer="order")


def _lines(told: Json) -> list[dict[str, Any]]:
    found = []
    for team in told["request"]["teams"]:
        last = team["place"]["lon"], team["place"]["lat"]
        mine = [visit for visit in told["visits"] if visit["team"] == team["name"]]
        for day, visits in groupby(mine, key=lambda visit: int(visit["day"])):
            points = [last, *((visit["lon"], visit["lat"]) for visit in visits)]
            last = points[-1]
            line = {"team": team["name"], "day": day, "run": told["run"]}
            found.append(line | {"geometry": LineString(points)})
    return found


def write_xlsx(told: Json, path: Path, language: Language) -> None:
    """Sheets in words: visits, stops that are left out, limits, notes."""
    say, said = words(language), itineraries_said(told, language)
    book = new_workbook(told, say("itineraries.label"))
    _visit_sheet(book, told, say)
    cases = [say(f"plan_column.cases_{end}") for end in ENDS]
    places = [say(f"plan_column.{name}") for name in ("id", "name", "code", "department")]
    left = [
        [
            *(one[key] for key in ("id", "name", "code", "department")),
            *(one["cases_reached"][end] for end in ENDS),
            say(f"itineraries_reason.{one['reason']}"),
        ]
        for one in told["left"]
    ]
    heads = [*places, *cases, say("itineraries_column.reason")]
    write_sheet(book, say("itineraries_column.left"), heads, left)
    heads = [say("plan_column.limit"), *(say(f"plan_column.more_{end}") for end in ENDS)]
    limits = [
        [say(f"plan_limit.{one['limit']}"), *(one["cases"][end] for end in ENDS)]
        for one in told["limits"]
    ]
    write_sheet(book, say("plan_column.limits"), heads, limits)
    notes = [[one] for one in (said["head"], *said["reached"], *said["notes"])]
    write_sheet(book, say("plan_column.notes"), [say("itineraries.label")], notes)
    save_workbook(book, told, path)


def _visit_sheet(book: Workbook, told: Json, say: Words) -> None:
    heads = [say(f"itineraries_column.{name}") for name in COLUMNS[:7]]
    heads += [say(f"plan_column.{name}") for name in COLUMNS[8:]]
    heads += [say(f"plan_column.cases_{end}") for end in ENDS]
    heads += [say("plan_column.people"), say("plan_column.belongs")]
    rows = []
    for visit in told["visits"]:
        times = [datetime.fromisoformat(visit[key]) for key in COLUMNS[2:6]]
        reached = visit.get("cases_reached") or {}
        rows.append(
            [
                *(visit["team"], visit["day"], *times, visit["travel_minutes"]),
                *(visit[key] for key in COLUMNS[8:]),
                *(reached.get(end) for end in ENDS),
                *(visit.get("people"), visit.get("belongs")),
            ]
        )
    write_sheet(book, say("itineraries_column.visits"), heads, rows)


def write_json(told: Json, path: Path, _: Language) -> None:
    """All of it."""
    text = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def write_ics(told: Json, path: Path, language: Language) -> None:
    """A calendar (RFC 5545): an event for each visit and way home, in the area's own time.

    The same itineraries, the same bytes: they are stamped with the day of their run.
    """
    say, zone = words(language), ZoneInfo(told["timezone"])
    stamp = datetime.fromisoformat(f"{told['run_date']}T00:00").replace(tzinfo=UTC)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", say("itineraries.label"))
    for number, visit in enumerate(told["visits"]):
        event = Event()
        event.add("uid", f"{told['id']}-{number}@vigia")
        event.add("dtstamp", stamp)
        event.add("dtstart", datetime.fromisoformat(visit["leaves"]).replace(tzinfo=zone))
        event.add("dtend", datetime.fromisoformat(visit["ends"]).replace(tzinfo=zone))
        place = place_said(visit)
        event.add("summary", say("itineraries.event", team=visit["team"], place=place))
        event.add("location", place)
        event.add("geo", (visit["lat"], visit["lon"]))
        event.add("description", visit_said(visit, say))
        calendar.add_component(event)
    calendar.add_missing_timezones()
    path.write_bytes(calendar.to_ical())
