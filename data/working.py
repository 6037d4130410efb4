"""Whoever does the jobs: one after another, with a sign of life while one runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import TypeVar

from data import jobs
from data.records import JobRecord
from data.store import Store
from vigia.errors import JobCancelledError, StoreBusyError, StoreError, VigiaError

Progress = Callable[[str, int, int], None]  # label, done, total: as the pipeline's
Handler = Callable[[JobRecord, Progress], str]
Answer = TypeVar("Answer")

BEAT_SECONDS = 15.0
AWAY_SECONDS = 1.0  # between two looks for a store that is out of reach
TELL_SECONDS = 0.5  # progress of one label is written no more often, however often it is told


def work(
    store: Store,
    handlers: Mapping[str, Handler],
    *,
    once: bool = False,
    poll_seconds: float = 1.0,
    stop: threading.Event | None = None,
) -> int:
    """Do the jobs of a store, the longest waiting first.

    Any number of processes may do so at once. A job fails with the error that its handler raises;
    of one that nobody foresaw only the type is kept, as its words may quote what is nobody's to
    read. A process that is interrupted gives its job back.
    A store that is out of reach is waited for.

    Parameters
    ----------
    handlers : mapping
        Kind of job -> callable that takes the job and a progress callback ``(label, done, total)``
        and returns the id of what it made. The callback raises ``JobCancelledError`` once the job
        is cancelled, at a new label or within half a second of its being called. Other kinds are
        left to others.
    once : bool
        End when nothing waits any more.
    poll_seconds : float
        Between two looks at an empty queue.
    stop : threading.Event, optional
        Ends the work, after the present job.

    Returns
    -------
    int
        How many jobs were done, well or not.
    """
    asked_to_stop = stop or threading.Event()
    worker, done = jobs.Worker.here(), 0
    while not asked_to_stop.is_set():
        try:
            patiently(partial(jobs.recover, store), asked_to_stop)
            job = patiently(partial(jobs.claim, store, worker, tuple(handlers)), asked_to_stop)
        except StoreError:
            if once:
                raise
            asked_to_stop.wait(AWAY_SECONDS)
            continue
        if job is not None:
            _do(store, job, handlers[job.kind], asked_to_stop)
            done += 1
        elif once:
            break
        else:
            asked_to_stop.wait(poll_seconds)
    return done


def _do(store: Store, job: JobRecord, handler: Handler, stop: threading.Event) -> None:
    """Run one job to whatever end; that it is no longer ours is an end too."""
    with _beating(store, job), suppress(JobCancelledError):
        try:
            ending = partial(jobs.finish, store, job, handler(job, _Telling(store, job)))
        except VigiaError as error:
            ending = partial(jobs.fail, store, job, error)
        except Exception as error:
            ending = partial(jobs.fail, store, job, _unforeseen(error))
        except BaseException:
            with suppress(JobCancelledError, StoreError):
                jobs.give_back(store, job)
            raise
        _through_outages(ending, stop)


def _unforeseen(error: Exception) -> VigiaError:
    return VigiaError(
        f"Something failed that should not: {type(error).__name__}.",
        hint="Ask again; if it fails again, please report it.",
    )


def patiently(write: Callable[[], Answer], stop: threading.Event | None = None) -> Answer:
    """Try until nobody else is writing: an ingest into an SQLite store may take minutes.

    Who is asked to stop tries no more.
    """
    while True:
        try:
            return write()
        except StoreBusyError:
            if stop is not None and stop.is_set():
                raise


def _through_outages(ending: Callable[[], None], stop: threading.Event) -> None:
    """Write how a job ended as soon as the store is back; in the end it is given to another.

    Who is asked to stop tries once more, and waits no longer.
    """
    for _ in range(int(jobs.DEAD_AFTER_SECONDS / AWAY_SECONDS)):
        with suppress(StoreError):
            patiently(ending, stop)
            return
        if stop.wait(AWAY_SECONDS):
            break
    patiently(ending, stop)


class _Telling:
    """A progress callback that asks the store now and then."""

    def __init__(self, store: Store, job: JobRecord) -> None:
        self._store, self._job = store, job
        self._next, self._label = 0.0, ""

    def __call__(self, label: str, done: int, total: int) -> None:
        if label == self._label and time.monotonic() < self._next:
            return
        self._label = label
        with suppress(StoreError):  # no reason to lose the work
            jobs.progress(self._store, self._job, done, total, label)
        self._next = time.monotonic() + TELL_SECONDS


@contextmanager
def _beating(store: Store, job: JobRecord) -> Iterator[None]:
    """Heartbeats from a thread of its own: a solver may say nothing for a long while."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT_SECONDS):
            with suppress(JobCancelledError, StoreError):  # the worker finds out by itself
                jobs.beat(store, job)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
