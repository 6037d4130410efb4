"""Raids and visits. As with cases, no finding holds a value of the file."""

from __future__ import annotations

import pandas as pd

from data.checks import values
from data.checks.codes import on_the_map, read_codes
from data.checks.region import Region
from data.checks.repeats import merge_repeats
from data.checks.sheet import Sheet
from vigia.settings import EffortInput

COLUMNS = ("code", "date", "team_days", "method", "outcome", "found")
Frame = pd.DataFrame


def columns(spec: EffortInput) -> list[str | None]:
    """Columns that the project file names."""
    return [spec.code, spec.date_column, spec.team_days, spec.method, spec.outcome, spec.found]


def check(sheet: Sheet, spec: EffortInput, region: Region) -> Frame:
    """The canonical table: code, date, team_days, method, outcome, found."""
    table = merge_repeats(sheet, sheet.keep(sheet.table()))
    table = _with_date(sheet, table, spec, region)
    table = read_codes(sheet, table, spec.code, region)
    table = _merged_districts(sheet, table, spec, region)
    table = on_the_map(sheet, table, spec.code, region)
    table = table.assign(
        team_days=sheet.quantity(table, spec.team_days, "number of team-days"),
        method=sheet.optional_text(table, spec.method),
        outcome=sheet.optional_text(table, spec.outcome),
        found=sheet.quantity(table, spec.found, "number found"),
    )
    for column, name in ((spec.team_days, "team_days"), (spec.found, "found")):
        sheet.tell(
            table.index[table[name] < 0],
            "negative_count",
            "The number cannot be negative.",
            column=column,
            severity="error",
        )
    return table[list(COLUMNS)]


def _with_date(sheet: Sheet, table: Frame, spec: EffortInput, region: Region) -> Frame:
    column = spec.date_column
    days, bad = values.dates(sheet.text(column))
    table = sheet.drop(table, bad, "bad_date", "The date is none.", column=column)
    table = sheet.drop(
        table.assign(date=days[table.index]),
        days.isna(),
        "missing_date",
        "The row has no date.",
        column=column,
    )
    return sheet.drop(
        table,
        table["date"] > pd.Timestamp(region.today),
        "future_date",
        "The date has not come yet.",
        column=column,
    )


def _merged_districts(sheet: Sheet, table: Frame, spec: EffortInput, region: Region) -> Frame:
    changed = table["code"].isin(region.changes)
    sheet.tell(
        table.index[changed],
        "district_change",
        "The district is not on the map: the row counts with the one it was cut from.",
        column=spec.code,
        severity="info",
        fate="repaired",
    )
    return table.assign(code=table["code"].map(region.changes).where(changed, table["code"]))
