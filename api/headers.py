"""Headers that every answer carries; what is one too many, foreign or too large is refused."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.heads import first
from api.problems import SECURITY_HEADERS, problem

Header = tuple[bytes, bytes]
ONE_TOO_MANY = "one_too_many"  # set in a request's state by ``api.guarded``
COME_BACK = {"Retry-After": "5", "Connection": "close"}
TOO_LARGE = "The body is too large."
BODY_BYTES = 2**20  # a plan with all its sites named is a tenth of it
SECURITY = [(name.lower().encode(), told.encode()) for name, told in SECURITY_HEADERS.items()]
# Keep it, but ask first whether another run was published.
REVALIDATE = (b"cache-control", b"private, no-cache")
NO_STORE = (b"cache-control", b"no-store")


class GuardMiddleware:
    """Refuses what is one too many, for others or too large; adds security headers and ETags."""

    def __init__(self, app: ASGIApp, hosts: tuple[str, ...]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        read = 0

        async def receive_some() -> Message:
            """What comes of a body that does not say how large it is, until it is too large."""
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > BODY_BYTES:
                raise HTTPException(413, TOO_LARGE)
            return message

        async def send_complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                unmodified = message["status"] == HTTPStatus.NOT_MODIFIED
                more = () if unmodified else SECURITY
                message["headers"] = _completed(message.get("headers", ()), more, scope)
            await send(message)

        await self._app(scope, receive_some, send_complete)

    def _refusal(self, scope: Scope) -> Response | None:
        path = scope["path"]
        if ONE_TOO_MANY in scope.get("state", ()):
            return problem(path, 503, "Too many connections; try again soon.", COME_BACK)
        if _host(scope) not in self._hosts:
            return problem(path, 421, "This service does not answer to that name.")
        if _body_bytes(scope) > BODY_BYTES:
            return problem(path, 413, TOO_LARGE, {"Connection": "close"})
        return None


def _body_bytes(scope: Scope) -> int:
    told = first(scope, b"content-length") or "0"
    return int(told) if told.isascii() and told.isdigit() else 0


def _host(scope: Scope) -> str:
    """The name in the Host header, without the port."""
    host = first(scope, b"host") or ""
    name, _, port = host.rpartition(":")
    return (name if name and port.isdigit() else host).lower()


def _completed(headers: Iterable[Header], more: Iterable[Header], scope: Scope) -> list[Header]:
    """The headers of an answer and what they lack; of every answer, so that it is bytes at once.

    A browser puts those of "not modified" in place of those that a page came with, so that there
    must be no ``more``: the policy of answers that are no pages would close the page.
    """
    found = list(headers)
    names = {name for name, _ in found}
    found += [pair for pair in more if pair[0] not in names]
    if b"cache-control" not in names:
        etag = scope.get("state", {}).get("etag")
        found += [(b"etag", etag.encode()), REVALIDATE] if etag else [NO_STORE]
    return found
