"""What routes ask for, by name."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Header, Query, Request, Response

from api.callers import Caller
from api.service import Service, Serving
from maps.words import Language

GEOJSON = "application/geo+json"
Format = Literal["json", "geojson"]


def get_service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(get_service)]


def get_caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


CallerDep = Annotated[Caller, Depends(get_caller)]


def get_serving(request: Request, service: ServiceDep) -> Serving:
    """The published run: the same one for all of a request (``api.ready``)."""
    serving: Serving = getattr(request.state, "serving", None) or service.current()
    request.state.run = serving.released.run_id
    return serving


ServingDep = Annotated[Serving, Depends(get_serving)]


def answers_from(request: Request, serving: Serving) -> Serving:
    """Say that the answer depends on this run alone: it may be kept ready, and has an ETag."""
    request.state.run = serving.released.run_id
    request.state.etag = request.state.tag
    return serving


def get_fresh(request: Request, serving: ServingDep) -> Serving:
    return answers_from(request, serving)


FreshDep = Annotated[Serving, Depends(get_fresh)]


def wanted_format(
    response: Response,
    f: Annotated[
        Format | None, Query(description="Form of the answer; takes precedence over Accept.")
    ] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Format:
    """Form of the answer: ``f``, else what Accept asks for, else JSON."""
    response.headers["Vary"] = "Accept"
    return f or ("geojson" if GEOJSON in accept else "json")


FormatDep = Annotated[Format, Depends(wanted_format)]
LanguageQuery = Annotated[Language, Query(description="Language of the page.")]
