"""The page to log in and out, which works without scripts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from api.callers import Caller
from api.deps import LanguageQuery, ServiceDep
from api.limits import Limiter
from api.metrics import LOGINS
from api.origins import csrf_of, from_another_site, safe_next, same
from api.service import Service
from api.sessions import FORM, give, set_cookie, take, token_of
from data.people import log_in
from maps.login_page import Notice, login_page
from maps.words import Language
from vigia.errors import StoreError

BODY_AT_MOST, FIELDS_AT_MOST = 4096, 10
ATTEMPTS_A_MINUTE = 10  # of one name, and of one address
FORM_SECONDS = 3600
STATUS: dict[Notice | None, int] = {
    None: 200,
    "wrong": 403,  # 401 would make browsers ask for a Basic password
    "stale": 403,
    "often": 429,
    "away": 503,
}
router = APIRouter(tags=["people"], include_in_schema=False)


@dataclass(frozen=True)
class Asked:
    """What a form says."""

    fields: dict[str, str]
    next: str
    language: Language

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")


@router.get("/login", response_class=HTMLResponse)
async def login_form(
    request: Request,
    service: ServiceDep,
    lang: LanguageQuery = "es",
    next_: Annotated[str, Query(alias="next")] = "/",
) -> Response:
    """The form, or who is logged in already."""
    return await _page(request, service, lang, safe_next(next_))


@router.get("/logout", response_class=HTMLResponse)
async def logout_form(
    request: Request, service: ServiceDep, lang: LanguageQuery = "es"
) -> Response:
    """Who is logged in, with a button: to follow a link ends no session."""
    return await _page(request, service, lang, "/")


async def _form(
    request: Request,
    lang: LanguageQuery = "es",
    next_: Annotated[str, Query(alias="next")] = "/",
) -> Asked | None:
    """What a form of ours says; None for what comes from elsewhere, or is none."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY_AT_MOST:
            return None
    try:
        said = parse_qsl(body.decode("utf-8"), max_num_fields=FIELDS_AT_MOST, strict_parsing=True)
    except ValueError:
        said = []
    return Asked(dict(said), safe_next(next_), lang)


AskedDep = Annotated[Asked | None, Depends(_form)]


@router.post("/login", response_class=HTMLResponse)
async def login(request: Request, service: ServiceDep, asked: AskedDep) -> Response:
    """Begin a session: always with a new token, and the one before is ended."""
    form, limits = token_of(request.scope, FORM), request.app.state.login_limits
    if asked is None or from_another_site(request.headers):
        return await _page(request, service, "es", "/", "stale")
    if form is None or not same(asked["csrf"], csrf_of(form)):
        return await _page(request, service, asked.language, asked.next, "stale")
    name, password = asked["name"], asked["password"]
    wait = _throttled(limits, request, name)
    if wait:
        answer = await _page(request, service, asked.language, asked.next, "often")
        answer.headers["Retry-After"] = str(wait)
        return answer
    try:
        begun = await run_in_threadpool(_begin, service, request, name, password)
    except StoreError:
        return await _page(request, service, asked.language, asked.next, "away")
    LOGINS.labels("failed" if begun is None else "done").inc()
    if begun is None:
        return await _page(request, service, asked.language, asked.next, "wrong")
    answer = RedirectResponse(asked.next, 303)
    give(answer, request.scope, begun)
    set_cookie(answer, request.scope, FORM, "", 0)
    return answer


@router.post("/logout", response_class=HTMLResponse)
async def logout(request: Request, service: ServiceDep, asked: AskedDep) -> Response:
    """End the session, in the store as in the browser."""
    if asked is None or from_another_site(request.headers):
        return await _page(request, service, "es", "/", "stale")
    token = token_of(request.scope)
    if token is not None:
        if not same(asked["csrf"], csrf_of(token)):
            return await _page(request, service, asked.language, "/", "stale")
        try:
            await run_in_threadpool(service.sessions.end, token)
        except StoreError:
            return await _page(request, service, asked.language, "/", "away")
    answer = RedirectResponse(f"/login?{urlencode({'lang': asked.language})}", 303)
    take(answer, request.scope)
    return answer


def _begin(service: Service, request: Request, name: str, password: str) -> str | None:
    old = token_of(request.scope)
    begun = log_in(service.store, name, password, datetime.now(UTC))
    if begun is None:
        return None
    if old is not None:
        service.sessions.end(old)
    token, person = begun
    request.state.caller = Caller(person=person)  # for the access log
    return token


def _throttled(limits: Limiter, request: Request, name: str) -> int:
    address = request.client.host if request.client else ""
    known = (f"address {address}", f"name {name.strip().casefold()[:100]}")
    return max(limits.wait(one, ATTEMPTS_A_MINUTE) for one in known)


async def _page(
    request: Request, service: Service, language: Language, to: str, notice: Notice | None = None
) -> Response:
    token = token_of(request.scope)
    session = await run_in_threadpool(service.sessions.find, token) if token else None
    if session is not None and token is not None:
        secret, who = token, session.person.name
    else:
        secret, who = token_of(request.scope, FORM) or secrets.token_urlsafe(32), None
    page = login_page(language, to=to, csrf=csrf_of(secret), who=who, notice=notice)
    headers = {
        "Content-Security-Policy": page.csp,
        "Referrer-Policy": "same-origin",  # else browsers hide from us whose form it was
        "Cache-Control": "no-store",
    }
    answer = HTMLResponse(page.html, STATUS[notice], headers)
    if who is None:
        set_cookie(answer, request.scope, FORM, secret, FORM_SECONDS)
    return answer
