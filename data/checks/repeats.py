"""Rows that are the same in every column: single ones, and whole blocks that stand there twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely

from data.checks.ledger import Severity
from data.checks.sheet import Sheet
from data.records import Fate

BLOCK = 10  # so many rows repeated in one go, in their order, are a block


def merge_repeats(
    sheet: Sheet, table: pd.DataFrame, named: Sequence[str | None] = ()
) -> pd.DataFrame:
    """``table`` without rows that repeat an earlier one of the file; they are told as merged.

    Parameters
    ----------
    named : sequence of str
        Columns that are compared, with the geometry: where a code says which thing a row is, what
        the project does not read cannot make it another. By default all columns are.
    """
    columns = [name for name in named if name is not None]
    repeats = repeated(sheet, table, columns or list(sheet.raw.frame.columns))
    tell_repeats(sheet, repeats, "warning", "merged")
    return table.drop(index=repeats.index)


def repeated(sheet: Sheet, table: pd.DataFrame, columns: list[str]) -> pd.Series:
    """Rows of ``table`` that repeat an earlier one in ``columns``, and the row they repeat."""
    frame = _comparable(sheet.raw.frame.loc[table.index, columns])
    if sheet.raw.geometry is not None:
        wkb = shapely.to_wkb(sheet.raw.geometry[table.index].to_numpy())
        frame = frame.assign(**{"\0geometry": pd.Series(wkb, index=frame.index, dtype="object")})
    hashes = pd.util.hash_pandas_object(frame, index=False)
    again = frame[hashes.duplicated(keep=False)].duplicated(keep="first")
    rows = again.index[again]
    first = hashes.drop_duplicates()
    original = pd.Series(first.index, index=first.to_numpy())
    return pd.Series(original[hashes[rows]].to_numpy(), index=rows, dtype="int64")


def _comparable(frame: pd.DataFrame) -> pd.DataFrame:
    """Lists and the like, which nested formats may hold, as text; two columns may have one name."""
    columns = (frame.iloc[:, place] for place in range(frame.shape[1]))
    return pd.DataFrame(
        dict(enumerate(c.map(_written) if c.dtype == object else c for c in columns)),
        index=frame.index,
    )


def _written(value: object) -> str:
    return repr(value.tolist() if isinstance(value, np.ndarray) else value)


def tell_repeats(sheet: Sheet, repeats: pd.Series, severity: Severity, fate: Fate | None) -> None:
    """Findings on repeated rows, blocks told as one each."""
    rows = repeats.index.to_numpy()
    shift = rows - repeats.to_numpy()
    breaks = np.flatnonzero((np.diff(rows) != 1) | (np.diff(shift) != 0)) + 1
    runs = [run for run in np.split(rows, breaks) if len(run)]
    blocks = [run for run in runs if len(run) >= BLOCK]
    singles = [run for run in runs if len(run) < BLOCK]
    for run in blocks:
        sheet.ledger.block(
            "duplicate_block",
            severity,
            f"From this row on, {len(run)} rows in one block are the same as earlier ones "
            "in every column.",
            pd.Index(run),
            fate=fate,
        )
    sheet.tell(
        pd.Index(np.concatenate(singles) if singles else np.array([], dtype=np.int64)),
        "exact_duplicate",
        "The row is the same as an earlier one in every column.",
        severity=severity,
        fate=fate,
    )
