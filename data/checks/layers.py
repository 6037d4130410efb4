"""Layers of risk factors: features with geometry, or attributes joined by code."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from data.checks.codes import on_the_map, read_codes
from data.checks.dimensions import tell_mixture
from data.checks.geometry import with_geometry
from data.checks.place import has_points, own_code_against_place
from data.checks.region import Region
from data.checks.repeats import merge_repeats
from data.checks.series import check_series
from data.checks.sheet import Sheet
from vigia.settings import LayerInput

COLUMNS = ("fid", "code", "from_year", "until_year", "value")
Frame = pd.DataFrame


def columns(spec: LayerInput) -> list[str | None]:
    """Columns that the project file names."""
    named = [spec.code, spec.value, spec.from_year, spec.until_year]
    return [*named, spec.lon, spec.lat] if spec.kind == "geometry" else named


def check(sheet: Sheet, spec: LayerInput, region: Region) -> Frame:
    """The canonical table: fid, code, from_year, until_year, value, and geometry if it has any."""
    named = columns(spec) if spec.kind == "attributes" else ()
    table = merge_repeats(sheet, sheet.keep(sheet.table()), named)
    table = _with_years(sheet, table, spec, region)
    table = table.assign(fid=table.index + 1, value=sheet.quantity(table, spec.value), code=None)
    if spec.kind == "attributes":
        return _attributes(sheet, table, spec, region)
    placed = with_geometry(sheet, table, region)
    tell_mixture(sheet, placed)
    if spec.code is not None:
        placed = _with_codes(sheet, placed, spec, region)
    if spec.value is not None:
        _zeros(sheet, placed, spec)
        check_series(sheet, placed, spec)
    features: Frame = placed[[*COLUMNS, "geometry"]]
    return features


def _with_years(sheet: Sheet, table: Frame, spec: LayerInput, region: Region) -> Frame:
    """First year in which a feature exists, and first in which it does no longer."""
    for name, column in (("from_year", spec.from_year), ("until_year", spec.until_year)):
        if column is None:
            table = table.assign(**{name: pd.array([None] * len(table), dtype="Int64")})
            continue
        read = sheet.years(column)
        table = sheet.drop(table, read.bad, "bad_year", "The year is none.", column=column)
        years = read.values[table.index]
        if name == "from_year":
            sheet.tell(
                table.index[years.isna()],
                "missing_year",
                "The first year is missing: the feature counts as always there.",
                column=column,
            )
            table = sheet.drop(
                table,
                years > region.today.year,
                "future_date",
                "The date has not come yet.",
                column=column,
            )
        table = table.assign(**{name: years[table.index].astype("Int64")})
    upside_down = (table["until_year"] < table["from_year"]).fillna(False)
    return sheet.drop(
        table, upside_down, "bad_period", "It ends before it begins.", column=spec.until_year
    )


def _with_codes(
    sheet: Sheet, placed: gpd.GeoDataFrame, spec: LayerInput, region: Region
) -> gpd.GeoDataFrame:
    if spec.code_level == "district" and has_points(placed):
        return own_code_against_place(sheet, placed, spec.code, region)
    return placed.assign(code=sheet.optional_text(placed, spec.code))


def _zeros(sheet: Sheet, placed: Frame, spec: LayerInput) -> None:
    sheet.tell(
        placed.index[placed["value"] == 0],
        "zero_value",
        "The value is 0: the feature is there, its size was not measured.",
        column=spec.value,
        severity="info",
    )


def _attributes(sheet: Sheet, table: Frame, spec: LayerInput, region: Region) -> Frame:
    column = spec.code or ""
    table = read_codes(sheet, table, column, region, spec.code_level)
    table = on_the_map(sheet, table, column, region, spec.code_level)
    twice = table.assign(year=table["from_year"].fillna(0)).duplicated(["code", "year"], keep=False)
    sheet.tell(
        table.index[twice],
        "conflicting_duplicate",
        "Two rows give a value for the same place: which is right?",
        column=column,
        severity="error",
    )
    _without_a_row(sheet, table, spec, region)
    return _giving_way(table)[list(COLUMNS)]


def _without_a_row(sheet: Sheet, table: Frame, spec: LayerInput, region: Region) -> None:
    absent = sorted(region.known(spec.code_level) - set(table["code"]))
    if absent:
        sheet.ledger.tell(
            "missing_district",
            "warning",
            f"No row for {len(absent)} on the map, whose value stays unknown: "
            f"{', '.join(absent[:10])}{' …' if len(absent) > 10 else ''}.",
            count=len(absent),
        )


def _giving_way(table: Frame) -> Frame:
    """Of a code's values by year each holds until the next one, where the file does not say."""
    if table["from_year"].isna().all() or table["until_year"].notna().any():
        return table
    following = table.sort_values("from_year").groupby("code")["from_year"].shift(-1)
    return table.assign(until_year=following)
