"""A plan, after disclosure, as text: where teams go and why, what limits cost, what is assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from maps.words import Language, Words, words

Json = Mapping[str, Any]


def plan_text(told: Json, language: Language) -> str:
    """What ``data.disclosure.release_plan`` let out, for people."""
    say = words(language)
    asked = told["request"]
    lines = [
        say("plan.label").upper(),
        say(
            "plan.head",
            run=told["run"],
            outcome=told["outcome_label" if language == "es" else "outcome_label_en"],
            year=str(told["target_year"]),
            reach=say.duration(asked["reach_minutes"]),
            season=say(f"plan_season.{asked['season']}"),
        ),
        "",
        *_reached(told, say),
        "",
        *_sites(told, say),
        "",
        *_limits(told, say),
        "",
        say("plan.notes"),
        *(f"- {note_text(key, told, say)}" for key in told["notes"]),
    ]
    return "\n".join(lines)


def note_text(key: str, told: Json, say: Words) -> str:
    """A note of a plan in words."""
    if key == "unknown_districts":
        return say("plan_note.unknown_districts", districts=say.districts(len(told[key])))
    if key == "prevented_share":
        return say("plan_note.prevented_share", cases=_cases(told["cases_prevented"], say))
    return say(f"plan_note.{key}")


def why(site: Json, say: Words) -> str:
    """Why a place is in the plan, or nearly."""
    belongs = say.percent(site["belongs"])
    if site["existing"]:
        return say("plan.why_existing", cases=_interval(site["cases_reached"], say))
    if site["chosen"]:
        return say("plan.why", cases=_interval(site["cases_reached"], say), belongs=belongs)
    return say("plan.why_nearly", belongs=belongs)


def _reached(told: Json, say: Words) -> Iterator[str]:
    yield say(
        "plan.reached",
        cases=_interval(told["cases_reached"], say),
        share=say.percent(told["share_of_all_cases"]),
    )
    yield say("plan.of_best", share=say.percent(told["share_of_unlimited_best"]))
    if told["gap"] and told["gap"] >= 0.001:
        yield say("plan.gap", gap=say.fixed(100 * told["gap"], 1))


def _sites(told: Json, say: Words) -> Iterator[str]:
    yield say("plan.sites")
    for site in told["sites"]:
        yield f"  {site['name']} ({site['department']}): {why(site, say)}"


def _limits(told: Json, say: Words) -> Iterator[str]:
    yield say("plan.limits")
    for one in told["limits"]:
        yield f"  {say('plan_limit.' + one['limit'])}: {_cases(one['gain'], say)}"


def _cases(value: float | None, say: Words) -> str:
    return say("plan.cases", cases=say.number(value or 0.0))


def _interval(found: Json, say: Words) -> str:
    mean, low, high = (say.number(found[key]) for key in ("mean", "low", "high"))
    return say("plan.interval", mean=mean, low=low, high=high)
