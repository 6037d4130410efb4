"""Plans as collections: a feature for each plan, and one for each of its places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal

import numpy as np
import shapely

from api.ogc.columns import Column, Kind
from api.ogc.features import Features, Shapes
from api.service import Service
from data import publish
from data.plans import plans_after
from data.records import PlanRecord
from vigia.errors import StoreError

Json = Mapping[str, Any]
Of = Literal["plans", "plans_stops"]
ENDS = {"": "mean", "_low": "low", "_high": "high"}
CASES: dict[str, Kind] = {f"cases_reached{end}": "number" for end in ENDS}
SHARE: dict[str, Kind] = {f"share_of_all_cases{end}": "number" for end in ENDS}
SHARED: dict[str, Kind] = {
    **dict.fromkeys(("plan", "kind", "run", "outcome", "rates"), "text"),
    "target_year": "integer",
    "season": "text",
    "reach_minutes": "number",
}
PLACE: dict[str, Kind] = dict.fromkeys(("place", "name", "code", "department"), "text")
VISIT: dict[str, Kind] = {
    "team": "text",
    "day": "integer",
    **dict.fromkeys(("leaves", "arrives", "starts", "ends"), "text"),
    "travel_minutes": "integer",
    "reason": "text",
}
COLUMNS: Mapping[Of, dict[str, Kind]] = {
    "plans": {
        **SHARED,
        "created_at": "time",
        **dict.fromkeys(("teams", "stops"), "integer"),
        **CASES,
        **SHARE,
        "notes": "list",
    },
    "plans_stops": {
        "id": "text",
        "state": "text",
        **PLACE,
        **CASES,
        **dict.fromkeys(("people", "belongs", "cost"), "number"),
        **VISIT,
        **SHARED,
    },
}


@dataclass(frozen=True)
class Read:
    """What is kept of a plan: its run, and rows with their geometries."""

    run: str
    rows: Mapping[Of, Sequence[tuple[Json, Any]]]


class StoredPlans:
    """The plans of runs that may be read; what is stored later is read when they are asked for.

    They are in the order in which they were made: a client that pages finds new ones at the end.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._reading = Lock()
        self._newest, self._read = 0, list[Read]()
        self._made_of: tuple[object, ...] = ()
        self._made: dict[Of, Features] = {}

    def features(self, of: Of) -> Features:
        """Plans or their places, as of now; with the store away, as they were."""
        with self._reading:
            if not (self._made and self._service.degraded):
                try:
                    self._look()
                except StoreError:
                    if not self._made:
                        raise
            return self._made[of]

    def _look(self) -> None:
        store = self._service.store
        for number, plan in plans_after(store, self._newest):
            self._read.append(_read(plan))
            self._newest = number
        now = self._newest, publish.publication_id(store)  # which is another after a withdrawal
        if now != self._made_of:
            runs = {run.id for run in self._service.runs()}
            read = [one for one in self._read if one.run in runs]
            self._made = {name: _features(name, read) for name in COLUMNS}
            self._made_of = now


def _features(of: Of, read: Sequence[Read]) -> Features:
    rows = [row for one in read for row, _ in one.rows[of]]
    shapes = [shape for one in read for _, shape in one.rows[of]]
    columns = {
        name: Column(kind, [row.get(name) for row in rows]) for name, kind in COLUMNS[of].items()
    }
    years = np.array([row["target_year"] for row in rows], dtype=int)
    key = next(iter(columns))
    return Features([row[key] for row in rows], columns, Shapes(shapes), (years, years))


def _read(plan: PlanRecord) -> Read:
    shared = _shared(plan)
    stops = list(_stops(plan, shared))
    visited = [shape for row, shape in stops if row["state"] in ("chosen", "visit")]
    told = plan.result
    teams = told["request"]["teams"]
    about = shared | {
        "created_at": plan.created_at,
        "teams": teams if plan.kind == "sites" else len(teams),
        "stops": len(visited),
        **_ends("cases_reached", told),
        **_ends("share_of_all_cases", told),
        "notes": list(told.get("notes", ())),
    }
    where = shapely.multipoints(visited) if visited else None
    return Read(plan.run, {"plans": [(about, where)], "plans_stops": stops})


def _shared(plan: PlanRecord) -> dict[str, Any]:
    told = plan.result
    request = told["request"]
    return {
        **{name: told.get(name) for name in ("outcome", "rates")},
        **{name: request.get(name) for name in ("season", "reach_minutes")},
        "plan": plan.id,
        "kind": plan.kind,
        "run": plan.run,
        "target_year": told["target_year"],
    }


def _stops(plan: PlanRecord, shared: Json) -> Iterator[tuple[Json, Any]]:
    told = plan.result
    parts = ("sites",) if plan.kind == "sites" else ("visits", "left")
    for number, one in enumerate(one for part in parts for one in told[part]):
        row = {
            **shared,
            **{name: one.get(name) for name in (*PLACE, *VISIT, "people", "belongs", "cost")},
            **_ends("cases_reached", one),
            "id": f"{plan.id}-{number}",
            "place": one["id"],
            "state": _state(one),
        }
        yield row, shapely.Point(one["lon"], one["lat"])


def _state(one: Json) -> str:
    """What a place is in its plan; of sites the one that nearly was chosen is told as well."""
    if "home" in one:
        return "home" if one["home"] else "visit"
    if "reason" in one:
        return "left"
    return "existing" if one["existing"] else "chosen" if one["chosen"] else "nearly"


def _ends(name: str, told: Json) -> dict[str, Any]:
    found = told.get(name) or {}
    return {f"{name}{end}": found.get(told_as) for end, told_as in ENDS.items()}
