"""Briefs: one page on a district or a province, as HTML and as PDF."""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from api.deps import CallerDep, LanguageQuery, ServiceDep, ServingDep
from data.plans import newest_plans
from maps.brief import (
    PLANS_READ,
    Brief,
    Place,
    brief_html,
    district_place,
    province_place,
    served_brief,
)
from maps.pdf import one_page
from maps.words import Language
from vigia.errors import TooManyJobsError

PDF = "application/pdf"
MOST_AT_ONCE = 8  # they wait for one another, each in a thread that others need
waiting = BoundedSemaphore(MOST_AT_ONCE)
BOTH: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}, PDF: {}}}}
router = APIRouter(prefix="/brief", tags=["map"])


def wanted_form(
    f: Annotated[
        Literal["html", "pdf"] | None, Query(description="Takes precedence over Accept.")
    ] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> str:
    """``f``, else what Accept asks for, else HTML."""
    return f or ("pdf" if PDF in accept else "html")


FormDep = Annotated[str, Depends(wanted_form)]


@router.get("/{code}", summary="A district on one page", response_class=Response, responses=BOTH)
def district_brief(
    request: Request, code: str, serving: ServingDep, service: ServiceDep, caller: CallerDep,
    form: FormDep, lang: LanguageQuery = "es",
) -> Response:  # fmt: skip
    """Map, figures with their doubt, factors, services, and what stored plans do there."""
    place = district_place(serving.released, code)
    plans = newest_plans(service.store, serving.released.run_id, PLANS_READ)
    brief = Brief(serving.released, place, serving.layers, plans if caller.opens("plans") else None)
    return _answer(request, brief, form, lang)


@router.get(
    "/province/{province}", summary="A province on one page", response_class=Response,
    responses=BOTH,
)  # fmt: skip
def province_brief(
    request: Request, province: str, serving: ServingDep, service: ServiceDep, caller: CallerDep,
    form: FormDep, lang: LanguageQuery = "es",
) -> Response:  # fmt: skip
    """The same of a province, by its code or name: its districts, the most at risk first."""
    place = province_place(serving.released, province)
    plans = newest_plans(service.store, serving.released.run_id, PLANS_READ)
    brief = Brief(serving.released, place, serving.layers, plans if caller.opens("plans") else None)
    return _answer(request, brief, form, lang)


def _answer(request: Request, brief: Brief, form: str, language: Language) -> Response:
    if form == "html":
        pdf = request.url.include_query_params(f="pdf")
        page = served_brief(brief, language, f"{pdf.path}?{pdf.query}")
        headers = {"Content-Security-Policy": page.csp, "Vary": "Accept"}
        return Response(page.html, media_type="text/html", headers=headers)
    name = f'inline; filename="{_file_name(brief.place)}.pdf"'
    headers = {"Content-Disposition": name, "Vary": "Accept"}
    return Response(_pdf(brief_html(brief, language)), media_type=PDF, headers=headers)


def _pdf(html: str) -> bytes:
    if not waiting.acquire(blocking=False):
        raise TooManyJobsError("Too many PDFs are being made.", hint="Try again in a while.")
    try:
        return one_page(html)
    finally:
        waiting.release()


def _file_name(place: Place) -> str:
    code = "".join(one for one in place.code if one.isascii() and one.isalnum())
    return f"informe-{code or place.kind}"
