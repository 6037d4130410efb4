"""The named statements of an SQL file, and the table that their answers make."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from benchmarks.peers.columns import COLUMNS

HEAD = re.compile(r"^-- part: (\w+)$", re.MULTILINE)


def parts(path: Path) -> dict[str, str]:
    """The statements by name, in order; what stands before the first one is a comment."""
    _, *pieces = HEAD.split(path.read_text(encoding="utf-8"))
    return {
        name: text.strip().rstrip(";") for name, text in zip(pieces[::2], pieces[1::2], strict=True)
    }


def joined(answers: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """One table of answers that each have ``code`` and some of the columns.

    A density is 0 where the answer has no row.
    """
    tables = [answer.set_index("code") for answer in answers]
    table = pd.concat(tables, axis=1).sort_index()[list(COLUMNS)].astype(float)
    filled = [name for name in COLUMNS if "_km_" not in name and not name.endswith("people")]
    return table.fillna(dict.fromkeys(filled, 0.0))
