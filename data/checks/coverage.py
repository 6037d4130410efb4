"""Whether the districts cover the area: no two in one place, no hole between, none alone."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from data.checks.sheet import Sheet
from geo.geodesy import area_km2

OVERLAP = 1e-4  # of the smaller district: less is a matter of the border's drawing


def check_coverage(sheet: Sheet, placed: gpd.GeoDataFrame) -> None:
    """Tell overlaps, holes and islands."""
    shapes = placed[placed.geometry.notna()]
    geometry = shapes.geometry.to_numpy()
    if len(geometry) < 2:
        return
    _overlaps(sheet, shapes, geometry)
    _islands(sheet, shapes, geometry)
    _holes(sheet, shapes, geometry)


def _overlaps(sheet: Sheet, shapes: gpd.GeoDataFrame, geometry: np.ndarray) -> None:
    suspects = np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(geometry)))
    tree = shapely.STRtree(geometry[suspects])
    first, second = tree.query(geometry[suspects], predicate="intersects")
    pairs = first < second
    one, two = suspects[first[pairs]], suspects[second[pairs]]
    if not len(one):
        return
    shared = shapely.area(shapely.intersection(geometry[one], geometry[two]))
    smaller = np.minimum(shapely.area(geometry[one]), shapely.area(geometry[two]))
    codes = shapes["code"].to_numpy()
    for a, b in zip(*(side[shared > OVERLAP * smaller] for side in (one, two)), strict=True):
        sheet.ledger.tell(
            "coverage_overlap",
            "warning",
            f"Districts {codes[a]} and {codes[b]} lie over each other.",
            row=int(shapes.index[b]) + 1,
        )


def _islands(sheet: Sheet, shapes: gpd.GeoDataFrame, geometry: np.ndarray) -> None:
    first, second = shapely.STRtree(geometry).query(geometry, predicate="intersects")
    has = np.zeros(len(geometry), dtype=bool)
    has[first[first != second]] = True
    sheet.tell(
        shapes.index[~has],
        "island",
        "District " + shapes["code"] + " touches no other: its neighbour is the nearest one.",
        severity="info",
    )


def _holes(sheet: Sheet, shapes: gpd.GeoDataFrame, geometry: np.ndarray) -> None:
    parts = shapely.get_parts(shapely.union_all(geometry))
    holes = shapely.polygons(shapely.get_rings(parts)[_inner(parts)])
    around = shapely.STRtree(geometry)
    codes = shapes["code"].to_numpy()
    for hole, km2 in zip(holes, area_km2(holes), strict=True):
        near = np.sort(codes[around.query(hole, predicate="intersects")])
        sheet.ledger.tell(
            "coverage_hole",
            "warning",
            f"No district covers {km2:.1f} km² between {', '.join(near[:6])}.",
        )


def _inner(parts: np.ndarray) -> np.ndarray:
    """Which rings of ``get_rings`` are holes: all but the first of each part."""
    _, owner = shapely.get_rings(parts, return_index=True)
    return np.append(False, owner[1:] == owner[:-1])
