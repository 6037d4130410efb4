"""Trainings that were asked for over HTTP: ``vigia train`` as a process of its own, watched.

Whoever watches loads no model. What the command says on the way is its progress; of how it failed
only the kind is told, in words of ours, as its own may quote what is nobody's to read.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NoReturn

from data import training_log
from data.records import JobRecord
from data.working import Progress
from vigia import errors
from vigia.errors import JobCancelledError, VigiaError
from vigia.processes import end
from vigia.project import Project
from vigia.settings.trainings import TrainingForm

LOOK_SECONDS = 0.5  # between two looks whether it is to stop
SECONDS_TO_END = 5.0

FAILURES = {
    "ProjectError": "The project file cannot be used.",
    "StoreBusyError": "Another command was at work on the project.",
    "StoreError": "The store was out of reach, or refused.",
    "MissingStepError": "There is no feature table of what is stored: ingest and features come "
    "before a training.",
    "ModelError": "What is stored cannot be fitted, or a layer is past its shelf life.",
}
AT_THE_MACHINE = "vigia train at the machine itself says more."


class TrainingFailedError(VigiaError):
    """A training ended without a run; its words are for whoever asked."""


class Trainer:
    """Trains for the queue, one after another.

    Who is told to stop gives the training back; it fails where the service was killed under it.
    """

    def __init__(self, project: Project, stop: threading.Event, orphaned: threading.Event) -> None:
        self._project = project
        self._stop, self._orphaned = stop, orphaned
        self._folder = project.var / training_log.FOLDER
        self._seconds = project.settings.serve.training_seconds

    def __call__(self, job: JobRecord, progress: Progress) -> str:
        """Train; the id of the run. What becomes of it is written down."""
        say = _Saying(self._folder, job.id)
        say("taken up")
        try:
            run = self._train(job, progress, say)
        except JobCancelledError:
            say("called off")
            raise
        except TrainingFailedError as error:
            say(f"failed: {error.message}")
            raise
        except BaseException:
            say("interrupted")
            raise
        say(f"done: run {run}")
        return run

    def _train(self, job: JobRecord, progress: Progress, say: _Saying) -> str:
        form = TrainingForm.model_validate(job.request)
        until = time.monotonic() + self._seconds
        with _process(self._project.folder, form.options()) as process:
            told, answer = _lines(process.stderr), _lines(process.stdout)
            step = ("start", 0, 1)
            while process.poll() is None:
                if self._stop.is_set():
                    self._leave()
                if time.monotonic() > until:
                    raise TrainingFailedError(
                        f"It took more than {self._seconds} seconds, and was ended.",
                        hint="Ask for a quick one or for fewer draws, or raise [serve] "
                        "training_seconds.",
                    )
                step = _next(told, step, say)
                progress(*step)
            return _ended(process.returncode, "".join(_rest(answer)))

    def _leave(self) -> NoReturn:
        if self._orphaned.is_set():
            raise TrainingFailedError(
                "The service was killed under it; the store is as it was.",
                hint="Ask again if it is still wanted.",
            )
        raise KeyboardInterrupt  # the job is given back


class _Saying:
    """Writes a line for each step once a second at most, and for every sentence."""

    def __init__(self, folder: Path, identity: str) -> None:
        self._folder, self._identity = folder, identity

    def __call__(self, label: str, done: int = 0, total: int = 0) -> None:
        training_log.write(self._folder, self._identity, label, done, total)


Step = tuple[str, int, int]


def _next(told: queue.Queue[str | None], step: Step, say: Callable[[str, int, int], None]) -> Step:
    """The latest step that was told, or the one before when none was for a while."""
    try:
        text = told.get(timeout=LOOK_SECONDS)
    except queue.Empty:
        return step
    if text is None:
        time.sleep(LOOK_SECONDS / 10)  # it has said all, and is about to end
        return step
    try:
        said = json.loads(text)
        new = str(said["label"]), int(said["done"]), int(said["total"])
    except (ValueError, KeyError, TypeError):  # a warning of some library
        return step
    say(*new)
    return new


def _ended(code: int, answer: str) -> str:
    """The run, or why there is none."""
    try:
        said = json.loads(answer.splitlines()[-1])
    except (ValueError, IndexError):
        said = {}
    if code == 0 and "id" in said:
        return str(said["id"])
    if code < 0:
        raise TrainingFailedError(
            "The training was killed before its end; the store is as it was.",
            hint="Ask again; if it is killed again, look whether the machine has memory enough.",
        )
    kind = said.get("error", "")
    known = getattr(errors, kind, None) and FAILURES.get(kind)
    raise TrainingFailedError(known or "Something failed that should not.", hint=AT_THE_MACHINE)


@contextmanager
def _process(folder: Path, options: list[str]) -> Iterator[subprocess.Popen[str]]:
    """``vigia train`` for as long as this lasts; it ends with us, however we end."""
    command = [sys.executable, "-m", "vigia", "train", "--project", str(folder)]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--json", "--progress-lines", "--parent", str(os.getpid()), *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the service, which ends this one itself
    )
    try:
        yield process
    finally:
        end(process, SECONDS_TO_END)


def _lines(stream: IO[str] | None) -> queue.Queue[str | None]:
    """What a process says, read as it comes; None at the end."""
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        with stream:  # type: ignore[union-attr]
            for line in stream:  # type: ignore[union-attr]
                lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    return lines


def _rest(lines: queue.Queue[str | None]) -> Iterator[str]:
    while (line := lines.get()) is not None:
        yield line
