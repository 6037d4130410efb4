"""People per district and year, and the points where they live."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from data.checks.codes import read_codes, settle
from data.checks.geometry import with_geometry
from data.checks.place import own_code_against_place
from data.checks.region import Region
from data.checks.repeats import merge_repeats
from data.checks.sheet import Sheet
from data.checks.sums import add_up
from data.checks.times import read_years
from vigia.settings import PointsInput, PopulationInput

MOST = 10_000_000_000  # more than there are on Earth


def columns(spec: PopulationInput) -> list[str | None]:
    """Columns that the project file names."""
    return [spec.code, spec.people, spec.year_column]


def check(sheet: Sheet, spec: PopulationInput, region: Region) -> pd.DataFrame:
    """The canonical table: area_type, area, year, people."""
    table = merge_repeats(sheet, sheet.keep(sheet.table()), columns(spec))
    table = read_codes(sheet, table, spec.code, region)
    table = read_years(sheet, table, spec.year, spec.year_column, "year")
    table = table.assign(people=sheet.quantity(table, spec.people, "number of people"))
    _only_people(sheet, table, spec.people)
    _one_figure_each(sheet, table, spec)
    table = settle(sheet, table, spec.code, region)
    table = add_up(sheet, table, ["area_type", "area", "year"], "people")
    return table[["area_type", "area", "year", "people"]]


def _only_people(sheet: Sheet, table: pd.DataFrame, column: str | None) -> None:
    sheet.tell(
        table.index[table["people"] < 0],
        "negative_count",
        "There cannot be fewer people than none.",
        column=column,
        severity="error",
    )
    sheet.tell(
        table.index[table["people"] > MOST],
        "impossible_count",
        f"A place with more than {MOST:,} people is none.",
        column=column,
        severity="error",
    )


def _one_figure_each(sheet: Sheet, table: pd.DataFrame, spec: PopulationInput) -> None:
    twice = table.duplicated(["code", "year"], keep=False)
    sheet.tell(
        table.index[twice],
        "conflicting_duplicate",
        "Two rows give people for the same district and year: which is right?",
        column=spec.people,
        severity="error",
    )


def point_columns(spec: PointsInput) -> list[str | None]:
    """Columns that the project file names."""
    return [spec.code, spec.name, spec.people, spec.lon, spec.lat]


def check_points(sheet: Sheet, spec: PointsInput, region: Region) -> gpd.GeoDataFrame:
    """The canonical table: code, name, people, geometry."""
    table = merge_repeats(sheet, sheet.keep(sheet.table()))
    table = table.assign(
        name=sheet.optional_text(table, spec.name),
        people=sheet.quantity(table, spec.people, "number of people"),
    )
    _only_people(sheet, table, spec.people)
    placed = with_geometry(sheet, table, region)
    placed = own_code_against_place(sheet, placed, spec.code, region)
    return placed[["code", "name", "people", "geometry"]]
