"""The file of visits, and the lines of ``vigia.toml`` that name it; each written whole."""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path

from vigia.errors import ProjectError
from vigia.project import FILE_NAME, parse_settings
from vigia.settings import EffortInput

ID = "visits"
FILE = "visits.csv"
SOURCE = "vigia visits"


def visits_input(day: date) -> EffortInput:
    """The ``[[effort]]`` section of a record that begins on ``day``."""
    return EffortInput(
        id=ID,
        path=FILE,
        code="code",
        date_column="date",
        team_days="team_days",
        method="method",
        outcome="outcome",
        found="found",
        source=SOURCE,
        date=day.isoformat(),
    )


def with_section(content: bytes, day: date) -> bytes:
    """``content`` of the project file, with the section of visits at its end if it has none.

    Raises
    ------
    ProjectError
        When a section of that id reads something else, or none can be added.
    """
    wanted = visits_input(day)
    effort = parse_settings(content.decode("utf-8-sig")).effort
    present = [spec for spec in effort if spec.id == ID]
    if present:
        _refuse_another(present[0], wanted)
        return content
    lines = _lines(wanted)
    longer = content + (b"" if content.endswith(b"\n") else b"\n") + lines.encode()
    try:
        parse_settings(longer.decode("utf-8-sig"))
    except ProjectError:
        raise ProjectError(
            f"No section can be added at the end of {FILE_NAME}: is effort a list in one line?",
            hint=f"Add an [[effort]] section for {FILE} yourself, as docs/visits.md has it.",
        ) from None
    return longer


def _refuse_another(present: EffortInput, wanted: EffortInput) -> None:
    whose = {"source", "date", "licence", "attribution", "note"}
    if present.model_dump(exclude=whose) != wanted.model_dump(exclude=whose):
        raise ProjectError(
            f"[[effort]] {ID} in {FILE_NAME} does not read {FILE} as vigia visits writes it.",
            hint="Give that section another id, or the keys that docs/visits.md has.",
        )


def _lines(spec: EffortInput) -> str:
    given = spec.model_dump(exclude_unset=True)
    keys = "".join(f'{key} = "{value}"\n' for key, value in given.items())
    return f"\n# What vigia visits records; add to it with that command.\n[[effort]]\n{keys}"


def write_whole(path: Path, content: bytes) -> None:
    """Put ``content`` in the place of a file in one step; a new one is its owner's alone."""
    path = path.resolve()  # a link stays one
    half = path.with_name(f".{path.name}.half")
    try:
        half.unlink(missing_ok=True)
        private = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(private, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, half)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
