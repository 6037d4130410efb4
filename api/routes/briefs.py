"""Briefs: one page on a district or a province, as HTML and as PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from api.callers import Caller
from api.deps import CallerDep, LanguageQuery, ServiceDep, ServingDep
from api.service import Service, Serving
from data.plans import newest_plans
from data.records import PlanRecord
from maps.brief import (
    PLANS_READ,
    Brief,
    Place,
    Withheld,
    brief_html,
    district_place,
    province_place,
    served_brief,
)
from maps.pdf import one_page
from maps.words import Language
from vigia.errors import StoreError, TooManyJobsError

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


@dataclass(frozen=True)
class Asked:
    """Who asks for a brief, and for which form of it."""

    request: Request
    service: Service
    caller: Caller
    form: str
    language: Language

    def answer(self, serving: Serving, place: Place) -> Response:
        """The brief of a place of the run that is served."""
        plans, withheld = self._plans(serving)
        brief = Brief(serving.released, place, serving.layers, plans, withheld)
        if self.form == "pdf":
            name = f'inline; filename="{_file_name(place)}.pdf"'
            headers = {"Content-Disposition": name, "Vary": "Accept"}
            return Response(_pdf(brief_html(brief, self.language)), media_type=PDF, headers=headers)
        pdf = self.request.url.include_query_params(f="pdf")
        page = served_brief(brief, self.language, f"{pdf.path}?{pdf.query}")
        headers = {"Content-Security-Policy": page.csp, "Vary": "Accept"}
        return Response(page.html, media_type="text/html", headers=headers)

    def _plans(self, serving: Serving) -> tuple[Sequence[PlanRecord], Withheld | None]:
        """Plans of the run, or why none are told: they are in the store, which may be away."""
        if not self.caller.hears_of_plans:
            return (), "closed"
        try:
            run = serving.released.run_id
            return newest_plans(self.service.store, run, PLANS_READ), None
        except StoreError:
            return (), "away"


def asked_for(
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    form: Annotated[str, Depends(wanted_form)],
    lang: LanguageQuery = "es",
) -> Asked:
    """What a request says of the brief that it wants."""
    return Asked(request, service, caller, form, lang)


AskedDep = Annotated[Asked, Depends(asked_for)]


@router.get("/{code}", summary="A district on one page", response_class=Response, responses=BOTH)
def district_brief(code: str, serving: ServingDep, asked: AskedDep) -> Response:
    """Map, figures with their doubt, factors, services, and what stored plans do there."""
    return asked.answer(serving, district_place(serving.released, code))


@router.get(
    "/province/{province}", summary="A province on one page", response_class=Response,
    responses=BOTH,
)  # fmt: skip
def province_brief(province: str, serving: ServingDep, asked: AskedDep) -> Response:
    """The same of a province, by its code or name: its districts, the most at risk first."""
    return asked.answer(serving, province_place(serving.released, province))


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
