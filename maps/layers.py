"""Layers beside the risk: which may be drawn, how they look, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, get_args

import geopandas as gpd

from data.disclosure import may_be_served
from data.records import LayerCredit
from maps.factors import Factor, measured_text
from maps.geometry import DISPLAY_DECIMALS, EXACT_DECIMALS, to_geojson
from maps.words import Words
from vigia.settings import Role

ROLES: tuple[str, ...] = get_args(Role)
# Dark and cool, so that none is taken for a level of risk; repeated when there are more layers.
COLOURS = ("#1d4e89", "#5b2a86", "#00695c", "#37474f", "#0b7fab", "#8e2a6b", "#3f51b5", "#2e5d34")
TOLERANCE_DEGREES = 0.002  # about 200 m; a layer is drawn to show where, not to measure
Layers = Mapping[str, gpd.GeoDataFrame]


def standing(layer: gpd.GeoDataFrame, year: int, last: int | None = None) -> gpd.GeoDataFrame:
    """Features with a geometry that exist at the end of ``year``, or of one from it to ``last``."""
    begun = layer["from_year"].isna() | (layer["from_year"] <= (year if last is None else last))
    there = layer["until_year"].isna() | (layer["until_year"] > year)
    return layer[(begun & there).astype(bool) & layer.geometry.notna()]


def display_layer(layer: gpd.GeoDataFrame, year: int) -> dict[str, Any]:
    """GeoJSON for drawing: features standing at the end of ``year``, light, with no attributes."""
    shown = standing(layer, year)
    return _light(shown.geometry, [{} for _ in range(len(shown))])


def yearly_layer(layer: gpd.GeoDataFrame, first: int, last: int) -> dict[str, Any]:
    """GeoJSON for drawing any year from ``first`` to ``last``: light, with each feature's years."""
    shown = standing(layer, first, last)
    years = shown[["from_year", "until_year"]].astype(object)
    return _light(shown.geometry, years.where(years.notna(), None).to_dict("records"))


def _light(shapes: gpd.GeoSeries, properties: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    light = shapes.simplify(TOLERANCE_DEGREES, preserve_topology=True)
    light = light.where(~light.is_empty, shapes)
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": said, "geometry": geometry}
            for said, geometry in zip(
                properties, to_geojson(light.to_numpy(), DISPLAY_DECIMALS), strict=True
            )
        ],
    }


def exact_layer(layer: gpd.GeoDataFrame) -> dict[str, Any]:
    """GeoJSON of every feature as it was stored, with the years in which it exists."""
    names = ["fid", "code", "from_year", "until_year"]
    plain = layer[names].astype(object).where(layer[names].notna(), None)
    shapes = to_geojson(layer.geometry.to_numpy(), EXACT_DECIMALS)
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "id": row["fid"], "properties": row, "geometry": shape}
            for row, shape in zip(plain.to_dict("records"), shapes, strict=True)
        ],
    }


def drawn_layers(known: Sequence[LayerCredit], drawable: Layers) -> list[str]:
    """Layers that the map offers: meant to be drawn, under a stated licence, with geometry."""
    return [c.id for c in known if c.draw and may_be_served(c.licence) and c.id in drawable]


def groups(
    known: Sequence[LayerCredit], drawable: Layers, factors: Sequence[Factor], words: Words
) -> list[dict[str, Any]]:
    """Layers by role, as the page lists them; those that may not be drawn say why."""
    listed = [
        _entry(number, credit, drawable, _measured(credit, factors, words), words)
        for number, credit in enumerate(known)
    ]
    return [
        {
            "title": words(f"layers.{role}"),
            "note": words("layers.detection_note") if role == "detection" else "",
            "layers": [entry for entry in listed if entry["role"] == role],
        }
        for role in ROLES
        if any(entry["role"] == role for entry in listed)
    ]


def _measured(credit: LayerCredit, factors: Sequence[Factor], words: Words) -> str:
    """What is measured of a layer, that of a table aside: its label says it."""
    own = [one for one in factors if one["layer"] == credit.id and one["measure"] != "attribute"]
    return "; ".join(dict.fromkeys(measured_text(factor, words) for factor in own))


def _entry(
    number: int, credit: LayerCredit, drawable: Layers, measured: str, words: Words
) -> dict[str, Any]:
    drawn = bool(drawn_layers((credit,), drawable))
    return {
        "id": credit.id,
        "label": credit.label_in(words.language),
        "role": credit.role,
        "colour": number % len(COLOURS),
        "drawn": drawn,
        "on": drawn and credit.shown,
        "hidden": "" if drawn else hidden_text(credit.licence, words),
        "credit": [
            *([(words("layers.measured"), measured)] if measured else []),
            *credit_lines(asdict(credit), words),
        ],
    }


def hidden_text(licence: str, words: Words) -> str:
    """Why something is not on the map."""
    hidden = "hidden_not_drawn" if may_be_served(licence) else "hidden_no_licence"
    return words(f"layers.{hidden}")


def credit_lines(said: Mapping[str, Any], words: Words) -> list[tuple[str, str]]:
    """Whose something is, how old, and what is to be known of it."""
    life, attribution = said.get("shelf_life_years"), said["attribution"]
    return [
        (words("layers.source"), said["source"]),
        (words("layers.date"), said["date"]),
        *([(words("layers.shelf_life"), words.count(life))] if life is not None else []),
        (words("layers.licence"), said["licence"] or words("layers.no_licence")),
        *([(words("layers.attribution"), attribution)] if attribution else []),
        *((words("layers.note"), note) for note in said["note"]),
    ]
