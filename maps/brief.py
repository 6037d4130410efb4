"""The brief: one A4 page on a district or a province, to print and take along."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pandas as pd

from data.records import PlanRecord
from maps import csp
from maps.assets import assets, inline_style
from maps.brief_facts import district_parts, province_parts
from maps.brief_map import brief_map, clipped, level_mark
from maps.brief_plans import stops_said
from maps.brief_text import MORE_LINES, WIDE, fitting
from maps.district import Districts
from maps.layers import Layers
from maps.made import COMPOSITE
from maps.notes import doubts, label_of_outcome
from maps.page import Page
from maps.parts import plain
from maps.released import Released
from maps.templating import environment
from maps.words import Language, Words, words
from vigia.errors import NotFoundError

NAME_LENGTH = 58
PLANS_READ = 20  # of a run, the last made
PLAN_LINES, DOUBT_LENGTH, CREDIT_LENGTH = 8, 220, 60
STYLE = "brief.css"
Withheld = Literal["closed", "away"]


@dataclass(frozen=True)
class Place:
    """A district or a province of a run; ``codes`` are of its districts."""

    kind: Literal["district", "province"]
    code: str
    name: str
    within: str
    codes: tuple[str, ...]


def district_place(released: Released, code: str) -> Place:
    """The district of a code.

    Raises
    ------
    NotFoundError
        When there is none.
    """
    rows = released.districts[released.districts["code"] == code]
    if rows.empty:
        raise NotFoundError(
            f"There is no district {code!r} in this run.",
            hint="Codes are text: keep their leading zeros.",
        )
    row = rows.iloc[0]
    within = [one for one in (row["province"], row["department"]) if pd.notna(one)]
    return Place("district", code, str(row["name"]), ", ".join(dict.fromkeys(within)), (code,))


def province_place(released: Released, named: str) -> Place:
    """The province of a code, or of a name; accents and capitals may be left out.

    Raises
    ------
    NotFoundError
        When there is none, or several of that name.
    """
    table = released.districts
    same = (table["province_code"] == named).fillna(value=False)
    if not same.any():
        wanted = plain(named)
        same = (table["province"].map(plain, na_action="ignore") == wanted).fillna(value=False)
    rows = table[same.astype(bool)]
    codes = sorted({str(one) for one in rows["province_code"].dropna()})
    if rows.empty:
        raise NotFoundError(
            f"There is no province {named!r} in this run.", hint="Give its code or its name."
        )
    if len(codes) > 1:
        raise NotFoundError(
            f"Several provinces are called {named!r}.", hint=f"Give a code: {', '.join(codes)}."
        )
    row = rows.iloc[0]
    name = named if pd.isna(row["province"]) else str(row["province"])
    within = "" if pd.isna(row["department"]) else str(row["department"])
    return Place("province", "".join(codes), name, within, tuple(rows["code"]))


@dataclass(frozen=True)
class Brief:
    """What a brief is made of.

    Attributes
    ----------
    plans : sequence of PlanRecord
        Of this run, the last made first.
    withheld : {"closed", "away"}, optional
        Why no plans are told: they are not open to whoever asks, or their store is out of reach.
    """

    released: Released
    place: Place
    layers: Layers = field(default_factory=dict)
    plans: Sequence[PlanRecord] = ()
    withheld: Withheld | None = None


def served_brief(brief: Brief, language: Language, pdf: str) -> Page:
    """The page as the service shows it; ``pdf`` is where the same is a PDF."""
    policy = csp.policy([], [], served=True)
    return Page(_render(brief, language, style_url=assets()[STYLE].url, pdf=pdf), policy)


def brief_html(brief: Brief, language: Language = "es") -> str:
    """The page as one file that asks nobody for anything; the same run gives the same bytes."""
    style = inline_style(STYLE)
    return _render(brief, language, style=style, policy=csp.policy([], [style], served=False))


def _render(brief: Brief, language: Language, **page: str) -> str:
    said, released, place = words(language), brief.released, brief.place
    outcome = _first(released)
    label = label_of_outcome(released.outcome(outcome), said)
    name = clipped(place.name, NAME_LENGTH)
    picture = said("brief.map", place=name, outcome=clipped(label, NAME_LENGTH))
    drawn = brief_map(released, place.codes, outcome, brief.layers, said, picture)
    levels = drawn.levels if drawn else ()
    own = districts_of(released, place.codes, said)
    parts = (district_parts if place.kind == "district" else province_parts)(
        own, place.codes, outcome
    )
    context: dict[str, Any] = {
        "style_url": "", "style": "", "policy": "", "pdf": "", **page,
        "words": said,
        "synthetic": bool(released.area["synthetic"]),
        "title": said("brief.title", place=name, year=str(released.target_year)),
        "kind": said(f"brief.kind_{place.kind}"),
        "subtitle": _subtitle(place, said),
        "area": clipped(released.area_name(said.language), NAME_LENGTH),
        "doubts": [clipped(one, DOUBT_LENGTH) for one in doubts(released, said)],
        "map": drawn,
        "picture": picture,
        "legend": [(level_mark(one), said(f"level.{one}")) for one in levels],
        "marks": [(mark, clipped(one, 24)) for one, mark in drawn.layers] if drawn else [],
        "plans": _plans(brief, said),
        "foot": _foot(released, drawn.layers if drawn else (), said),
        **parts,
    }  # fmt: skip
    return environment().get_template("brief.html").render(**context)


def districts_of(released: Released, codes: Collection[str], said: Words) -> Districts:
    """What is said of some districts; ranks stay those among all."""
    table, weights = released.districts, released.contributions
    own = table[table["code"].isin(list(codes))].reset_index(drop=True)
    part = weights[weights["code"].isin(list(codes))]
    return Districts(replace(released, districts=own, contributions=part), said)


def _first(released: Released) -> str:
    """The outcome on the map: all stages together where they were put together."""
    known = [one.id for one in released.outcomes]
    return COMPOSITE if COMPOSITE in known else known[0]


def _subtitle(place: Place, said: Words) -> str:
    key = f"brief.subtitle_{place.kind}"
    count = {} if place.kind == "district" else {"n": said.districts(len(place.codes))}
    told = said(key, code=clipped(place.code, 20), **count)
    return " · ".join(filter(None, (told, clipped(place.within, NAME_LENGTH))))


def _plans(brief: Brief, said: Words) -> list[str]:
    if brief.withheld is not None:
        return [said(f"brief.plans_{brief.withheld}")]
    stops = stops_said(brief.plans, brief.place.codes, said)
    return fitting(stops, PLAN_LINES, WIDE, said) or [said("brief.no_plans")]


def _foot(released: Released, drawn: Sequence[tuple[str, Any]], said: Words) -> list[str]:
    boundaries = released.boundaries
    credit = clipped(str(boundaries["attribution"] or boundaries["source"]), CREDIT_LENGTH)
    lines = [
        said("brief.foot", run=released.run_id, year=str(released.target_year),
             date=released.newest_date, credit=f"{credit} ({boundaries['date']})"),
    ]  # fmt: skip
    labels = {name for name, _ in drawn}
    credited = [
        said("brief.layer", label=clipped(name, 30), date=layer.date,
             credit=clipped(layer.attribution or layer.source, 30))
        for layer in released.layers
        if (name := layer.label_in(said.language)) in labels
    ]  # fmt: skip
    if credited:
        lines.append(said("brief.layers", credits=clipped("; ".join(credited), MORE_LINES * WIDE)))
    return lines
