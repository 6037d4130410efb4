"""Trainings: asked for, watched, called off. A worker runs them, never this process."""

from __future__ import annotations

import re
from functools import partial
from threading import Semaphore
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import PlainTextResponse

from api.deps import ServiceDep
from api.errors import NOT_FOR_CALLERS
from api.events import STREAMS_AT_MOST, EventStream, events
from api.problems import problem
from api.schemas import Training
from api.service import Service
from data import jobs, training_log
from data.job_rows import TRAINING
from data.records import JobRecord
from vigia.errors import TrainerBusyError, VigiaError
from vigia.settings.trainings import TrainingForm

KINDS = (TRAINING,)
FOR_CALLERS = ("TrainingFailedError", "JobLostError")
RETRY_SECONDS = 60
NUMBER = re.compile(r"[0-9]{1,9}")
AS_EVENTS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}}}
AS_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {}}}}
BUSY: dict[int | str, dict[str, Any]] = {
    409: {"description": "One is under way; `training` is its address."}
}
router = APIRouter(tags=["trainings"])
places = Semaphore(STREAMS_AT_MOST)


@router.post(
    "/v1/runs",
    status_code=202,
    summary="Ask for a training",
    response_model=Training,
    responses=BUSY,
)
def ask(
    form: TrainingForm, service: ServiceDep, request: Request, response: Response
) -> Training | Response:
    """Train on what is stored. It ends in a draft run, which somebody has to publish."""
    try:
        job = jobs.enqueue_training(service.store, form.model_dump(mode="json"))
    except TrainerBusyError as busy:
        return problem(
            request.url.path,
            409,
            busy.message,
            {"Retry-After": str(RETRY_SECONDS)},
            hint=busy.hint,
            training=f"/v1/trainings/{busy.about['id']}",
        )
    response.headers["Location"] = f"/v1/trainings/{job.id}"
    return _told(job)


@router.get("/v1/trainings/{training_id}", summary="How a training goes")
def get_training(training_id: str, service: ServiceDep) -> Training:
    """Its state, and once it is done the run."""
    return _told(jobs.get(service.store, training_id, KINDS))


@router.get(
    "/v1/trainings/{training_id}/events",
    summary="How a training goes, as it goes",
    response_class=Response,
    responses=AS_EVENTS,
)
def follow(
    training_id: str,
    service: ServiceDep,
    request: Request,
    last_event_id: Annotated[str, Header(description="Tell what came after it.")] = "",
) -> Response:
    """Server-sent events: `progress` for each step, `state` when it changes. Ends with it."""
    jobs.get(service.store, training_id, KINDS)
    if not places.acquire(blocking=False):
        wait = {"Retry-After": str(RETRY_SECONDS)}
        return problem(request.url.path, 429, "Too many follow trainings already.", wait)
    known = last_event_id if NUMBER.fullmatch(last_event_id) else "0"
    return EventStream(events(partial(_look, service, training_id), int(known)), places.release)


@router.get(
    "/v1/trainings/{training_id}/log",
    summary="What a training said",
    response_class=PlainTextResponse,
    responses=AS_TEXT,
)
def log(training_id: str, service: ServiceDep) -> str:
    """Lines of text: when what was done."""
    jobs.get(service.store, training_id, KINDS)
    lines = training_log.read(service.trainings_folder, training_id)
    return "".join(f"{line.text}\n" for _, line in lines)


@router.delete("/v1/trainings/{training_id}", summary="Call a training off")
def cancel(training_id: str, service: ServiceDep) -> Training:
    """One that waits ends at once, one that runs within seconds; one that ended stays."""
    return _told(jobs.cancel(service.store, training_id, KINDS))


def _look(
    service: Service, identity: str, after: int
) -> tuple[dict[str, Any], list[tuple[int, training_log.Line]]]:
    """The state first: what was written before it ended is then there to read."""
    job = jobs.get(service.store, identity, KINDS)
    return _told(job).model_dump(), training_log.read(service.trainings_folder, identity, after)


def _told(job: JobRecord) -> Training:
    progress, error = job.progress, job.error
    known = error is not None and error.type in FOR_CALLERS
    return Training(
        id=job.id,
        state=job.state,
        done=None if progress is None else progress.done,
        total=None if progress is None else progress.total,
        label=None if progress is None else progress.label,
        error=None if error is None else error.message if known else NOT_FOR_CALLERS[VigiaError],
        hint=error.hint if error is not None and known else None,
        cancelling=job.cancelling and job.ended_at is None,
        run=job.result,
        created_at=job.created_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
    )
