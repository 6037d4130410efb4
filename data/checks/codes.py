"""Codes: lost zeros are given back, districts not on the map are sent where they belong."""

from __future__ import annotations

import pandas as pd

from data.checks.region import Region
from data.checks.sheet import Sheet

Frame = pd.DataFrame
DIGITS = r"[0-9]+"


def read_codes(
    sheet: Sheet, table: Frame, column: str, region: Region, level: str = "district"
) -> Frame:
    """``table`` with a column ``code``; rows without one are rejected."""
    codes = sheet.text(column)[table.index]
    table = sheet.drop(
        table.assign(code=codes),
        codes == "",
        "missing_code",
        f"The row has no code of a {level}.",
        column=column,
    )
    table = _cut_padding(sheet, table, column, region, level)
    return _give_back_zeros(sheet, table, column, region, level)


def _cut_padding(sheet: Sheet, table: Frame, column: str, region: Region, level: str) -> Frame:
    """Codes of wider areas that were filled up with zeros to the length of a district's."""
    digits = region.digits(level)
    fill = "0" * (region.settings.code_digits - digits)
    if not fill:
        return table
    padded = (
        (table["code"].str.len() == region.settings.code_digits)
        & table["code"].str.endswith(fill)
        & table["code"].str.slice(0, digits).isin(region.known(level))
    )
    if padded.any():
        sheet.ledger.tell(
            "padded_code",
            "info",
            f"Codes end in {fill} to have the length of a district's: the zeros were cut off.",
            column=column,
            count=int(padded.sum()),
        )
    return table.assign(code=table["code"].str.slice(0, digits).where(padded, table["code"]))


def _give_back_zeros(sheet: Sheet, table: Frame, column: str, region: Region, level: str) -> Frame:
    digits = region.digits(level)
    codes = table["code"]
    filled = codes.str.zfill(digits)
    short = codes.str.fullmatch(DIGITS) & (codes.str.len() < digits)
    if region.districts is not None:
        known = filled.isin(region.known(level)) | filled.isin(region.changes)
        if level == "district":
            known |= filled.str.slice(0, region.settings.province_digits).isin(region.provinces)
        short &= known
    sheet.tell(
        table.index[short],
        "leading_zeros",
        "The code had lost its leading zeros: they were given back.",
        column=column,
        fate="repaired",
    )
    return table.assign(code=filled.where(short, codes))


def on_the_map(
    sheet: Sheet, table: Frame, column: str, region: Region, level: str = "district"
) -> Frame:
    """Rows of areas that the map has; the others are rejected, with the reason."""
    if region.districts is None:
        return table
    if level == "district":
        table = _without_wider(sheet, table, column, region)
        newer = ~table["code"].isin(region.codes) & _is_newer(table["code"], region)
        table = sheet.drop(
            table,
            newer,
            "district_not_on_map",
            "The district is not on the map, which is older than it.",
            column=column,
        )
    return sheet.drop(
        table,
        ~table["code"].isin(region.known(level)),
        "unknown_district" if level == "district" else "unknown_area",
        f"The map has no {level} of this code.",
        column=column,
    )


def _without_wider(sheet: Sheet, table: Frame, column: str, region: Region) -> Frame:
    """Codes of provinces or departments where those of districts are expected."""
    for level in ("province", "department"):
        table = sheet.drop(
            table,
            ~table["code"].isin(region.codes) & table["code"].isin(region.known(level)),
            "wider_area_code",
            f"The code is that of a {level}: say so in vigia.toml, as code_level or area_type.",
            column=column,
        )
    return table


def _is_newer(codes: pd.Series, region: Region) -> pd.Series:
    """Whether the map has at least the province, or knows what the district was cut from."""
    return _province(codes, region).isin(region.provinces) | codes.isin(region.changes)


def settle(sheet: Sheet, table: Frame, column: str, region: Region) -> Frame:
    """People or cases of districts, with ``area_type`` and ``area`` for where they count.

    Those of a district that is not on the map count with the one it was cut from, where
    ``[[districts.changes]]`` says so; else with its province; else they are rejected.
    """
    if region.districts is None:
        return table.assign(area_type="district", area=table["code"])
    table = _without_wider(sheet, table, column, region)
    codes = table["code"]
    changed = codes.isin(region.changes)
    province = _province(codes, region)
    absent = ~codes.isin(region.codes) & ~changed
    wider = absent & province.isin(region.provinces)
    sheet.tell(
        table.index[changed],
        "district_change",
        "The district is not on the map: the row counts with the one it was cut from.",
        column=column,
        severity="info",
        fate="repaired",
    )
    sheet.tell(
        table.index[wider],
        "district_not_on_map",
        "The district is not on the map: the row counts with its province only. "
        "An entry under [[districts.changes]] would say which district it was cut from.",
        column=column,
        fate="repaired",
    )
    area = codes.map(region.changes).where(changed, codes).where(~wider, province)
    table = table.assign(
        area_type=pd.Series("district", index=table.index).where(~wider, "province"),
        area=area.astype("str"),
    )
    return sheet.drop(
        table,
        absent & ~wider,
        "unknown_district",
        "The map has neither a district nor a province of this code.",
        column=column,
    )


def read_known_or_none(sheet: Sheet, table: Frame, column: str, region: Region) -> pd.Series:
    """Codes of things that have a place of their own; None where the map does not have the code."""
    codes = sheet.text(column)[table.index]
    rows = table.assign(code=codes)
    codes = _give_back_zeros(sheet, rows, column, region, "district")["code"]
    sheet.tell(
        table.index[codes == ""],
        "missing_code",
        "The row has no code of a district: its place says where it is.",
        column=column,
    )
    absent = ~codes.isin(region.codes) & (codes != "")
    newer = absent & _is_newer(codes, region)
    sheet.tell(
        table.index[newer],
        "district_not_on_map",
        "The district is not on the map: the place of the point says where it counts.",
        column=column,
        fate="repaired",
    )
    sheet.tell(
        table.index[absent & ~newer],
        "unknown_district",
        "The map has no district of this code: the place of the point says where it counts.",
        column=column,
        fate="repaired",
    )
    return codes.astype("object").where(codes.isin(region.codes), None)


def _province(codes: pd.Series, region: Region) -> pd.Series:
    return codes.str.slice(0, region.settings.province_digits)
