"""Made-up plans, stored: one of sites and one of itineraries, with hostile names."""

from __future__ import annotations

from typing import Any

from data.plans import save_plan
from data.records import PlanRecord
from data.store import Store
from tests.maps.plans import told_itineraries, told_plan
from tests.maps.region import FORMULA, IMG, RUN_ID

SITES, ITINERARIES = "5" * 16, "1" * 16
MADE_AT = "2026-11-25T10:00:00Z"


def save_sites(store: Store, identity: str = SITES, run: str = RUN_ID) -> None:
    """A plan of one chosen site, and one that nearly was."""
    told = told_plan(name=IMG, department=FORMULA) | {"run": run}
    _save(store, identity, "sites", told)


def save_itineraries(store: Store, identity: str = ITINERARIES) -> None:
    """One team that makes a visit and comes home; one stop is left out."""
    told = told_itineraries(team=IMG) | {"run": RUN_ID}
    _save(store, identity, "itineraries", told)


def _save(store: Store, identity: str, kind: Any, told: dict[str, Any]) -> None:
    save_plan(store, PlanRecord(identity, kind, told["run"], {}, told, MADE_AT, {"HiGHS": "1"}))
