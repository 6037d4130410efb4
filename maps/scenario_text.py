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
    if plan := told.get("plan"):
        lines += ["", *scenario_plan_said(plan, language)]
    notes = [f"- {note}" for note in notes_said(told["notes"], say)]
    return "\n".join([*lines, "", say("scenario.notes"), *notes])


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
        yield f"  {one['code']} {one['name']}: {'; '.join(changes_said(one, say))}"


def changes_said(one: Json, say: Words) -> Iterator[str]:
    """How one district changes: rate, score and level before and after, and how many times."""
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


def notes_said(notes: list[str], say: Words) -> Iterator[str]:
    """What is assumed and what is not known, a sentence each."""
    for note in notes:
        key, _, about = note.partition(":")
        yield say(f"scenario_note.{key}", about=about.replace(",", ", "))


def scenario_plan_said(plan: Json, language: Language) -> Iterator[str]:
    """Today's plan beside that of the scenario: what each reaches, and which sites change."""
    say = words(language)
    cases, share = plan["cases"], plan["share_of_all_cases"]
    yield say("scenario_plan.head", outcome=plan["label"])
    for key in ("now", "now_there", "there"):
        of_all = {end: say.percent(value) for end, value in share[key].items()}
        told = say(f"scenario_plan.{key}", cases=_cases(cases[key], say), **of_all)
        yield f"  {told}"
    for key in ("change", "gain"):
        told = say(f"scenario_plan.{key}", cases=_cases(cases[key], say))
        yield f"  {told}"
    districts = plan["districts"]
    counts = {
        side: say.districts(sum(one[f"reached_{side}"] > 0 for one in districts))
        for side in ("before", "after")
    }
    yield f"  {say('scenario_plan.districts', **counts)}"
    for change in ("stays", "leaves", "closed", "comes"):
        names = [_site(one, say) for one in plan["sites"] if one["change"] == change]
        if names:
            told = say(f"scenario_plan.{change}", sites=say.series(names))
            yield f"  {told}"
    for key in plan["notes"]:
        if key == "within_gap":
            yield f"- {say('scenario_plan.within_gap')}"
        elif key == "unknown_districts":
            lost = say.districts(len(plan["unknown_districts"]))
            yield f"- {say('plan_note.unknown_districts', districts=lost)}"
        else:
            yield f"- {say(f'plan_note.{key}')}"


def _site(site: Json, say: Words) -> str:
    name = f"{site['name']} ({site['department']})" if site["department"] else str(site["name"])
    return say("scenario_plan.existing", site=name) if site["existing"] else name


def _cases(found: Json, say: Words) -> str:
    mean, low, high = (say.number(found[key]) for key in ("mean", "low", "high"))
    return say("plan.interval", mean=mean, low=low, high=high)
