"""Ingests into a store and kills itself, as ``kill -9`` would, at the N-th statement or commit.

    python -m tests.data.dying_writer URL

For every N read from standard input it does so in a process of its own, and answers with the signal
that ended it; 0 when there were fewer than N.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from data.store import Store
from tests.data.inputs import cases, districts, input_table, layer


def write(url: str, deadly: int) -> None:
    done = 0

    def count(*_: Any) -> None:
        nonlocal done
        done += 1
        if done == deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    with Store.open(url) as store:
        event.listen(Engine, "before_cursor_execute", count)
        event.listen(Engine, "commit", count)
        store.ingest(
            [
                input_table("districts", districts(3)),
                input_table("layers/rivers", layer((1, 1), (2, 2))),
                input_table("cases/police", cases(("010101", 2021, 2021, 9.0)), (2021,)),
            ]
        )


for line in sys.stdin:
    child = os.fork()
    if not child:
        write(sys.argv[1], int(line))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(os.WTERMSIG(status) if os.WIFSIGNALED(status) else status, flush=True)  # noqa: T201
