"""A scenario, after disclosure, as text: what changes most, with its doubt, and what is assumed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from maps.levels import NO_DATA
from maps.words import Language, Words, words

Json = Mapping[str, Any]
MOST = 10  # districts of each outcome; all of them are in the JSON


def scenario_label(language: Language) -> str:
    """What stands beside every number of a scenario."""
    say = words(language)
    return say("scenario.label")


def scenario_text(told: Json, language: Language) -> str:
    """What ``data.disclosure.release_scenario`` let out, for people; its label comes first."""
    say = words(language)
    lines = [told["label"].upper()]
    if told["name"]:
        lines.append(f"«{told['name']}»")
    target, year = str(told["target_year"]), str(told["factors_as_of"])
    lines.append(say("scenario.head", run=told["run"], target=target, year=year))
    for outcome in told["outcomes"]:
        lines += ["", *_outcome(outcome, say)]
    return "\n".join([*lines, "", *_notes(told["notes"], say)])


def most_changed(districts: list[Json]) -> list[Json]:
    """Districts whose rate is another and known, the largest changes first."""

    def size(one: Json) -> float:
        change = one["rate_change"]  # none of an index, which tells no rate
        return abs(float(math.log(one["rate_ratio"]) if change is None else change))

    known = [one for one in districts if one["moved"] and one["rate_ratio"]]
    return sorted(known, key=lambda one: (-size(one), one["code"]))


def _outcome(outcome: Json, say: Words) -> Iterator[str]:
    moved = sum(one["moved"] for one in outcome["districts"])
    name = outcome["label"]
    if not moved:
        yield say("scenario.unmoved", name=name)
        return
    yield say("scenario.moved", name=name, districts=say.districts(moved))
    yield say("scenario.most")
    for one in most_changed(outcome["districts"])[:MOST]:
        yield f"  {one['code']} {one['name']}: {'; '.join(_changes(one, say))}"


def _changes(one: Json, say: Words) -> Iterator[str]:
    if one["rate_before"] is not None:
        sides = ("before", "after")
        rates = {side: say.number(one[f"rate_{side}"]) for side in sides}
        for end in ("low", "high"):
            rates |= {f"{side}_{end}": say.number(one[f"rate_{end}_{side}"]) for side in sides}
        yield say("scenario.rate", **rates)
    ratio, low, high = (say.fixed(one[f"rate_ratio{end}"], 2) for end in ("", "_low", "_high"))
    yield say("scenario.ratio", ratio=ratio, low=low, high=high)
    before, after = (say.fixed(one[f"score_{side}"], 0) for side in ("before", "after"))
    yield say("scenario.score", before=before, after=after)
    before, after = (
        say(f"level.{one[f'level_{side}'] or NO_DATA}") for side in ("before", "after")
    )
    yield say("scenario.level", before=before, after=after)
    if one["beyond_seen"]:
        yield say("scenario.beyond")


def _notes(notes: list[str], say: Words) -> Iterator[str]:
    yield say("scenario.notes")
    for note in notes:
        key, _, about = note.partition(":")
        yield f"- {say(f'scenario_note.{key}', about=about.replace(',', ', '))}"
