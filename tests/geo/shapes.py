"""Small regions whose answers are known, and slow plain ways to get any other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import strategies as st
from pyproj import Geod

from geo.crs import MetricCRS, choose_metric_crs
from geo.features import Factor, Region, feature_table

WEST, SOUTH, SIDE = -74.0, -9.0, 0.5
GEOD = Geod(ellps="WGS84")
NO_POINTS = gpd.GeoDataFrame(
    {"code": [], "name": [], "people": []}, geometry=gpd.GeoSeries([], crs=4326)
)
NO_CAPITALS = NO_POINTS[["code", "name", "geometry"]]

# One plane serves this area; the second CRS is too far off there (1.2 %), so that every distance
# is measured in local planes.
ONE_PLANE, LOCAL_PLANES = "auto", "EPSG:3857"


def square(column: float, row: float, size: float = 1.0) -> shapely.Polygon:
    """A square of the grid, or a part of one, counted from the south-west."""
    west, south = WEST + column * SIDE, SOUTH + row * SIDE
    return shapely.box(west, south, west + size * SIDE, south + size * SIDE)


def at(column: float, row: float) -> shapely.Point:
    return shapely.Point(WEST + column * SIDE, SOUTH + row * SIDE)


def line(*places: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([at(*place) for place in places])


def grid(columns: int = 2, rows: int = 1) -> gpd.GeoDataFrame:
    """Codes rise from west to east, then from south to north."""
    cells = [(column, row) for row in range(rows) for column in range(columns)]
    codes = [f"01{row + 1:02}{column + 1:02}" for column, row in cells]
    return gpd.GeoDataFrame(
        {
            "code": codes,
            "name": [f"D{code}" for code in codes],
            "province_code": [code[:4] for code in codes],
            "department_code": ["01"] * len(codes),
        },
        geometry=[square(*cell) for cell in cells],
        crs=4326,
    )


def points(
    geometry: Sequence[Any],
    code: Sequence[str | None] | None = None,
    people: Sequence[float] | None = None,
) -> gpd.GeoDataFrame:
    count = len(geometry)
    return gpd.GeoDataFrame(
        {
            "code": pd.array(code or [None] * count, dtype="str"),
            "name": [""] * count,
            "people": np.array(people if people is not None else [np.nan] * count, dtype=float),
        },
        geometry=list(geometry),
        crs=4326,
    )


def capitals(**places: Any) -> gpd.GeoDataFrame:
    """``c0101=at(...)``: keyword arguments cannot begin with a digit."""
    codes = [name.removeprefix("c") for name in places]
    return gpd.GeoDataFrame(
        {"code": codes, "name": codes}, geometry=list(places.values()), crs=4326
    )


def layer(
    *geometry: Any,
    from_year: Sequence[int | None] | None = None,
    until_year: Sequence[int | None] | None = None,
) -> gpd.GeoDataFrame:
    count = len(geometry)
    return gpd.GeoDataFrame(
        {
            "fid": range(count),
            "code": pd.array([None] * count, dtype="str"),
            "from_year": pd.array(from_year or [None] * count, dtype="Int64"),
            "until_year": pd.array(until_year or [None] * count, dtype="Int64"),
            "value": np.full(count, np.nan),
        },
        geometry=gpd.GeoSeries(list(geometry), crs=4326),
    )


def attributes(codes: Sequence[str], values: Sequence[float], **years: Any) -> pd.DataFrame:
    count = len(codes)
    return pd.DataFrame(
        {
            "fid": range(count),
            "code": pd.array(codes, dtype="str"),
            "from_year": pd.array(years.get("from_year", [None] * count), dtype="Int64"),
            "until_year": pd.array(years.get("until_year", [None] * count), dtype="Int64"),
            "value": np.array(values, dtype=float),
        }
    )


def region(
    districts: gpd.GeoDataFrame | None = None,
    capitals: gpd.GeoDataFrame = NO_CAPITALS,
    points: gpd.GeoDataFrame = NO_POINTS,
) -> Region:
    return Region(grid() if districts is None else districts, capitals, points)


chosen = cache(choose_metric_crs)


def metric_of(districts: gpd.GeoDataFrame, wanted: str = ONE_PLANE) -> MetricCRS:
    return chosen(tuple(districts.total_bounds.tolist()), wanted)


def measured(
    where: Region,
    table: pd.DataFrame,
    measure: str,
    support: str = "polygon",
    *,
    wanted: str = ONE_PLANE,
) -> list[float]:
    """One factor in one year, by code."""
    metric = metric_of(where.districts, wanted)
    factor = Factor("it", measure, support)
    result = feature_table(where, {"it": table}, [factor], [2020], metric, lambda *_: None)
    return result[factor.id].tolist()


def geodesic_km(start: shapely.Point, end: shapely.Point) -> float:
    return float(GEOD.inv(start.x, start.y, end.x, end.y)[2]) / 1000


def area_km2(polygon: shapely.Polygon) -> float:
    """Of a polygon cut into strips of trapezia on the ellipsoid: no geodesic in it.

    The area between two parallels on an ellipsoid has a closed form (Snyder 1987, eq. 3-12); edges
    are straight in degrees.
    """
    ring = np.asarray(shapely.segmentize(polygon, 0.001).exterior.coords)
    e2 = GEOD.es
    e = np.sqrt(e2)
    sine = np.sin(np.radians(ring[:, 1]))
    height = (1 - e2) * (sine / (1 - e2 * sine**2) + np.arctanh(e * sine) / e) / 2
    x = np.radians(ring[:, 0])
    twice = np.sum(x[:-1] * height[1:] - x[1:] * height[:-1])
    return float(abs(twice) / 2 * (GEOD.a / 1000) ** 2)


def brute_km(one: Any, other: Any, degrees: float = 0.01) -> float:
    """The shortest geodesic between the vertices of two geometries, each with one every km."""
    if shapely.intersects(one, other):
        return 0.0
    a, b = (shapely.get_coordinates(shapely.segmentize(g, degrees)) for g in (one, other))
    first, second = (index.ravel() for index in np.indices((len(a), len(b))))
    metres = GEOD.inv(a[first, 0], a[first, 1], b[second, 0], b[second, 1])[2]
    return float(np.min(metres)) / 1000


@st.composite
def places(draw: st.DrawFn, columns: float = 4, rows: float = 4) -> shapely.Point:
    """Anywhere on a grid of that size, on borders and corners too."""
    x, y = (
        draw(
            st.one_of(
                st.integers(0, int(size)).map(float), st.floats(0, size, allow_subnormal=False)
            )
        )
        for size in (columns, rows)
    )
    return at(x, y)


@st.composite
def shapes(draw: st.DrawFn) -> Any:
    """A point, a line or a square somewhere on the grid."""
    start = draw(places())
    kind = draw(st.sampled_from(["point", "line", "square"]))
    if kind == "point":
        return start
    if kind == "square":
        return start.buffer(draw(st.floats(0.01, 0.4)), cap_style="square")
    end = draw(places().filter(lambda end: end.distance(start) > 0.01))
    return shapely.LineString([start, end])
