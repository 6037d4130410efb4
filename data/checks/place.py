"""The code that a point brings against the district it lies in."""

from __future__ import annotations

import geopandas as gpd

from data.checks.codes import read_known_or_none
from data.checks.region import Region
from data.checks.sheet import Sheet
from geo.locate import locate


def own_code_against_place(
    sheet: Sheet, placed: gpd.GeoDataFrame, column: str | None, region: Region
) -> gpd.GeoDataFrame:
    """``placed`` with ``code``: its own where the map has that, else that of the place.

    A point that says one district and lies in another keeps its own: borders are drawn more
    coarsely than settlements are registered.
    """
    if region.shapes is None:
        return placed.assign(code=sheet.optional_text(placed, column))
    place = locate(placed.geometry, region.shapes)
    sheet.tell(
        placed.index[place.isna()],
        "outside_all_districts",
        "The point lies in no district of the map.",
    )
    if column is None:
        return placed.assign(code=place)
    own = read_known_or_none(sheet, placed, column, region)
    compared = own.notna() & place.notna()
    sheet.tell(
        placed.index[compared & (own != place)],
        "code_place_mismatch",
        "By its code the point is in " + own.fillna("") + ", by its place in "
        + place.fillna("") + ": the code stands.",
        column=column,
    )  # fmt: skip
    return placed.assign(code=own.astype("object").where(own.notna(), place.astype("object")))


def has_points(placed: gpd.GeoDataFrame) -> bool:
    """Whether every geometry is a point."""
    return bool((placed.geom_type == "Point").all())
