"""The data block of the page: what the scripts draw, as one JSON object without any markup."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from maps.against import SCENARIO, digits, offered
from maps.district import Districts
from maps.facts import factor_texts
from maps.geometry import parts_of
from maps.layers import COLOURS as LAYER_COLOURS
from maps.levels import certainty, legend, level_indexes
from maps.made import is_trafficking
from maps.notes import doubts, in_order, label_of_outcome
from maps.panel import beside, panel_rows
from maps.released import Released
from maps.topology import display_districts, topology
from maps.ways import WAY_COLOURS
from maps.words import Words

MOST_PARTS_NAMED = 60  # more departments than that would cover the map with their names
CLIENT_WORDS = (
    *("detail", "level", "search", "layers", "legend", "banner", "filter", "map"),
    *("table", "compare"),
)
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def as_block(content: Any) -> str:
    """JSON that is safe inside ``<script type="application/json">``, whatever it says."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate(_ESCAPES)


@dataclass(frozen=True)
class Shapes:
    """What is drawn, of a content that most runs share.

    Attributes
    ----------
    text : str
        The districts as ``maps.topology`` writes them, as a block of JSON.
    parts : list
        Names of the departments, with the place (latitude, longitude) to write them.
    undrawn : list of int
        Rows of the districts without a boundary.
    """

    text: str
    parts: list[dict[str, Any]]
    undrawn: list[int]

    @property
    def digest(self) -> str:
        """Of the content: part of the address, so that who has it asks no more."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]


def shapes_url(shapes: Shapes) -> str:
    """Where the service has them; another content has another address."""
    return f"/map/shapes/{shapes.digest}"


def shapes_of(released: Released) -> Shapes:
    """The districts of a run, for the screen."""
    drawn = display_districts(released.districts)
    undrawn: list[int] = np.flatnonzero(drawn.geometry.isna()).tolist()
    return Shapes(as_block(topology(drawn)), _parts(drawn), undrawn)


def payload(
    released: Released, words: Words, shapes: Shapes | None = None, *, scenario: bool = False
) -> dict[str, Any]:
    """Everything that ``maps/static/*.js`` read at first; see docs/map.md for its form.

    With a ``scenario`` beside it, that is opened from the start.
    """
    shapes = shapes or shapes_of(released)
    districts = released.districts
    names = _names(released)
    places = sorted(set(names), key=repr)
    number = {place: index for index, place in enumerate(places)}
    return {
        "words": {
            f"{section}.{key}": text
            for section in CLIENT_WORDS
            for key, text in words.section(section).items()
        },
        "run": released.run_id,
        "year": str(released.target_year),
        "shapes": shapes_url(shapes),
        "levels": legend(words, released.settings["publish"]),
        "layerColours": [*LAYER_COLOURS, *WAY_COLOURS.values()],
        "layersSeen": str(released.layers_year),
        "factors": factor_texts(released, words),
        "districts": {
            "code": districts["code"].tolist(),
            "name": districts["name"].tolist(),
            "place": [number[place] for place in names],
            "undrawn": shapes.undrawn,
        },
        "places": places,
        "parts": shapes.parts,
        "doubts": doubts(released, words),
        "outcomes": [
            _outcome(released, one.id, words, scenario=scenario) for one in in_order(released)
        ],
        "opened": SCENARIO if scenario else "",
    }


def rows_block(districts: Districts, outcome: str) -> str:
    """What is said of each district for an outcome, as a block of JSON."""
    return as_block(list(panel_rows(districts, outcome)))


def beside_block(districts: Districts) -> str:
    """What is said of each district whatever the outcome, as a block of JSON."""
    return as_block(beside(districts))


def _outcome(released: Released, name: str, words: Words, *, scenario: bool) -> dict[str, Any]:
    label = released.outcome(name)
    scores = released.scores_of(name)
    kind = released.rates_of(name)
    other = {"id": SCENARIO, "group": SCENARIO, "label": words("scenario.name")}
    return {
        "id": name,
        "label": label_of_outcome(label, words),
        "trafficking": is_trafficking(label),
        "rate": words(f"rate_name.{kind}", year=str(released.target_year)),
        "explained": kind != "burden",
        "ranked": words.count(released.ranked(name)),
        "levels": digits(level_indexes(scores["level"].tolist())),
        "sure": digits(certainty(scores, released.settings["publish"])),
        "others": [*([other] if scenario else []), *offered(released, name, words)],
    }


def _names(released: Released) -> list[tuple[Any, Any]]:
    columns = released.districts[["province", "department"]]
    return list(
        columns.astype(object).where(columns.notna(), None).itertuples(index=False, name=None)
    )


def _parts(drawn: Any) -> list[dict[str, Any]]:
    parts = parts_of(drawn, "department")
    if not 1 < len(parts) <= MOST_PARTS_NAMED:
        return []
    return [{"name": name, "at": [round(y, 3), round(x, 3)]} for name, (x, y) in parts]
