"""Layers whose every year is a complete picture; light, because services read them, too."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.geodesy import Floats


def numbers(table: pd.DataFrame, name: str) -> Floats:
    """A column as numbers; NaN where it says nothing, or is not there."""
    if name not in table.columns:
        return np.full(len(table), np.nan)
    return table[name].to_numpy(dtype=float, na_value=np.nan)


def as_stock(table: pd.DataFrame) -> pd.DataFrame:
    """The same, each year of ``from_year`` a complete picture that gives way to the next.

    Without this the features of a year add to those of the years before it.

    Parameters
    ----------
    table : DataFrame
        With ``from_year`` and, possibly, ``until_year``, which may end a feature earlier.
    """
    pictures = np.unique(numbers(table, "from_year"))
    pictures = np.append(pictures[np.isfinite(pictures)], np.nan)
    begins, ends = numbers(table, "from_year"), numbers(table, "until_year")
    following = pictures[np.searchsorted(pictures[:-1], begins, side="right")]
    return table.assign(until_year=np.fmin(following, ends))
