"""Errors as RFC 9457 problems. The one table from exception type to status is here.

The exceptions know nothing of HTTP. Messages of 4xx are for the caller; those of 5xx may speak of
files and addresses of the service, and stay in its log.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from api.ogc.errors import BadParameterError
from api.problems import problem
from api.service import RunGoneError
from vigia import errors

log = logging.getLogger("vigia.api")


class LayerWithheldError(errors.VigiaError):
    """The geometry of a layer may not be handed on."""


class BadQueryError(errors.VigiaError):
    """A filter names something that this run does not have."""


class NoCountsError(errors.NotFoundError):
    """A run of an earlier version: nothing was settled of its counts."""


class StageClosedError(errors.VigiaError):
    """The caller's key does not open a stage."""


STATUS: Mapping[type[errors.VigiaError], int] = {
    BadParameterError: 400,
    RunGoneError: 410,
    errors.NotFoundError: 404,
    LayerWithheldError: 403,
    StageClosedError: 403,
    BadQueryError: 422,
    errors.PlanRequestError: 422,
    errors.PlanImpossibleError: 422,
    errors.ScenarioError: 422,
    errors.TrainerBusyError: 409,
    errors.TooManyJobsError: 429,
    errors.MissingToolError: 501,
    errors.MissingStepError: 503,
    errors.StoreError: 503,
    errors.VigiaError: 500,
}
NOT_FOR_CALLERS: Mapping[type[errors.VigiaError], str] = {
    errors.MissingStepError: "No run has been published yet.",
    errors.StoreError: "The store is out of reach; try again in a while.",
    errors.VigiaError: "Something failed on our side.",
}


def add_error_handlers(app: FastAPI) -> None:
    """Every error of ``app`` becomes a problem."""
    app.add_exception_handler(errors.VigiaError, _vigia_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unforeseen)


def _vigia_error(request: Request, error: Exception) -> Response:
    kind = next(one for one in type(error).__mro__ if one in STATUS)
    status, hint = STATUS[kind], getattr(error, "hint", None)
    detail = getattr(error, "message", "")
    if kind in NOT_FOR_CALLERS:
        log.error("%s: %s", request.url.path, error)
        detail, hint = NOT_FOR_CALLERS[kind], None
    headers = {"Retry-After": "30"} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return problem(request.url.path, status, detail, headers, hint=hint)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 -- registered for it alone
    found = [
        {
            "in": str(one["loc"][0]),
            "name": ".".join(map(str, one["loc"][1:])),
            "problem": one["msg"],
        }
        for one in error.errors()
    ]
    detail = "The request says something that cannot be answered."
    return problem(request.url.path, 422, detail, errors=found)


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 -- registered for it alone
    said = {404: "There is nothing at this address.", 405: "This address only answers GET."}
    detail = said.get(error.status_code, str(error.detail))
    return problem(request.url.path, error.status_code, detail, error.headers)


def _unforeseen(request: Request, error: Exception) -> Response:
    log.error("%s %s: %s", request.state.request_id, request.url.path, type(error).__name__)
    return problem(
        request.url.path,
        500,
        NOT_FOR_CALLERS[errors.VigiaError],
        {"X-Request-ID": request.state.request_id},
    )
