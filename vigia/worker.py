"""A worker beside a service: a process of its own that ends with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType
from typing import NoReturn

from data import training_log, working
from data.job_rows import TRAINING
from data.purge import purge_jobs
from data.store import Store
from data.webhooks import deliver_due
from vigia.errors import StoreBusyError, StoreError
from vigia.processes import end
from vigia.project import Project

SECONDS_TO_END = 10.0
LOOK_SECONDS = 1.0
JOBS_KEPT_DAYS = 30.0


@contextmanager
def beside(project: Project) -> Iterator[None]:
    """Run ``vigia work`` on the project for as long as this lasts; one that dies is replaced.

    Plans take a processor for a while; in a process of their own they keep no reader waiting.
    SIGTERM is a way out of this: the server, once it has ended, raises it again.
    """
    signal.signal(signal.SIGTERM, _depart)
    ending = threading.Event()
    keeper = threading.Thread(target=_keep, args=(project, ending), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ending.set()
        keeper.join()


def _depart(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit()


def _keep(project: Project, ending: threading.Event) -> None:
    while not ending.is_set():
        process = _started(project)
        while process.poll() is None and not ending.wait(LOOK_SECONDS):
            pass
        end(process, SECONDS_TO_END)
        ending.wait(LOOK_SECONDS)


def _started(project: Project) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "vigia", "work", "--project", str(project.folder)]
    return subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--parent", str(os.getpid())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def work(project: Project, *, once: bool = False, parent: int | None = None) -> int:
    """Do what waits in the queue, and call webhooks; how many jobs were done.

    First, old jobs are forgotten. Trainings have a thread of their own, which waits for their
    process: no plan waits for one.

    Parameters
    ----------
    once : bool
        End when nothing waits any more.
    parent : int, optional
        End with this process, whose child we are, however it ends.
    """
    from vigia.kept_plans import handlers  # only who makes plans loads a solver
    from vigia.pipeline import open_store
    from vigia.trainer import Trainer

    stop, orphaned = threading.Event(), threading.Event()
    signal.signal(signal.SIGTERM, _leave)
    if parent is not None:
        _watched(parent, partial(_end_alone, orphaned))
    with open_store(project) as store:
        with suppress(StoreBusyError):  # then the next worker that starts does it
            purge_jobs(store, JOBS_KEPT_DAYS)
        training_log.forget(project.var / training_log.FOLDER, JOBS_KEPT_DAYS)
        training = {TRAINING: Trainer(project, stop, orphaned)}
        private = project.settings.serve.webhooks_private
        if once:
            deliver_due(store, private=private)
            return working.work(store, {**handlers(store), **training}, once=True, stop=stop)
        with _beside(store, training, stop), _delivering(store, private=private):
            return working.work(store, handlers(store), stop=stop)


@contextmanager
def _beside(
    store: Store, handlers: Mapping[str, working.Handler], stop: threading.Event
) -> Iterator[None]:
    """Jobs of other kinds in a thread, which gives back what it has when this ends."""

    def lane() -> None:
        with suppress(KeyboardInterrupt):
            working.work(store, handlers, stop=stop)

    thread = threading.Thread(target=lane)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _delivering(store: Store, *, private: bool) -> Iterator[None]:
    """Call webhooks in a thread: a plan may take long, and so may they."""
    ended = threading.Event()

    def deliver() -> None:
        while not ended.wait(LOOK_SECONDS):
            with suppress(StoreError):  # what could not be written down is delivered again
                deliver_due(store, private=private)

    thread = threading.Thread(target=deliver, name="vigia-webhooks", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(LOOK_SECONDS)


def end_with(parent: int) -> None:
    """End this process, as a signal would, when its parent is gone."""
    _watched(parent, _ask_to_end)


def _leave(number: int, frame: FrameType | None) -> None:
    """An interruption, so that the job at hand is given back."""
    raise KeyboardInterrupt


def _end_alone(orphaned: threading.Event) -> None:
    """Do to this process what its service would have done: ask it to end, then end it.

    A solver hears nothing for a while, and a store that went silent holds whoever asks it.
    """
    orphaned.set()
    _ask_to_end()
    time.sleep(SECONDS_TO_END)
    os.kill(os.getpid(), signal.SIGKILL)


def _ask_to_end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def _watched(parent: int, gone: Callable[[], None]) -> None:
    """Look from a thread whether the parent still lives."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_SECONDS)
        gone()

    threading.Thread(target=watch, daemon=True).start()
