"""A layer through the years: jumps that no reality makes, and years that are not there."""

from __future__ import annotations

import pandas as pd

from data.checks.sheet import Sheet
from vigia.settings import LayerInput

JUMP = 5.0  # times the middle one of the other years
YEARS_NEEDED = 4


def check_series(sheet: Sheet, table: pd.DataFrame, spec: LayerInput) -> None:
    """Tell years whose sum of values stands out, and gaps between years."""
    known = table.dropna(subset=["from_year", "value"])
    sums = known.groupby("from_year")["value"].sum()
    if len(sums) < YEARS_NEEDED:
        return
    for year, total in sums.items():
        usual = float(sums.drop(year).median())
        if usual > 0 and total > JUMP * usual:
            sheet.ledger.tell(
                "jump_between_years",
                "warning",
                f"{year} has {total / usual:.0f} times as much as the year in the middle of the "
                "others: a change of method, or a stock among increments?",
                column=spec.value,
            )
    gaps = sorted(set(range(int(sums.index.min()), int(sums.index.max()))) - set(sums.index))
    if gaps:
        sheet.ledger.tell(
            "missing_period",
            "warning",
            f"There is nothing of {', '.join(map(str, gaps))}, with years before and after.",
            column=spec.from_year,
            count=len(gaps),
        )
