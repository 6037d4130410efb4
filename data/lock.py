"""One writer per project at a time. The lock is the operating system's: a kill lets it go."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from data.clock import stamp
from vigia.errors import StoreBusyError, StoreError
from vigia.project import Project

WAIT_SECONDS = 3.0
LOCK, HOLDER = "lock", "lock-holder.json"


@contextmanager
def project_lock(project: Project, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Keep other writers out.

    Raises
    ------
    StoreBusyError
        When another command still writes after a short wait; it says which, if that is known.
    """
    lock = FileLock(project.var / LOCK)
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout:
        raise StoreBusyError(
            f"Another command is at work on {project.folder}{_who(project.var)}.",
            hint="Wait until it ends, then try again.",
        ) from None
    except OSError as error:
        raise StoreError(
            f"{project.var} cannot be locked: {error.strerror}.",
            hint="Check that the folder may be written to.",
        ) from None
    try:
        _sign(project.var / HOLDER)
        yield
    finally:
        (project.var / HOLDER).unlink(missing_ok=True)
        lock.release()


def _sign(path: Path) -> None:
    """Say who holds the lock: the command's name alone, since its arguments may be anybody's."""
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
    since = stamp()
    content = {"pid": os.getpid(), "command": command, "since": since}
    path.write_text(json.dumps(content), encoding="utf-8")


def _who(var: Path) -> str:
    """`` (vigia train, process 123, since ...)``; nothing when whoever signed is gone."""
    try:
        holder = json.loads((var / HOLDER).read_text(encoding="utf-8"))
        os.kill(holder["pid"], 0)
        return f" ({holder['command']}, process {holder['pid']}, since {holder['since']})"
    except PermissionError:
        return f" (process {holder['pid']} of another user)"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
