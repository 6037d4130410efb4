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
from importlib.metadata import version
from typing import Any, Protocol, TypeVar

from vigia.errors import GeometryError

Given = TypeVar("Given")
Part = TypeVar("Part")
Result = TypeVar("Result")
ANSWER_WITHIN = "10s"
TRIES = 3  # of a part whose worker died


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


def in_cluster(
    function: Callable[[Given, Part], Result], given: Given, parts: Iterable[Part], address: str
) -> Iterator[Result]:
    """``function(given, part)`` for each part, on a Dask cluster.

    ``given`` is sent to every worker once. A worker that dies is survived: its parts go to others.

    Raises
    ------
    GeometryError
        When Dask is not installed, no scheduler answers, it has no workers, or they have another
        version of vigia.
    """
    with _client(address) as client:
        workers = _workers(client, address)
        everywhere = client.scatter(given, broadcast=True)
        running: set[Any] = set()
        for part in parts:
            running.add(client.submit(function, everywhere, part, pure=False, retries=TRIES))
            if len(running) > 2 * workers:
                running = yield from _finished(running)
        while running:
            running = yield from _finished(running)


def _finished(running: set[Any]) -> Any:
    from distributed import wait as wait_for  # noqa: PLC0415 - an extra

    done, still = wait_for(running, return_when="FIRST_COMPLETED")  # type: ignore[no-untyped-call]
    for future in done:
        yield future.result()
        future.release()
    return still


def _client(address: str) -> Any:
    try:
        from distributed import Client  # noqa: PLC0415 - an extra
    except ImportError:
        raise GeometryError(
            "Dask is not installed, so there is no cluster to measure on.",
            hint='Install it: pip install "vigia[cluster]".',
        ) from None
    try:
        return Client(  # type: ignore[no-untyped-call]
            address, timeout=ANSWER_WITHIN, set_as_default=False
        )
    except (OSError, ValueError) as error:
        raise GeometryError(
            f"No Dask scheduler answers at {address}.",
            hint="Start one (docs/cluster.md), or leave --scheduler out.",
        ) from error


def _workers(client: Any, address: str) -> int:
    """How many threads the workers have; all have this version of vigia."""
    threads = sum(client.nthreads().values())
    if threads == 0:
        raise GeometryError(
            f"The Dask scheduler at {address} has no workers.",
            hint="Start some: dask worker ADDRESS.",
        )
    here, there = version("vigia"), set(client.run(version, "vigia").values())
    if there != {here}:
        raise GeometryError(
            f"The workers have vigia {', '.join(sorted(there))}, and this is {here}.",
            hint="Install the same version everywhere: results are to be the same.",
        )
    return int(threads)
