"""A comparison of runs as text for those who read it in a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
MOST_SETTINGS = 30


def compared_text(found: Json) -> str:
    """What ``maps.compare.compare`` found, in sentences: runs as a whole, then each outcome."""
    lines = [f"From {found['before']} to {found['after']}", "", *_differing(found["differs"])]
    for outcome, told in found["outcomes"].items():
        lines += ["", *_outcome(outcome, told)]
    return "\n".join(lines)


def _differing(differs: Json) -> Iterator[str]:
    inputs, factors = differs["inputs"], differs["factors"]
    told = [
        *_named("inputs that changed", inputs["changed"]),
        *_named("inputs added", inputs["added"]),
        *_named("inputs removed", inputs["removed"]),
        *_named("factors added", factors["added"]),
        *_named("factors removed", factors["removed"]),
        *_settings("settings", differs["settings"]),
        *_settings("versions", differs["versions"]),
    ]
    yield "What differs between the runs"
    yield from told or ["  nothing but the moment of training"]


def _named(what: str, names: list[str]) -> Iterator[str]:
    if names:
        yield f"  {what}: {', '.join(names)}"


def _settings(what: str, changed: Json) -> Iterator[str]:
    if changed:
        yield f"  {what} that changed:"
    for key, value in list(changed.items())[:MOST_SETTINGS]:
        yield f"    {key}: {_value(value['before'])} > {_value(value['after'])}"
    if len(changed) > MOST_SETTINGS:
        yield f"    … and {len(changed) - MOST_SETTINGS} more, in --json"


def _outcome(outcome: str, told: Json) -> Iterator[str]:
    correlation = told["rank_correlation"]
    order = "" if correlation is None else f"; rank correlation {correlation:g}"
    yield f"{outcome}: {told['districts']} districts with a rate in both{order}"
    for change, count in told["levels"].items():
        yield f"  {change}: {count}"
    shown, moved = len(told["moved"]), told["moved_in_all"]
    if not moved:
        yield "  No district moved beyond its doubt."
        return
    first = f", the {shown} that moved farthest" if shown < moved else ""
    yield f"  {moved} moved beyond their doubt{first}:"
    for one in told["moved"]:
        yield from _district(one)


def _district(one: Json) -> Iterator[str]:
    ranks = " > ".join(_rank(one[when]) for when in ("before", "after"))
    yield f"  {one['name']} ({one['code']}): rank {ranks}"
    for why in one["why"]:
        yield f"    {_why(why)}"


def _rank(one: Json) -> str:
    return f"{one['rank']} ({one['rank_low']}-{one['rank_high']}, {one['level']})"


def _why(why: Json) -> str:
    because = why["because"]
    if because == "factor":
        value, added = why["said"], why["contribution"]
        multiples = " > ".join(_times(added[when]) for when in ("before", "after"))
        values = " > ".join(_value(value[when]) for when in ("before", "after"))
        return f"{why['name_en']}: {values}; multiplies its rate by {multiples}"
    if because == "stage":
        rates = " > ".join(f"{why['rate'][when]:.2g}" for when in ("before", "after"))
        return f"{why['name_en']}: rate {rates}"
    if because == "records":
        return (
            f"its own and its neighbours' records: risk about {math.exp(why['change']):.2g} times "
            "what it was"
        )
    return "its own risk hardly changed; that of others did"


def _times(log_ratio: float | None) -> str:
    return "-" if log_ratio is None else f"{math.exp(log_ratio):.3g}"


def _value(value: Any) -> str:
    return "-" if value is None else str(value)
