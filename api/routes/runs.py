"""Runs that are or were published: what they rest on, and how they were tested."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.callers import ANALYSTS
from api.deps import CallerDep, FreshDep, ServiceDep
from api.factors import with_names
from api.schemas import Runs
from data.disclosure import release_run
from vigia.errors import NotFoundError

router = APIRouter(prefix="/v1/runs", tags=["runs"])


@router.get("", summary="All runs that are or were published")
def list_runs(service: ServiceDep, serving: FreshDep) -> Runs:
    """Drafts are not listed."""
    runs = [with_names(release_run(run)) for run in service.runs()]
    return Runs(published=serving.released.run_id, runs=runs)


@router.get("/{run_id}", summary="One run")
def get_run(
    run_id: str, service: ServiceDep, serving: FreshDep, caller: CallerDep
) -> dict[str, Any]:
    """Inputs by hash, configuration, seed, versions, validation and warnings of a run.

    Analysts are told of drafts, too.
    """
    for run in service.runs(drafts=caller.role in ANALYSTS):
        if run.id == run_id:
            return with_names(release_run(run))
    raise NotFoundError(f"There is no published run {run_id!r}.", hint="See /v1/runs.")
