"""Plans as disclosure lets them out, made up."""

from __future__ import annotations

from typing import Any


def told_plan(*, name: str = "Boca del Tigre", department: str = "Selva") -> dict[str, Any]:
    """One chosen site and one that nearly was."""
    cases = {"mean": 12.3, "low": 4.0, "high": 25.1}
    site = {
        "id": "010101",
        "code": "010101",
        "name": name,
        "department": department,
        "lon": -73.1,
        "lat": -4.2,
        "chosen": True,
        "existing": False,
        "cost": 1.0,
        "cases_reached": cases,
        "people": 1200.0,
        "belongs": 0.91,
    }
    nearly = site | {"id": "010102", "chosen": False, "belongs": 0.2, "people": 0.0}
    share = {"mean": 0.2, "low": 0.1, "high": 0.3}
    return {
        "id": "0123456789abcdef",
        "run": "run-1",
        "outcome": "exploitation",
        "rates": "true",
        "outcome_label": "Explotación",
        "outcome_label_en": "Exploitation",
        "target_year": 2026,
        "solver": "HiGHS",
        "gap": 0.0,
        "value": 12.3,
        "bound": 12.3,
        "request": {"teams": 1, "season": "low", "reach_minutes": 120.0},
        "cases_reached": cases,
        "existing_cases": cases,
        "cases_prevented": None,
        "share_of_all_cases": share,
        "share_of_unlimited_best": 1.0,
        "stopped_by_clock": False,
        "stopped_by_work": False,
        "unknown_districts": [],
        "sites": [site, nearly],
        "districts": [
            {"code": "010101", "name": name, "department": department, "site": "010101"}
            | {"reached": 0.8, "people": 1200.0},
            {"code": "010102", "name": "Alto Tigre", "department": department, "site": "010101"}
            | {"reached": 0.25, "people": 90.0},
            {"code": "010103", "name": "Lejano", "department": department, "site": None}
            | {"reached": 0.0, "people": 0.0},
        ],
        "routes": [
            {"site": "010101", "code": "010102", "minutes": 95.0}
            | {"line": [[-73.1, -4.2], [-73.0, -4.25], [-72.9, -4.2]]}
        ],
        "limits": [{"limit": "one_more_team", "gain": 3.0, "gap": 0.0, "cases": cases}],
        "notes": ["rates_true", "reached_not_prevented"],
    }


TIMES = {"leaves": "07", "arrives": "08", "starts": "09", "ends": "11"}


def told_itineraries(*, team: str = "Norte", others: tuple[str, ...] = ()) -> dict[str, Any]:
    """A team that makes a visit and comes home, ``others`` that stay, and a stop left out."""
    told = told_plan() | {"kind": "itineraries"}
    (chosen, nearly) = told.pop("sites")
    placed = {name: chosen[name] for name in ("id", "code", "name", "department", "lon", "lat")}
    times = {name: f"2027-03-01T{hour}:00" for name, hour in TIMES.items()}
    visit = placed | times | {"team": team, "day": 1, "travel_minutes": 90}
    reached = {name: chosen[name] for name in ("cases_reached", "people", "belongs")}
    told["visits"] = [
        visit | reached | {"home": False},
        visit | {"home": True, "lon": -73.5},
    ]
    told["left"] = [placed | reached | {"id": nearly["id"], "reason": "no_time"}]
    teams = [{"name": one, "base": "010101", "place": placed} for one in (team, *others)]
    told["request"] = {"teams": teams, "season": "low", "return_to_base": "daily"}
    told["request"]["reach_minutes"] = 60.0
    return told
