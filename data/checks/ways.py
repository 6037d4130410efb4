"""Ways: lines that one travels along, with speeds and lengths where the file has them."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from data.checks.geometry import with_geometry
from data.checks.region import Region
from data.checks.repeats import merge_repeats
from data.checks.sheet import Sheet
from data.sources.raw import RefusedError
from vigia.settings import WayInput

SPEEDS = ("kmh_down_high", "kmh_up_high", "kmh_down_low", "kmh_up_low")
COLUMNS = ("fid", "mode", "way_class", *SPEEDS, "length_km", "crossings", "geometry")


def columns(spec: WayInput) -> list[str | None]:
    """Columns that the project file names."""
    return [spec.class_column, *(getattr(spec, name) for name in SPEEDS), spec.length_km]


def check(sheet: Sheet, spec: WayInput, region: Region) -> gpd.GeoDataFrame:
    """The canonical table: fid, mode, way_class, four speeds, length_km, crossings, geometry."""
    table = merge_repeats(sheet, sheet.keep(sheet.table()))
    placed = _only_lines(sheet, with_geometry(sheet, table, region))
    placed = placed.assign(
        fid=placed.index + 1,
        mode=spec.mode,
        way_class=_classes(sheet, placed, spec.class_column),
        length_km=_positive(sheet, placed, spec.length_km, "length"),
        crossings=spec.crossings,
        **{name: _speeds(sheet, placed, getattr(spec, name)) for name in SPEEDS},
    )
    return placed[list(COLUMNS)]


def _only_lines(sheet: Sheet, placed: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    other = pd.Series(shapely.get_dimensions(placed.geometry.to_numpy()) != 1, index=placed.index)
    if other.all():
        raise RefusedError("wrong_geometry_type", "Ways are lines, and there is none in it.")
    return sheet.drop(placed, other, "wrong_geometry_type", "The way is no line.")


def _classes(sheet: Sheet, placed: gpd.GeoDataFrame, column: str | None) -> pd.Series:
    classes = sheet.optional_text(placed, column)
    _tell_missing(sheet, column, classes.isna(), "class: they go by the speeds of the mode")
    return classes


def _speeds(sheet: Sheet, placed: gpd.GeoDataFrame, column: str | None) -> pd.Series:
    """Kilometres an hour; 0 where the way cannot be used."""
    kmh = _numbers(sheet, placed, column, "speed: that of their class counts")
    sheet.tell(
        placed.index[kmh == 0],
        "zero_value",
        "The speed is 0: the way cannot be used then.",
        column=column,
        severity="info",
    )
    return kmh


def _positive(sheet: Sheet, placed: gpd.GeoDataFrame, column: str | None, name: str) -> pd.Series:
    """Kilometres; a way of no length at all is one whose length nobody knows."""
    km = _numbers(sheet, placed, column, f"{name}: that of the line counts")
    nothing = km == 0
    _tell_negative(sheet, placed.index[nothing], column, f"The {name} is 0")
    return km.where(~nothing)


def _numbers(sheet: Sheet, placed: gpd.GeoDataFrame, column: str | None, missing: str) -> pd.Series:
    """Numbers from 0 up, NaN where there is none; what is no number refuses the file."""
    if column is None:
        return pd.Series(float("nan"), index=placed.index)
    read = sheet.numbers(column)
    rows = placed.index
    sheet.tell(
        rows[read.bad[rows]],
        "not_a_number",
        "The value is not a number; correct it or leave it empty.",
        column=column,
        severity="error",
    )
    _tell_missing(sheet, column, read.missing[rows], missing)
    values = read.values[rows]
    _tell_negative(sheet, rows[values < 0], column, "The value is less than 0")
    known: pd.Series = values.where(~(values < 0))
    return known


def _tell_missing(sheet: Sheet, column: str | None, missing: pd.Series, what: str) -> None:
    """In one finding: that not every way has its own is the rule and not the exception."""
    number = int(missing.sum())
    if column is not None and number:
        sheet.ledger.tell(
            "missing_value", "info", f"{number} ways give no {what}.", column=column, count=number
        )


def _tell_negative(sheet: Sheet, rows: pd.Index, column: str | None, message: str) -> None:
    sheet.tell(
        rows, "not_positive", f"{message}: it stays unknown.", column=column, fate="repaired"
    )
