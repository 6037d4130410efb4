"""What routes ask for, by name."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Header, Query, Request, Response

from api.callers import Caller
from api.errors import NotModifiedError
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
    serving = service.current()
    request.state.run = serving.released.run_id
    return serving


ServingDep = Annotated[Serving, Depends(get_serving)]


def unless_known(
    request: Request,
    serving: ServingDep,
    caller: CallerDep,
    if_none_match: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Serving:
    """The published run; a client that has this very answer already is told so instead."""
    if caller.narrowed:  # what it gets is not what others get under this tag
        return serving
    request.state.etag = serving.etag
    known = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    if serving.etag.removeprefix("W/") in known or "*" in known:
        raise NotModifiedError
    return serving


FreshDep = Annotated[Serving, Depends(unless_known)]


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
