"""A project: a folder with ``vigia.toml``. Reads it, or says by line and key what is wrong."""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import UnionType
from typing import Any, Self, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from vigia.errors import ProjectError
from vigia.settings import FileInput, ProjectSettings

FILE_NAME = "vigia.toml"
LONGEST_SHOWN = 200  # characters of a path in a message
_HEADER = re.compile(r"^\s*\[(\[)?\s*([\w.\-]+)\s*\](\])?")
_KEY = re.compile(r"^\s*([A-Za-z0-9_\-]+)\s*=")


@dataclass(frozen=True)
class Project:
    """Settings with the folder they belong to.

    ``data_folder`` is what input paths are relative to: the project's folder, or the one that
    ``--data`` names.
    """

    folder: Path
    data_folder: Path
    settings: ProjectSettings

    @property
    def var(self) -> Path:
        """Runtime files; made when first asked for."""
        return _made(self.folder / "var")

    def store_url(self) -> str:
        """SQLAlchemy address of the store: the environment's, or the project's own SQLite file."""
        named = os.environ.get(self.settings.store.url_env, "")
        if named:
            return named
        path = self.folder / self.settings.store.path
        _made(path.parent)
        return f"sqlite:///{path}"

    def with_model(self, **said: int | None) -> Self:
        """The same with other values of ``[model]``; None leaves what the file says."""
        other = {name: value for name, value in said.items() if value is not None}
        model = self.settings.model.model_copy(update=other)
        return replace(self, settings=self.settings.model_copy(update={"model": model}))

    def files(self, spec: FileInput) -> tuple[Path, ...]:
        """Files of an input, glob patterns resolved, in byte order of their names.

        Raises
        ------
        ProjectError
            When the path or pattern matches no file.
        """
        try:
            files = self._matching(spec.path)
        except (OSError, ValueError, IndexError) as error:  # pathlib's, of what is no pattern
            said = (isinstance(error, OSError) and error.strerror) or "it is no path and no pattern"
            raise ProjectError(
                f"The path {_short(spec.path)!r} in vigia.toml cannot be used: {said}."
            ) from None
        if not files:
            raise ProjectError(
                f"No file {spec.path!r} in {self.data_folder}.",
                hint="Correct the path in vigia.toml, or name the data folder with --data DIR.",
            )
        return files

    def _matching(self, path: str) -> tuple[Path, ...]:
        plain = self.data_folder / path  # an absolute path stays what it is
        if plain.is_file():
            return (plain,)
        found = () if Path(path).is_absolute() else self.data_folder.glob(path)
        return tuple(sorted(one for one in found if one.is_file()))


def _made(folder: Path) -> Path:
    """A folder that is there, or is made now."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "that is no name of a folder"
        raise ProjectError(
            f"The folder {_short(str(folder))!r} cannot be made: {reason}.",
            hint="Check that it may be written to, and path under [store] in vigia.toml.",
        ) from None
    return folder


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def load_project(folder: Path, data: Path | None = None) -> Project:
    """Read ``folder/vigia.toml``.

    Parameters
    ----------
    folder : Path
        The project folder.
    data : Path, optional
        The folder that input paths are relative to, when it is not ``folder``.

    Raises
    ------
    ProjectError
        With line, key and the nearest right name.
    """
    path = folder / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ProjectError(
            f"There is no {FILE_NAME} in {folder}.",
            hint="Go to a project folder, name one with --project DIR, or run vigia init DIR.",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"{path} cannot be read as UTF-8 text: {error}.") from None
    if data is not None and not data.is_dir():
        raise ProjectError(f"The data folder {data} does not exist.")
    return Project(folder.resolve(), (data or folder).resolve(), parse_settings(text, str(path)))


def parse_settings(text: str, where: str = FILE_NAME) -> ProjectSettings:
    """Settings from the text of a project file; ``where`` names it in messages."""
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError is one; so is a huge number
        raise ProjectError(f"{where} is not valid TOML: {_short(str(error))}.") from None
    try:
        return ProjectSettings.model_validate_json(json.dumps(raw, default=str))
    except ValidationError as error:
        lines = key_lines(text)
        problems = [_explain(detail, lines) for detail in error.errors()]
        raise ProjectError(f"{where}:\n" + "\n".join(f"  {p}" for p in problems)) from None


def key_lines(text: str) -> dict[tuple[str | int, ...], int]:
    """Line number (from 1) of every table header and key, by path: ``("layers", 2, "role")``.

    tomllib keeps no positions. This reads headers and keys at line starts, which is how project
    files are written; what stands inside an inline table is found by the key that holds it.
    """
    lines: dict[tuple[str | int, ...], int] = {}
    counts: dict[tuple[str | int, ...], int] = {}
    here: tuple[str | int, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            here = _resolve(header[2].split("."), counts, is_array=bool(header[1]))
            lines.setdefault(here, number)
        elif key := _KEY.match(line):
            lines.setdefault((*here, key[1]), number)
    return lines


def _resolve(
    parts: Sequence[str], counts: dict[tuple[str | int, ...], int], *, is_array: bool
) -> tuple[str | int, ...]:
    path: tuple[str | int, ...] = ()
    for depth, part in enumerate(parts):
        path = (*path, part)
        if is_array and depth == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _explain(detail: Any, lines: dict[tuple[str | int, ...], int]) -> str:
    loc: tuple[str | int, ...] = tuple(detail["loc"])
    line = next((lines[loc[:end]] for end in range(len(loc), 0, -1) if loc[:end] in lines), None)
    place = f"line {line}: " if line else ""
    key = _dotted(loc)
    if detail["type"] == "extra_forbidden":
        return f"{place}unknown key {key!r}.{_nearest(loc)}"
    if detail["type"] == "missing":
        return f"{place}{key!r} is missing."
    message = detail["msg"].removeprefix("Value error, ")
    return f"{place}{key!r}: {message}." if key else f"{place}{message}."


def _dotted(loc: Sequence[str | int]) -> str:
    text = ""
    for part in loc:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _nearest(loc: Sequence[str | int]) -> str:
    model: Any = ProjectSettings
    for part in loc[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            model = next(iter(_models(model.model_fields[part].annotation)), model)
    names = difflib.get_close_matches(str(loc[-1]), model.model_fields, n=1, cutoff=0.5)
    if names:
        return f" Did you mean {names[0]!r}?"
    return f" Known here: {', '.join(model.model_fields)}."


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Settings classes inside an annotation such as ``tuple[LayerInput, ...]`` or ``X | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (tuple, Union, UnionType):
        for part in get_args(annotation):
            yield from _models(part)
