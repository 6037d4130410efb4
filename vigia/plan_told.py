"""A plan as plain content, through disclosure: what commands, files and services answer."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from data.disclosure import release_plan
from maps.released import Released
from vigia.planning import PlanMade
from vigia.settings.plans import SitesForm


def told(made: PlanMade) -> dict[str, Any]:
    """Everything that may be told of a plan, ready for JSON."""
    released, label = made.run, made.run.outcome(made.outcome)
    content = made.plan.to_json()
    content["sites"] = list(_sites(made))
    return release_plan(
        content
        | {
            "run": released.run_id,
            "run_date": run_day(released),
            "outcome": made.outcome,
            "outcome_label": label.label,
            "outcome_label_en": label.label_en,
            "target_year": released.target_year,
            "rates": released.rates_of(made.outcome),
            "request": made.asked.model_dump() | {"minimum": minima(made.asked)},
            "districts": list(_districts(made)),
            "routes": list(_routes(made)),
            "unknown_districts": list(made.unknown),
            "notes": list(_notes(made)),
        }
    )


def _sites(made: PlanMade) -> Iterator[dict[str, Any]]:
    table = made.plan.sites
    at = made.places.geometry.reindex(table.index)
    for (one, row), point in zip(table.iterrows(), at, strict=True):
        yield {
            **{key: row[key] for key in ("name", "code", "department")},
            **{key: float(row[key]) for key in ("cost", "people", "belongs")},
            **{key: bool(row[key]) for key in ("chosen", "existing")},
            "id": str(one),
            "lon": float(point.x),
            "lat": float(point.y),
            "cases_reached": {
                "mean": float(row["cases"]),
                "low": float(row["cases_low"]),
                "high": float(row["cases_high"]),
            },
        }


def _districts(made: PlanMade) -> Iterator[dict[Hashable, Any]]:
    yield from made.reached.to_dict("records")


def _routes(made: PlanMade) -> Iterator[dict[str, Any]]:
    for one in made.routes:
        line = [list(at) for at in one.line.coords]
        yield {"site": one.site, "code": one.code, "minutes": one.minutes, "line": line}


def run_day(released: Released) -> str:
    """When the run was made, where its area is."""
    made = datetime.fromisoformat(released.facts["created_at"])
    return made.astimezone(ZoneInfo(released.area["timezone"])).date().isoformat()


def minima(asked: SitesForm) -> list[dict[str, Any]]:
    """Sites that departments have at least, as a list."""
    return [{"department": name, "least": least} for name, least in sorted(asked.minimum.items())]


def _notes(made: PlanMade) -> Iterator[str]:
    """Keys of what must be known with the plan."""
    yield f"rates_{made.run.rates_of(made.outcome)}"
    yield "reached_not_prevented" if made.asked.prevented_share is None else "prevented_share"
    if made.unknown:
        yield "unknown_districts"
    if made.plan.stopped_by_clock:
        yield "stopped_by_clock"
    if made.plan.stopped_by_work:
        yield "stopped_by_work"
    yield from (key for key in made.run.warnings_of(made.outcome) if key in PASSED_ON)


PASSED_ON = ("synthetic", "not_trafficking", "untested", "worse_than_baseline", "level_is_prior")
