"""Recorded cases, as far as they may be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from api.callers import Caller
from api.deps import CallerDep, FreshDep
from api.errors import BadQueryError, NoCountsError, StageClosedError
from api.schemas import Count, Counts
from api.service import Serving
from data.counts.releases import Audience, Release, Told
from data.counts.told import cells, row
from maps.released import Released

router = APIRouter(prefix="/v1/counts", tags=["counts"])
Level = Literal["whole", "department", "province", "district"]


@router.get("", summary="Recorded cases")
def list_counts(
    serving: FreshDep,
    caller: CallerDep,
    outcome: Annotated[str | None, Query(description="Id of an outcome.")] = None,
    level: Annotated[Level | None, Query(description="Of the areas.")] = None,
    year: Annotated[int | None, Query(ge=1900, le=2200, description="In the period.")] = None,
    limit: Annotated[int, Query(ge=1, le=10_000, description="Counts per page.")] = 100,
    offset: Annotated[int, Query(ge=0, description="Counts to pass over.")] = 0,
) -> Counts:
    """By outcome, period and area. Small counts, and what would give them away, are suppressed."""
    audience: Audience = "public" if caller.role == "public" else "partner"
    release = _release(serving, audience)
    stages = {one.id: one.stage for one in serving.released.outcomes}
    _refuse_what_is_not_there(release, stages, caller, outcome)

    def fits(table: Told, of_level: str) -> bool:
        asked = outcome in (None, table.outcome) and level in (None, of_level)
        then = year is None or table.period.first <= year <= table.period.last
        return asked and then and caller.sees(stages.get(table.outcome))

    found = list(cells(release, fits))
    page = [row(*one) for one in found[offset : offset + limit]]
    names = _names(serving.released)
    return Counts(
        run=serving.released.run_id,
        audience=audience,
        smallest=max((table.k for table in release.tables), default=None),
        total=len(found),
        limit=limit,
        offset=offset,
        counts=[Count(**one, name=names.get((one["level"], one["code"]))) for one in page],
    )


def _release(serving: Serving, audience: Audience) -> Release:
    release = serving.counts.get(audience)
    if release is None:
        raise NoCountsError(
            "No counts were released with this run: it was published by an earlier version.",
            hint="vigia publish this run once more settles what may be told.",
        )
    return release


def _refuse_what_is_not_there(
    release: Release, stages: Mapping[str, str | None], caller: Caller, outcome: str | None
) -> None:
    if outcome is None:
        return
    if outcome not in {table.outcome for table in release.tables}:
        raise BadQueryError(f"No counts of {outcome!r} were released with this run.")
    if not caller.sees(stages.get(outcome)):
        raise StageClosedError("This key does not open this stage.")


def _names(released: Released) -> dict[tuple[str, Any], str]:
    table = released.districts
    names = {("whole", None): str(released.area["name"])}
    for level, code, name in (
        ("district", "code", "name"),
        ("province", "province_code", "province"),
        ("department", "department_code", "department"),
    ):
        known = table[[code, name]].dropna().drop_duplicates(code)
        pairs = known.itertuples(index=False, name=None)
        names |= {(level, one): called for one, called in pairs}
    return names
