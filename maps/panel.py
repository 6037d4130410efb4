"""The district panel as data: what its script draws, small enough for every district at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from typing import Any, TypeVar

from maps.district import Districts, Outcome
from maps.facts import Row, rows_of
from maps.recorded import CasesFact
from maps.responsible import ContactFact

One = TypeVar("One", str, ContactFact)


def panel_rows(districts: Districts, outcome: str) -> Iterator[Row]:
    """What the panel says of each district for an outcome, in the order of the map's.

    Yields
    ------
    list
        As ``maps.facts.rows_of`` has it, and behind it: pictures of rate and rank, each null or
        thousandths of its line (low, value, high, and the mean if known); years, each its number,
        rate, low and high as text, and picture; told counts, each years and number as text; and 1
        where counts are withheld.
    """
    about = districts.outcome(outcome)
    rows = rows_of(districts.released, outcome, districts.words)
    for row, code in zip(rows, districts.released.districts["code"], strict=True):
        yield [*row, *_beyond(about, code)]


def _beyond(about: Outcome, code: str) -> list[Any]:
    pictures = [one and one.plain() for one in about.pictures(code)]
    years = [
        [one.year, one.rate, one.low, one.high, one.picture and one.picture.plain()]
        for one in about.trend.get(code, ())
    ]
    cases = about.cases.get(code, CasesFact())
    return [pictures, years, cases.told, int(cases.withheld)]


def beside(districts: Districts) -> dict[str, Any]:
    """What the panel says of each district whatever the outcome, texts that repeat said once.

    ``services`` are names, ``note`` says from where they are measured; ``times`` has for each
    district an index in ``texts`` for each of them, ``who`` its indexes in ``contacts``
    (institution, telephone, level).
    """
    codes = districts.released.districts["code"].tolist()
    services = [districts.services.of(code) for code in codes]
    contacts = [districts.responsible.of(code) for code in codes]
    texts = _numbered(fact.text for facts in services for fact in facts)
    people = _numbered(one for facts in contacts for one in facts)
    return {
        "services": [fact.label for fact in services[0]] if services else [],
        "note": districts.services.note,
        "texts": list(texts),
        "times": [[texts[fact.text] for fact in facts] for facts in services],
        "contacts": [astuple(one) for one in people],
        "who": [[people[one] for one in facts] for facts in contacts],
        "unknown": districts.unknown_everywhere(),
    }


def _numbered(found: Iterator[One]) -> dict[One, int]:
    return {one: number for number, one in enumerate(dict.fromkeys(found))}
