"""A worked-out scenario as plain content, through disclosure: what commands and services answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from data.disclosure import release_scenario
from maps.released import release
from maps.scenario_text import scenario_label
from maps.words import Language
from vigia.scenario_file import Scenario
from vigia.scenarios import OutcomeScenario, Worked


def told(worked: Worked, language: Language = "es") -> dict[str, Any]:
    """Everything that may be told of a scenario, ready for JSON; numbers unknown are None."""
    released = release(worked.run)
    names = dict(zip(released.districts["code"], released.districts["name"], strict=True))
    labels = {one.id: one.label if language == "es" else one.label_en for one in released.outcomes}
    return release_scenario(
        {
            "label": scenario_label(language),
            "run": released.run_id,
            "name": worked.scenario.name,
            "target_year": released.target_year,
            "factors_as_of": worked.year,
            "changes": list(_changes(worked.scenario)),
            "notes": list(worked.notes),
            "factors": worked.factors.to_dict("records"),
            "outcomes": [_outcome(one, labels[one.outcome], names) for one in worked.outcomes],
        }
    )


def _outcome(one: OutcomeScenario, label: str, names: dict[str, str]) -> dict[str, Any]:
    return {
        "outcome": one.outcome,
        "label": label,
        "stage": one.stage,
        "rates": one.rates,
        "districts": [
            {str(key): value for key, value in row.items()}
            | {
                "name": names[row["code"]],
                "moved": bool(row["moved"]),
                "beyond_seen": [name for name in row["beyond_seen"].split(",") if name],
            }
            for row in pd.DataFrame(one.scores).to_dict("records")
        ],
    }


def _changes(scenario: Scenario) -> Iterator[dict[str, Any]]:
    """The scenario as it was asked for, change by change."""
    for close in scenario.close:
        yield {"kind": "close", "layer": close.layer, "feature": list(close.features)}
    for move in scenario.move:
        at = {"feature": [move.feature], "place": list(move.to)}
        yield {"kind": "move", "layer": move.layer} | at
    for new in scenario.open:
        has = new.properties.model_dump(exclude_none=True)
        yield {"kind": "open", "layer": new.layer, "place": list(new.at)} | has
    for one in scenario.travel:
        yield {"kind": "travel"} | one.model_dump(exclude_none=True)
