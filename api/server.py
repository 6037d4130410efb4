"""Runs the service on a port of this machine."""

from __future__ import annotations

import socket
import sys

import uvicorn

from api.app import create_app
from api.service import ServiceSettings
from data.store import Store
from vigia.errors import ProjectError
from vigia.project import Project

SECONDS_TO_FINISH = 5


def run_service(project: Project, *, host: str, port: int, public: bool = False) -> None:
    """Serve API and map until interrupted.

    Parameters
    ----------
    port : int
        0 takes a free one; the address is printed to standard error.
    public : bool
        Answer those who have no key, too.

    Raises
    ------
    ProjectError
        When the port is taken.
    StoreError
        When the store cannot be opened.
    """
    settings = ServiceSettings.of(project, public=public)
    Store.open(settings.store_url).close()  # fail before, not inside
    listener = _listen(host, port)
    name = f"[{host}]" if ":" in host else host
    print(f"Map: http://{name}:{listener.getsockname()[1]}/", file=sys.stderr, flush=True)  # noqa: T201
    config = uvicorn.Config(
        create_app(settings),
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ProjectError(
            f"Port {port} of {host} cannot be used: {error.strerror}.",
            hint="Another program may have it; name another with --port, or 0 for a free one.",
        ) from None
    return listener
