"""Made-up plans, stored: one of sites and one of itineraries, with hostile names."""

from __future__ import annotations

from typing import Any

from data.plans import save_plan
from data.records import PlanRecord
from data.store import Store
from tests.maps.plans import told_plan
from tests.maps.region import FORMULA, IMG, RUN_ID

SITES, ITINERARIES = "5" * 16, "1" * 16
MADE_AT = "2026-11-25T10:00:00Z"


def save_sites(store: Store, identity: str = SITES, run: str = RUN_ID) -> None:
    """A plan of one chosen site, and one that nearly was."""
    told = told_plan(name=IMG, department=FORMULA) | {"run": run}
    _save(store, identity, "sites", told)


def save_itineraries(store: Store, identity: str = ITINERARIES) -> None:
    """One team that makes a visit and comes home; one stop is left out."""
    told: dict[str, Any] = told_plan() | {"run": RUN_ID, "kind": "itineraries"}
    (chosen, nearly) = told.pop("sites")
    placed = {name: chosen[name] for name in ("id", "code", "name", "department", "lon", "lat")}
    times = {name: f"2027-03-01T{hour}:00" for name, hour in TIMES.items()}
    visit = placed | times | {"team": IMG, "day": 1, "travel_minutes": 90}
    reached = {name: chosen[name] for name in ("cases_reached", "people", "belongs")}
    told["visits"] = [
        visit | reached | {"home": False},
        visit | {"home": True, "lon": -73.5},
    ]
    told["left"] = [placed | reached | {"id": nearly["id"], "reason": "no_time"}]
    told["request"] = {"teams": [{"name": IMG, "base": "010101"}], "reach_minutes": 60.0}
    _save(store, identity, "itineraries", told)


TIMES = {"leaves": "07", "arrives": "08", "starts": "09", "ends": "11"}


def _save(store: Store, identity: str, kind: Any, told: dict[str, Any]) -> None:
    save_plan(store, PlanRecord(identity, kind, told["run"], {}, told, MADE_AT, {"HiGHS": "1"}))
