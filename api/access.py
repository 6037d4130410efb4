"""The access log: who asked what, when, and how it was answered; written before the answer.

One JSON object a line, in a file a day (UTC) that is only ever added to. A line is one write to the
system, so that it is there whatever becomes of this process, and lines of several workers do not
mix. What cannot be written down is not answered. Files of long ago are deleted.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.logs import SECRET, request_id
from api.problems import problem
from data.access_files import delete_before

PATH_AT_MOST = 2000
log = logging.getLogger("vigia.api")


class AccessLog:
    """Lines in a folder, one file a day, for so many days."""

    def __init__(self, folder: Path, days: int = 730) -> None:
        self._folder = folder
        self._days = days
        self._day: date | None = None
        self._file = -1
        self._torn = False

    def write(self, line: dict[str, object], at: datetime) -> None:
        """Add a line; OSError when it cannot be written whole."""
        day = at.date()
        if day != self._day:
            self._open(day)
            delete_before(self._folder, day - timedelta(days=self._days))
        text = json.dumps({"time": at.isoformat(timespec="milliseconds"), **line}) + "\n"
        written = ("\n" if self._torn else "").encode() + text.encode("ascii")
        self._torn = True
        if os.write(self._file, written) != len(written):
            raise OSError("The disk is full.")
        self._torn = False

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
        self._file, self._day = -1, None

    def _open(self, day: date) -> None:
        self.close()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        self._file = os.open(self._folder / f"{day}.jsonl", flags, 0o600)
        self._day = day


class AccessMiddleware:
    """Gives every request an id, and writes it down before the first byte of its answer."""

    def __init__(self, app: ASGIApp, access: AccessLog | None) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["request_id"] = secrets.token_hex(8)
        request_id.set(scope["state"]["request_id"])
        started = lost = False

        async def send_written(message: Message) -> None:
            nonlocal started, lost
            if message["type"] == "http.response.start":
                started = True
                lost = not self._written(scope, message["status"])
                if lost:
                    await _unwritten(scope, receive, send)
                named = (b"x-request-id", scope["state"]["request_id"].encode())
                message["headers"] = [*message.get("headers", ()), named]
            if not lost:
                await send(message)

        try:
            await self._app(scope, receive, send_written)
        except Exception:  # the answer to what nobody foresaw is written outside of us
            if not started:
                self._written(scope, 500)
            raise

    def _written(self, scope: Scope, status: int) -> bool:
        if self._access is None:
            return True
        try:
            self._access.write(_line(scope, status), datetime.now(UTC))
        except OSError as error:
            log.error("The access log cannot be written (%s); nothing is answered.", error.strerror)  # noqa: TRY400
            return False
        return True


def _line(scope: Scope, status: int) -> dict[str, object]:
    state = scope["state"]
    caller = state.get("caller")
    return {
        "request": state["request_id"],
        "caller": caller.name if caller else None,
        "method": scope["method"],
        "path": _asked(scope),
        "status": status,
        "run": state.get("run"),
    }


def _asked(scope: Scope) -> str:
    """Path and query as they came, but for keys that somebody put there."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = b"?" + scope["query_string"] if scope["query_string"] else b""
    text = (raw + query).decode("latin-1")
    plain = unquote(unquote(text))
    if SECRET.search(plain):
        text = SECRET.sub(r"\1***", plain)
    return text[:PATH_AT_MOST]


async def _unwritten(scope: Scope, receive: Receive, send: Send) -> None:
    answer = problem(scope["path"], 503, "The service cannot keep its records; try again later.")
    await answer(scope, receive, send)
