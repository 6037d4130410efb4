"""Reporting areas and what they are made of."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from data.checks.codes import on_the_map, read_codes
from data.checks.geometry import with_geometry
from data.checks.region import Region
from data.checks.repeats import merge_repeats
from data.checks.sheet import Sheet
from data.checks.values import plain_names, usual
from vigia.settings import AreaInput, CrosswalkInput

Frame = pd.DataFrame


def columns(spec: AreaInput) -> list[str | None]:
    """Columns that the project file names."""
    return [spec.code, spec.name, spec.lon, spec.lat]


def check(sheet: Sheet, spec: AreaInput, region: Region) -> Frame:
    """The canonical table: area_type, area, name, and geometry if the file has any."""
    table = merge_repeats(sheet, sheet.keep(sheet.table()), columns(spec))
    if spec.id in ("province", "department"):
        table = read_codes(sheet, table, spec.code, region, spec.id)
    else:
        codes = sheet.text(spec.code)[table.index]
        table = sheet.drop(
            table.assign(code=codes), codes == "", "missing_code", "The row has no code.",
            column=spec.code,
        )  # fmt: skip
    table = table.assign(
        area_type=spec.id, area=table["code"], name=sheet.optional_text(table, spec.name)
    )
    _names_agree(sheet, table, spec, region)
    if sheet.raw.geometry is None and spec.lon is None:
        return _joined(sheet, table, spec, region)[["area_type", "area", "name"]]
    placed = with_geometry(sheet, table, region, null="keep")
    return _joined(sheet, placed, spec, region)[["area_type", "area", "name", "geometry"]]


def _names_agree(sheet: Sheet, table: Frame, spec: AreaInput, region: Region) -> None:
    """Names of provinces and departments against those that the districts' file gives."""
    if spec.id not in ("province", "department") or region.districts is None:
        return
    known = region.districts.dropna(subset=[spec.id])
    pairs = set(zip(known[f"{spec.id}_code"], plain_names(known[spec.id]), strict=True))
    named = table[table["name"].notna() & table["area"].isin(known[f"{spec.id}_code"])]
    plain = plain_names(named["name"])
    other = [pair not in pairs for pair in zip(named["area"], plain, strict=True)]
    sheet.tell(
        named.index[other],
        "name_code_mismatch",
        "The districts' file has another name than " + named["name"].astype("str")
        + f" for the {spec.id} " + named["area"] + ".",
        column=spec.name,
    )  # fmt: skip


def _joined(sheet: Sheet, table: Frame, spec: AreaInput, region: Region) -> Frame:
    """One row per area: what one code has in several is joined under its usual name.

    That is the one that most of its districts give, where any does, else the most frequent here.
    """
    twice = table["area"].duplicated(keep=False)
    if not twice.any():
        return table
    sheet.tell(
        table.index[twice],
        "split_code",
        "Area " + table["area"] + " stands in more than one row: they were joined.",
        column=spec.code,
    )
    rest = table["area"].duplicated(keep="first")
    sheet.ledger.give(table.index[rest], "merged")
    parts = table[twice].groupby("area")
    first = table[~rest].set_index("area", drop=False)
    names = parts["name"].agg(usual)
    names.update(_named_by_districts(spec, region))
    first.loc[names.index, "name"] = names
    if isinstance(table, gpd.GeoDataFrame):
        joined = table[twice].dissolve("area", method="unary").geometry
        first.loc[joined.index, "geometry"] = joined.where(~joined.is_empty, None)
    return first.reset_index(drop=True)


def _named_by_districts(spec: AreaInput, region: Region) -> pd.Series:
    """Code of a province or department -> the name that most of its districts give."""
    if spec.id not in ("province", "department") or region.districts is None:
        return pd.Series(dtype="object")
    by_code = region.districts.groupby(f"{spec.id}_code")[spec.id]
    names: pd.Series = by_code.agg(usual).dropna()
    return names


def crosswalk_columns(spec: CrosswalkInput) -> list[str | None]:
    """Columns that the project file names."""
    return [spec.area, spec.code, spec.year_from, spec.year_to]


def check_crosswalk(sheet: Sheet, spec: CrosswalkInput, region: Region) -> Frame:
    """The canonical table: area_type, area, code, year_from, year_to."""
    table = merge_repeats(sheet, sheet.keep(sheet.table()), crosswalk_columns(spec))
    areas = sheet.text(spec.area)[table.index]
    table = sheet.drop(
        table.assign(area_type=spec.id, area=areas), areas == "", "missing_code",
        "The row has no code of an area.", column=spec.area,
    )  # fmt: skip
    table = read_codes(sheet, table, spec.code, region)
    table = on_the_map(sheet, table, spec.code, region)
    for name, column in (("year_from", spec.year_from), ("year_to", spec.year_to)):
        if column is None:
            table = table.assign(**{name: pd.array([None] * len(table), dtype="Int64")})
            continue
        read = sheet.years(column)
        table = sheet.drop(table, read.bad, "bad_year", "The year is none.", column=column)
        table = table.assign(**{name: read.values[table.index].astype("Int64")})
    _in_two_areas(sheet, table, spec)
    return table[["area_type", "area", "code", "year_from", "year_to"]]


def _in_two_areas(sheet: Sheet, table: Frame, spec: CrosswalkInput) -> None:
    """A district counts in one area of a type at a time."""
    spans = table.assign(
        first=table["year_from"].fillna(0), last=table["year_to"].fillna(9999)
    ).sort_values(["code", "first", "last"])
    reached = spans.assign(last=spans.groupby("code")["last"].cummax())
    latest = reached.groupby("code")["last"].shift()
    sheet.tell(
        spans.index[(spans["first"] <= latest).fillna(False).to_numpy()].sort_values(),
        "overlapping_areas",
        "The district is in two areas of this type at once: which is right?",
        column=spec.code,
        severity="error",
    )
