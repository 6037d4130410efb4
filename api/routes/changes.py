"""What changed since a run: for those who keep a copy of the scores."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.asof import last_of
from api.callers import Caller
from api.deps import CallerDep, ServiceDep, answers_from, get_serving
from api.routes.districts import After, Limit, OfRun, as_json
from api.schemas import Changes
from api.told import as_bytes

router = APIRouter(prefix="/v1/changes", tags=["districts"])
# They may differ where no score does.
NO_CHANGE = ("run", "target_year", "warnings", "main_factors")
Json = dict[str, Any]
Place = tuple[str, str]  # outcome and code


@router.get("", summary="Scores that changed", response_model=Changes)
def list_changes(
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    since: Annotated[str, Query(description="The run that the copy is of.", max_length=100)],
    run: OfRun = None,
    after: After = None,
    limit: Limit = 100,
) -> Response:
    """Scores that are other than in the run that is named, that are new, and that went.

    410 when the run is not known, was withdrawn, or its answers were not kept: fetch all anew.
    """
    serving = get_serving(request, service) if run is None else service.kept(run)
    answers_from(request, serving)
    before = _by_place(last_of(service, since).records(), caller)
    now = _by_place(serving.records(serving.scores), caller)
    changed = [one for one in sorted({*before, *now}) if _differ(before.get(one), now.get(one))]
    rest = changed if after is None else [one for one in changed if one > _place(after)]
    page = rest[:limit]
    more = None
    if limit < len(rest):
        url = request.url.include_query_params(
            limit=limit, run=serving.released.run_id, after=".".join(page[-1])
        )
        more = f"{url.path}?{url.query}"
    content = {
        "since": since,
        "run": serving.released.run_id,
        "published_at": serving.released.published_at,
        "total": len(changed),
        "limit": limit,
        "next": more,
        "changes": [
            {"outcome": one[0], "code": one[1], "before": before.get(one), "after": now.get(one)}
            for one in page
        ],
    }
    return as_json(as_bytes(content))


def _by_place(records: list[Json], caller: Caller) -> dict[Place, Json]:
    open_ones = (row for row in records if caller.sees(row["stage"]))
    return {(row["outcome"], row["code"]): row for row in open_ones}


def _differ(before: Json | None, now: Json | None) -> bool:
    return _score(before) != _score(now)


def _score(row: Json | None) -> Json | None:
    return row and {name: value for name, value in row.items() if name not in NO_CHANGE}


def _place(after: str) -> Place:
    outcome, _, code = after.partition(".")
    return outcome, code
