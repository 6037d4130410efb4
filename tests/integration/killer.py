"""Runs one vigia command and kills it, as ``kill -9`` would, at the N-th thing it does to the disk.

    python -m tests.integration.killer N COMMAND ARGUMENTS...

Counted are statements and commits of the store, files opened for writing, and renames. N = 0 kills
nothing and prints how many there are on the last line of standard error.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from vigia.cli import main

WRITING = os.O_WRONLY | os.O_RDWR
deadly = int(sys.argv[1])
done = 0


def count(*_: Any) -> None:
    global done  # noqa: PLW0603 - a script of one counter
    done += 1
    if done == deadly:
        os.kill(os.getpid(), signal.SIGKILL)


def audit(name: str, arguments: tuple[Any, ...]) -> None:
    if name == "open":
        path, mode, flags = arguments
        writes = (isinstance(mode, str) and set(mode) & set("wax+")) or (flags or 0) & WRITING
        if writes and isinstance(path, str | os.PathLike) and "__pycache__" not in str(path):
            count()
    elif name in ("os.rename", "os.remove", "shutil.rmtree"):
        count()


def run() -> None:
    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", count)
    sys.addaudithook(audit)
    sys.argv = ["vigia", *sys.argv[2:]]
    try:
        main()
    finally:
        if not deadly:
            sys.stderr.write(f"\n{done}\n")


if __name__ == "__main__":
    run()
