"""What a training said, line by line: a file of JSON lines for each, in the project's folder.

A line's number is its place in the file, so that whoever has read some can ask for the rest. Only
steps of the pipeline and fixed sentences are written, never what a row of the store says.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from data.clock import stamp

FOLDER = "trainings"  # in the project's var


@dataclass(frozen=True)
class Line:
    """A step of a training, or with a ``total`` of 0 a sentence about it. Time is UTC."""

    at: str
    label: str
    done: int = 0
    total: int = 0

    @property
    def text(self) -> str:
        """As a person reads it."""
        return f"{self.at} {self.label}" + (f" {self.done}/{self.total}" if self.total else "")


def write(folder: Path, identity: str, label: str, done: int = 0, total: int = 0) -> None:
    """Add a line in one write, which a kill leaves whole or not begun."""
    folder.mkdir(exist_ok=True, mode=0o700)
    line = Line(stamp(), label, done, total)
    written = json.dumps(asdict(line)).encode() + b"\n"
    file = os.open(_path(folder, identity), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, written)
    finally:
        os.close(file)


def read(folder: Path | None, identity: str, after: int = 0) -> list[tuple[int, Line]]:
    """Lines behind the number ``after``, with theirs. None are there of one made elsewhere."""
    if folder is None or not _path(folder, identity).exists():
        return []
    whole = _path(folder, identity).read_text(encoding="ascii").rpartition("\n")[0].splitlines()
    lines = enumerate(whole[after:], after + 1)
    return [(number, Line(**json.loads(text))) for number, text in lines]


def forget(folder: Path, days: float) -> None:
    """Delete what was last written to more than so many days ago."""
    for file in folder.glob("*.jsonl"):
        if time.time() - file.stat().st_mtime > days * 86_400:
            file.unlink(missing_ok=True)


def _path(folder: Path, identity: str) -> Path:
    return folder / f"{identity}.jsonl"
