"""Plans: asked for, waited for, read, called off. Workers make them, never this process."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from api.deps import LanguageQuery, ServiceDep, ServingDep
from api.errors import NOT_FOR_CALLERS
from api.schemas import Asked
from api.service import Service, Serving
from data import jobs
from data.plans import find_plan
from data.records import JobRecord, PlanRecord
from maps.itineraries_text import itineraries_said
from maps.plan_text import impossible_said, plan_said
from maps.words import Language
from models.plan.itineraries_request import request_of as itineraries_request_of
from models.plan.request import request_of
from vigia.errors import NotFoundError, VigiaError
from vigia.settings.itineraries import ItinerariesForm
from vigia.settings.plans import SitesForm

FileFormat = Literal["csv", "xlsx", "gpkg", "ics"]
MEDIA_TYPES: dict[FileFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3",
    "ics": "text/calendar; charset=utf-8",
}
AS_FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in MEDIA_TYPES.values()}}
}
router = APIRouter(prefix="/v1/plans", tags=["plans"])
FOR_CALLERS = (
    *("PlanRequestError", "PlanImpossibleError", "MissingStepError"),
    *("JobLostError", "NotFoundError"),
)


@router.post("", status_code=202, summary="Ask for a plan")
def ask(form: SitesForm, service: ServiceDep, serving: ServingDep, response: Response) -> Asked:
    """Where so many teams reach most cases of the published run. It is made by and by."""
    request_of(form.model_dump())
    return _enqueued(jobs.PLAN_SITES, form, service, serving, response)


@router.post("/itineraries", status_code=202, summary="Ask for itineraries")
def ask_itineraries(
    form: ItinerariesForm, service: ServiceDep, serving: ServingDep, response: Response
) -> Asked:
    """Which stops each team visits on which day. They are made by and by, as a plan of sites."""
    itineraries_request_of(form.model_dump())
    return _enqueued(jobs.PLAN_ITINERARIES, form, service, serving, response)


def _enqueued(
    kind: str,
    form: SitesForm | ItinerariesForm,
    service: Service,
    serving: Serving,
    response: Response,
) -> Asked:
    request = {"form": form.model_dump(mode="json"), "run": serving.released.run_id}
    job = jobs.enqueue(service.store, kind, request)
    response.headers["Location"] = f"/v1/plans/{job.id}"
    return _asked(job)


@router.get(
    "/{plan_id}",
    summary="A plan, or how far it has come",
    response_model=dict[str, Any],
    responses=AS_FILES,
)
def get_plan(
    plan_id: str,
    service: ServiceDep,
    response: Response,
    f: Annotated[
        Literal["json"] | FileFormat, Query(description="JSON tells the state; others are files.")
    ] = "json",
    lang: LanguageQuery = "es",
) -> dict[str, Any] | Response:
    """The state of what was asked for; once it is made with the plan itself, and in sentences."""
    job, plan = _found(service, plan_id)
    if f != "json":
        return _file(plan, f, lang)
    response.headers["Cache-Control"] = "no-store"
    state = {"id": plan_id, "state": "done"} if job is None else _asked(job).model_dump()
    if job is not None and job.error is not None and job.error.type == "PlanImpossibleError":
        return state | {"said": impossible_said(job.error.about, lang)}
    return state if plan is None else state | _made(plan, lang)


def _found(service: Service, plan_id: str) -> tuple[JobRecord | None, PlanRecord | None]:
    """By the id of a plan of a run that may be read, or of what was asked for."""
    plan = find_plan(service.store, plan_id)
    if plan is not None and any(run.id == plan.run for run in service.runs()):
        return None, plan
    job = jobs.get(service.store, plan_id, jobs.PLANS)
    return job, find_plan(service.store, job.result) if job.result else None


def _file(plan: PlanRecord | None, form: FileFormat, language: Language) -> Response:
    if plan is None:
        raise NotFoundError("This plan is not made.", hint="Without f, the answer tells its state.")
    from maps.plan_files import plan_file

    content = plan_file({"id": plan.id, **plan.result}, f".{form}", language)
    headers = {
        "Content-Disposition": f'attachment; filename="plan-{plan.id}.{form}"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)


def _made(plan: PlanRecord, language: Language) -> dict[str, Any]:
    said = itineraries_said if plan.kind == "itineraries" else plan_said
    return {"plan": {"id": plan.id, **plan.result}, "said": said(plan.result, language)}


@router.delete("/{plan_id}", summary="Call a plan off")
def cancel(plan_id: str, service: ServiceDep) -> Asked:
    """One that waits ends at once, one that is being made as soon as it can; others stay."""
    return _asked(jobs.cancel(service.store, plan_id, jobs.PLANS))


def _asked(job: JobRecord) -> Asked:
    progress, error = job.progress, job.error
    told = error is not None and error.type in FOR_CALLERS
    return Asked(
        id=job.id,
        state=job.state,
        done=None if progress is None else progress.done,
        total=None if progress is None else progress.total,
        error=None if error is None else error.message if told else NOT_FOR_CALLERS[VigiaError],
        hint=error.hint if error is not None and told else None,
    )
