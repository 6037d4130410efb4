"""What a brief tells of a district, and of a province: parts of its page as plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from maps.brief_map import level_mark
from maps.brief_text import HALF, cut, fitting
from maps.district import DistrictFacts, Districts, FactorFact, Figure
from maps.levels import LEVELS
from maps.notes import doubts, label_of_outcome
from maps.pictures import Picture
from maps.plots import tag
from maps.recorded import CasesFact, cases_of
from maps.services import ServiceFact
from maps.words import Words

OUTCOMES_SHOWN, FACTORS_SHOWN, ROWS_SHOWN = 5, 3, 16
LABEL, NAMED = 44, 40  # letters
FACTOR_LINES, SERVICE_LINES, CONTACT_LINES, CASE_LINES, UNKNOWN_LINES = 13, 8, 5, 4, 5
PICTURE_WIDTH = 200.0
Parts = dict[str, Any]


def district_parts(districts: Districts, codes: Sequence[str], outcome: str) -> Parts:
    """Figures of each outcome, factors, services, cases, and what is not known."""
    words, code = districts.words, codes[0]
    told = [districts.of(code, one.id) for one in _shown(districts)]
    first = next((one for one in told if one.outcome == outcome), told[0])
    said = {*doubts(districts.released, words), *(one.reason for one in told)}  # stands above
    unknown = dict.fromkeys(text for one in told for text in one.unknown if text not in said)
    return {
        "figures": [_figures(one, words) for one in told],
        "outcomes_more": _left_out(districts),
        "factors": fitting(_factors(told), FACTOR_LINES, HALF, words)
        or [words("detail.no_factors")],
        "services": _services(first.services, words),
        "services_note": first.services_note,
        "contacts": _contacts(districts, codes, words),
        "cases": _cases([(one.label, one.cases) for one in told], words),
        "unknown": fitting(list(unknown), UNKNOWN_LINES, HALF, words),
        "rows": [],
        "columns": [],
        "rows_label": "",
    }


def province_parts(districts: Districts, codes: Sequence[str], outcome: str) -> Parts:
    """Its districts, the most at risk first, and the factors that weigh in them."""
    words = districts.words
    outcomes = _shown(districts)
    first = {code: districts.of(code, outcome) for code in codes}
    ranks = districts.released.scores_of(outcome)["rank"]
    order = sorted(codes, key=lambda code: (ranks.isna()[code], ranks[code], code))
    rows = [
        {
            "name": cut(first[code].name, 30),
            "rate": _short(first[code], words),
            "levels": [_level(districts.of(code, one.id)) for one in outcomes],
        }
        for code in order[:ROWS_SHOWN]
    ]
    label = label_of_outcome(districts.released.outcome(outcome), words)
    more, above = len(order) - len(rows), doubts(districts.released, words)
    unknown = [one for one in districts.unknown_everywhere() if one not in above]
    unknown.insert(0, words("brief.no_rate"))
    return {
        "figures": [],
        "outcomes_more": _left_out(districts),
        "rows": rows,
        "rate_name": _rate_name(districts, outcome),
        "rows_label": words("brief.districts", outcome=cut(label, LABEL)),
        "columns": [cut(label_of_outcome(one, words), 16) for one in outcomes],
        "rows_more": words("brief.more", n=words.count(more)) if more else "",
        "factors": fitting(_counted(districts, codes), FACTOR_LINES, HALF, words)
        or [words("detail.no_factors")],
        "services": _services(districts.services.of(*codes), words),
        "services_note": " ".join(filter(None, (words("brief.among"), districts.services.note))),
        "contacts": _contacts(districts, codes, words),
        "cases": _cases(_of_province(districts, outcomes), words),
        "unknown": fitting(unknown, UNKNOWN_LINES, HALF, words),
    }


def _services(services: Sequence[ServiceFact], words: Words) -> list[str]:
    said = [f"{cut(one.label, NAMED)}: {one.text}" for one in services]
    return fitting(said, SERVICE_LINES, HALF, words)


def _cases(told: Sequence[tuple[str, Sequence[str]]], words: Words) -> list[str]:
    """Of each outcome; where all say the same, once."""
    said = [f"{label}: {' '.join(cases)}" for label, cases in told]
    if len({tuple(cases) for _, cases in told}) == 1:
        said = list(told[0][1])
    return fitting(said, CASE_LINES, HALF, words)


def _of_province(districts: Districts, outcomes: Sequence[Any]) -> list[tuple[str, list[str]]]:
    """What is told of the cases of a province whose districts these are, by outcome."""
    words, released = districts.words, districts.released
    code = str(released.districts["province_code"].iloc[0])
    found = []
    for one in outcomes:
        cases = cases_of(released, one.id, words, "province").get(code, CasesFact())
        found.append((label_of_outcome(one, words), cases.sentences(words, "province")))
    return found


def _rate_name(districts: Districts, outcome: str) -> str:
    words, kind = districts.words, districts.outcome(outcome).kind
    if kind == "index":  # it has a rank and no rate
        return words("detail.rank")
    name = words(f"rate_name.{kind}", year=str(districts.released.target_year))
    return f"{name}, {words('detail.rate_unit')}"


def _shown(districts: Districts) -> list[Any]:
    return list(districts.released.outcomes[:OUTCOMES_SHOWN])


def _left_out(districts: Districts) -> str:
    """That there are more outcomes than the page has room for; "" where there are none."""
    words, more = districts.words, districts.released.outcomes[OUTCOMES_SHOWN:]
    names = [cut(label_of_outcome(one, words), LABEL) for one in more]
    return words("brief.outcomes_more", names=words.series(names)) if names else ""


def _figures(facts: DistrictFacts, words: Words) -> Parts:
    label = facts.label
    if not facts.trafficking:
        label = words("banner.not_trafficking", label=label)
    flag = [words("detail.no_records")] if facts.no_records else []
    return {
        "label": cut(label, LABEL),
        "mark": level_mark(facts.level),
        "level": " · ".join([facts.level_label, *flag]),
        "reason": cut(facts.reason, 2 * HALF),
        "lines": [_line(one) for one in facts.figures[:2]],
    }


def _line(figure: Figure) -> Parts:
    picture = figure.picture and _drawn(figure.picture, f"{figure.value} {figure.doubt}")
    return {"name": figure.name, "value": figure.value, "doubt": figure.doubt, "picture": picture}


def _drawn(picture: Picture, label: str) -> Markup:
    """An interval as a bar with its value on it, and the mean of the area as a dashed line."""

    def x(place: float) -> float:
        return 2 + (PICTURE_WIDTH - 4) * place

    parts = [
        tag("path", d=f"M2,6H{PICTURE_WIDTH - 2:g}", stroke="#d9dfdf", stroke_width="1.5"),
        tag("path", d=f"M{x(picture.low):.1f},6H{x(picture.high):.1f}", stroke="#5f98a6",
            stroke_width="5"),
        tag("circle", cx=x(picture.at), cy=6.0, r=3.6, fill="#15505f"),
    ]  # fmt: skip
    if picture.mean is not None:
        parts.append(tag("path", d=f"M{x(picture.mean):.1f},0V12", stroke="#1d2a30",
                         stroke_dasharray="2 2"))  # fmt: skip
    return tag("svg", *parts, viewBox=f"0 0 {PICTURE_WIDTH:g} 12", class_="line", role="img",
               aria_label=label)  # fmt: skip


def _factors(told: Sequence[DistrictFacts]) -> list[str]:
    """The strongest of each outcome first, then the second of each."""
    ranked = [
        (place, number, f"{cut(one.label, 30)} — {_weighs(factor)}")
        for number, one in enumerate(told)
        for place, factor in enumerate(one.factors[:FACTORS_SHOWN])
    ]
    return [text for _, _, text in sorted(ranked)]


def _weighs(factor: FactorFact) -> str:
    return f"{cut(factor.label, NAMED)}: {factor.sentence}: {factor.effect}"


def _counted(districts: Districts, codes: Sequence[str]) -> list[str]:
    """In how many districts each of the main factors raises and lowers the risk."""
    words, said = districts.words, []
    for outcome in _shown(districts):
        up, down = Counter[str](), Counter[str]()
        for code in codes:
            facts = districts.of(code, outcome.id)
            up.update({one.label for one in facts.factors if one.strength > 0})
            down.update({one.label for one in facts.factors if one.strength < 0})
        order = sorted({*up, *down}, key=lambda label: (-up[label] - down[label], label))
        name = cut(label_of_outcome(outcome, words), 30)
        for place, label in enumerate(order[:FACTORS_SHOWN]):
            text = words("brief.factor", label=cut(label, NAMED), up=words.districts(up[label]),
                         down=words.districts(down[label]))  # fmt: skip
            said.append((place, f"{name} — {text}"))
    return [text for _, text in sorted(said, key=lambda one: one[0])]


def _contacts(districts: Districts, codes: Sequence[str], words: Words) -> list[str]:
    """Who answers for the place; of a province, nobody of a single district."""
    found = [
        one
        for one in districts.responsible.of(codes[0])
        if len(codes) == 1 or one.level != "district"
    ]
    said = [
        ", ".join(
            [cut(one.institution, 2 * NAMED), words(f"detail.contact_{one.level}")]
            + ([words("detail.phone", phone=one.phone)] if one.phone else [])
        )
        for one in found
    ]
    return fitting(said, CONTACT_LINES, HALF, words) or [words("detail.no_contact")]


def _level(facts: DistrictFacts) -> tuple[Markup, str]:
    return level_mark(facts.level if facts.level in LEVELS else LEVELS[0]), facts.level_label


def _short(facts: DistrictFacts, words: Words) -> str:
    """A rate with its interval, else a rank with its own."""
    if not facts.figures:
        return cut(facts.reason, HALF)
    first = facts.figures[0]
    doubt = first.doubt.removeprefix(words("detail.rate_unit"))  # the head of the column says it
    return cut(f"{first.value} {doubt.strip()}", HALF)
