"""A scenario of the invented run, as it is told: every second district changes, one is lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from data.disclosure import release_scenario
from maps.levels import NO_DATA
from maps.scenario_text import scenario_label
from models.scenario import CHANCES
from tests.maps import region

LOST = 7  # place of the district that is without data in the scenario
NAME = "</script><b>Cierra</b>"
NUMBERS = ("score", "rank", "rank_low", "rank_high", "rate", "rate_low", "rate_high")
NUMBERS = (*NUMBERS, "relative_risk", "rr_low", "rr_high", *CHANCES)


def told() -> dict[str, Any]:
    """What ``data.disclosure.release_scenario`` lets out of it."""
    codes = region.districts()["code"].tolist()
    sides = region.scores(codes), region.scores(codes, 8)
    return release_scenario(
        {
            "label": scenario_label("es"),
            "run": region.RUN_ID,
            "name": NAME,
            "target_year": 2026,
            "factors_as_of": 2025,
            "changes": [
                {"kind": "close", "layer": "mining", "feature": [1, 3]},
                {"kind": "open", "layer": "police", "place": [-73.0, -8.0]},
                {"kind": "travel", "way": "rivers", "factor": 0.5, "season": "low"},
            ],
            "notes": ["rest_is_held", "levels_compare", "data_lost:1"],
            "factors": [
                {"code": codes[0], "factor": region.FACTORS[0]["id"], "before": 3.0, "after": 12.0}
            ],
            "outcomes": [
                {
                    "outcome": one.id,
                    "label": one.label,
                    "stage": one.stage,
                    "rates": "recorded",
                    "districts": _districts(*(t[t["outcome"] == one.id] for t in sides)),
                }
                for one in region.OUTCOMES
            ],
        }
    )


def _districts(before: pd.DataFrame, after: pd.DataFrame) -> list[dict[str, Any]]:
    rows = zip(before.to_dict("records"), after.to_dict("records"), strict=True)
    return [_district(place, *pair) for place, pair in enumerate(rows)]


def _district(place: int, now: dict[Any, Any], then: dict[Any, Any]) -> dict[str, Any]:
    moved = place % 2 == 0
    then = then if moved else now
    ratio = then["rate"] / now["rate"]
    if place == LOST:
        then = dict.fromkeys(NUMBERS, np.nan) | {"level": NO_DATA, "no_data_reason": "x"}
        ratio = np.nan
    sides = {"before": now, "after": then}
    names = ("level", "no_data_reason", *NUMBERS)
    return {
        "code": now["code"],
        "name": f"Distrito {place + 1}",
        **{f"{name}_{when}": one[name] for when, one in sides.items() for name in names},
        "moved": moved,
        "beyond_seen": [],
        **_interval("rate_ratio", ratio, ratio * 0.8, ratio * 1.3),
        **_interval("rate_change", then["rate"] - now["rate"], -1.0, 1.0),
        **_interval("score_change", then["score"] - now["score"], -1.0, 1.0),
    }


def _interval(name: str, value: float, low: float, high: float) -> dict[str, float]:
    return {name: value, f"{name}_low": low, f"{name}_high": high}
