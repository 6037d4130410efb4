"""Which source reads a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from data.sources import parquet, text, vector
from data.sources.raw import Raw, RefusedError
from vigia.settings import FileInput

Reader = Callable[[Path, FileInput, Sequence[str]], Raw]

PARTS = (".dbf", ".prj", ".cpg")

READERS: dict[str, Reader] = {
    **dict.fromkeys(text.SUFFIXES, text.read),
    **dict.fromkeys(parquet.SUFFIXES, parquet.read),
}


def read_raw(path: Path, spec: FileInput, wanted: Sequence[str]) -> Raw:
    """Rows of a file, whatever it is; what no other source claims is tried as a vector format.

    Raises
    ------
    RefusedError
        When the file cannot be read.
    """
    try:
        if path.stat().st_size == 0:
            raise RefusedError("empty_file", "The file has no bytes.")
        return READERS.get(path.suffix.lower(), vector.read)(path, spec, wanted)
    except OSError as error:
        raise RefusedError("unreadable_file", f"It cannot be read: {error.strerror}.") from None


def shape_parts(path: Path) -> tuple[Path, ...]:
    """The other files of a Shapefile, which hold its rows and its coordinate system."""
    if path.suffix.lower() != ".shp":
        return ()
    names = [path.with_suffix(end) for part in PARTS for end in (part, part.upper())]
    return tuple(name for name in names if name.is_file())
