"""Plans that were made, in a map that is taken along: in words, and what is drawn of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Any

import shapely

from data.records import PlanRecord
from maps.itineraries_text import itineraries_said
from maps.plan_text import plan_said, rests_on
from maps.words import Words

MOST_PLANS = 5
PLACE_DECIMALS, WAY_DECIMALS = 4, 3  # of a degree
STRAIGHT = 0.002  # degrees: bends of a way below that are not seen on a map of districts
Json = Mapping[str, Any]
Line = tuple[int | None, str]  # of a stop, its number on the map


@dataclass(frozen=True)
class StoredPlans:
    """Plans of a run, the last made first, and how many older ones are left out."""

    plans: Sequence[PlanRecord]
    left_out: int = 0


@dataclass(frozen=True)
class Part:
    """A heading, by its level below the plan's own, and its lines."""

    heading: str
    lines: Sequence[Line]
    level: int = 1


@dataclass(frozen=True)
class PlanTold:
    """A plan as a reader meets it."""

    id: str
    title: str
    said: Sequence[str]
    parts: Sequence[Part]


def plan_words(stored: StoredPlans, timezone: str, words: Words) -> dict[str, Any]:
    """What the page says of plans: ``plans``, in the planning page's sentences, and ``more``."""
    count = len(stored.plans) + stored.left_out
    shown = {"shown": words.count(len(stored.plans)), "n": words.count(count)}
    return {
        "plans": [_told(plan, timezone, words) for plan in stored.plans],
        "more": words("stored.more", **shown) if stored.left_out else "",
    }


def drawing(plan: PlanRecord) -> dict[str, Any]:
    """What is drawn of a plan.

    Returns
    -------
    dict
        ``places``: number, name, lat, lon, and what of a site says its kind; ``ways``: lines of
        [lat, lon] in degrees (WGS 84), a stretch that several ways share once.
    """
    stops = _stops(plan)
    places = [
        {
            "number": number,
            "name": stop["name"],
            "chosen": stop.get("chosen", True),
            "existing": stop.get("existing", False),
            **{key: round(stop[key], PLACE_DECIMALS) for key in ("lat", "lon")},
        }
        for number, stop in zip(_numbers(stops), stops, strict=True)
        if number is not None
    ]
    return {"places": places, "ways": _ways(plan.result.get("routes") or ())}


def _stops(plan: PlanRecord) -> list[Json]:
    """In the order of the sentences: those of itineraries team by team."""
    told = plan.result
    if plan.kind == "sites":
        return list(told["sites"])
    teams = [team["name"] for team in told["request"]["teams"]]
    return sorted(told["visits"], key=lambda visit: teams.index(visit["team"]))


def _numbers(stops: Sequence[Json]) -> list[int | None]:
    """Of each stop its number; the way home has none."""
    counted = accumulate(int(not stop.get("home")) for stop in stops)
    return [None if stop.get("home") else n for n, stop in zip(counted, stops, strict=True)]


def _ways(routes: Sequence[Json]) -> list[list[list[float]]]:
    pairs = {
        tuple(sorted((tuple(one), tuple(other))))
        for route in routes
        for one, other in zip(route["line"][:-1], route["line"][1:], strict=True)
        if one != other
    }
    stretches = shapely.MultiLineString([list(one) for one in sorted(pairs)])
    lines = shapely.get_parts(shapely.simplify(shapely.line_merge(stretches), STRAIGHT))
    return [
        [[round(y, WAY_DECIMALS), round(x, WAY_DECIMALS)] for x, y in shapely.get_coordinates(line)]
        for line in lines
    ]


def _told(plan: PlanRecord, timezone: str, words: Words) -> PlanTold:
    said = (plan_said if plan.kind == "sites" else itineraries_said)(plan.result, words.language)
    stops = _stops(plan)
    lines = zip(_numbers(stops), _sentences(plan, stops, said, words), strict=True)
    where = _site_parts if plan.kind == "sites" else _team_parts
    return PlanTold(
        plan.id,
        _title(plan, timezone, words),
        [one for one in (said["head"], said.get("asked"), *said["reached"]) if one],
        [
            *where(said, lines, words),
            Part(words("plan.limits"), _plain(said["limits"])),
            Part(words("plan.notes"), _plain(said["notes"])),
        ],
    )


def _title(plan: PlanRecord, timezone: str, words: Words) -> str:
    told = plan.result
    teams = told["request"]["teams"]
    count = teams if plan.kind == "sites" else len(teams)
    n = words.count(count)
    return words(
        "stored.title",
        kind=words("plan.label") if plan.kind == "sites" else words("itineraries.label"),
        outcome=rests_on(told, words)["outcome"],
        teams=words("stored.team", n=n) if count == 1 else words("stored.teams", n=n),
        date=words.date(plan.created_at, timezone),
    )


def _sentences(plan: PlanRecord, stops: Sequence[Json], said: Json, words: Words) -> list[str]:
    """Of each stop: place, cases with their doubt, people."""
    if plan.kind == "sites":
        texts = [f"{one['name']}: {one['why']}." for one in said["sites"]]
    else:
        texts = [one for team in said["teams"] for day in team["days"] for one in day["visits"]]
    return [_with_people(text, stop, words) for text, stop in zip(texts, stops, strict=True)]


def _with_people(text: str, stop: Json, words: Words) -> str:
    if not stop.get("people"):
        return text
    people = words("stored.people", people=words.count(round(stop["people"])))
    return f"{text} {people}"


def _site_parts(said: Json, lines: Iterator[Line], words: Words) -> list[Part]:
    return [Part(words("plan.sites"), list(lines))]


def _team_parts(said: Json, lines: Iterator[Line], words: Words) -> Iterator[Part]:
    """A heading for each team, and below it one for each of its days; then what is left out."""
    for team in said["teams"]:
        yield Part(team["name"], [] if team["days"] else _plain([words("itineraries.stays")]))
        for day in team["days"]:
            yield Part(day["title"], list(islice(lines, len(day["visits"]))), level=2)
    yield Part(words("itineraries.left"), _plain(said["left"]))


def _plain(texts: Sequence[str]) -> list[Line]:
    return [(None, text) for text in texts]
