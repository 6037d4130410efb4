"""HTTP as uvicorn reads it, but not from those who never end, never read, or are one too many.

uvicorn waits for the rest of a request for as long as anybody likes, and keeps what came until
then. A proxy in front does the same guarding (``deploy/nginx.conf.template``); this is for where
there is none.
"""

from __future__ import annotations

import sys
from asyncio import TimerHandle, Transport
from functools import lru_cache
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.headers import ONE_TOO_MANY

if sys.platform != "win32":
    import resource

REQUEST_SECONDS = 20.0  # from the first byte of a request to its last, and until the first
STALL_SECONDS = 30.0  # in which something of an answer has to be taken
HEAD_BYTES = 64 * 1024  # of the address and all headers, and of what frames a body
MOST_CONNECTIONS = 4000  # of one process
FILES_OF_OURS = 200  # the store, the log, and what is being answered
TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class GuardedProtocol(HttpToolsProtocol):
    """Lets go of who takes too long to say what he wants, or says too much before it."""

    _late: TimerHandle | None = None
    _looking: TimerHandle | None = None
    _head = 0  # bytes of a request that are no body
    _heading = _pending = False  # whether a head, or a whole request, has begun and not ended

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > most_connections():
            self.app = _one_too_many(self.app)
        self._wait()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        self._hurry()
        if self._looking is not None:
            self._looking.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._late is None and (self.cycle is None or self.cycle.response_complete):
            self._wait()  # also for what never becomes a request, as empty lines
        super().data_received(data)
        if not self._pending or self.transport.is_closing():
            return
        self._head += len(data)
        if self._head > HEAD_BYTES:
            if self._heading:
                self.transport.write(TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._pending = self._heading = True
        self._head = 0
        self._hurry()
        self._wait()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._heading:  # what comes after a body comes when it was settled already who asks
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._heading = False
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._head -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._pending = False
        self._hurry()
        super().on_message_complete()

    def _wait(self) -> None:
        self._late = self.loop.call_later(REQUEST_SECONDS, self._let_go)

    def _hurry(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _let_go(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

    def _look(self, before: int = 0) -> None:
        waiting = self.transport.get_write_buffer_size()
        if waiting and waiting == before:
            self.transport.abort()
        else:
            self._looking = self.loop.call_later(STALL_SECONDS, self._look, waiting)


@lru_cache(1)
def most_connections() -> int:
    """How many this process has at once; fewer where the system lets it open fewer files."""
    if sys.platform == "win32":
        return MOST_CONNECTIONS
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if files < 0 else max(1, min(MOST_CONNECTIONS, files - FILES_OF_OURS))


def _one_too_many(app: Any) -> ASGIApp:
    """The application, told to refuse: it is the application that keeps the access log."""

    async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"][ONE_TOO_MANY] = True
        await app(scope, receive, send)

    return refusing
