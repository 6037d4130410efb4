"""A made-up region with slanted borders and layers of every kind, and plain ways to measure it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Geod, Transformer

from geo.crs import MetricCRS, choose_metric_crs
from geo.features import Factor, Region, feature_table
from tests.geo.shapes import LOCAL_PLANES, ONE_PLANE, at, capitals, grid, points

GEOD = Geod(ellps="WGS84")
COLUMNS, ROWS = 4, 3
YEAR = 2020
EDGE = 0.005  # degrees: an edge as short bends by 0.1 mm from the ellipsoid to a plane
SURFACES = ((ONE_PLANE, "geodesic"), (ONE_PLANE, "plane"), (LOCAL_PLANES, "geodesic"))
NAMES = ("ellipsoid", "plane", "local planes")


def bent(columns: int = COLUMNS, rows: int = ROWS, seed: int = 4) -> gpd.GeoDataFrame:
    """A grid of districts whose inner corners are moved, so that most borders slant."""
    draw = np.random.default_rng(seed)
    corners = np.stack(np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0)), axis=-1)
    corners[1:-1, 1:-1] += draw.uniform(-0.3, 0.3, corners[1:-1, 1:-1].shape)
    cells = [
        [corners[y, x], corners[y, x + 1], corners[y + 1, x + 1], corners[y + 1, x]]
        for y in range(rows)
        for x in range(columns)
    ]
    rings = [
        shapely.Polygon(np.concatenate([_side(*pair) for pair in pairwise([*cell, cell[0]])]))
        for cell in cells
    ]
    return grid(columns, rows).set_geometry(gpd.GeoSeries(rings, crs=4326))


def _side(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Places from start to end, without the end; the same ones the other way."""
    if tuple(start) > tuple(end):
        return _between(end, start)[:0:-1]
    return _between(start, end)[:-1]


def _between(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    ends = shapely.get_coordinates([at(*start), at(*end)])
    return np.linspace(ends[0], ends[1], 1 + int(np.ceil(np.hypot(*(ends[1] - ends[0])) / EDGE)))


@dataclass(frozen=True)
class World:
    """A region with layers."""

    region: Region
    layers: dict[str, gpd.GeoDataFrame]

    @property
    def codes(self) -> list[str]:
        return sorted(self.region.districts["code"])


@cache
def world() -> World:
    """Districts without a boundary, a capital or a point, and features that come and go."""
    draw = np.random.default_rng(11)
    districts = bent()
    codes = districts["code"].tolist()
    districts.loc[5, "geometry"] = None
    seats = capitals(**{f"c{code}": at(*draw.uniform(0, 3, 2)) for code in codes[:-2]})
    homes = points(
        [at(*place) for place in draw.uniform((0, 0), (COLUMNS, ROWS), (70, 2))],
        code=[codes[n % 11] if n % 3 == 0 else None for n in range(70)],
        people=[np.nan if n % 17 == 5 else float(n * 37 % 400) for n in range(70)],
    )
    population = pd.DataFrame(
        [(code, year, 900.0 + 70 * n + year % 7) for n, code in enumerate(codes[1:])
         for year in (2015, 2018, 2021)],
        columns=["code", "year", "people"],
    )  # fmt: skip
    layers = {"posts": _posts(draw), "roads": _roads(draw, districts), "mines": _mines(draw)}
    return World(Region(districts, seats, homes, population), layers)


def _yearly(geometry: Sequence[Any], draw: np.random.Generator) -> gpd.GeoDataFrame:
    count = len(geometry)
    begins = np.where(draw.random(count) < 0.3, np.nan, draw.integers(2014, 2022, count))
    ends = np.where(draw.random(count) < 0.7, np.nan, draw.integers(2016, 2023, count))
    value = np.where(draw.random(count) < 0.05, np.nan, draw.uniform(1, 9, count))
    shapes = shapely.segmentize(np.array(geometry, dtype=object), EDGE)
    return gpd.GeoDataFrame(
        {"value": value, "from_year": begins, "until_year": ends}, geometry=list(shapes), crs=4326
    )


def _posts(draw: np.random.Generator) -> gpd.GeoDataFrame:
    places = [at(*place) for place in draw.uniform((-1, -1), (COLUMNS + 1, ROWS + 1), (150, 2))]
    return _yearly([*places, *places[:20], at(1, 0), at(2, 0)], draw)


def _roads(draw: np.random.Generator, districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    starts = draw.uniform((-1, -1), (COLUMNS + 1, ROWS + 1), (60, 1, 2))
    walks = np.cumsum(np.concatenate([starts, draw.normal(0, 0.25, (60, 6, 2))], axis=1), axis=1)
    lines = [shapely.LineString([at(*place) for place in walk]) for walk in walks]
    rings = shapely.get_rings(districts.geometry.dropna().to_numpy())
    borders = [shapely.LineString(shapely.get_coordinates(ring)[20:200]) for ring in rings[:4]]
    return _yearly([*lines, *borders], draw)


def _mines(draw: np.random.Generator) -> gpd.GeoDataFrame:
    places = draw.uniform((-1, -1), (COLUMNS + 1, ROWS + 1), (90, 2))
    sizes = draw.uniform(0.02, 0.2, 90)
    shapes = [at(*place).buffer(size, 3) for place, size in zip(places, sizes, strict=True)]
    return _yearly(shapes, draw)


def metric_of(region: Region, surface: tuple[str, str]) -> MetricCRS:
    bounds = tuple(region.districts.total_bounds.tolist())
    return _chosen(bounds, *surface)


_chosen = cache(choose_metric_crs)


def table_of(
    region: Region,
    layers: Any,
    factors: Sequence[Factor],
    surface: tuple[str, str] = SURFACES[0],
    years: Sequence[int] = (YEAR,),
    **how: Any,
) -> pd.DataFrame:
    metric = metric_of(region, surface)
    return feature_table(region, layers, factors, years, metric, lambda *_: None, **how)


def numbers(
    region: Region,
    layer: Any,
    factor: Factor,
    surface: tuple[str, str] = SURFACES[0],
    year: int = YEAR,
    **how: Any,
) -> np.ndarray:
    """One factor in one year, by code."""
    found = table_of(region, {factor.layer: layer}, [factor], surface, [year], **how)
    return found.iloc[:, 0].to_numpy()


def first_of(table: pd.DataFrame, code: str) -> np.ndarray:
    """The first factor of a district, year by year."""
    return np.asarray(table.xs(code)[table.columns[0]])


class Plain:
    """A surface without any code of ours: degrees with geodesics, or the plane."""

    def __init__(self, region: Region, surface: tuple[str, str]) -> None:
        self.metric = metric_of(region, surface)
        self.flat = self.metric.measured == "plane"
        self._to = Transformer.from_crs(4326, self.metric.crs, always_xy=True)

    def plane(self, shape: Any) -> Any:
        if shape is None:
            return None
        return shapely.transform(shape, lambda xy: np.column_stack(self._to.transform(*xy.T)))

    def back(self, x: Any, y: Any) -> Any:
        """From the plane to degrees."""
        return self._to.transform(x, y, direction="INVERSE")

    def laid(self, shape: Any) -> Any:
        return self.plane(shape) if self.flat else shape

    def area_km2(self, shape: Any) -> float:
        """Of a shape that is laid."""
        if self.flat:
            return float(shape.area) / 1e6
        parts = [part for part in _parts(shape) if part.geom_type == "Polygon"]
        return (
            sum(abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(p))[0]) for p in parts)
            / 1e6
        )

    def length_km(self, shape: Any) -> float:
        parts = [part for part in _parts(shape) if part.geom_type == "LineString"]
        if self.flat:
            return float(sum(part.length for part in parts)) / 1e3
        return float(sum(GEOD.geometry_length(part) for part in parts)) / 1e3


def _parts(shape: Any) -> list[Any]:
    if hasattr(shape, "geoms"):
        return [part for one in shape.geoms for part in _parts(one)]
    return [shape]


def standing(layer: gpd.GeoDataFrame, year: int = YEAR) -> gpd.GeoDataFrame:
    begun = layer["from_year"].isna() | (layer["from_year"] <= year)
    return layer[begun & (layer["until_year"].isna() | (layer["until_year"] > year))]


def mean_by_people(region: Region, values: np.ndarray) -> np.ndarray:
    """Of numbers at the population points, one by one and district by district."""
    districts, homes = region.districts.sort_values("code"), region.points
    mean, home = [], [home_of(region, n) for n in range(len(homes))]
    for code in districts["code"]:
        some = [n for n in range(len(homes)) if home[n] == code]
        people = [homes["people"].iloc[n] for n in some]
        known = [0.0 if np.isnan(p) else p for p in people]
        weights = known if sum(known) > 0 else [1.0] * len(some)
        used = [(w, values[n]) for w, n in zip(weights, some, strict=True) if w > 0]
        total = sum(w for w, _ in used)
        mean.append(sum(w * v for w, v in used) / total if total else np.nan)
    return np.array(mean)


def home_of(region: Region, n: int) -> str | None:
    """The district of a population point: its code, else the lowest one that it lies in."""
    districts, home = region.districts.sort_values("code"), region.points.iloc[n]
    if isinstance(home["code"], str) and home["code"] in set(districts["code"]):
        return str(home["code"])
    for code, shape in zip(districts["code"], districts.geometry, strict=True):
        if shape is not None and shape.intersects(home.geometry):
            return str(code)
    return None


def at_capitals(region: Region, values: np.ndarray) -> np.ndarray:
    """Numbers of the rows of capitals, by the codes of districts."""
    of = dict(zip(region.capitals["code"], values, strict=True))
    return np.array([of.get(code, np.nan) for code in sorted(region.districts["code"])])


def by_support(region: Region, support: str, values: Any) -> np.ndarray:
    """A function of a point, at the support's points, as numbers by code."""
    if support == "capital":
        return at_capitals(region, np.array([values(p) for p in region.capitals.geometry]))
    return mean_by_people(region, np.array([values(p) for p in region.points.geometry]))
