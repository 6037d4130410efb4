"""``vigia serve`` as a process of its own, on a project with a published run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.store import Store
from tests import tiny_project
from tests.api.project import published_store
from vigia.project import Project, load_project

ROOT = Path(__file__).parents[2]
SERVE_PORT = re.compile(r"^Map: http://127\.0\.0\.1:(\d+)/$")


def served_project(folder: Path, more: str = "", *, url: str | None = None) -> Project:
    """A project whose store holds the invented region, published; ``more`` is of its file."""
    project = load_project(tiny_project.write(folder))
    file = project.folder / "vigia.toml"
    file.write_text(file.read_text() + more)
    project = load_project(folder)
    with Store.open(url or project.store_url()) as store:
        published_store(store)
    return project


@contextmanager
def serving(
    project: Project, *options: str, errors: Path, url: str | None = None
) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """The port it listens on, and the process; what it says afterwards goes to ``errors``."""
    command = [sys.executable, "-m", "vigia", "serve", "--port", "0", "--no-worker"]
    environment = os.environ | ({"VIGIA_STORE_URL": url} if url else {})
    with errors.open("w") as told:
        process = subprocess.Popen(
            [*command, "--project", str(project.folder), *options],
            cwd=ROOT,
            env=environment,
            stderr=told,
            text=True,
        )
        try:
            yield _port(process, errors), process
        finally:
            process.terminate()
            process.wait(30)


def _port(process: subprocess.Popen[str], errors: Path) -> int:
    while process.poll() is None:
        found = SERVE_PORT.search(errors.read_text().partition("\n")[0])
        if found:
            return int(found[1])
    raise AssertionError(errors.read_text())
