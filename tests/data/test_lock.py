"""One writer per project; a kill lets go; nobody waits for a dead process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from data.lock import HOLDER, project_lock
from tests import tiny_project
from vigia.errors import StoreError
from vigia.project import Project, load_project

HOLD = """
import sys
from pathlib import Path
from data.lock import project_lock
from vigia.project import load_project
sys.argv = ["/usr/bin/vigia", "train", "--by", "a secret"]
with project_lock(load_project(Path({folder!r}))):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Project:
    return load_project(tiny_project.write(tmp_path / "project"))


@contextmanager
def held(project: Project) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    code = HOLD.format(folder=str(project.folder))
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_writer_is_told_who_is_at_work(tiny: Project) -> None:
    with held(tiny) as process:
        with pytest.raises(StoreError, match="is at work") as raised, project_lock(tiny, 0.1):
            pytest.fail("it was let in")
        assert f"(vigia train, process {process.pid}, since 20" in str(raised.value)
        assert "secret" not in str(raised.value)


def test_a_kill_lets_go(tiny: Project) -> None:
    with held(tiny) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert (tiny.var / HOLDER).exists()  # left behind, and believed by nobody
        with project_lock(tiny):
            pass
    assert not (tiny.var / HOLDER).exists()


def test_it_lets_go_when_something_goes_wrong(tiny: Project) -> None:
    with pytest.raises(ZeroDivisionError), project_lock(tiny):
        raise ZeroDivisionError
    with project_lock(tiny, wait_seconds=0):
        pass


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"pid": "x"}', '{"pid": 99999999}'])
def test_a_note_that_says_nothing_is_left_out(tiny: Project, content: str) -> None:
    with held(tiny):
        (tiny.var / HOLDER).write_text(content)
        with pytest.raises(StoreError) as raised, project_lock(tiny, wait_seconds=0):
            pass
        assert str(raised.value).startswith(f"Another command is at work on {tiny.folder}.")
