"""Runs the service on a port of this machine, in one process or several."""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from api.guarded import GuardedProtocol
from api.logs import LOGGING
from api.service import ServiceSettings
from data.store import Store
from vigia.errors import ProjectError
from vigia.project import Project

if TYPE_CHECKING:
    from fastapi import FastAPI

SECONDS_TO_FINISH = 5
LOOK_SECONDS = 1.0
COUNTERS = "PROMETHEUS_MULTIPROC_DIR"


def run_service(
    project: Project, *, host: str, port: int, public: bool = False, workers: int = 1
) -> None:
    """Serve API and map until interrupted; requests under way are answered first.

    Parameters
    ----------
    port : int
        0 takes a free one; the address is printed to standard error.
    public : bool
        Answer those who have no key, too.
    workers : int
        Processes that answer. One that dies is replaced.

    Raises
    ------
    ProjectError
        When the port is taken.
    StoreError
        When the store cannot be opened.
    """
    settings = ServiceSettings.of(project, public=public)
    Store.open(settings.store_url).close()  # fail before, not inside
    _as_many_connections_as_may_be()
    listener = _listen(host, port)
    name = f"[{host}]" if ":" in host else host
    print(f"Map: http://{name}:{listener.getsockname()[1]}/", file=sys.stderr, flush=True)  # noqa: T201
    if workers == 1:
        uvicorn.Server(_config(partial(_app, settings))).run(sockets=[listener])
        return
    with _shared_counters():
        config = _config(partial(_app, settings, os.getpid()), workers=workers)
        Multiprocess(config, sockets=[listener]).run()


def _as_many_connections_as_may_be() -> None:
    """A connection takes a file; how many there may be is set low for programs that cannot cope."""
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _config(made_by: partial[FastAPI], **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        made_by,
        factory=True,
        http=GuardedProtocol,
        log_config=LOGGING,
        access_log=False,  # ours is written before the answer
        server_header=False,
        proxy_headers=False,  # api.proxy believes the proxies that are named, and no other
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
        **more,
    )


def _app(settings: ServiceSettings, parent: int | None = None) -> FastAPI:
    """The application, made in the process that serves it."""
    from api.app import create_app

    if parent is not None:
        _forget_the_dead()
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    return create_app(settings)


def _end_with(parent: int) -> None:
    """A worker whose parent was killed would go on unseen, and keep the port."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _shared_counters() -> Iterator[None]:
    """A folder in which workers count, so that any of them can tell the sum."""
    with tempfile.TemporaryDirectory(prefix="vigia-counters-") as folder:
        os.environ[COUNTERS] = folder
        try:
            yield
        finally:
            del os.environ[COUNTERS]


def _forget_the_dead() -> None:
    """What a worker that was killed was doing, nobody does any more."""
    from prometheus_client.multiprocess import mark_process_dead

    for file in Path(os.environ[COUNTERS]).glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid)  # type: ignore[no-untyped-call]


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()  # who asks before the first worker is ready waits, and is not refused
    except OSError as error:
        listener.close()
        raise ProjectError(
            f"Port {port} of {host} cannot be used: {error.strerror}.",
            hint="Another program may have it; name another with --port, or 0 for a free one.",
        ) from None
    return listener
