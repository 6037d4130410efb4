"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vigia.errors import ProjectError


@contextmanager
def written_whole(path: Path, suffix: str = "") -> Iterator[Path]:
    """A name to write to; what is there at the end takes the place of ``path`` in one step.

    The name ends in ``suffix``, for those who write by it.

    Raises
    ------
    ProjectError
        When the folder is missing or cannot be written to.
    """
    if not path.absolute().parent.is_dir():
        raise ProjectError(
            f"The folder {path.absolute().parent} does not exist.", hint="Make it, or name another."
        )
    half = path.with_name(f".{path.name}.half{suffix}")
    try:
        _refuse_devices(path)
        half.unlink(missing_ok=True)
        yield half
        with half.open("rb+") as file:
            os.fsync(file.fileno())
        half.replace(path)
    except OSError as error:
        raise ProjectError(
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Name a file in a folder that exists and may be written to.",
        ) from None
    finally:
        with suppress(OSError):  # of a name that cannot be, which was told above
            half.unlink(missing_ok=True)


def _refuse_devices(path: Path) -> None:
    """What is no file (/dev/null) would be lost to the whole machine if one took its place."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no file")
