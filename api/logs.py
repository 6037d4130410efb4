"""What the service says of itself: one JSON object a line on standard error.

No case data and no secret: of a failure that nobody foresaw the kind and the places in our code
are told, not its words, which may quote a row. What comes from outside cannot begin a line.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

SECRET = re.compile(r"(vigia_[0-9a-f]{0,12}_)[A-Za-z0-9_-]+", re.IGNORECASE)
MESSAGE_AT_MOST = 2000
FRAMES_AT_MOST = 20
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


class JsonFormatter(logging.Formatter):
    """A record as ``time``, ``level``, ``logger``, ``request`` and ``message``."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        message = record.getMessage().partition("\nTraceback")[0]
        line: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request": request_id.get(),
            "process": record.process,
            "message": SECRET.sub(r"\1***", message)[:MESSAGE_AT_MOST],
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["at"] = _places(record.exc_info[2])
        return json.dumps(line)


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": JsonFormatter}},
    "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {
        "vigia": {"handlers": ["lines"], "level": "INFO", "propagate": False},
        "uvicorn": {"handlers": ["lines"], "level": "WARNING", "propagate": False},
    },
    "root": {"handlers": ["lines"], "level": "WARNING"},
}


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-FRAMES_AT_MOST:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
