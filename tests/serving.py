"""The service on a free port of this machine, as long as a test needs it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from api.app import create_app
from api.guarded import GuardedProtocol
from api.service import ServiceSettings

KEEP_ALIVE_SECONDS = 60  # slow machines need more than 5 to come back to a connection


@contextmanager
def serving(
    settings: ServiceSettings, around: Callable[[ASGIApp], ASGIApp] = lambda app: app
) -> Iterator[str]:
    """The address of the service; what is put around it sees every request."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        config = uvicorn.Config(
            around(create_app(settings)),
            log_level="error",
            http=GuardedProtocol,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=20)
            assert not thread.is_alive()
