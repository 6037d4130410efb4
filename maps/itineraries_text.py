"""Itineraries, after disclosure, in words: who goes where when, why, and what limits cost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from itertools import groupby
from typing import Any

from babel.dates import format_date

from maps.plan_text import (
    LEAST_GAP,
    interval_said,
    limit_said,
    note_said,
    place_said,
    rests_on,
)
from maps.words import LOCALES, Language, Words, words

Json = Mapping[str, Any]


def itineraries_said(told: Json, language: Language) -> dict[str, Any]:
    """What ``data.disclosure.release_itineraries`` let out, as sentences.

    Returns
    -------
    dict
        ``head``; ``reached``, ``left``, ``limits`` and ``notes``: lists of sentences; ``teams``:
        name and ``days`` of each, a day having a ``title`` and ``visits``, sentences.
    """
    say = words(language)
    asked = told["request"]
    return {
        "head": say(
            "itineraries.head",
            **rests_on(told, say),
            teams=say.count(len(asked["teams"])),
            returns=say(f"itineraries_return.{asked['return_to_base']}"),
        ),
        "reached": _reached(told, say),
        "teams": [_team(team, told, say) for team in asked["teams"]],
        "left": [
            say(f"itineraries_left.{one['reason']}", place=place_said(one), **_cases(one, say))
            for one in told["left"]
        ],
        "limits": [limit_said(one, say) for one in told["limits"]],
        "notes": [note_said(key, told, say) for key in told["notes"]],
    }


def itineraries_text(told: Json, language: Language) -> str:
    """The same as one text."""
    say, said = words(language), itineraries_said(told, language)
    lines = [say("itineraries.label").upper(), said["head"], "", *said["reached"], ""]
    for team in said["teams"]:
        lines.append(team["name"])
        for day in team["days"]:
            lines += [f"  {day['title']}", *(f"    {one}" for one in day["visits"])]
        if not team["days"]:
            lines.append("  " + say("itineraries.stays"))
        lines.append("")
    lines += [say("itineraries.left"), *(f"  {one}" for one in said["left"]), ""]
    lines += [say("plan.limits"), *(f"  {one}" for one in said["limits"]), ""]
    lines += [say("plan.notes"), *(f"- {one}" for one in said["notes"])]
    return "\n".join(lines)


def visit_said(visit: Json, say: Words) -> str:
    """One visit, or the way home."""
    clock = {name: _clock(visit, name) for name in ("leaves", "arrives", "starts", "ends")}
    way = say.duration(visit["travel_minutes"])
    if visit["home"]:
        return say("itineraries.home", place=place_said(visit), way=way, **clock)
    said = say("itineraries.visit", place=place_said(visit), way=way, **clock, **_cases(visit, say))
    night = visit["arrives"][:10] != visit["starts"][:10]
    return " ".join([said, say("itineraries.evening")]) if night else said


def day_said(day: str, language: Language) -> str:
    """A day of the week and month."""
    return format_date(date.fromisoformat(day), "full", locale=LOCALES[language])


def _clock(visit: Json, name: str) -> str:
    return datetime.fromisoformat(visit[name]).strftime("%H:%M")


def _team(team: Json, told: Json, say: Words) -> dict[str, Any]:
    mine = [visit for visit in told["visits"] if visit["team"] == team["name"]]
    days = groupby(mine, key=lambda visit: str(visit["ends"][:10]))
    return {
        "name": say("itineraries.team", team=team["name"], base=place_said(team["place"])),
        "days": [
            {
                "title": day_said(day, say.language),
                "visits": [visit_said(visit, say) for visit in visits],
            }
            for day, visits in days
        ],
    }


def _cases(one: Json, say: Words) -> dict[str, str]:
    cases = interval_said(one["cases_reached"], say)
    return {"cases": cases, "belongs": say.percent(one["belongs"])}


def _reached(told: Json, say: Words) -> list[str]:
    share = {end: say.percent(one) for end, one in told["share_of_all_cases"].items()}
    found = [say("plan.reached", cases=interval_said(told["cases_reached"], say), **share)]
    if told["share_of_unlimited_best"] < 1:
        found.append(say("plan.of_best", share=say.percent(told["share_of_unlimited_best"])))
    if told["gap"] and told["gap"] >= LEAST_GAP:
        found.append(say("plan.gap", gap=say.fixed(100 * told["gap"], 1)))
    return found
