"""HTTP as uvicorn reads it, but not from those who never end: slow or endless heads, slow bodies.

uvicorn waits for the rest of a request for as long as anybody likes, and keeps what came until
then. A proxy in front does the same guarding (``deploy/nginx.conf.template``); this is for where
there is none.
"""

from __future__ import annotations

from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

REQUEST_SECONDS = 20.0  # from the first byte of a request to its last, and until the first
HEAD_BYTES = 64 * 1024  # of the address and all headers
TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class GuardedProtocol(HttpToolsProtocol):
    """Lets go of who takes too long to say what he wants, or says too much before it."""

    _late: TimerHandle | None = None
    _head = 0  # bytes that came of a head
    _heading = _pending = False  # whether a head, or a whole request, has begun and not ended

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._hurry()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._pending:
            self._hurry()
        super().data_received(data)
        if self._heading:
            self._head += len(data)
            if self._head > HEAD_BYTES:
                self.transport.write(TOO_LARGE)
                self.transport.close()
                return
        if self._pending and self._late is None:
            self._wait()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._pending = self._heading = True
        self._head = 0

    def on_headers_complete(self) -> None:
        self._heading = False
        super().on_headers_complete()

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
