"""The planning page: a planner says what there is, and sees where teams go, why, and what more.

It asks ``/v1/plans`` and nobody else; every text from data becomes a text node.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from maps import csp
from maps.assets import PLAN_SCRIPTS, PLAN_STYLES, assets
from maps.geometry import DISPLAY_DECIMALS, to_geojson
from maps.layers import Layers
from maps.notes import doubts, label_of_outcome
from maps.page import Page
from maps.payload import as_block
from maps.released import Released
from maps.templating import environment
from maps.topology import display_districts
from maps.words import Language, Words, words


def plan_page(released: Released, layers: Layers, language: Language = "es") -> Page:
    """The page of a published run, with its policy."""
    said, found = words(language), assets()
    area = released.area
    html = (
        environment()
        .get_template("plan.html")
        .render(
            words=said,
            style_urls=[found[name].url for name in PLAN_STYLES],
            script_urls=[found[name].url for name in PLAN_SCRIPTS],
            data=as_block(_data(released, said)),
            area=released.area_name(language),
            synthetic=bool(area["synthetic"]),
            doubts=doubts(released, said),
            outcomes=_outcomes(released, said),
            candidates=_candidates(released, layers, said),
            departments=_departments(released),
            credits=_credits(released, said),
        )
    )
    return Page(html, csp.policy([], [], served=True))


def _data(released: Released, said: Words) -> dict[str, Any]:
    drawn = display_districts(released.districts)
    shapes = to_geojson(drawn.geometry.to_numpy(), DISPLAY_DECIMALS)
    return {
        "language": said.language,
        "words": said.section("plan_page") | {"stays": said("itineraries.stays")},
        "bases": _bases(released),
        "districts": [
            {"code": code, "shape": shape}
            for code, shape in zip(drawn["code"], shapes, strict=True)
            if shape is not None
        ],
    }


def _bases(released: Released) -> list[dict[str, str]]:
    """Where teams may start: the capital of each district, by its name."""
    districts = released.districts
    named = districts["name"].where(districts["name"].notna(), districts["code"])
    found = zip(districts["code"], named, _department_of(districts), strict=True)
    rows = [
        {"code": code, "name": name if pd.isna(where) else f"{name} ({where})"}
        for code, name, where in found
    ]
    return sorted(rows, key=lambda one: (one["name"], one["code"]))


def _departments(released: Released) -> list[str]:
    """Each once."""
    return sorted(set(_department_of(released.districts).dropna().astype(str)))


def _department_of(districts: pd.DataFrame) -> pd.Series:
    """As the candidates of a plan have them: by name, else by code."""
    return districts["department"].where(
        districts["department"].notna(), districts["department_code"]
    )


def _credits(released: Released, said: Words) -> list[str]:
    """Whose the boundaries are, and the rivers and roads that plans show ways along."""
    travel = released.settings.get("travel") or {"ways": ()}
    ways = [(said(f"layers.way_{way['mode']}"), way) for way in travel["ways"]]
    return [
        said(
            "plan_page.credit",
            what=what,
            credit=one["attribution"] or one["source"],
            date=one["date"],
            licence=one["licence"] or said("layers.no_licence"),
        )
        for what, one in [(said("plan_page.boundaries"), released.boundaries), *ways]
    ]


def _outcomes(released: Released, said: Words) -> list[Mapping[str, str]]:
    """What can be planned for: an index without rates cannot."""
    return [
        {"id": one.id, "label": label_of_outcome(one, said)}
        for one in released.outcomes
        if released.rates_of(one.id) != "index"
    ]


def _candidates(released: Released, layers: Layers, said: Words) -> list[Mapping[str, str]]:
    """Where teams could go: capitals, and the layers of points that may be shown."""
    labels = {one.id: one.label_in(said.language) for one in released.layers}
    points = [
        {"id": name, "label": labels[name]}
        for name, layer in layers.items()
        if (layer.geometry.dropna().geom_type == "Point").any()
    ]
    return [{"id": "capitals", "label": said("plan_page.capitals")}, *points]
