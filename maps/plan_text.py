"""A plan, after disclosure, in words: where teams go and why, what limits cost, what is assumed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maps.words import Language, Words, words

Json = Mapping[str, Any]
LEAST_GAP = 0.001  # below, it rounds to nothing


def plan_said(told: Json, language: Language) -> dict[str, Any]:
    """What ``data.disclosure.release_plan`` let out, as sentences.

    Returns
    -------
    dict
        ``head`` and ``asked``; ``reached``, ``limits`` and ``notes``: lists of sentences;
        ``sites``: id, name and ``why`` of each; ``districts``: code and ``text`` of each that is
        reached, those with most people first.
    """
    say = words(language)
    asked = told["request"]
    return {
        "head": say(
            "plan.head",
            **rests_on(told, say),
            reach=say.duration(asked["reach_minutes"]),
        ),
        "asked": _asked(asked, say),
        "reached": _reached(told, say),
        "sites": [
            {"id": site["id"], "name": place_said(site), "why": _why(site, say)}
            for site in told["sites"]
        ],
        "districts": _districts(told, say),
        "limits": [limit_said(one, say) for one in told["limits"]],
        "notes": [note_said(key, told, say) for key in told["notes"]],
    }


def rests_on(told: Json, say: Words) -> dict[str, str]:
    """Run and its day, outcome, year and season of a plan."""
    return {
        "run": told["run"],
        "date": _day(told, say),
        "outcome": told["outcome_label" if say.language == "es" else "outcome_label_en"],
        "year": str(told["target_year"]),
        "season": say(f"plan_season.{told['request']['season']}"),
    }


def impossible_said(about: Json, language: Language) -> dict[str, str]:
    """Why no plan is possible, of an error's ``about``, and what would make one so.

    Returns
    -------
    dict
        ``error`` and ``hint``.
    """
    say, limits, changes = words(language), about["limits"], about["changes"]
    if limits == ["reach_minutes"]:
        error, otherwise = say("plan_impossible.nobody"), say("plan_impossible.off_network")
    else:
        names = say.series([say(f"plan_impossible.limit_{limit}") for limit in limits])
        error = say("plan_impossible.collide", limits=names)
        key = "off_network" if "day_minutes" in limits else "several"
        otherwise = say(f"plan_impossible.{key}")
    ways = [_change(limit, change, say) for limit, change in changes.items()]
    ways = [say("plan_impossible.way", change=way) for way in ways]
    return {"error": error, "hint": " ".join(ways) or otherwise}


def _change(limit: str, change: Any, say: Words) -> str:
    if limit == "reach_minutes":
        return say("plan_impossible.change_reach", minutes=say.plain(change))
    amount = say.series(change) if isinstance(change, list | tuple) else say.plain(change)
    return say(f"plan_impossible.change_{limit}", amount=amount)


def plan_text(told: Json, language: Language) -> str:
    """The same as one text."""
    say, said = words(language), plan_said(told, language)
    lines = [say("plan.label").upper(), said["head"], said["asked"], "", *said["reached"], ""]
    lines += [say("plan.sites"), *(f"  {one['name']}: {one['why']}" for one in said["sites"]), ""]
    lines += [say("plan.limits"), *(f"  {one}" for one in said["limits"]), ""]
    lines += [say("plan.notes"), *(f"- {one}" for one in said["notes"])]
    return "\n".join(lines)


def place_said(site: Json) -> str:
    """A place, and its department."""
    where = site["department"]
    return f"{site['name']} ({where})" if where else str(site["name"])


def _asked(asked: Json, say: Words) -> str:
    """What binds the plan, in a sentence."""
    numbers = ("capacity_people", "budget")
    said = [_so_many("teams", asked["teams"], say)]
    said += [_so_many(key, asked[key], say) for key in numbers if asked.get(key) is not None]
    said += [
        say("plan_asked.minimum", department=one["department"], least=say.plain(one["least"]))
        for one in asked.get("minimum") or ()
    ]
    places = ("forced", "forbidden")
    said += [_so_many(key, len(asked[key]), say) for key in places if asked.get(key)]
    if asked.get("tail", 1) < 1:
        said.append(say("plan_asked.tail", share=say.percent(asked["tail"])))
    return say("plan_asked.all", limits=say.series(said))


def _so_many(key: str, number: float, say: Words) -> str:
    return say(f"plan_asked.{key}{'_one' if number == 1 else ''}", n=say.plain(number))


def _day(told: Json, say: Words) -> str:
    """Of the run; a plan of an earlier version does not tell it."""
    day = told.get("run_date")
    return say.date(f"{day}T12:00:00+00:00", "UTC") if day else say("plan.no_date")


def _districts(told: Json, say: Words) -> list[dict[str, str]]:
    places = {site["id"]: site["name"] for site in told["sites"]}
    minutes = {way["code"]: way["minutes"] for way in told.get("routes", ())}
    reached = [one for one in told.get("districts", ()) if one["site"] is not None]
    return [
        {"code": one["code"], "text": _district(one, places, minutes.get(one["code"]), say)}
        for one in sorted(reached, key=lambda one: (-one["people"], one["code"]))
    ]


def _district(one: Json, places: Json, minutes: float | None, say: Words) -> str:
    said = say(
        "plan.district",
        district=place_said(one),
        share=say.percent(one["reached"]),
        site=places[one["site"]],
    )
    way = "" if minutes is None else say("plan.district_way", time=say.duration(minutes))
    return "; ".join(filter(None, (said, way)))


def note_said(key: str, told: Json, say: Words) -> str:
    """Something that must be known with a plan."""
    if key == "unknown_districts":
        return say("plan_note.unknown_districts", districts=say.districts(len(told[key])))
    if key == "prevented_share":
        return say("plan_note.prevented_share", cases=interval_said(told["cases_prevented"], say))
    return say(f"plan_note.{key}")


def _why(site: Json, say: Words) -> str:
    """Why a place is in the plan, or nearly."""
    belongs = say.percent(site["belongs"])
    if site["existing"]:
        return say("plan.why_existing", cases=interval_said(site["cases_reached"], say))
    if site["chosen"]:
        return say("plan.why", cases=interval_said(site["cases_reached"], say), belongs=belongs)
    return say("plan.why_nearly", belongs=belongs)


def _reached(told: Json, say: Words) -> list[str]:
    share = {end: say.percent(one) for end, one in told["share_of_all_cases"].items()}
    found = [
        say("plan.reached", cases=interval_said(told["cases_reached"], say), **share),
        say("plan.of_best", share=say.percent(told["share_of_unlimited_best"])),
    ]
    if told["gap"] and told["gap"] >= LEAST_GAP:
        found.append(say("plan.gap", gap=say.fixed(100 * told["gap"], 1)))
    return found


def limit_said(one: Json, say: Words) -> str:
    """What a limit costs."""
    return f"{say('plan_limit.' + one['limit'])}: {interval_said(one['cases'], say)}"


def interval_said(found: Json, say: Words) -> str:
    """Cases, with their interval."""
    mean, low, high = (say.number(found[key]) for key in ("mean", "low", "high"))
    return say("plan.interval", mean=mean, low=low, high=high)
