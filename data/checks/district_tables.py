"""What goes with the districts: their capitals, and their official areas."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from data.checks.codes import on_the_map, read_codes
from data.checks.geometry import with_geometry
from data.checks.region import Region
from data.checks.repeats import merge_repeats
from data.checks.sheet import Sheet
from data.sources.raw import RefusedError
from geo.geodesy import area_km2
from geo.locate import locate
from vigia.settings import CapitalsInput, OfficialAreaInput

AREA_OFF = 0.2  # of the official area
Frame = pd.DataFrame


def capital_columns(spec: CapitalsInput) -> list[str | None]:
    """Columns that the project file names."""
    return [spec.code, spec.name, spec.lon, spec.lat]


def check_capitals(sheet: Sheet, spec: CapitalsInput, region: Region) -> gpd.GeoDataFrame:
    """The canonical table: code, name, geometry (points)."""
    table = merge_repeats(sheet, sheet.keep(sheet.table()), capital_columns(spec))
    table = read_codes(sheet, table, spec.code, region)
    table = on_the_map(sheet, table, spec.code, region)
    _once(sheet, table, spec.code)
    table = table.assign(name=sheet.optional_text(table, spec.name))
    placed = with_geometry(sheet, table, region)
    if not (placed.geom_type == "Point").all():
        raise RefusedError("wrong_geometry_type", "Capitals are points, one each.")
    _in_their_district(sheet, placed, spec, region)
    return placed.sort_values("code")[["code", "name", "geometry"]]


def _once(sheet: Sheet, table: Frame, column: str) -> None:
    sheet.tell(
        table.index[table["code"].duplicated(keep=False)],
        "duplicate_code",
        "Two rows have this code of a district: which is right?",
        column=column,
        severity="error",
    )


def _in_their_district(
    sheet: Sheet, placed: gpd.GeoDataFrame, spec: CapitalsInput, region: Region
) -> None:
    if region.shapes is None:
        return
    place = locate(placed.geometry, region.shapes)
    known = placed["code"].isin(region.shapes["code"])
    sheet.tell(
        placed.index[place.isna()],
        "outside_all_districts",
        "The capital lies in no district of the map.",
    )
    sheet.tell(
        placed.index[known & place.notna() & (place != placed["code"])],
        "code_place_mismatch",
        "The capital of " + placed["code"] + " lies in " + place.fillna("") + ": the code stands.",
        column=spec.code,
    )


def area_columns(spec: OfficialAreaInput) -> list[str | None]:
    """Columns that the project file names."""
    return [spec.code, spec.area_km2]


def check_official_area(sheet: Sheet, spec: OfficialAreaInput, region: Region) -> Frame:
    """The canonical table: code, area_km2_official."""
    table = merge_repeats(sheet, sheet.keep(sheet.table()), area_columns(spec))
    table = read_codes(sheet, table, spec.code, region)
    table = on_the_map(sheet, table, spec.code, region)
    _once(sheet, table, spec.code)
    table = table.assign(area_km2_official=sheet.quantity(table, spec.area_km2, "area"))
    _against_polygons(sheet, table, spec, region)
    return table.sort_values("code")[["code", "area_km2_official"]]


def _against_polygons(sheet: Sheet, table: Frame, spec: OfficialAreaInput, region: Region) -> None:
    if region.shapes is None:
        return
    drawn = pd.Series(
        area_km2(region.shapes.geometry.to_numpy()), index=region.shapes["code"].to_numpy()
    )
    ratio = table["code"].map(drawn) / table["area_km2_official"]
    off = (ratio - 1).abs() > AREA_OFF
    sheet.tell(
        table.index[off],
        "area_differs",
        "The polygon of " + table["code"] + " has "
        + ratio.map("{:.2f}".format) + " times the official area.",
        column=spec.area_km2,
    )  # fmt: skip
