"""What the model learnt of factors and of the register, and what it hangs on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from maps.blocks import Block, Heading, Items, Plot, Table, Text
from maps.factors import Factor, factor_names, factor_phrase, value_text
from maps.plots import curve, rows
from maps.released import Rates, Released
from maps.sections.said import known, mark, with_interval
from maps.words import Words

LITTLE, SOME = 0.1, 0.5  # shares of the doubt about the level that the cases took away
BELIEFS = ("prior", "posterior")

Json = Mapping[str, Any]


def effects(released: Released, validation: Json, words: Words) -> list[Block]:
    """How the rate goes along each factor; what goes against expectation; which were chosen."""
    factors = {str(one["id"]): one for one in released.facts["factors"]}
    names = factor_names(released.facts["factors"], words)
    by_factor: dict[str, dict[float, Json]] = {}
    for one in validation.get("effects") or []:
        if one["factor"] in factors and one["value"] is not None and known(one["relative_rate"]):
            by_factor.setdefault(one["factor"], {}).setdefault(float(one["value"]), one)
    plots = [
        _effect(names[factor], factors[factor], list(points.values()), words)
        for factor, points in by_factor.items()
        if len(points) > 1
    ]
    against = [
        words(
            "report.against",
            name=names.get(one["factor"], one["factor"]),
            expected=words("report.more") if one["expected"] == "+" else words("report.less"),
            p=words.percent(one["probability"] or 0.0),
        )
        for one in validation.get("contradictions") or []
    ]
    found: list[Block] = []
    if plots:
        found += [Heading(words("report.effects")), Text(words("report.effects_what")), *plots]
    if against:
        found += [Heading(words("report.contradictions")), Items(against)]
    return [*found, *_selection(validation.get("selection") or [], names, words)]


def _effect(name: str, factor: Factor, points: Sequence[Json], words: Words) -> Plot:
    inside = sorted(points, key=lambda one: float(one["value"]))
    marks = [mark("", one["relative_rate"], words.number, words) for one in inside]
    first, last = (
        factor_phrase(factor, words).replace("{value}", value_text(factor, one["value"], words))
        for one in (inside[0], inside[-1])
    )
    ends = [value_text(factor, one["value"], words) for one in (inside[0], inside[-1])]
    how = words("report.effect_how", first=first, low=marks[0].text, last=last, high=marks[-1].text)
    return Plot(name, curve(name, marks, [float(one["value"]) for one in inside], ends), how)


def _selection(chosen: Sequence[Json], names: Mapping[str, str], words: Words) -> list[Block]:
    if not chosen:
        return []
    told = [
        [names.get(one["factor"], one["factor"]), words.percent(one["frequency"] or 0.0)]
        for one in chosen
    ]
    head = [words("column.factor"), words("column.chosen")]
    return [
        Heading(words("report.selection")), Table(head, told, words("report.selection_how"))
    ]  # fmt: skip


def register(rates: Rates, validation: Json, words: Words) -> list[Block]:
    """What was assumed of the register, what the cases made of it, and what hangs on it."""
    title = Heading(words("report.register"))
    reporting = validation.get("reporting")
    if not reporting:
        return [title, Text(words(f"not_corrected.{rates}"))]
    share = words("report.share")
    marks = [
        mark(words(f"belief.{when}"), reporting["share"][when], words.percent, words,
             strong=when == "posterior")
        for when in BELIEFS
    ]  # fmt: skip
    slope = words("report.slope")
    slopes = [
        mark(words(f"belief.{when}"), reporting["slope"][when], words.number, words,
             strong=when == "posterior")
        for when in BELIEFS
    ]  # fmt: skip
    return [
        title,
        Text(words("report.register_what")),
        Plot(share, rows(share, marks, 0.0), words("report.share_how")),
        Plot(slope, rows(slope, slopes, 0.0), words("report.slope_how")),
        Text(words(_told(reporting.get("told"))), "flag"),
        *_sensitivity(validation.get("sensitivity") or [], words),
    ]


def _told(share: float | None) -> str:
    if share is None or share < LITTLE:
        return "told.little"
    return "told.some" if share < SOME else "told.much"


def _sensitivity(refits: Sequence[Json], words: Words) -> list[Block]:
    if not refits:
        return []
    head = [words(f"column.{key}") for key in ("if", "order_kept", "top_kept", "level_ratio")]

    def said(value: float | None, percent: bool = False) -> str:
        if value is None:
            return words("report.untold")
        return words.percent(value) if percent else words.number(value)

    told = [
        [
            _if(one, words),
            said(one["rank_correlation"]),
            said(one["top_kept"], percent=True),
            said(one["level_ratio"]),
        ]
        for one in refits
    ]
    return [Table(head, told, words("report.sensitivity_how"))]


def _if(refit: Json, words: Words) -> str:
    """What was assumed otherwise."""
    changed = [
        words(
            f"assumed.{key}_{'more' if refit[key] > 1 else 'less'}", times=words.plain(refit[key])
        )
        for key in ("share", "slope")
        if refit[key] is not None and refit[key] != 1
    ]
    return words.series(changed) if changed else words("assumed.same")


def reckoning(inference: Json | None, words: Words) -> list[Block]:
    """How the figures were reckoned, and what the factors leave unexplained."""
    if not inference:
        return []
    told = [words(words.known(f"family.{inference.get('family')}", "family.other"))]
    if inference.get("draws") is not None:
        told.append(words("report.draws", n=words.count(inference["draws"])))
    if inference.get("effective") is not None:
        told.append(words("report.effective", n=words.count(int(inference["effective"]))))
    settled, exact = inference.get("settled"), inference.get("exact")
    told.append(words("report.settled") if settled else words("report.not_settled"))
    told.append(words("report.exact") if exact else words("report.not_exact"))
    for key in ("spread", "structured"):
        if known(inference.get(key)):
            form = words.percent if key == "structured" else words.number
            told.append(words(f"deviation.{key}", value=with_interval(inference[key], form, words)))
    return [Heading(words("report.reckoning")), Items(told)]


def beside(registers: Sequence[Json], words: Words) -> list[Block]:
    """Registers of the same cases that are known and teach nothing."""
    if not registers:
        return []
    named = []
    for one in registers:
        label = one["label"] if words.language == "es" else one["label_en"] or one["label"]
        more = f" ({one['register_name']})" if one["register_name"] else ""
        named.append(f"{label}{more}")
    return [Heading(words("report.beside")), Text(words("report.beside_what")), Items(named)]
