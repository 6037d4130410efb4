"""The districts: codes, names, parents and boundaries."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from data.checks import codes as code_checks
from data.checks.coverage import check_coverage
from data.checks.geometry import with_geometry
from data.checks.region import Region
from data.checks.repeats import merge_repeats
from data.checks.sheet import Sheet
from data.checks.values import plain_names, usual
from data.sources.raw import RefusedError
from vigia.settings import DistrictsInput

COLUMNS = (
    "code",
    "name",
    "province_code",
    "province",
    "department_code",
    "department",
    "geometry",
)


def columns(spec: DistrictsInput) -> list[str | None]:
    """Columns that the project file names."""
    return [spec.code, spec.name, spec.province, spec.department]


def check(sheet: Sheet, spec: DistrictsInput, region: Region) -> gpd.GeoDataFrame:
    """The canonical table, sorted by code."""
    table = merge_repeats(sheet, sheet.keep(sheet.table()), columns(spec))
    table = code_checks.read_codes(sheet, table, spec.code, region)
    _odd_codes(sheet, table, spec)
    placed = with_geometry(sheet, _with_names(sheet, table, spec), region, null="keep")
    _only_polygons(placed)
    _codes_once(sheet, placed, spec)
    _parents_agree(sheet, placed, spec)
    check_coverage(sheet, placed)
    return placed.sort_values("code")[list(COLUMNS)]


def _with_names(sheet: Sheet, table: pd.DataFrame, spec: DistrictsInput) -> pd.DataFrame:
    table = table.assign(
        name=sheet.optional_text(table, spec.name),
        province_code=table["code"].str.slice(0, spec.province_digits),
        province=sheet.optional_text(table, spec.province),
        department_code=table["code"].str.slice(0, spec.department_digits),
        department=sheet.optional_text(table, spec.department),
    )
    for column, name in (
        (spec.name, "name"),
        (spec.province, "province"),
        (spec.department, "department"),
    ):
        if column is not None:
            sheet.tell(
                table.index[table[name].isna()],
                "missing_value",
                f"The {name} is missing: it stays unknown.",
                column=column,
            )
    return table


def _odd_codes(sheet: Sheet, table: pd.DataFrame, spec: DistrictsInput) -> None:
    odd = table["code"].str.len() != spec.code_digits
    sheet.tell(
        table.index[odd],
        "odd_code",
        f"The code does not have the {spec.code_digits} places that code_digits says.",
        column=spec.code,
    )


def _only_polygons(placed: gpd.GeoDataFrame) -> None:
    kinds = set(placed.geometry.dropna().geom_type)
    others = sorted(kinds - {"Polygon", "MultiPolygon"})
    if others:
        raise RefusedError(
            "wrong_geometry_type", f"Districts are polygons; here are also: {', '.join(others)}."
        )
    if not kinds:
        raise RefusedError("missing_geometry", "No district of the file has a boundary.")


def _codes_once(sheet: Sheet, placed: gpd.GeoDataFrame, spec: DistrictsInput) -> None:
    twice = placed["code"].duplicated(keep=False)
    sheet.tell(
        placed.index[twice],
        "duplicate_code",
        "Code " + placed["code"] + " is that of two districts or more: correct the file.",
        column=spec.code,
        severity="error",
    )


def _parents_agree(sheet: Sheet, placed: gpd.GeoDataFrame, spec: DistrictsInput) -> None:
    """Districts of one province by their code name one province."""
    for code, name, column in (
        ("province_code", "province", spec.province),
        ("department_code", "department", spec.department),
    ):
        named = placed[placed[name].notna()]
        if column is None or named.empty:
            continue
        plain = plain_names(named[name])
        other = plain != named[code].map(plain.groupby(named[code]).agg(usual))
        sheet.tell(
            named.index[other],
            "name_code_mismatch",
            "By its code " + named["code"] + f" the district is in another {name} than "
            + named[name] + ", going by the other districts of that code.",
            column=column,
        )  # fmt: skip
