"""A worked-out scenario as plain content, through disclosure: what commands and services answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from data.disclosure import release_scenario
from geo.geodesy import Floats
from maps.released import release
from maps.scenario_text import scenario_label
from maps.words import Language
from models.plan.demand import Interval
from vigia.plan_told import minima
from vigia.scenario_file import Scenario
from vigia.scenario_plan import PlanChange
from vigia.scenarios import OutcomeScenario, Worked


def told(
    worked: Worked, language: Language = "es", plan: PlanChange | None = None
) -> dict[str, Any]:
    """Everything that may be told of a scenario, ready for JSON; numbers unknown are None."""
    released = release(worked.run)
    names = dict(zip(released.districts["code"], released.districts["name"], strict=True))
    labels = {one.id: one.label_in(language) for one in released.outcomes}
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
        | ({} if plan is None else {"plan": _plan(plan, worked, labels[plan.outcome])})
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


def _plan(plan: PlanChange, worked: Worked, label: str) -> dict[str, Any]:
    """Both plans side by side; differences are taken draw by draw."""
    rates = next(one.rates for one in worked.outcomes if one.outcome == plan.outcome)
    reached = {"now": plan.now, "now_there": plan.now_there, "there": plan.there}
    apart = {"change": plan.now_there - plan.now, "gain": plan.there - plan.now_there}
    of_all = {
        side: _share(cases, (plan.before if side == "now" else plan.after).all_cases)
        for side, cases in reached.items()
    }
    return {
        "outcome": plan.outcome,
        "label": label,
        "rates": rates,
        "request": plan.asked.model_dump() | {"minimum": minima(plan.asked)},
        "cases": {key: Interval.of(one)._asdict() for key, one in (reached | apart).items()},
        "share_of_all_cases": {key: Interval.of(one)._asdict() for key, one in of_all.items()},
        "sites": list(_sites(plan)),
        "districts": list(_districts(plan)),
        "unknown_districts": list(plan.after.unknown),
        "notes": list(_plan_notes(plan, rates)),
    }


def _share(cases: Floats, all_cases: Floats) -> Floats:
    return cases / np.where(all_cases > 0, all_cases, 1)


def _sites(plan: PlanChange) -> Iterator[dict[str, Any]]:
    for one, change in plan.sites():
        side = plan.after if change == "comes" else plan.before
        row, point = side.places.loc[one], side.places.geometry[one]
        belongs = {
            f"belongs_{when}": float(of.plan.sites["belongs"].get(one, 0.0))
            for when, of in (("before", plan.before), ("after", plan.after))
        }
        yield {
            "id": str(one),
            **{key: row[key] for key in ("name", "code", "department")},
            "existing": bool(row["existing"]),
            "lon": float(point.x),
            "lat": float(point.y),
            "change": change,
            **belongs,
        }


def _districts(plan: PlanChange) -> Iterator[dict[str, Any]]:
    """Districts that either plan reaches."""
    before, after = plan.before.reached, plan.after.reached
    for old, new in zip(before.to_dict("records"), after.to_dict("records"), strict=True):
        if old["reached"] or new["reached"]:
            yield {key: old[key] for key in ("code", "name", "department")} | {
                "reached_before": old["reached"], "reached_after": new["reached"]
            }  # fmt: skip


def _plan_notes(plan: PlanChange, rates: str) -> Iterator[str]:
    yield f"rates_{rates}"
    yield "reached_not_prevented"
    if plan.after.unknown:
        yield "unknown_districts"
    if plan.undecided and any(change != "stays" for _, change in plan.sites()):
        yield "within_gap"
