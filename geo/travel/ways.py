"""The table of ways as arrays: single lines in an order and a direction of their own."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.arrays import edged
from geo.geodesy import Floats, Geometries, Ints, length_km
from geo.travel.given import in_degrees
from geo.travel.rules import MODES, SPEED_COLUMNS, TravelRules
from geo.validity import simple_parts
from vigia.errors import GeometryError

WHERE = "The table of ways"
NO_GEOMETRY, NO_LINE, NO_LENGTH, TWICE = (
    "no geometry",
    "no line",
    "no length",
    "drawn twice",
)


@dataclass(frozen=True)
class Ways:
    """Lines with what is known of each; the order of rows and of drawing has left no trace.

    Attributes
    ----------
    geometry : array of LineString, shape (lines,)
        EPSG:4326, without long edges and repeated points.
    fid : array of object
        Of the row that each line is part of.
    mode : array of int
        Index into ``MODES``.
    way_class : array of str or None
    kmh : array of shape (lines, 4)
        In the order of ``SPEED_COLUMNS``.
    km : array of float
        As the table says, else the geodesic length.
    crossings : array of bool
    dropped : dict of str to list
        Why lines were left out, and the fids of their rows.
    """

    geometry: Geometries
    fid: NDArray[np.object_]
    mode: Ints
    way_class: NDArray[np.object_]
    kmh: Floats
    km: Floats
    crossings: NDArray[np.bool_]
    dropped: dict[str, list[str]]

    def __len__(self) -> int:
        return len(self.geometry)


def read_ways(table: gpd.GeoDataFrame, rules: TravelRules) -> Ways:
    """The lines of a table of ways.

    Parameters
    ----------
    table : GeoDataFrame
        mode ("river" or "road") and geometry in EPSG:4326; fid, way_class, kmh_down_high,
        kmh_up_high, kmh_down_low, kmh_up_low, length_km and crossings may be absent or missing.
    rules : TravelRules
        Speeds of what the table leaves open.

    Raises
    ------
    GeometryError
        When a geometry is invalid or not in degrees, a mode is unknown, or a number is negative.
    """
    geometry = in_degrees(WHERE, table)
    table = table.reset_index(drop=True)
    mode = _modes(table)
    way_class = _texts(table, "way_class")
    kmh, given_km = _speeds(table, mode, way_class, rules), _numbers(table, "length_km")
    fid = np.asarray(
        table["fid"].astype(str) if "fid" in table else table.index.astype(str), object
    )
    crossings = _flags(table)

    lines, row, dropped = _lines(geometry, fid)
    drawn_km = length_km(lines)
    of_row = np.bincount(row, weights=drawn_km, minlength=len(table))
    known = np.isfinite(given_km)
    km = drawn_km * np.where(known, given_km / np.where(of_row > 0, of_row, 1), 1.0)[row]
    order, kept = _canonical(lines, mode[row], way_class[row], kmh[row], km, crossings[row])
    if twice := sorted(fid[row[order[~kept]]].tolist()):
        dropped[TWICE] = twice
    order = order[kept]
    row = row[order]
    return Ways(
        edged(lines[order]), fid[row], mode[row], way_class[row], kmh[row], km[order],
        crossings[row], dropped,
    )  # fmt: skip


def _modes(table: gpd.GeoDataFrame) -> Ints:
    if "mode" not in table.columns:
        raise GeometryError(f"{WHERE} has no column mode.", hint='Fill it with "river" or "road".')
    wrong = table["mode"][~table["mode"].isin(MODES)]
    if len(wrong):
        raise GeometryError(
            f"{WHERE} has the mode {str(wrong.iloc[0])[:40]!r} in {len(wrong)} rows.",
            hint=f"Modes are {' and '.join(MODES)}.",
        )
    return np.array([MODES.index(mode) for mode in table["mode"]], dtype=np.intp)


def _texts(table: gpd.GeoDataFrame, name: str) -> NDArray[np.object_]:
    if name not in table.columns:
        return np.full(len(table), None, dtype=object)
    column = table[name].astype(object)
    return np.array(column.where(column.notna(), None), dtype=object)


def _numbers(table: gpd.GeoDataFrame, name: str) -> Floats:
    if name not in table.columns:
        return np.full(len(table), np.nan)
    values = table[name].to_numpy(dtype=float, na_value=np.nan)
    if bad := int((values < 0).sum() + np.isinf(values).sum()):
        raise GeometryError(
            f"{WHERE} has {bad} numbers in {name} that are negative or infinite.",
            hint="Leave out what is not known; a speed of 0 says that a way cannot be used.",
        )
    return np.asarray(values, dtype=float)


def _flags(table: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    if "crossings" not in table.columns:
        return np.zeros(len(table), dtype=bool)
    return np.array([flag is not None and flag == True for flag in table["crossings"]])  # noqa: E712


def _speeds(
    table: gpd.GeoDataFrame, mode: Ints, way_class: NDArray[np.object_], rules: TravelRules
) -> Floats:
    kmh = np.column_stack([_numbers(table, name) for name in SPEED_COLUMNS])
    keys = list(zip(mode.tolist(), way_class.tolist(), strict=True))
    by_class = {key: rules.speeds_of(MODES[key[0]], key[1]).as_row() for key in set(keys)}
    default = np.array([by_class[key] for key in keys], dtype=float).reshape(-1, 4)
    return np.where(np.isnan(kmh), default, kmh)


def _lines(
    geometry: Geometries, fid: NDArray[np.object_]
) -> tuple[Geometries, Ints, dict[str, list[str]]]:
    """Single lines in their canonical direction, the row of each, and what was left out."""
    missing = shapely.is_missing(geometry)
    parts, owner = simple_parts(shapely.force_2d(geometry))
    is_line = shapely.get_dimensions(parts) == 1
    has_length = shapely.length(parts) > 0
    dropped = {
        NO_GEOMETRY: fid[missing],
        NO_LINE: fid[owner[~is_line]],
        NO_LENGTH: fid[owner[is_line & ~has_length]],
    }
    kept = is_line & has_length
    lines = shapely.remove_repeated_points(parts[kept])
    told = {why: sorted(set(of.tolist())) for why, of in dropped.items() if len(of)}
    return _directed(lines), owner[kept].astype(np.intp), told


def _directed(lines: Geometries) -> Geometries:
    """Each line from its lower end to its higher; rings by their second point."""
    closed = shapely.is_closed(lines).astype(int)
    first = shapely.get_coordinates(shapely.get_point(lines, closed))
    last = shapely.get_coordinates(shapely.get_point(lines, -1 - closed))
    turned = (first[:, 0] > last[:, 0]) | ((first[:, 0] == last[:, 0]) & (first[:, 1] > last[:, 1]))
    directed = lines.copy()
    directed[turned] = shapely.reverse(lines[turned])
    return directed


def _canonical(
    lines: Geometries,
    mode: Ints,
    way_class: NDArray[np.object_],
    kmh: Floats,
    km: Floats,
    crossings: NDArray[np.bool_],
) -> tuple[Ints, NDArray[np.bool_]]:
    """An order that depends on no order of rows, and which of it are no repetitions."""
    wkb = np.asarray(shapely.to_wkb(lines, byte_order=1), dtype=object)
    _, rank = np.unique(wkb, return_inverse=True) if len(wkb) else (wkb, np.empty(0, np.intp))
    names = np.array([name or "" for name in way_class], dtype=str)
    order = np.lexsort((km, crossings, *kmh.T, names, rank, mode))
    same = (rank[order][1:] == rank[order][:-1]) & (mode[order][1:] == mode[order][:-1])
    return order, np.concatenate([np.ones(min(len(order), 1), dtype=bool), ~same])
