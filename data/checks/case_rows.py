"""Rows of a case file before their place is looked at: repeats, blocks of zeros, the counts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.checks.repeats import repeated, tell_repeats
from data.checks.sheet import Sheet
from data.finding_codes import Code
from vigia.settings import CasesInput

BLOCK = 10  # so many parts of one place and year, all of them zero, are told
MOST = 1_000_000_000
Frame = pd.DataFrame


def tell_missing(sheet: Sheet, spec: CasesInput) -> None:
    """Rows without a count, in the whole file: what adds nothing, or is unobserved."""
    what = (
        "it adds nothing to its area, and where no row has one, the area is unknown"
        if spec.grain == "part"
        else "it is unknown, not zero"
    )
    sheet.tell(
        sheet.index[sheet.numbers(spec.count).missing],
        "missing_count",
        f"The row has no count: {what}.",
        column=spec.count,
    )


def settle_repeats(sheet: Sheet, table: Frame, spec: CasesInput) -> Frame:
    """What ``exact_duplicates`` says is done; ``again`` marks the rows that stay as repeats.

    Repeats are looked for in the whole file, whatever ``keep`` leaves out: a block that stands
    there twice is one however little of it is used.
    """
    repeats = repeated(sheet, table, list(sheet.raw.frame.columns))
    again = pd.Series(table.index.isin(repeats.index), index=table.index)
    if spec.exact_duplicates == "merge":
        tell_repeats(sheet, repeats, "warning", "merged")
        return table[~again].assign(again=False)
    refuse = spec.exact_duplicates == "refuse"
    tell_repeats(sheet, repeats, "error" if refuse else "warning", None)
    return table.assign(again=again)


def zero_blocks(sheet: Sheet, table: Frame, spec: CasesInput) -> Frame:
    """Tell places and years all of whose parts are zero: often a form that nobody filled in."""
    if spec.grain == "area_year" or spec.year_column is None:
        return table
    places = [spec.area] if spec.area else list(spec.area_names)
    by = [sheet.text(name)[table.index] for name in (*places, spec.year_column) if name]
    zero = sheet.numbers(spec.count).values[table.index].eq(0).groupby(by)
    whole = zero.transform("all") & (zero.transform("size") >= BLOCK)
    rows = table.index[whole]
    group = zero.ngroup()[whole].to_numpy()
    for number in np.unique(group):
        members = rows[group == number]
        sheet.ledger.block(
            "all_zero_block",
            "info",
            f"The {len(members)} parts of this place and year, from this row on, are all zero: was "
            "the form ever filled in?",
            members,
        )
    return table


def check_counts(sheet: Sheet, table: Frame, spec: CasesInput) -> Frame:
    """``table`` with ``count`` and ``observed``; what is no count refuses the file."""
    read = sheet.numbers(spec.count)
    rows = table.index
    values = read.values[rows]
    problems: tuple[tuple[pd.Series, Code, str], ...] = (
        (read.bad[rows], "not_a_number", "The count is not a number."),
        (values < 0, "negative_count", "A count cannot be negative."),
        (values % 1 > 0, "fractional_count", "A count is a whole number."),
        (values > MOST, "impossible_count", f"A count above {MOST:,} is none."),
    )
    for bad, code, message in problems:
        sheet.tell(
            rows[bad & ~read.missing[rows]], code, message, column=spec.count, severity="error"
        )
    table = table.assign(count=values, bare=read.missing[rows] & (spec.grain == "part"))
    observed = table["count"].notna()
    if spec.observed is not None:
        says = sheet.numbers(spec.observed)
        nothing = (says.missing | (says.values == 0))[table.index]
        sheet.tell(
            table.index[nothing],
            "unobserved_zero",
            "Nobody reported here: the count is unknown, not zero.",
            column=spec.observed,
            severity="info",
        )
        observed &= ~nothing
    return table.assign(observed=observed, count=table["count"].where(observed))
