"""Answers compressed on the way out, by ISA-L.

An answer that is not ready would spend most of its time in zlib; the filters of
``benchmarks.serving`` are such answers.
"""

from __future__ import annotations

import zlib
from functools import cached_property
from typing import Any

from isal import isal_zlib
from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware, GZipResponder
from starlette.types import Receive, Scope, Send

FROM_BYTES = 1000
LEVEL = 3  # the best that it has


class CompressedMiddleware(GZipMiddleware):
    """gzip for those who take it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "gzip" in Headers(scope=scope).get("accept-encoding", ""):
            await _Responder(self.app, self.minimum_size)(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class _Responder(GZipResponder):
    @cached_property
    def compressor(self) -> Any:
        return isal_zlib.compressobj(LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
