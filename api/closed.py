"""The door: no request passes without a key that opens what it asks for.

It stands before all routes, so that none can be forgotten, those that do not exist yet included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.callers import READS, Caller, closed_because, is_open, presented
from api.limits import Limiter
from api.origins import CSRF_HEADER, csrf_of, from_another_site, safe_next, same, says_where_from
from api.problems import problem
from api.sessions import token_of

if TYPE_CHECKING:
    from api.service import Service

POLICY_VIOLATION = 1008  # RFC 6455
FAILURES_A_MINUTE = 30  # of one address
PERSON_A_MINUTE = 600
ASK_FOR_KEY = {"WWW-Authenticate": 'Basic realm="vigia", charset="UTF-8"'}  # GDAL and QGIS know it
NO_KEY = "This service is closed: it asks for a key."
WRONG_KEY = "This key is wrong, expired or revoked."
NO_ROLE = "The proxy let you in, but gave you no role here."
HINT = "Send it as X-API-Key, as a Bearer token, or as the password of Basic authentication."


class ClosedMiddleware:
    """Refuses who has no key (401), whose key is too narrow (403), and who asks too often (429)."""

    def __init__(self, app: ASGIApp, *, public: bool) -> None:
        self._app = app
        self._public = public
        self._limits = Limiter()
        self._failures = Limiter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # a socket: nothing here is one, and no key is asked for there
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        answer = self._app if is_open(scope["path"]) else await self._refusal(scope) or self._app
        await answer(scope, receive, send)

    async def _refusal(self, scope: Scope) -> Response | None:
        path, method = scope["path"], scope["method"]
        known = await self._caller(scope)
        if isinstance(known, Response):
            return known
        most = _per_minute(known)
        wait = most and self._limits.wait(known.name, most)
        if wait:
            return _too_often(path, wait)
        scope.setdefault("state", {})["caller"] = known
        forged = _forged(scope, known) if method not in READS else None
        closed = forged or closed_because(known, method, path)
        return problem(path, 403, closed) if closed else None

    async def _caller(self, scope: Scope) -> Caller | Response:
        """Who asks, or why that is nobody: a key comes before a proxy's word, that before ours."""
        service: Service = scope["app"].state.service
        written, identity = presented(scope), scope.get("state", {}).get("identity")
        if written is not None:
            if service.keyring.stale and not service.watching:  # else somebody looks beside
                await run_in_threadpool(service.keyring.refresh)
            key = service.keyring.find(written)
            return Caller(key) if key else self._failed(scope)
        if identity is not None:
            person = identity.person
            return Caller(person=person) if person else problem(scope["path"], 403, NO_ROLE)
        token = token_of(scope)
        session = await run_in_threadpool(service.sessions.find, token) if token else None
        if session is not None:
            scope.setdefault("state", {})["session"] = token
            return Caller(person=session.person)
        wait = self._failed_too_often(scope) if token else 0  # each costs a look at the store
        if wait:
            return _too_often(scope["path"], wait)
        return Caller() if self._public else _ask_who(scope)

    def _failed(self, scope: Scope) -> Response:
        wait = self._failed_too_often(scope)
        if wait:
            return _too_often(scope["path"], wait)
        return problem(scope["path"], 401, WRONG_KEY, ASK_FOR_KEY, hint=HINT)

    def _failed_too_often(self, scope: Scope) -> int:
        address = (scope.get("client") or ("",))[0]
        return self._failures.wait(address, FAILURES_A_MINUTE)


def _too_often(path: str, seconds: int) -> Response:
    return problem(path, 429, "Too many requests.", {"Retry-After": str(seconds)})


def _per_minute(caller: Caller) -> int:
    """How much may be asked; 0 is no limit: those who are the public are not told apart."""
    if caller.key is not None:
        return caller.key.per_minute
    return PERSON_A_MINUTE if caller.person else 0


def _ask_who(scope: Scope) -> Response:
    """A key is asked of a program, and a login of somebody at a browser."""
    if scope["method"] in ("GET", "HEAD") and "text/html" in Headers(scope=scope).get("accept", ""):
        raw = (scope.get("raw_path") or b"/") + (b"?" + scope["query_string"]).rstrip(b"?")
        to = urlencode({"next": safe_next(raw.decode("latin-1"))})
        return RedirectResponse(f"/login?{to}", 303, {"Cache-Control": "no-store"})
    return problem(scope["path"], 401, NO_KEY, ASK_FOR_KEY, hint=HINT)


def _forged(scope: Scope, caller: Caller) -> str | None:
    """Why a page of somebody else may have made a request that changes something."""
    headers = Headers(scope=scope)
    if from_another_site(headers):
        return "Another site's page may not ask for this."
    token = scope["state"].get("session")
    if token is not None and not same(headers.get(CSRF_HEADER), csrf_of(token)):
        return "The page is too old, or not ours: load it again."
    if caller.person and token is None and not says_where_from(headers):
        return "The browser does not say whose page asks for this."
    return None
