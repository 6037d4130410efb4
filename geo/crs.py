"""The metric CRS: the plane in which nearest things are looked for, and how far it is off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.enums import TransformDirection
from pyproj.exceptions import CRSError, ProjError

from geo.geodesy import GEOD, Floats, Geometries
from vigia.errors import GeometryError

ERROR_ALLOWED = 0.005  # above it the plane is not used: see geo.nearest
ERROR_OF_A_GOOD_ZONE = 0.001  # a UTM zone within its 6 degrees: known to every other tool
ERROR_REFUSED = 0.1  # a CRS asked for that is farther off was meant for another area
NODES = 9  # of the grid, on a side
STEP_M = 1000.0

Bounds = tuple[float, float, float, float]
Measured = Literal["geodesic", "plane"]


@dataclass(frozen=True)
class MetricCRS:
    """A projected CRS with its error over the area.

    Attributes
    ----------
    crs : str
        What pyproj understands: an authority's code or a PROJ string.
    distance_error, area_error : float
        Largest relative error against the ellipsoid (0.004 is 0.4 %), over a grid on the bounds:
        of distances between its nodes and of short steps from them, and of small areas there.
    bounds : tuple of float
        West, south, east, north in degrees: the area that this holds for.
    measured : {"geodesic", "plane"}
        Where lengths, areas and distances are taken: on the ellipsoid, or in this plane with its
        error, as most other tools do.
    """

    crs: str
    distance_error: float
    area_error: float
    bounds: Bounds
    measured: Measured = "geodesic"

    @property
    def fit_for_distances(self) -> bool:
        """Whether this one plane serves the whole area; if not, local planes are used."""
        return self.distance_error <= ERROR_ALLOWED

    def project(self, geometries: gpd.GeoSeries | Geometries) -> gpd.GeoSeries | Geometries:
        """Geometries in this CRS's units.

        Parameters
        ----------
        geometries : GeoSeries or array of geometries
            In EPSG:4326; an array comes back as an array.
        """
        if isinstance(geometries, gpd.GeoSeries):
            return geometries.set_crs(4326).to_crs(self.crs)
        return forward(geometries, self.crs)

    def to_json(self) -> dict[str, Any]:
        """What the feature set records; the errors to six decimals, the same on every machine."""
        return {
            "crs": self.crs,
            "distance_error": round(self.distance_error, 6),
            "area_error": round(self.area_error, 6),
            "one_plane": self.fit_for_distances,
            "measured": self.measured,
        }


def choose_metric_crs(
    bounds: Bounds, wanted: str = "auto", measured: Measured = "geodesic"
) -> MetricCRS:
    """The CRS asked for, or the one that distorts distances least, with its measured error.

    Parameters
    ----------
    bounds : tuple of float
        West, south, east, north in degrees.
    wanted : str
        ``"auto"`` or a projected CRS such as ``"EPSG:32718"``.
    measured : {"geodesic", "plane"}
        Where lengths, areas and distances are to be taken.

    Raises
    ------
    GeometryError
        When the bounds are none, or the CRS is unknown, not projected or meant for another area.
    """
    west, south, east, north = (float(side) for side in bounds)
    bounds = (west, south, east, north)
    _check(bounds)
    found = _best(bounds) if wanted == "auto" else _asked_for(bounds, wanted)
    return replace(found, measured=measured)


def _best(bounds: Bounds) -> MetricCRS:
    fits = [fit for crs in _candidates(bounds) if (fit := _measured(bounds, crs)) is not None]
    if not fits:
        raise GeometryError(
            f"No metric CRS fits the area {_said(bounds)}.",
            hint="Name one in vigia.toml: [area] metric_crs.",
        )
    zone = fits[0]
    if zone.crs.startswith("EPSG:") and zone.distance_error <= ERROR_OF_A_GOOD_ZONE:
        return zone
    return min(fits, key=lambda fit: round(fit.distance_error, 6))  # the first of equals


def _check(bounds: Bounds) -> None:
    west, south, east, north = bounds
    if not np.isfinite(bounds).all():
        raise GeometryError(
            "No district has a geometry, so there is no area to measure in.",
            hint="Check the path and the CRS of [districts] in vigia.toml.",
        )
    if not (-180 <= west <= east <= 360 and -90 <= south <= north <= 90):
        raise GeometryError(
            f"The bounds {_said(bounds)} are not degrees of longitude and latitude.",
            hint="Check the crs of [districts] in vigia.toml.",
        )


def _said(bounds: Bounds) -> str:
    return "(" + ", ".join(f"{value:.2f}" for value in bounds) + ")"


def _asked_for(bounds: Bounds, wanted: str) -> MetricCRS:
    hint = 'Write metric_crs = "auto" in [area] of vigia.toml, or a projected CRS of the region.'
    try:
        crs = CRS.from_user_input(wanted)
    except CRSError as error:
        raise GeometryError(f"The CRS {wanted!r} is unknown.", hint=hint) from error
    if not crs.is_projected:
        raise GeometryError(
            f"The CRS {wanted!r} ({crs.name}) is not projected: it has no metres.", hint=hint
        )
    fit = _measured(bounds, wanted)
    if fit is None or fit.distance_error > ERROR_REFUSED:
        off = "is not defined" if fit is None else f"is off by {fit.distance_error:.0%}"
        raise GeometryError(
            f"The CRS {wanted!r} ({crs.name}) {off} over the area {_said(bounds)}.", hint=hint
        )
    return fit


def _candidates(bounds: Bounds) -> Iterator[str]:
    """The UTM zone of the middle, then projections centred on the area."""
    west, south, east, north = bounds
    lon, lat = round((west + east) / 2, 2), round((south + north) / 2, 2)
    lon = (lon + 180) % 360 - 180
    if abs(lat) < 80:
        yield f"EPSG:{326 if lat >= 0 else 327}{int((lon + 180) // 6) % 60 + 1:02}"
    end = f"+lon_0={lon:g} +datum=WGS84 +units=m +no_defs"
    yield f"+proj=laea +lat_0={lat:g} {end}"
    yield f"+proj=aeqd +lat_0={lat:g} {end}"
    yield _balanced(bounds, f"+proj=tmerc +lat_0={lat:g} {end}")
    sixth = (north - south) / 6
    parallels = f"+lat_1={south + sixth:.2f} +lat_2={north - sixth:.2f} +lat_0={lat:g}"
    yield f"+proj=lcc {parallels} {end}"
    yield f"+proj=aea {parallels} {end}"


def _balanced(bounds: Bounds, crs: str) -> str:
    """The same with a scale factor that errs as much to one side as to the other."""
    scales = _scales(bounds, crs)
    if scales is None:
        return crs
    low, high = scales.distance.min(), scales.distance.max()
    return crs.replace(" +datum", f" +k_0={2 / (low + high):.5f} +datum")


def _measured(bounds: Bounds, crs: str) -> MetricCRS | None:
    """The CRS with its error; None where it is not defined over the whole area."""
    scales = _scales(bounds, crs)
    if scales is None:
        return None
    distance, area = (float(np.abs(s - 1).max()) for s in (scales.distance, scales.area))
    return MetricCRS(crs, distance, area, bounds)


@dataclass(frozen=True)
class _Scales:
    distance: Floats  # in the plane / on the ellipsoid
    area: Floats


def _scales(bounds: Bounds, crs: str) -> _Scales | None:
    west, south, east, north = bounds
    south, north = max(south, -89.9), min(north, 89.9)
    lon, lat = (
        side.ravel()
        for side in np.meshgrid(np.linspace(west, east, NODES), np.linspace(south, north, NODES))
    )
    try:
        plane = _Plane(crs)
        here = plane.at(lon, lat)
        steps = [plane.at(*_step(lon, lat, azimuth)) - here for azimuth in range(0, 180, 15)]
    except (CRSError, ProjError):
        return None
    first, second = np.triu_indices(len(lon), 1)
    _, _, apart = GEOD.inv(lon[first], lat[first], lon[second], lat[second])
    far = apart > STEP_M  # not the same node twice, of an area without width
    long = np.hypot(*(here[first] - here[second]).T)[far] / apart[far]
    short = np.concatenate([np.hypot(*step.T) for step in steps]) / STEP_M
    to_north, to_east = steps[0], steps[90 // 15]
    area = np.abs(to_north[:, 0] * to_east[:, 1] - to_north[:, 1] * to_east[:, 0]) / STEP_M**2
    found = _Scales(np.concatenate([long, short]), area)
    return found if np.isfinite(found.distance).all() else None


def _step(lon: Floats, lat: Floats, azimuth: float) -> tuple[Floats, Floats]:
    same = np.ones_like(lon)
    to_lon, to_lat, _ = GEOD.fwd(lon, lat, azimuth * same, STEP_M * same)
    return np.asarray(to_lon), np.asarray(to_lat)


class _Plane:
    """Coordinates in metres, whatever the CRS's unit."""

    def __init__(self, crs: str) -> None:
        self._forward = transformer(crs)
        self._metres = CRS.from_user_input(crs).axis_info[0].unit_conversion_factor

    def at(self, lon: Floats, lat: Floats) -> Floats:
        return np.column_stack(self._forward.transform(lon, lat)) * self._metres


def forward(geometries: Geometries, crs: str) -> Geometries:
    """Geometries of EPSG:4326 in ``crs``."""
    return _moved(geometries, transformer(crs), TransformDirection.FORWARD)


def inverse(geometries: Geometries, crs: str) -> Geometries:
    """Geometries of ``crs`` in EPSG:4326."""
    return _moved(geometries, transformer(crs), TransformDirection.INVERSE)


def _moved(geometries: Geometries, by: Transformer, direction: TransformDirection) -> Geometries:
    def move(xy: Floats) -> Floats:
        return np.column_stack(by.transform(xy[:, 0], xy[:, 1], direction=direction))

    if (shapely.get_type_id(geometries) == shapely.GeometryType.POINT).all():
        xy = shapely.get_coordinates(geometries)
        if len(xy) == len(geometries):  # none is empty; making points is faster than moving them
            return np.asarray(shapely.points(move(xy)), dtype=object)
    moved: Geometries = shapely.transform(geometries, move)
    return moved


@lru_cache(maxsize=256)
def transformer(crs: str) -> Transformer:
    """From EPSG:4326 (lon, lat) to ``crs`` (x, y); made once."""
    return Transformer.from_crs("EPSG:4326", crs, always_xy=True)
