"""A worker in a process of its own.

    python -m tests.data.claiming_worker URL empty    claims and finishes until nothing waits
    python -m tests.data.claiming_worker URL hold     claims one job, and does nothing more

It says the id of every job that it got.
"""

from __future__ import annotations

import sys
import time

from data import jobs
from data.store import Store

with Store.open(sys.argv[1]) as store:
    sys.stdin.readline()  # all start together
    while (job := jobs.claim(store)) is not None:
        print(job.id, flush=True)  # noqa: T201
        if sys.argv[2] == "hold":
            time.sleep(600)
        jobs.finish(store, job, "made")
