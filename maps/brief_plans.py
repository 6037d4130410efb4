"""What stored plans do in a place, in sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from data.records import PlanRecord
from maps.brief_text import cut
from maps.itineraries_text import day_said, visit_said
from maps.plan_text import plan_said, rests_on
from maps.words import Words

NAMED = 60  # letters of a place


def stops_said(plans: Sequence[PlanRecord], codes: Collection[str], words: Words) -> list[str]:
    """Stops and reach of plans in the districts of ``codes``, plans in the order they come in."""
    return [said for plan in plans for said in _of(plan, codes, words)]


def _of(plan: PlanRecord, codes: Collection[str], words: Words) -> Iterator[str]:
    told = plan.result
    about = {name: rests_on(told, words)[name] for name in ("outcome", "season")}
    found = (
        _visits(told, codes, words) if plan.kind == "itineraries" else _sites(told, codes, words)
    )
    for said in found:
        yield words("brief.plan", id=plan.id, said=said, **about)


def _visits(told: Mapping[str, Any], codes: Collection[str], words: Words) -> Iterator[str]:
    for visit in told["visits"]:
        if visit["code"] in codes and not visit["home"]:
            day = day_said(visit["ends"][:10], words.language)
            said = visit_said(visit, words)
            yield words("brief.plan_visit", team=visit["team"], day=day, visit=said)


def _sites(told: Mapping[str, Any], codes: Collection[str], words: Words) -> Iterator[str]:
    said = plan_said(told, words.language)
    for site, text in zip(told["sites"], said["sites"], strict=True):
        if site["code"] in codes and (site["chosen"] or site["existing"]):
            yield f"{cut(text['name'], NAMED)}: {text['why']}."
    for one in said["districts"]:
        if one["code"] in codes:
            yield f"{one['text']}."
