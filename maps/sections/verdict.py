"""The verdict on an outcome's model in a sentence, and what that means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maps.blocks import Block, Items, Text
from maps.notes import label_of_outcome
from maps.released import Released
from maps.words import Words

CHANCE = ("within_chance", "chance_unknown")  # keys of the gate, and of what is said of it


def verdict(released: Released, outcome: str, words: Words) -> list[Block]:
    """What must be known before any figure of the outcome."""
    stages = released.stages_of(outcome)
    honesty = released.validation_of(outcome).get("honesty")
    kind = released.rates_of(outcome)
    label = label_of_outcome(released.outcome(outcome), words)
    of = Text(words(f"rates.{kind}", names=label), "small")
    if kind == "burden":
        names = [label_of_outcome(released.outcome(one), words) for one in stages]
        said = [Text(words("verdict.burden", names=words.series(names)), "flag")]
        weights = zip(names, stages.values(), strict=True)
        told = [words("verdict.weight", name=n, weight=words.plain(w)) for n, w in weights]
        return [*said, Items(told), of]
    if not honesty:
        return [Text(words("verdict.none"), "flag"), of]
    return [*_tested(honesty, words), of]


def verdict_line(released: Released, outcome: str, words: Words) -> str:
    """The verdict alone, for the top of the report."""
    label = label_of_outcome(released.outcome(outcome), words)
    first = verdict(released, outcome, words)[0]
    text = first.text if isinstance(first, Text) else ""
    return words("verdict.line", label=label, verdict=text)


def why_not(reasons: list[str], words: Words) -> list[str]:
    """Why nothing, or not everything, could be tested, in words."""
    told = []
    for reason in reasons:
        key, _, split = reason.partition(":")
        where = words(words.known(f"unseen.{split}", "unseen.other"))
        named = words.known(f"untestable.{key}", "untestable.other")
        told.append(words(named, key=key, unseen=where))
    return told


def _tested(honesty: Mapping[str, Any], words: Words) -> list[Block]:
    gate = honesty.get("gate")
    if not honesty.get("tested") or not gate:
        reasons = why_not(honesty.get("reasons", []), words)
        return [Text(words("verdict.untested"), "bad"), *([Items(reasons)] if reasons else [])]
    against = words(words.known(f"challenger.{gate['against']}", "challenger.other"))
    unseen = words(words.known(f"unseen.{gate['split']}", "unseen.other"))
    beats = honesty.get("beats")
    doubts = [key for key in CHANCE if key in gate.get("reasons", [])]
    return [
        Text(words("verdict.beats", against=against, unseen=unseen), "good")
        if beats
        else Text(words("verdict.loses", against=against, unseen=unseen), "bad"),
        *(Text(words(f"verdict.{key}"), "flag") for key in doubts),
        Text(words("verdict.means") if beats else words("verdict.means_not")),
    ]
