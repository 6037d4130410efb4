"""Headers that every answer carries, and the refusal of names that are not ours."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import SECURITY_HEADERS, problem

Header = tuple[bytes, bytes]
SECURITY = [(name.lower().encode(), told.encode()) for name, told in SECURITY_HEADERS.items()]
# Keep it, but ask first whether another run was published.
REVALIDATE = (b"cache-control", b"private, no-cache")
NO_STORE = (b"cache-control", b"no-store")


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
                message["headers"] = _completed(message.get("headers", ()), scope)
            await send(message)

        await self._app(scope, receive, send_complete)


def _host(scope: Scope) -> str:
    """The name in the Host header, without the port."""
    host = Headers(scope=scope).get("host", "")
    name, _, port = host.rpartition(":")
    return (name if name and port.isdigit() else host).lower()


def _completed(headers: Iterable[Header], scope: Scope) -> list[Header]:
    """The headers of an answer and what they lack; of every answer, so that it is bytes at once."""
    found = list(headers)
    names = {name for name, _ in found}
    found += [pair for pair in SECURITY if pair[0] not in names]
    if b"cache-control" not in names:
        etag = scope.get("state", {}).get("etag")
        found += [(b"etag", etag.encode()), REVALIDATE] if etag else [NO_STORE]
    return found
