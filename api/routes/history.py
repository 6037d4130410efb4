"""Scores of one district over publications."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.callers import Caller
from api.deps import CallerDep, FreshDep, ServiceDep
from api.routes.districts import as_json, no_district
from api.schemas import History
from api.told import as_bytes
from data.answers import Publication, history

router = APIRouter(prefix="/v1/districts", tags=["districts"])
Limit = Annotated[int, Query(ge=1, le=1000, description="Publications, the last ones.")]


@router.get("/{code}/history", summary="One district over time", response_model=History)
def get_history(
    code: str, service: ServiceDep, serving: FreshDep, caller: CallerDep, limit: Limit = 100
) -> Response:
    """Its scores at each publication, as they were answered then; the last first.

    A rollback is a publication too. Runs that were withdrawn are left out, and so is what was
    published by a version that kept no answers.
    """
    kept = history(service.store, code, limit)
    told = [_published(publication, json.loads(scores), caller) for publication, scores in kept]
    told = [one for one in told if one["scores"]]
    if not told and not (serving.scores["code"] == code).any():
        raise no_district(code)
    return as_json(as_bytes({"code": code, "history": told}))


def _published(
    publication: Publication, scores: list[dict[str, Any]], caller: Caller
) -> dict[str, Any]:
    return {
        "run": publication.run,
        "published_at": publication.at,
        "target_year": scores[0]["target_year"],
        "scores": [score for score in scores if caller.sees(score["stage"])],
    }
