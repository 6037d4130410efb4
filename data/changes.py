"""What a new version of an input changed against what stood before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import shapely

from data.kinds import Kind

NOTHING: Mapping[str, int] = {"added": 0, "changed": 0, "removed": 0}
NOT_CONTENT = ("fid",)  # the place of a row in its file says nothing about the thing


def compare(
    kind: Kind, before: pd.DataFrame, after: pd.DataFrame, names: Sequence[str]
) -> dict[str, dict[str, int]]:
    """Rows added, changed and removed, by the input that did it.

    Equal rows are taken out pair by pair; of the rest, two with the same identity are one that
    changed. Rows that are gone count with the last of the inputs.

    Parameters
    ----------
    before, after : DataFrame
        Rows of ``kind``; ``after`` with a column ``input``.
    names : sequence of str
        The inputs that came, in their order; at least one.
    """
    columns = [name for name in after.columns if name not in (*NOT_CONTENT, "input")]
    old = _hashed(before, columns, kind.identity)
    new = _hashed(after, columns, kind.identity).assign(input=after["input"].to_numpy())
    old, new, _ = _paired(old, new, "content")
    changed = new[:0]
    if kind.identity:
        old, new, changed = _paired(old, new, "identity")
    added_by, changed_by = new["input"].value_counts(), changed["input"].value_counts()
    counts = {
        name: {
            "added": int(added_by.get(name, 0)),
            "changed": int(changed_by.get(name, 0)),
            "removed": 0,
        }
        for name in names
    }
    counts[names[-1]]["removed"] = len(old)
    return counts


def _hashed(frame: pd.DataFrame, columns: list[str], identity: tuple[str, ...]) -> pd.DataFrame:
    plain = pd.DataFrame(frame[columns])
    if "geometry" in columns:
        wkb = shapely.to_wkb(np.asarray(plain["geometry"], dtype=object))
        plain["geometry"] = pd.Series(wkb, dtype=object, index=plain.index)
    hashes = {"content": pd.util.hash_pandas_object(plain, index=False).to_numpy()}
    if identity:
        of = plain[list(identity)]
        hashes["identity"] = pd.util.hash_pandas_object(of, index=False).to_numpy()
    return pd.DataFrame(hashes)


def _paired(
    old: pd.DataFrame, new: pd.DataFrame, column: str
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Rows of old and of new without a partner in ``column``, and the rows of new that have one."""
    keys = [
        pd.MultiIndex.from_arrays([side[column], side.groupby(column).cumcount()])
        for side in (old, new)
    ]
    has_old, has_new = keys[1].isin(keys[0]), keys[0].isin(keys[1])
    return old[~has_new], new[~has_old], new[has_old]
