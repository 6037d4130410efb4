"""Parts of a work done side by side: in threads, or on the machines of a Dask cluster.

GEOS and compiled code let other threads run meanwhile. Neither runner holds more parts than are
being worked on, and one or two to wait, so that memory does not grow with their number. Results
come as they are ready.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Protocol, TypeVar

from geo.cluster import in_cluster

Given = TypeVar("Given")
Part = TypeVar("Part")
Result = TypeVar("Result")


class Runner(Protocol):
    """How a function is run over parts."""

    def __call__(
        self, function: Callable[[Given, Part], Result], given: Given, parts: Iterable[Part]
    ) -> Iterator[Result]:
        """``function(given, part)`` for each part, in any order."""


def runner(threads: int | None = None, scheduler: str | None = None) -> Runner:
    """Threads (as many as cores, where nothing is said), or the cluster at an address."""
    if scheduler is None:
        return partial(in_threads, threads=threads)
    return partial(in_cluster, address=scheduler)


def in_threads(
    function: Callable[[Given, Part], Result],
    given: Given,
    parts: Iterable[Part],
    threads: int | None = None,
) -> Iterator[Result]:
    """``function(given, part)`` for each part, in threads of this process."""
    workers = threads or os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        running: set[Future[Result]] = set()
        for part in parts:
            running.add(pool.submit(function, given, part))
            if len(running) > workers:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        yield from (future.result() for future in running)
