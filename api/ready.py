"""Answers of the published run as ready-made bytes, handed out as they are.

Stands behind the door and before all routes. A route that answers from the published run alone
says so (``api.deps.FreshDep``); what it answers again is kept, compressed as it went out, under a
tag that is made of everything the answer depends on: the publication, what the caller may see, the
address and the forms asked for. The tag is the ETag as well. With the next publication all tags
are others, and what was kept is let go.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.heads import first
from api.service import Service, Serving
from vigia.errors import MissingStepError, StoreError

VERSION = version("vigia")
ANSWER_BYTES, ALL_BYTES = 16 * 2**20, 32 * 2**20  # of one answer, and of all that are kept
ASKED_REMEMBERED = 10_000
FORMS = (b"host", b"accept", b"accept-language")


@dataclass(frozen=True)
class Answer:
    """A whole answer, and the run that it is of."""

    run: str | None
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Kept:
    """The answers of one publication; those not asked for longest go first.

    What was asked for once, as most filters are, may never be again: it is not kept.
    """

    def __init__(self) -> None:
        self._publication: str | None = None
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._asked: OrderedDict[str, bool] = OrderedDict()  # tag -> whether more than once
        self._bytes = 0

    def find(self, publication: str, tag: str) -> Answer | None:
        """An answer; with another publication, all others are let go."""
        if publication != self._publication:
            self._publication, self._bytes = publication, 0
            self._answers.clear()
            self._asked.clear()
        answer = self._answers.get(tag)
        if answer is not None:
            self._answers.move_to_end(tag)
        else:
            self._asked[tag] = tag in self._asked
            if len(self._asked) > ASKED_REMEMBERED:
                self._asked.popitem(last=False)
        return answer

    def add(self, publication: str, tag: str, answer: Answer) -> None:
        """Keep an answer asked for again, unless another run was published while it was made."""
        again = publication == self._publication and self._asked.get(tag)
        if not again or tag in self._answers:
            return
        del self._asked[tag]
        self._answers[tag] = answer
        self._bytes += len(answer.body)
        while self._bytes > ALL_BYTES:
            self._bytes -= len(self._answers.popitem(last=False)[1].body)


@dataclass
class Making:
    """An answer under way: held back until it is whole, unless it turns out not to be kept."""

    scope: Scope
    send: Send
    decided: asyncio.Event
    start: Message | None = None
    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    whole: Answer | None = None

    async def __call__(self, message: Message) -> None:
        """Take what a route sends."""
        if message["type"] == "http.response.start" and self._to_keep(message):
            self.start = message
        elif self.start is None:
            self.decided.set()
            await self.send(message)
        else:
            await self._gather(message)

    def _to_keep(self, start: Message) -> bool:
        return start["status"] == HTTPStatus.OK and "etag" in self.scope["state"]

    async def _gather(self, message: Message) -> None:
        self.parts.append(message.get("body", b""))
        self.size += len(self.parts[-1])
        start, more = self.start, message.get("more_body", False)
        assert start is not None  # noqa: S101 - who calls has looked
        if not more:
            run, body = self.scope["state"].get("run"), b"".join(self.parts)
            self.whole = Answer(run, start["headers"], body)
        elif self.size > ANSWER_BYTES:  # too large to keep: it goes out as it comes
            self.start = None
            await self.send(start)
            await self.send({**message, "body": b"".join(self.parts)})


class ReadyMiddleware:
    """Hands out what is ready, and says 304 to those who have it already."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept = Kept()
        self._making: dict[str, asyncio.Event] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or "caller" not in scope["state"]:
            await self._app(scope, receive, send)
            return
        serving = await _serving(scope["app"].state.service)
        if serving is None:
            await self._app(scope, receive, send)
            return
        state, tag = scope["state"], _tag(scope, serving.publication)
        # The routes answer from this very run, though another be published in between.
        state["serving"], state["tag"] = serving, tag
        known = _known(first(scope, b"if-none-match"))
        if tag in known:  # nobody has the tag but from us
            state["etag"], state["run"] = tag, serving.released.run_id
            await _not_modified(send)
            return
        answer = self._kept.find(serving.publication, tag)
        if answer is None and tag in self._making:
            await self._making[tag].wait()
            answer = self._kept.find(serving.publication, tag)
        if answer is None:
            answer = await self._make(scope, receive, send)
        if answer is not None:
            state["etag"], state["run"] = tag, answer.run
            await (_not_modified(send) if "*" in known else _whole(answer, send))

    async def _make(self, scope: Scope, receive: Receive, send: Send) -> Answer | None:
        """Ask the routes; None where what they answer is not to be kept, and went out already."""
        tag, publication = scope["state"]["tag"], scope["state"]["serving"].publication
        making = Making(scope, send, asyncio.Event())
        self._making.setdefault(tag, making.decided)
        try:
            await self._app(scope, receive, making)
            if making.whole is not None and making.size <= ANSWER_BYTES:
                self._kept.add(publication, tag, making.whole)
        finally:
            making.decided.set()
            if self._making.get(tag) is making.decided:
                del self._making[tag]
        return making.whole


async def _serving(service: Service) -> Serving | None:
    if service.watching:
        return service.held
    with suppress(MissingStepError, StoreError):
        return await run_in_threadpool(service.current)
    return None


def _tag(scope: Scope, publication: str) -> str:
    """Of all that the answer depends on; whether it is compressed belongs to it."""
    parts: list[Any] = [VERSION, publication, scope["state"]["caller"].view, scope["scheme"]]
    parts += [scope.get("raw_path") or scope["path"], scope["query_string"]]
    parts += sorted(pair for pair in scope["headers"] if pair[0] in FORMS)
    parts.append("gzip" in (first(scope, b"accept-encoding") or ""))  # as the compressor reads it
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:24]}"'


def _known(if_none_match: str | None) -> list[str]:
    if if_none_match is None:
        return []
    return [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]


async def _not_modified(send: Send) -> None:
    await send({"type": "http.response.start", "status": 304, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def _whole(answer: Answer, send: Send) -> None:
    # Headers are added to on the way out, and the kept ones stay as they are.
    await send({"type": "http.response.start", "status": 200, "headers": [*answer.headers]})
    await send({"type": "http.response.body", "body": answer.body})
