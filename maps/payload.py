"""The data block of the page: what the scripts draw, as one JSON object without any markup."""

from __future__ import annotations

import json
from typing import Any

from maps.facts import factor_texts, rows_of
from maps.geometry import (
    DISPLAY_DECIMALS,
    display_districts,
    parts_of,
    to_geojson,
)
from maps.layers import COLOURS as LAYER_COLOURS
from maps.levels import LEVELS, count_by_level, legend
from maps.made import is_trafficking
from maps.notes import doubts, label_of_outcome
from maps.released import Released
from maps.words import Words

MOST_PARTS_NAMED = 60  # more departments than that would cover the map with their names
CLIENT_WORDS = ("detail", "level", "search", "layers", "legend", "banner", "outcome")
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def as_block(content: Any) -> str:
    """JSON that is safe inside ``<script type="application/json">``, whatever it says."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate(_ESCAPES)


def payload(released: Released, words: Words) -> dict[str, Any]:
    """Everything that ``maps/static/*.js`` read; see docs/map.md for its form."""
    districts = released.districts
    drawn = display_districts(districts)
    outcomes = [_outcome(released, outcome.id, words) for outcome in released.outcomes]
    return {
        "words": {
            f"{section}.{key}": text
            for section in CLIENT_WORDS
            for key, text in words.section(section).items()
        },
        "run": released.run_id,
        "year": str(released.target_year),
        "levels": legend(words, released.settings["publish"]),
        "layerColours": LAYER_COLOURS,
        "factors": factor_texts(released, words),
        "districts": {
            "code": districts["code"].tolist(),
            "name": districts["name"].tolist(),
            "place": [_place(*names) for names in _names(released)],
            "geometry": to_geojson(drawn.geometry.to_numpy(), DISPLAY_DECIMALS),
        },
        "parts": _parts(drawn),
        "doubts": doubts(released, words),
        "outcomes": outcomes,
    }


def _outcome(released: Released, name: str, words: Words) -> dict[str, Any]:
    label = released.outcome(name)
    rows = list(rows_of(released, name, words))
    counts = count_by_level([LEVELS[row[0]] for row in rows])
    kind = released.rates_of(name)
    return {
        "id": name,
        "label": label_of_outcome(label, words),
        "trafficking": is_trafficking(label),
        "rate": words(f"rate_name.{kind}", year=str(released.target_year)),
        "explained": kind != "burden",
        "ranked": words.count(sum(row[1] is not None for row in rows)),
        "counts": [words.districts(count) for count in counts],
        "rows": rows,
    }


def _names(released: Released) -> list[tuple[Any, Any]]:
    columns = released.districts[["province", "department"]]
    return list(columns.astype(object).where(columns.notna(), None).itertuples(index=False))


def _place(province: str | None, department: str | None) -> str:
    return ", ".join(dict.fromkeys(name for name in (province, department) if name))


def _parts(drawn: Any) -> list[dict[str, Any]]:
    parts = sorted(parts_of(drawn, "department"), key=lambda part: (-part[1].area, part[0]))
    if not 1 < len(parts) <= MOST_PARTS_NAMED:
        return []
    outlines = to_geojson([outline.boundary for _, outline in parts], DISPLAY_DECIMALS)
    inside = [outline.representative_point() for _, outline in parts]
    return [
        {"name": name, "outline": line, "at": [round(at.y, 3), round(at.x, 3)]}
        for (name, _), line, at in zip(parts, outlines, inside, strict=True)
    ]
