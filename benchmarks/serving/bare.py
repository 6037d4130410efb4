"""The physical limit: servers that hand out the bytes of a file, whatever is asked.

Run by uvicorn as ``benchmarks.serving.bare:fastapi_app`` or ``...:asgi_app``; the file is named by
BARE_BYTES, its media type by BARE_TYPE.
"""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI, Response
from starlette.types import Receive, Scope, Send

BODY = Path(os.environ.get("BARE_BYTES", os.devnull)).read_bytes()
TYPE = os.environ.get("BARE_TYPE", "application/json")
HEADERS = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
fastapi_app = FastAPI()


@fastapi_app.get("/{path:path}")
def ready(path: str) -> Response:
    """The same bytes for any path."""
    return Response(BODY, media_type=TYPE, headers=HEADERS)


async def asgi_app(scope: Scope, receive: Receive, send: Send) -> None:
    """The same without any framework."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    about = {"Content-Type": TYPE, "Content-Length": str(len(BODY)), **HEADERS}
    headers = [(name.lower().encode(), value.encode()) for name, value in about.items()]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})
