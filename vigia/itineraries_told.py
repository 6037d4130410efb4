"""Itineraries as plain content, through disclosure: what commands, files and services answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import geopandas as gpd

from data.disclosure import release_itineraries
from vigia.itineraries import ItinerariesMade
from vigia.plan_told import PASSED_ON, run_day

MINUTE = "%Y-%m-%dT%H:%M"


def told(made: ItinerariesMade) -> dict[str, Any]:
    """Everything that may be told of itineraries, ready for JSON."""
    plan, released = made.plan, made.run
    label = released.outcome(made.outcome)
    asked = made.asked.model_dump(mode="json")
    first = asked["first"]
    return release_itineraries(
        {
            "kind": "itineraries",
            "run": released.run_id,
            "run_date": run_day(released),
            "timezone": released.area["timezone"],
            "outcome": made.outcome,
            "outcome_label": label.label,
            "outcome_label_en": label.label_en,
            "target_year": released.target_year,
            "rates": released.rates_of(made.outcome),
            "request": asked
            | {
                "teams": [
                    {
                        "name": team["name"],
                        "base": team["base"],
                        "days": team["days"] or asked["days"],
                        "first": team["first"] or first,
                        "place": _place(made.bases, team["base"]),
                    }
                    for team in asked["teams"]
                ],
                "service": [{"stop": key, "minutes": n} for key, n in asked["service"].items()],
            },
            "visits": list(_visits(made)),
            "left": [
                {"id": str(one), **_place(made.stops, one), **_reached(row), "reason": row.reason}
                for one, row in zip(plan.left.index, plan.left.itertuples(), strict=True)
            ],
            "cases_reached": plan.cases._asdict(),
            "share_of_all_cases": plan.of_all._asdict(),
            "share_of_unlimited_best": plan.of_unlimited,
            "value": plan.value,
            "bound": plan.bound,
            "gap": plan.gap,
            "proven": plan.proven,
            "limits": [
                {"limit": one.limit, "gain": one.gain, "cases": one.cases._asdict()}
                for one in plan.limits
            ],
            "solver": plan.solver,
            "unknown_districts": list(made.unknown),
            "notes": list(_notes(made)),
        }
    )


def _visits(made: ItinerariesMade) -> Iterator[dict[str, Any]]:
    row: Any
    for row in made.plan.visits.itertuples():
        yield {
            "team": row.team,
            "day": int(row.day),
            "id": str(row.stop),
            "home": bool(row.home),
            **_place(made.bases if row.home else made.stops, row.stop),
            **{
                name: getattr(row, name).strftime(MINUTE)
                for name in ("leaves", "arrives", "starts", "ends")
            },
            "travel_minutes": int(row.travel_minutes),
            **({} if row.home else _reached(row)),
        }


def _place(places: gpd.GeoDataFrame, one: Any) -> dict[str, Any]:
    place: Any = places.loc[one]
    named: Mapping[str, Any] = place[["name", "code", "department"]].to_dict()
    return {**named, "lon": float(place.geometry.x), "lat": float(place.geometry.y)}


def _reached(row: Any) -> dict[str, Any]:
    cases = {"mean": row.cases, "low": row.cases_low, "high": row.cases_high}
    return {"cases_reached": cases, "people": row.people, "belongs": row.belongs}


def _notes(made: ItinerariesMade) -> Iterator[str]:
    yield f"rates_{made.run.rates_of(made.outcome)}"
    yield "reached_not_prevented"
    yield "nearest_stop"
    yield "less_work"
    if made.unknown:
        yield "unknown_districts"
    if not made.plan.proven:
        yield "not_proven"
    yield from (key for key in made.run.warnings_of(made.outcome) if key in PASSED_ON)
