"""What training makes and no file has: outcomes that are not counted, and the flow between stages.

Their names are in the catalogues, where others have theirs from the project file.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from data.disclosure import STAGES
from data.records import OutcomeLabel
from maps.words import words

COMPOSITE, EXPERT_INDEX = "composite", "expert_index"
MADE = (COMPOSITE, EXPERT_INDEX)
FLOW = "expected_flow"


def is_trafficking(outcome: OutcomeLabel) -> bool:
    """Whether it is of human trafficking: a stage of it, or made of its stages or factors."""
    return outcome.stage is not None or outcome.id in MADE


def named(outcome: OutcomeLabel, stages: int = len(STAGES)) -> OutcomeLabel:
    """The outcome, by its name of the catalogues where it was made (of so many stages)."""
    if outcome.id not in MADE:
        return outcome
    fewer = "_of_fewer" if outcome.id == COMPOSITE and stages < len(STAGES) else ""
    key = f"made.{outcome.id}{fewer}"
    return replace(outcome, label=words("es")(key), label_en=words("en")(key))


def flow_factor() -> dict[str, Any]:
    """The expected flow between recruitment and exploitation, told as other factors are."""
    return {
        "id": FLOW,
        "layer": FLOW,
        "measure": FLOW,
        "support": "polygon",
        "unit": "log scale index",
        "role": "risk",
        "sign": None,
        "label": words("es")(f"made.{FLOW}"),
        "label_en": words("en")(f"made.{FLOW}"),
    }
