"""Points, lines and polygons: one kind in a geometry, and told where a layer mixes them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from data.checks.antimeridian import MANY
from data.checks.sheet import Sheet
from data.checks.systems import WGS84
from geo.validity import simple_parts

KINDS = {0: "points", 1: "lines", 2: "polygons"}


def of_one_kind(sheet: Sheet, placed: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Collections made one geometry of their highest dimension, and told."""
    rows = placed.index[placed.geom_type == "GeometryCollection"]
    if not len(rows):
        return placed
    sheet.tell(
        rows,
        "geometry_collection",
        "The geometry is a collection: only its parts of the highest dimension were kept, as one.",
        fate="repaired",
    )
    placed = placed.copy()
    kept = [highest_dimension(one) for one in placed.geometry[rows]]
    placed.loc[rows, "geometry"] = gpd.GeoSeries(kept, index=rows, crs=WGS84)
    return placed


def highest_dimension(collection: BaseGeometry) -> BaseGeometry:
    """The polygons of a collection as one geometry, or where there are none its lines or points."""
    parts, _ = simple_parts(np.array([collection], dtype=object))
    found = shapely.get_dimensions(parts)
    kept = parts[found == found.max()]
    if len(kept) == 1:
        alone: BaseGeometry = kept[0]
        return alone
    if found.max() == 2:  # which may lie over each other
        return shapely.union_all(kept)
    return MANY[int(found.max())](list(kept))


def tell_mixture(sheet: Sheet, placed: gpd.GeoDataFrame) -> None:
    """Say where a layer has points, lines and polygons together, and how many of each."""
    there = shapely.get_dimensions(placed.geometry.to_numpy())
    numbers = {name: int((there == kind).sum()) for kind, name in KINDS.items()}
    found = [f"{number} {name}" for name, number in numbers.items() if number]
    if len(found) > 1:
        sheet.ledger.tell(
            "mixed_geometry",
            "warning",
            f"The layer has {' and '.join(found)}: a measure may be of one kind alone.",
            count=len(placed),
        )
