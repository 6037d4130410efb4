"""Delimited text: delimiter and encoding are found out, and told where they are not the usual."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from data.finding_codes import Code
from data.sources.raw import Raw, RefusedError
from vigia.settings import FileInput

SUFFIXES = (".csv", ".txt", ".tsv", ".tab", ".psv")
DELIMITERS = (",", ";", "\t", "|")
NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
GUESSES = ("utf-8", "cp1252", "latin-1")
LINES_LOOKED_AT = 50


def read(path: Path, spec: FileInput, wanted: Sequence[str]) -> Raw:
    """Rows of a delimited text file; every value is text.

    Parameters
    ----------
    wanted : sequence of str
        Columns that the project file names: of several delimiters, the right one finds them.

    Raises
    ------
    RefusedError
        ``empty_file``, ``unreadable_file``.
    """
    text, encoding = decode(path.read_bytes(), spec.encoding)
    if not text.strip():
        raise RefusedError("empty_file", "There is nothing in the file.")
    delimiter = spec.delimiter or find_delimiter(text, wanted)
    told: dict[Code, str] = {}
    if encoding != "utf-8" and spec.encoding is None:
        told["encoding"] = f"The text was read as {encoding}."
    if delimiter != "," and spec.delimiter is None:
        told["delimiter"] = f"Columns are parted by a {NAMES.get(delimiter, delimiter)}."
    return Raw(parse(text, delimiter), told=told)


def decode(content: bytes, encoding: str | None) -> tuple[str, str]:
    """Text and its encoding: the one given, that of a byte order mark, or the first that fits."""
    marked = next((name for mark, name in MARKS if content.startswith(mark)), None)
    certain = encoding or marked
    for name in (certain,) if certain else GUESSES:
        try:
            return content.decode(name), name
        except UnicodeError:  # not all codecs raise the more exact UnicodeDecodeError
            continue
        except (LookupError, ValueError):
            raise RefusedError("unreadable_file", f"There is no encoding {name!r}.") from None
    raise RefusedError("unreadable_file", f"The text is not {certain}.")


def find_delimiter(text: str, wanted: Sequence[str]) -> str:
    """The delimiter whose header has most of the wanted columns, then the most even rows."""
    lines = text.splitlines()[:LINES_LOOKED_AT]

    def fit(delimiter: str) -> tuple[int, int, int]:
        try:
            rows = list(csv.reader(lines, delimiter=delimiter))
        except csv.Error:
            return 0, 0, 0
        header = [name.strip() for name in rows[0]] if rows else []
        even = Counter(len(row) for row in rows if row)[len(header)]
        return sum(name in header for name in wanted), even if len(header) > 1 else 0, len(header)

    return max(DELIMITERS, key=fit)


def parse(text: str, delimiter: str) -> pd.DataFrame:
    """Rows under the names of the first line; lines with nothing in them are no rows."""
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        filled = [row for row in rows if row]
    except csv.Error as error:
        raise RefusedError(
            "unreadable_file", f"The text is no table; do its quotation marks match up? {error}."
        ) from None
    header = [name.strip() for name in filled[0]]
    body = filled[1:]
    if not body:
        raise RefusedError("empty_file", "The file has a header and no rows.")
    return pd.DataFrame(even(body, len(header)), columns=header, dtype="str")


def even(rows: Iterable[list[str]], width: int) -> list[list[str]]:
    """Rows of one width: short ones end in missing values, empty cells too many are cut off."""
    done = []
    for number, row in enumerate(rows, start=1):
        if len(row) > width and any(row[width:]):
            raise RefusedError(
                "unreadable_file",
                f"The row has {len(row)} values under {width} column names: is a delimiter "
                "inside a value without quotation marks?",
                row=number,
            )
        done.append(row[:width] + [""] * (width - len(row)))
    return done
