"""Years and days: what is missing, what is none, what has not come yet."""

from __future__ import annotations

import pandas as pd

from data.checks.sheet import Sheet

Frame = pd.DataFrame


def read_years(
    sheet: Sheet, table: Frame, fixed: int | None, column: str | None, name: str
) -> Frame:
    """``table`` with the year of each row; rows without one are rejected."""
    if column is None:
        return table.assign(**{name: fixed})
    read = sheet.years(column)
    table = sheet.drop(table, read.missing, "missing_year", "The row has no year.", column=column)
    table = sheet.drop(table, read.bad, "bad_year", "The year is none.", column=column)
    return table.assign(**{name: read.values[table.index].astype("int64")})


def not_yet(sheet: Sheet, table: Frame, years: pd.Series, this_year: int, column: str) -> Frame:
    """Without rows of years that have not come."""
    return sheet.drop(
        table, years > this_year, "future_date", "The date has not come yet.", column=column
    )
