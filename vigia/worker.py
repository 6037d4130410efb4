"""A worker beside a service: a process of its own that ends with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from data import working
from data.purge import purge_jobs
from vigia.errors import StoreBusyError
from vigia.project import Project

SECONDS_TO_END = 10.0
LOOK_SECONDS = 1.0
JOBS_KEPT_DAYS = 30.0


@contextmanager
def beside(project: Project) -> Iterator[None]:
    """Run ``vigia work`` on the project for as long as this lasts.

    Plans take a processor for a while; in a process of their own they keep no reader waiting.
    """
    command = [sys.executable, "-m", "vigia", "work", "--project", str(project.folder)]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--parent", str(os.getpid())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def work(project: Project, *, once: bool = False, parent: int | None = None) -> int:
    """Make what waits in the queue; how many jobs were done. First, old ones are forgotten.

    Parameters
    ----------
    once : bool
        End when nothing waits any more.
    parent : int, optional
        End with this process, whose child we are, however it ends.
    """
    from vigia.kept_plans import handlers  # only who makes plans loads a solver
    from vigia.pipeline import open_store

    stop = threading.Event()
    signal.signal(signal.SIGTERM, _leave)
    if parent is not None:
        threading.Thread(target=_watch, args=(parent, stop), daemon=True).start()
    with open_store(project) as store:
        with suppress(StoreBusyError):  # then the next worker that starts does it
            purge_jobs(store, JOBS_KEPT_DAYS)
        return working.work(store, handlers(store), once=once, stop=stop)


def _leave(number: int, frame: FrameType | None) -> None:
    """An interruption, so that the job at hand is given back."""
    raise KeyboardInterrupt


def _watch(parent: int, stop: threading.Event) -> None:
    while os.getppid() == parent:
        if stop.wait(LOOK_SECONDS):
            return
    stop.set()
