"""Which institutions answer for districts, provinces and departments."""

from __future__ import annotations

import pandas as pd

from data.checks.codes import on_the_map, read_codes
from data.checks.region import Region
from data.checks.repeats import merge_repeats
from data.checks.sheet import Sheet
from vigia.settings import ContactsInput

COLUMNS = ("area_type", "area", "institution", "phone")


def columns(spec: ContactsInput) -> list[str | None]:
    """Columns that the project file names."""
    return [spec.code, spec.institution, spec.phone]


def check(sheet: Sheet, spec: ContactsInput, region: Region) -> pd.DataFrame:
    """The canonical table: area_type, area, institution, phone."""
    table = merge_repeats(sheet, sheet.keep(sheet.table()), columns(spec))
    table = read_codes(sheet, table, spec.code, region, spec.level)
    table = on_the_map(sheet, table, spec.code, region, spec.level)
    names = sheet.text(spec.institution)[table.index]
    table = sheet.drop(
        table.assign(institution=names), names == "", "missing_value",
        "The row names no institution.", column=spec.institution,
    )  # fmt: skip
    table = table.assign(
        area_type=spec.level, area=table["code"], phone=sheet.optional_text(table, spec.phone)
    )
    return table.sort_values(["area", "institution"], kind="stable")[list(COLUMNS)]
