"""Rows that count for the same area are added up, and accounted for."""

from __future__ import annotations

import pandas as pd

from data.checks.ledger import FATES
from data.checks.sheet import Sheet


def add_up(sheet: Sheet, table: pd.DataFrame, keys: list[str], value: str) -> pd.DataFrame:
    """One row per ``keys`` with the sum of ``value``; of no known value the sum is unknown.

    The row that stays is one that was nowhere moved, if there is one; the others are merged.
    """
    again = table.duplicated(keys, keep=False)
    if not again.any():
        return table
    moved = pd.Series(sheet.ledger.fates, index=sheet.index)[table.index] > FATES.index("kept")
    table = table.assign(_moved=moved).sort_values([*keys, "_moved"], kind="stable")
    sums = table.groupby(keys, sort=False)[value].transform("sum", min_count=1)
    rest = table.duplicated(keys, keep="first")
    sheet.ledger.give(table.index[rest], "merged")
    return table.assign(**{value: sums})[~rest].drop(columns="_moved").sort_index()
