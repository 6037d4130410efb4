"""Parts of a work done on the machines of a Dask cluster.

A worker that dies is survived: the scheduler gives its parts to others (Rocklin 2015, Dask, Proc.
14th Python in Science Conf.), and what only it was given is sent again.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from importlib.metadata import version
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import numpy as np
import pyproj
import shapely

from vigia.errors import GeometryError

Given = TypeVar("Given")
Part = TypeVar("Part")
Result = TypeVar("Result")
SCHEMES = ("tcp", "tls")
ANSWER_WITHIN = "10s"
BACK_WITHIN_SECONDS = 60  # a worker that died, where it is started again
WAITING = 2  # parts for each thread of the workers: one is worked on, one waits
TIMES_LOST = 5  # what was given; then something is wrong with the machines


def in_cluster(
    function: Callable[[Given, Part], Result], given: Given, parts: Iterable[Part], address: str
) -> Iterator[Result]:
    """``function(given, part)`` for each part, in any order.

    ``given`` is sent to every worker once.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://127.0.0.1:8786``.

    Raises
    ------
    GeometryError
        When Dask is not installed, no scheduler answers, it has no workers, they have other
        versions than this process, or a part is the end of one worker after another.
    """
    with _client(address) as client:
        work = _Work(client, function, given, WAITING * _threads(client, address))
        for part in parts:
            work.submit(part)
            if work.is_full:
                yield from work.finished()
        while work.running:
            yield from work.finished()


class _Work(Generic[Given, Part, Result]):
    """What is being worked on."""

    def __init__(
        self, client: Any, function: Callable[[Given, Part], Result], given: Given, at_once: int
    ) -> None:
        self.running: dict[Any, Part] = {}
        self._client = client
        self._function = function
        self._given = given
        self._at_once = at_once
        self._times_lost = 0
        self._send()

    @property
    def is_full(self) -> bool:
        return len(self.running) > self._at_once

    def submit(self, part: Part) -> None:
        future = self._client.submit(self._function, self._everywhere, part, pure=False)
        self.running[future] = part

    def finished(self) -> Iterator[Result]:
        """Results of the parts that are done, of which there is at least one, or that were lost."""
        from distributed import CancelledError, KilledWorker  # noqa: PLC0415 - an extra
        from distributed import wait as wait_for  # noqa: PLC0415

        with self._client.as_current(), suppress(CancelledError):  # those are seen below
            wait_for(list(self.running), return_when="FIRST_COMPLETED")  # type: ignore[no-untyped-call]
        lost: list[Part] = []
        for future in [future for future in self.running if future.done()]:
            part = self.running.pop(future)
            try:
                result = future.result()
            except CancelledError:  # its worker died, before its result was fetched or after
                lost.append(part)
            except KilledWorker as error:
                raise GeometryError(
                    "One worker after another died of the same part of the region.",
                    hint="Look into their logs; give them more memory, or fewer threads each.",
                ) from error
            else:
                yield result
        self._again(lost)

    def _again(self, lost: list[Part]) -> None:
        """With the last worker that had it went what was given, and what depends on it."""
        if not lost:
            return
        self._times_lost += 1
        if self._times_lost > TIMES_LOST:
            raise GeometryError(
                "The workers of the Dask cluster die again and again.",
                hint="Look into their logs, and into the scheduler's.",
            )
        self._send()
        for part in lost:
            self.submit(part)

    def _send(self) -> None:
        try:
            sent = self._client.scatter(
                [self._given], broadcast=True, hash=False, timeout=BACK_WITHIN_SECONDS
            )
        except (OSError, TimeoutError) as error:
            raise GeometryError(
                "The Dask cluster has stopped answering.",
                hint="See whether its scheduler and workers still run, and try again.",
            ) from error
        (self._everywhere,) = sent


def _client(address: str) -> Any:
    try:
        from distributed import Client  # noqa: PLC0415 - an extra
    except ImportError:
        raise GeometryError(
            "Dask is not installed, so there is no cluster to measure on.",
            hint='Install it: pip install "vigia[cluster]".',
        ) from None
    _require_address(address)
    _require_certificate(address)
    try:
        return Client(  # type: ignore[no-untyped-call]
            address, timeout=ANSWER_WITHIN, set_as_default=False
        )
    except OSError as error:
        raise GeometryError(
            f'No Dask scheduler answers at "{address}".',
            hint="Start one (docs/cluster.md), or leave --scheduler out.",
        ) from error


def _require_address(address: str) -> None:
    """Before Dask tries: it would leave a client behind that never was one."""
    try:
        parts = urlsplit(address)
        fit = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port is not None
    except ValueError:  # a port that is no number
        fit = False
    if not fit:
        raise GeometryError(
            f'"{address}" is no address of a Dask scheduler.',
            hint="Write it like tcp://127.0.0.1:8786 (docs/cluster.md).",
        )


def _require_certificate(address: str) -> None:
    """Before Dask tries, as above."""
    from distributed.security import Security  # noqa: PLC0415 - an extra

    asked, encrypted = Security(), address.startswith("tls://")  # type: ignore[no-untyped-call]
    if asked.require_encryption and not encrypted:
        raise GeometryError(
            f'Dask is set to talk over TLS alone, and "{address}" is not a tls:// address.',
            hint="Write the scheduler's address with tls://, or unset require-encryption.",
        )
    try:
        known = asked.get_connection_args("client")["ssl_context"] is not None  # type: ignore[no-untyped-call]
    except OSError as error:
        raise GeometryError(
            f"The certificate to ask the Dask scheduler with cannot be read: {error}.",
            hint="See the files named in DASK_DISTRIBUTED__COMM__TLS__* (docs/cluster.md).",
        ) from error
    if encrypted and not known:
        raise GeometryError(
            f'There is no certificate to ask the Dask scheduler at "{address}" with.',
            hint="Name the files of CA, certificate and key (docs/cluster.md).",
        )


def _threads(client: Any, address: str) -> int:
    """How many the workers have; all have the versions of this process."""
    try:
        client.wait_for_workers(1, timeout=ANSWER_WITHIN)
    except TimeoutError:
        raise GeometryError(
            f"The Dask scheduler at {address} has no workers.",
            hint=f"Start some: dask worker {address}.",
        ) from None
    _require_same_versions(client)
    return sum(client.nthreads().values())


def _require_same_versions(client: Any) -> None:
    here = versions()
    for worker, there in sorted(client.run(versions, on_error="return").items()):
        if not isinstance(there, dict):  # but an error
            raise GeometryError(
                f"The worker at {worker} has no vigia, or another one.",
                hint=f"Install vigia {here['vigia']} on every worker.",
            )
        for name, wanted in here.items():
            if there.get(name) != wanted:
                raise GeometryError(
                    f"The worker at {worker} has {name} {there.get(name)}; this process has "
                    f"{wanted}.",
                    hint="Install requirements.lock everywhere: results are to be the same.",
                )


def versions() -> dict[str, str]:
    """Of all that results depend on, to the last bit."""
    return {
        "vigia": version("vigia"),
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "NumPy": np.__version__,
        "Shapely": shapely.__version__,
        "GEOS": shapely.geos_version_string,
        "PROJ": pyproj.proj_version_str,
        "Numba": version("numba"),
        "exactextract": version("exactextract"),
    }
