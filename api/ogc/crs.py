"""Coordinate reference systems by reference (OGC API - Features, part 2)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from api.ogc.errors import BadParameterError
from api.ogc.links import CRS84
from geo.crs import choose_metric_crs
from maps.geometry import EXACT_DECIMALS, bounds_of
from maps.released import Released
from vigia.errors import VigiaError

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
WGS84, WEB_MERCATOR = f"{EPSG}4326", f"{EPSG}3857"
METRE_DECIMALS = 2
Box = tuple[float, float, float, float]


def offered(released: Released) -> tuple[str, ...]:
    """Systems that answers may be in: degrees, Web Mercator, and the metric one of the area."""
    bounds = bounds_of(released.districts)
    metric = _metric(bounds, str(released.area.get("metric_crs", "auto"))) if bounds else None
    known = (CRS84, WGS84, WEB_MERCATOR)
    return known if metric is None or metric in known else (*known, metric)


@lru_cache(maxsize=8)
def _metric(bounds: Box, wanted: str) -> str | None:
    """None where it has no number of EPSG: then there is nothing to refer to it by."""
    try:
        name = choose_metric_crs(bounds, wanted).crs
    except VigiaError:
        return None
    number = name.removeprefix("EPSG:")
    return f"{EPSG}{number}" if number.isdigit() else None


def named(uri: str, known: Sequence[str], parameter: str) -> str:
    """``uri``, if it is one of those offered.

    Raises
    ------
    BadParameterError
        Otherwise.
    """
    if uri not in known:
        raise BadParameterError(
            f"{parameter} names no system of this collection.",
            hint=f"Known are {', '.join(known)}.",
        )
    return uri


def to_system(geometries: Any, uri: str) -> Any:
    """Geometries (CRS84) in the axis order of the system, as its authority has it."""
    return geometries if uri == CRS84 else _moved(geometries, _transformer(CRS84, uri))


def from_system(geometry: BaseGeometry, uri: str) -> BaseGeometry:
    """A geometry in CRS84.

    Raises
    ------
    BadParameterError
        Where it lies outside of what the system can tell.
    """
    moved = geometry if uri == CRS84 else _moved(geometry, _transformer(uri, CRS84))
    if not np.isfinite(shapely.get_coordinates(moved)).all():
        raise BadParameterError("A geometry lies outside of its coordinate reference system.")
    return moved


def decimals_of(uri: str) -> int:
    """How exact coordinates are told: to the centimetre."""
    return EXACT_DECIMALS if uri in (CRS84, WGS84) else METRE_DECIMALS


def boxes(numbers: Sequence[float], uri: str) -> BaseGeometry:
    """A box of two corners in a system as an area in CRS84; degrees may cross the antimeridian.

    Of six numbers, with heights, these are left out.

    Raises
    ------
    BadParameterError
        Where it is no box.
    """
    flat = [*numbers[:2], *numbers[3:5]] if len(numbers) == 6 else numbers
    if len(flat) != 4 or not np.isfinite(flat).all():
        raise BadParameterError("A box is four numbers: its lower corner and its upper corner.")
    first, second, third, fourth = flat
    if uri == WGS84:
        first, second, third, fourth = second, first, fourth, third
    if second > fourth or (first > third and uri not in (CRS84, WGS84)):
        raise BadParameterError("A box is its lower corner and its upper corner.")
    if uri not in (CRS84, WGS84):
        area = shapely.segmentize(shapely.box(first, second, third, fourth), _step(flat))
        return from_system(area, uri)
    if first <= third:
        return shapely.box(first, second, third, fourth)
    parts = [(first, second, 180.0, fourth), (-180.0, second, third, fourth)]
    return shapely.MultiPolygon([shapely.box(*part) for part in parts])


def _step(numbers: Sequence[float]) -> float:
    """Sides of a box that are straight in one system are bent in the other."""
    return max(abs(numbers[2] - numbers[0]), abs(numbers[3] - numbers[1]), 1e-6) / 32


def as_frame(geometries: Any, uri: str) -> gpd.GeoSeries:
    """Geometries (CRS84) in a system, x before y, as files of GIS have it."""
    series = gpd.GeoSeries(geometries, crs="OGC:CRS84")
    return series.to_crs(_name(uri)) if uri != CRS84 else series.set_crs(4326, allow_override=True)


def _name(uri: str) -> str:
    return "OGC:CRS84" if uri == CRS84 else f"EPSG:{uri.rpartition('/')[2]}"


@lru_cache(maxsize=16)
def _transformer(source: str, target: str) -> Transformer:
    system = pyproj.CRS.from_user_input
    return Transformer.from_crs(system(_name(source)), system(_name(target)))


def _moved(geometries: Any, transformer: Transformer) -> Any:
    def move(points: np.ndarray) -> np.ndarray:
        return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))

    return shapely.transform(geometries, move)
