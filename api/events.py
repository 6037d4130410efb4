"""Server-sent events of a training: every step that was written down, and how it stands.

Whoever comes back with ``Last-Event-ID`` gets what he missed. A stream ends with what it tells of,
after an hour, or when its reader stops reading; it keeps nobody else waiting.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from data.training_log import Line
from vigia.errors import NotFoundError, StoreError

LOOK_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
LONGEST_SECONDS = 3600.0
SEND_SECONDS = 30.0  # that a reader may leave a message untaken
STREAMS_AT_MOST = 50  # of one process
RECONNECT = b"retry: 3000\n\n"

State = dict[str, Any]
Look = Callable[[int], tuple[State, list[tuple[int, Line]]]]


class EventStream(StreamingResponse):
    """An answer that lasts; ``ended`` is called once, however it ends."""

    media_type = "text/event-stream"

    def __init__(self, content: AsyncIterator[bytes], ended: Callable[[], None]) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(content, headers=headers)
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until they end, or nobody takes them."""

        async def timely(message: Message) -> None:
            async with asyncio.timeout(SEND_SECONDS):
                await send(message)

        try:
            await super().__call__(scope, receive, timely)
        except* TimeoutError:
            pass
        finally:
            self._ended()


async def events(look: Look, after: int) -> AsyncIterator[bytes]:
    """Steps behind the number ``after`` and states as they change, until the last state."""
    yield RECONNECT
    began = spoke = time.monotonic()
    last: State | None = None
    while time.monotonic() - began < LONGEST_SECONDS:
        try:
            state, lines = await run_in_threadpool(look, after)
        except NotFoundError:
            return
        except StoreError:  # the last that was told stands until the store is back
            state, lines = last or {}, []
        for number, line in lines:
            yield _event("progress", asdict(line), number)
            after = number
        if state and state != last:
            yield _event("state", state)
            last = state
            spoke = time.monotonic()
        if last is not None and last["ended_at"]:
            return
        if time.monotonic() - spoke > HEARTBEAT_SECONDS:
            yield b": still there\n\n"
            spoke = time.monotonic()
        await asyncio.sleep(LOOK_SECONDS)


def _event(kind: str, data: State, number: int | None = None) -> bytes:
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {kind}\ndata: {json.dumps(data)}\n\n".encode()
