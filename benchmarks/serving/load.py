"""Load: wrk asks the same, or ever another thing, over 16 connections for some seconds."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 16
FIGURE = {
    "requests": r"Requests/sec:\s+([\d.]+)",
    "total": r"(\d+) requests in",
    "failed": r"Non-2xx or 3xx responses: (\d+)",
    "broken": r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)",
    "p99": r"99%\s+([\d.]+)(us|ms|s|m)",
}
SECONDS_OF = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


@dataclass(frozen=True)
class Load:
    """What came of it."""

    per_second: float
    answered: int
    failed: int
    p99_seconds: float


def load(url: str, headers: dict[str, str], seconds: float, script: Path | None = None) -> Load:
    """Ask for ``url`` with gzip allowed; a script may make another address of each request."""
    sent = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    more = ["-s", str(script)] if script else []
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--timeout", "60s", "--latency"]
    done = subprocess.run(
        [*command, "-H", "Accept-Encoding: gzip", *sent, *more, url],
        check=True,
        capture_output=True,
        text=True,
    )
    return _read(done.stdout)


def _read(said: str) -> Load:
    found = {name: re.search(pattern, said) for name, pattern in FIGURE.items()}
    rate, total, p99 = found["requests"], found["total"], found["p99"]
    assert rate and total and p99, said  # noqa: S101, PT018 - what wrk always says
    failed = int(found["failed"][1]) if found["failed"] else 0
    broken = sum(map(int, found["broken"].groups())) if found["broken"] else 0
    return Load(
        per_second=float(rate[1]),
        answered=int(total[1]),
        failed=failed + broken,
        p99_seconds=float(p99[1]) * SECONDS_OF[p99[2]],
    )
