"""Headers that every answer carries, and the refusal of names that are not ours."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import SECURITY_HEADERS, problem

REVALIDATE = "private, no-cache"  # keep it, but ask first whether another run was published


class GuardMiddleware:
    """Refuses foreign Host names; adds security headers, and the ETag that a route has set."""

    def __init__(self, app: ASGIApp, hosts: tuple[str, ...]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _host(scope) not in self._hosts:
            refusal = problem(scope["path"], 421, "This service does not answer to that name.")
            await refusal(scope, receive, send)
            return

        async def send_complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                _complete(MutableHeaders(scope=message), scope)
            await send(message)

        await self._app(scope, receive, send_complete)


def _host(scope: Scope) -> str:
    """The name in the Host header, without the port."""
    host = Headers(scope=scope).get("host", "")
    name, _, port = host.rpartition(":")
    return (name if name and port.isdigit() else host).lower()


def _complete(headers: MutableHeaders, scope: Scope) -> None:
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    etag = scope.get("state", {}).get("etag")
    if etag and "cache-control" not in headers:
        headers["ETag"] = etag
        headers["Cache-Control"] = REVALIDATE
    headers.setdefault("Cache-Control", "no-store")
