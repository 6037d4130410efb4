"""The door: no request passes without a key that opens what it asks for.

It stands before all routes, so that none can be forgotten, those that do not exist yet included.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.callers import READS, Caller, Keyring, closed_because, is_open, presented
from api.limits import Limiter
from api.problems import problem

POLICY_VIOLATION = 1008  # RFC 6455
FAILURES_A_MINUTE = 30  # of one address
ASK_FOR_KEY = {"WWW-Authenticate": 'Basic realm="vigia", charset="UTF-8"'}  # GDAL and QGIS know it
NO_KEY = "This service is closed: it asks for a key."
WRONG_KEY = "This key is wrong, expired or revoked."
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
        headers, path, method = Headers(scope=scope), scope["path"], scope["method"]
        written = presented(headers)
        if written is None and not self._public:
            return problem(path, 401, NO_KEY, ASK_FOR_KEY, hint=HINT)
        caller = Caller()
        if written is not None:
            keyring: Keyring = scope["app"].state.service.keyring
            if keyring.stale:
                await run_in_threadpool(keyring.refresh)
            caller = Caller(keyring.find(written))
            if caller.key is None:
                return self._failed(scope)
            wait = self._limits.wait(caller.name, caller.key.per_minute)
            if wait:
                return _too_often(path, wait)
        scope.setdefault("state", {})["caller"] = caller
        if method not in READS and _from_another_site(headers):
            return problem(path, 403, "Another site's page may not ask for this.")
        closed = closed_because(caller, method, path)
        return problem(path, 403, closed) if closed else None

    def _failed(self, scope: Scope) -> Response:
        address = (scope.get("client") or ("",))[0]
        wait = self._failures.wait(address, FAILURES_A_MINUTE)
        if wait:
            return _too_often(scope["path"], wait)
        return problem(scope["path"], 401, WRONG_KEY, ASK_FOR_KEY, hint=HINT)


def _too_often(path: str, seconds: int) -> Response:
    return problem(path, 429, "Too many requests.", {"Retry-After": str(seconds)})


def _from_another_site(headers: Headers) -> bool:
    """Browsers send Basic passwords by themselves: a foreign page must not use them."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site in ("cross-site", "same-site")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
