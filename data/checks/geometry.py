"""Geometry of a file: where it is, whether it is valid, whether it can be there."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.checks.antimeridian import brought_back
from data.checks.dimensions import of_one_kind
from data.checks.region import Region
from data.checks.sheet import Sheet
from data.checks.systems import WGS84, system_of, tell_conversion
from data.finding_codes import Code
from data.sources.raw import RefusedError
from geo.locate import outside_km
from geo.validity import repair

KM_PER_DEGREE = 100.0  # less than it is, so that what is looked at is rather too much
Frame = pd.DataFrame


def with_geometry(
    sheet: Sheet, table: Frame, region: Region, *, null: Literal["keep", "reject"] = "reject"
) -> gpd.GeoDataFrame:
    """``table`` with valid geometry in EPSG:4326, near the districts.

    Raises
    ------
    RefusedError
        ``missing_geometry``, ``missing_crs``, ``unknown_crs``.
    """
    table, geometry = _points(sheet, table) if sheet.spec.lon else _shapes(sheet, table, null)
    tell_conversion(sheet.ledger, geometry.crs)
    table, placed = brought_back(sheet, table, geometry.to_crs(WGS84))
    placed = _unswapped(sheet, placed, geometry[table.index], region)
    table = sheet.drop(
        table,
        ~_possible(placed) & placed.notna(),
        "bad_coordinates",
        "The coordinates are nowhere on Earth: are they metres of another crs?",
    )
    whole = gpd.GeoDataFrame(table, geometry=placed[table.index], crs=WGS84)
    return outside(sheet, of_one_kind(sheet, _repaired(sheet, whole, null)), region)


def _points(sheet: Sheet, table: Frame) -> tuple[Frame, gpd.GeoSeries]:
    """Points of the two columns; a row without either is rejected."""
    lon, lat = sheet.spec.lon or "", sheet.spec.lat or ""
    x, y = sheet.numbers(lon), sheet.numbers(lat)
    for read, column in ((x, lon), (y, lat)):
        table = sheet.drop(
            table, read.missing, "missing_coordinates", "A coordinate is missing.", column=column
        )
        table = sheet.drop(
            table, read.bad, "bad_coordinates", "A coordinate is no number.", column=column
        )
    rows = table.index
    points = gpd.points_from_xy(x.values[rows], y.values[rows])
    return table, gpd.GeoSeries(points, index=rows, crs=system_of(sheet.spec.crs or WGS84))


def _shapes(sheet: Sheet, table: Frame, null: str) -> tuple[Frame, gpd.GeoSeries]:
    """The file's own geometry."""
    geometry = sheet.raw.geometry
    if geometry is None:
        raise RefusedError(
            "missing_geometry", "The file has no geometry: name its columns as lon and lat."
        )
    crs = geometry.crs or (system_of(sheet.spec.crs) if sheet.spec.crs else None)
    if crs is None:
        raise RefusedError(
            "missing_crs",
            'The file does not say its coordinate system: give it, as in crs = "EPSG:32718".',
        )
    geometry = geometry.set_crs(crs)[table.index]
    _tell_reading(sheet, table)
    nothing = geometry.isna() | geometry.is_empty
    unreadable = nothing & nothing.index.isin(sheet.raw.unreadable)
    reason = pd.Series("The row has no geometry", index=geometry.index)
    reason[geometry.is_empty] = "The geometry is empty"
    reason[unreadable] = "The geometry is of a kind that is not used here"
    told: tuple[tuple[pd.Series, Code], ...] = (
        (unreadable, "unreadable_geometry"),
        (nothing & ~unreadable, "null_geometry"),
    )
    for rows, code in told:
        if null == "keep":
            sheet.tell(table.index[rows], code, reason + ": it stays, without a boundary.")
        else:
            table = sheet.drop(table, rows, code, reason + ".")
    flat = shapely.force_2d(geometry.where(~nothing, None).to_numpy())
    series = gpd.GeoSeries(flat, index=geometry.index, crs=crs)
    return table, series[table.index]


def _tell_reading(sheet: Sheet, table: Frame) -> None:
    """What was done to the geometry of the rows in hand, and what is about to be left out."""
    sheet.tell(
        table.index[table.index.isin(sheet.raw.closed)],
        "open_ring",
        "A ring did not end where it began: it was closed.",
        fate="repaired",
    )
    geometry = sheet.raw.geometry
    high = int(shapely.has_z(geometry[table.index].to_numpy()).sum()) if geometry is not None else 0
    if high:
        sheet.ledger.tell(
            "dimensions_dropped",
            "info",
            f"{high} geometries have heights (Z), which are left out.",
            count=high,
        )


def _unswapped(
    sheet: Sheet, placed: gpd.GeoSeries, geometry: gpd.GeoSeries, region: Region
) -> gpd.GeoSeries:
    """``placed``; ``geometry`` turned round where only that puts it inside the area."""
    if region.shapes is None or not len(placed):
        return placed
    west, south, east, north = region.shapes.total_bounds
    margin = region.area.outside_km / KM_PER_DEGREE
    near = _within(placed, (west - margin, south - margin, east + margin, north + margin))
    far = geometry[placed.notna() & ~near]
    if not len(far):
        return placed
    turned = shapely.transform(far.to_numpy(), lambda xy: xy[:, ::-1])
    turned = gpd.GeoSeries(turned, index=far.index, crs=geometry.crs).to_crs(WGS84)
    fits = _within(turned, (west, south, east, north))
    rows = far.index[fits]
    sheet.tell(
        rows,
        "swapped_coordinates",
        "Longitude and latitude were the wrong way round: they were swapped.",
        fate="repaired",
    )
    placed.loc[rows] = turned.loc[rows]
    return placed


def _within(geometry: gpd.GeoSeries, box: tuple[float, float, float, float]) -> np.ndarray:
    """Whether bounds lie in a box; False for none."""
    bounds = geometry.bounds.to_numpy()
    inside = (bounds[:, :2] >= box[:2]).all(axis=1) & (bounds[:, 2:] <= box[2:]).all(axis=1)
    return np.asarray(inside)


def _possible(geometry: gpd.GeoSeries) -> pd.Series:
    return pd.Series(_within(geometry, (-180.0, -90.0, 180.0, 90.0)), index=geometry.index)


def _repaired(sheet: Sheet, placed: gpd.GeoDataFrame, null: str) -> gpd.GeoDataFrame:
    """Invalid geometry made valid, and told; what nothing is left of has none."""
    invalid = placed.index[placed.geometry.notna() & ~placed.geometry.is_valid]
    if not len(invalid):
        return placed
    fixed = repair(placed.geometry[invalid])
    lost = fixed.geometries.isna()
    sheet.tell(
        invalid[~lost],
        "invalid_geometry",
        "The geometry was invalid (" + fixed.reason + ") and was repaired.",
        fate="repaired",
    )
    placed = placed.copy()
    placed.loc[invalid, "geometry"] = fixed.geometries
    message = "The geometry was invalid (" + fixed.reason + ")."
    if null == "keep":
        sheet.tell(invalid[lost], "null_geometry", message)
        return placed
    return sheet.drop(placed, lost, "null_geometry", message)


def outside(sheet: Sheet, placed: gpd.GeoDataFrame, region: Region) -> gpd.GeoDataFrame:
    """Without what lies farther from every district than the project file allows."""
    there = placed.geometry.notna()
    if region.shapes is None or not there.any():
        return placed
    away = pd.Series(0.0, index=placed.index)
    untouched = placed.index[there & ~_touching(placed.geometry, region.shapes)]
    if len(untouched):
        away[untouched] = outside_km(placed.geometry[untouched], region.shapes)
    far = away > region.area.outside_km
    if far[there].all():
        raise RefusedError(
            "layer_outside_area",
            f"Everything in it lies farther than {region.area.outside_km:g} km from every "
            "district: is it the right file, and the right crs?",
        )
    return sheet.drop(
        placed,
        far,
        "outside_area",
        f"It lies farther than {region.area.outside_km:g} km from every district.",
    )


def _touching(geometry: gpd.GeoSeries, shapes: gpd.GeoDataFrame) -> np.ndarray:
    """Which touch any district."""
    tree = shapely.STRtree(geometry.to_numpy())
    hits = np.zeros(len(geometry), dtype=bool)
    districts = shapes.geometry.to_numpy()
    shapely.prepare(districts)
    hits[tree.query(districts, predicate="intersects")[1]] = True
    return hits
