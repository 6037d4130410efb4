"""Commands in processes of their own, forked from one that has loaded all they need.

Each has the environment, the folder, the streams and the exit code of a command that is started
by itself, without the second in which Python reads the libraries.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path
from subprocess import CompletedProcess

from coverage import Coverage

from vigia.cli import main

FORKING = get_context("forkserver")
FORKING.set_forkserver_preload(["tests.integration.loaded"])


def run(
    arguments: Sequence[str], environment: Mapping[str, str], cwd: Path | None
) -> CompletedProcess[str]:
    """As ``subprocess.run`` of ``vigia`` with these arguments."""
    with tempfile.TemporaryDirectory() as folder:
        streams = [Path(folder) / name for name in ("stdout", "stderr")]
        told = (arguments, dict(environment), str(cwd or Path.cwd()), *map(str, streams))
        process = FORKING.Process(target=_command, args=told)
        process.start()
        process.join()
        out, err = (stream.read_text(encoding="utf-8") for stream in streams)
    assert process.exitcode is not None
    return CompletedProcess(["vigia", *arguments], process.exitcode, out, err)


def _command(
    arguments: Sequence[str], environment: dict[str, str], cwd: str, out: str, err: str
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    for number, name, path in ((1, "stdout", out), (2, "stderr", err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
        setattr(sys, name, os.fdopen(number, "w", encoding="utf-8", closefd=False))
    sys.argv = ["vigia", *arguments]
    tracing = Coverage.current()  # inherited; this process ends without what would save it
    traced = "COVERAGE_PROCESS_CONFIG" in environment
    if tracing and not traced:
        tracing.stop()
    try:
        main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        if tracing and traced:
            tracing.stop()
            tracing.save()
