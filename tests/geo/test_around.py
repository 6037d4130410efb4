"""Counts, kernels, lengths and shares in districts and circles, against plain loops.

On the ellipsoid, in the plane, and where the metric CRS is not fit and local planes serve. Circles
are drawn in a plane whose every place is known here: in local planes they are held to geodesics.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import shapely

from geo.features import Factor
from tests.geo.worlds import (
    GEOD,
    NAMES,
    SURFACES,
    YEAR,
    Plain,
    by_support,
    numbers,
    standing,
    world,
)

EACH_SURFACE = pytest.mark.parametrize("surface", SURFACES, ids=NAMES)
ONE_PLANE_EACH = pytest.mark.parametrize("surface", SURFACES[:2], ids=NAMES[:2])
POINTWISE = pytest.mark.parametrize("support", ["capital", "population"])
DISC = 2048  # segments of a quarter: areas are right to 1e-7
Surface = tuple[str, str]

WORLD = world()
WHERE = WORLD.region
DISTRICTS = WHERE.districts.sort_values("code")
SHAPES = DISTRICTS.geometry.tolist()


def close(expected: Any, rel: float = 1e-6) -> Any:
    return pytest.approx(np.asarray(expected, dtype=float), rel=rel, abs=1e-9, nan_ok=True)


def people_of(year: int) -> np.ndarray:
    """The last figure not after the year."""
    table = WHERE.population
    assert table is not None
    known = table[table["year"] <= year].sort_values("year").groupby("code")["people"].last()
    return known.reindex(DISTRICTS["code"]).to_numpy()


def totals(layer: Any, number: Callable[[Any], float]) -> np.ndarray:
    """Of features' numbers in each district; a border is the lowest code's; NaN: no boundary."""
    found = np.array([np.nan if shape is None else 0.0 for shape in SHAPES])
    for _, row in layer.iterrows():
        at = row.geometry if row.geometry.geom_type == "Point" else row.geometry.point_on_surface()
        inside = [n for n, shape in enumerate(SHAPES) if shape is not None and shape.intersects(at)]
        if inside:
            found[inside[0]] += number(row)
    return found


# In districts


@EACH_SURFACE
@pytest.mark.parametrize("name", ["posts", "mines"])
def test_counts_in_districts(surface: Surface, name: str) -> None:
    plain, layer = Plain(WHERE, surface), WORLD.layers[name]
    km2 = [np.nan if s is None else plain.area_km2(plain.laid(s)) for s in SHAPES]
    count = totals(standing(layer), lambda row: 1.0)
    weight = totals(standing(layer), lambda row: row["value"])
    assert np.isnan(weight).sum() > 1  # one without a boundary, others with an unknown value
    found = numbers(WHERE, layer, Factor("it", "count_density"), surface)
    assert found == close(1000 * count / km2)
    found = numbers(WHERE, layer, Factor("it", "count_density", weighted=True), surface)
    assert found == close(1000 * weight / km2)
    found = numbers(WHERE, layer, Factor("it", "count_density", per="people"), surface)
    assert found == close(10_000 * count / people_of(YEAR))


def test_people_are_those_of_the_year_though_the_same_features_stand() -> None:
    posts = WORLD.layers["posts"][["geometry"]]
    early, late = (
        numbers(WHERE, posts, Factor("it", "count_density", per="people"), year=year)
        for year in (2016, 2019)
    )
    both = np.isfinite(early) & (early > 0)
    assert both.sum() > 5
    assert (early / late)[both] == close((people_of(2019) / people_of(2016))[both])


@EACH_SURFACE
def test_shares_of_districts(surface: Surface) -> None:
    plain, layer = Plain(WHERE, surface), WORLD.layers["mines"]
    union = shapely.union_all([plain.laid(s) for s in standing(layer).geometry])
    laid = [plain.laid(s) for s in SHAPES]
    expected = [
        np.nan if s is None else 100 * plain.area_km2(s.intersection(union)) / plain.area_km2(s)
        for s in laid
    ]
    assert numbers(WHERE, layer, Factor("it", "share_of_area"), surface) == close(expected)


@EACH_SURFACE
def test_lengths_in_districts(surface: Surface) -> None:
    """But for lines along borders: those are tested by themselves."""
    plain, layer = Plain(WHERE, surface), WORLD.layers["roads"].iloc[:60]
    lines = [plain.laid(s) for s in standing(layer).geometry]
    expected = [
        np.nan if s is None
        else sum(plain.length_km(s.intersection(line)) for line in lines) / plain.area_km2(s)
        for s in (plain.laid(s) for s in SHAPES)
    ]  # fmt: skip
    assert numbers(WHERE, layer, Factor("it", "length_density"), surface) == close(expected)


def grown(plain: Plain, radius_km: float) -> list[Any]:
    """Districts with what is around them; corners are drawn as finely as the engine does."""
    return [
        None if s is None else plain.plane(s).buffer(radius_km * 1000, quad_segs=64) for s in SHAPES
    ]


def test_in_grown_districts_of_the_plane() -> None:
    plain, km = Plain(WHERE, SURFACES[1]), 30.0
    wide = grown(plain, km)
    layers = {name: [plain.plane(s) for s in standing(it).geometry]
              for name, it in WORLD.layers.items()}  # fmt: skip
    union = shapely.union_all(layers["mines"])
    homes = [(plain.plane(p.geometry), p["people"]) for _, p in WHERE.points.iterrows()]

    def each(number: Callable[[Any], float]) -> Any:
        return close([np.nan if s is None else number(s) for s in wide])

    def of(name: str, measure: str, **said: Any) -> np.ndarray:
        factor = Factor("it", measure, radius_km=km, **said)
        return numbers(WHERE, WORLD.layers[name], factor, SURFACES[1])

    def count(s: Any) -> int:
        return sum(s.intersects(post) for post in layers["posts"])

    assert of("posts", "count_density") == each(lambda s: 1000 * count(s) / (s.area / 1e6))
    assert of("mines", "share_of_area") == each(lambda s: 100 * s.intersection(union).area / s.area)
    assert of("roads", "length_density") == each(
        lambda s: 1000 * sum(s.intersection(road).length for road in layers["roads"]) / s.area
    )
    assert of("posts", "count_density", per="people") == each(
        lambda s: 10_000 * count(s) / sum(p for home, p in homes if s.intersects(home))
    )


# In circles


@ONE_PLANE_EACH
@POINTWISE
def test_counts_in_circles(surface: Surface, support: str) -> None:
    plain, layer, km = Plain(WHERE, surface), WORLD.layers["posts"], 45.0
    posts = standing(layer)
    xy = shapely.get_coordinates([plain.plane(s) for s in posts.geometry])
    homes = shapely.get_coordinates([plain.plane(s) for s in WHERE.points.geometry])
    people = WHERE.points["people"].to_numpy()

    def inside(place: Any, others: np.ndarray) -> np.ndarray:
        apart = others - shapely.get_coordinates(plain.plane(place))
        return np.asarray(np.hypot(*apart.T) <= km * 1000)

    def at(number: Callable[[Any], float]) -> Any:
        return close(by_support(WHERE, support, number))

    def of(**said: Any) -> np.ndarray:
        factor = Factor("it", "count_density", support, radius_km=km, **said)
        return numbers(WHERE, layer, factor, surface)

    area, value = np.pi * km**2, posts["value"].to_numpy()
    assert of() == at(lambda p: 1000 * inside(p, xy).sum() / area)
    assert of(weighted=True) == at(lambda p: 1000 * value[inside(p, xy)].sum() / area)
    assert np.isfinite(of(weighted=True)).any()

    def per_people(place: Any) -> float:
        total = people[inside(place, homes)].sum()  # NaN where anyone's number is not known
        return 10_000 * inside(place, xy).sum() / total if total > 0 else np.nan

    assert of(per="people") == at(per_people)


@POINTWISE
def test_counts_in_local_planes_are_those_of_geodesics(support: str) -> None:
    """A local plane is off by 0.1 % at most, so only what is as near to the radius may differ."""
    layer, km = WORLD.layers["posts"], 45.0
    lon, lat = shapely.get_coordinates(standing(layer).geometry.to_numpy()).T

    def count(factor: float) -> np.ndarray:
        def at(place: Any) -> float:
            metres = GEOD.inv(np.full_like(lon, place.x), np.full_like(lat, place.y), lon, lat)[2]
            return float((np.asarray(metres) <= km * 1000 * factor).sum())

        return by_support(WHERE, support, at)

    factor = Factor("it", "count_density", support, radius_km=km)
    found = numbers(WHERE, layer, factor, SURFACES[2]) * np.pi * km**2 / 1000
    known = np.isfinite(found)
    assert (np.isfinite(count(1.0)) == known).all()
    assert (count(0.999)[known] <= found[known] + 1e-9).all()
    assert (found[known] <= count(1.001)[known] + 1e-9).all()
    assert found[known] == pytest.approx(count(1.0)[known], rel=0.02)


@ONE_PLANE_EACH
@POINTWISE
def test_shares_and_lengths_in_circles(surface: Surface, support: str) -> None:
    plain, km = Plain(WHERE, surface), 40.0
    mines = standing(WORLD.layers["mines"]).geometry
    roads = [plain.plane(s) for s in standing(WORLD.layers["roads"]).geometry]
    union = shapely.union_all([plain.plane(s) for s in mines])
    area = np.pi * (km * 1000) ** 2

    def disc(place: Any) -> Any:
        return plain.plane(place).buffer(km * 1000, quad_segs=DISC)

    def of(name: str, measure: str) -> np.ndarray:
        factor = Factor("it", measure, support, radius_km=km)
        return numbers(WHERE, WORLD.layers[name], factor, surface)

    share = by_support(WHERE, support, lambda p: 100 * disc(p).intersection(union).area / area)
    assert of("mines", "share_of_area") == close(share)
    density = by_support(
        WHERE, support, lambda p: 1000 * sum(disc(p).intersection(r).length for r in roads) / area
    )
    assert of("roads", "length_density") == close(density)


@EACH_SURFACE
@POINTWISE
def test_shares_at_points(surface: Surface, support: str) -> None:
    layer = WORLD.layers["mines"]
    shapes = standing(layer).geometry.tolist()
    expected = by_support(
        WHERE, support, lambda p: 100.0 if any(s.intersects(p) for s in shapes) else 0.0
    )
    found = numbers(WHERE, layer, Factor("it", "share_of_area", support), surface)
    assert found == close(expected)
    assert len(np.unique(found[np.isfinite(found)])) > 1


# Kernels


def quartic(place: np.ndarray, xy: np.ndarray, value: np.ndarray, km: float) -> float:
    """Per 1,000 km²; NaN where a value within the bandwidth is."""
    near = np.hypot(*(xy - place).T) / 1000 < km
    rest = 1 - (np.hypot(*(xy[near] - place).T) / 1000 / km) ** 2
    return float(1000 * 3 / np.pi / km**2 * (rest**2 * value[near]).sum())


@ONE_PLANE_EACH
@POINTWISE
@pytest.mark.parametrize("weighted", [False, True])
def test_kernels_at_points(surface: Surface, support: str, weighted: bool) -> None:
    plain, layer, km = Plain(WHERE, surface), WORLD.layers["posts"], 50.0
    posts = standing(layer)
    xy = shapely.get_coordinates([plain.plane(s) for s in posts.geometry])
    value = posts["value"].to_numpy() if weighted else np.ones(len(posts))
    expected = by_support(
        WHERE, support,
        lambda p: quartic(shapely.get_coordinates(plain.plane(p))[0], xy, value, km),
    )  # fmt: skip
    factor = Factor("it", "kernel_density", support, radius_km=km, weighted=weighted)
    assert numbers(WHERE, layer, factor, surface) == close(expected)


@ONE_PLANE_EACH
@pytest.mark.parametrize("km", [16.0, 1000.0])
def test_kernels_of_districts_are_means_over_a_lattice(surface: Surface, km: float) -> None:
    """With the larger bandwidth no node lies in any district, and one point of each serves."""
    plain, layer, step = Plain(WHERE, surface), WORLD.layers["posts"], km * 250
    posts = standing(layer)
    xy = shapely.get_coordinates([plain.plane(s) for s in posts.geometry])
    expected, alone = [], 0
    for shape in (plain.plane(s) for s in SHAPES):
        if shape is None:
            expected.append(np.nan)
            continue
        west, south, east, north = shape.bounds
        nodes = [
            np.array([x, y]) * step
            for x in range(int(west // step), int(east // step) + 2)
            for y in range(int(south // step), int(north // step) + 2)
            if shape.contains(shapely.Point(x * step, y * step))
        ]
        alone += not nodes
        nodes = nodes or [shapely.get_coordinates(shape.point_on_surface())[0]]
        expected.append(float(np.mean([quartic(n, xy, np.ones(len(xy)), km) for n in nodes])))
    assert (alone > 5) == (km > 100)
    factor = Factor("it", "kernel_density", radius_km=km)
    assert numbers(WHERE, layer, factor, surface) == close(expected)


def test_a_kernel_of_a_district_is_the_same_a_few_nodes_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    factor = Factor("it", "kernel_density", radius_km=16)
    at_once = numbers(WHERE, WORLD.layers["posts"], factor)
    monkeypatch.setattr("geo.measures.kernel.NODES_AT_ONCE", 10)
    assert numbers(WHERE, WORLD.layers["posts"], factor) == pytest.approx(
        at_once, rel=1e-12, nan_ok=True
    )


# Distances


@EACH_SURFACE
@pytest.mark.parametrize("name", ["posts", "roads", "mines"])
@pytest.mark.parametrize("support", ["polygon", "capital", "population"])
def test_distances(surface: Surface, support: str, name: str) -> None:
    """In the plane by Shapely; on the ellipsoid in an equidistant plane around each place.

    There a long edge, straight in degrees, is cut to 11 km pieces: they bend off by 0.4 m.
    """
    plain, layer = Plain(WHERE, surface), WORLD.layers[name]
    shapes = [plain.laid(s) for s in standing(layer).geometry]
    if support == "polygon":
        expected = np.array(
            [np.nan if s is None else _km(plain, plain.laid(s), shapes) for s in SHAPES]
        )
    else:
        expected = by_support(WHERE, support, lambda p: _km(plain, plain.laid(p), shapes))
    found = numbers(WHERE, layer, Factor("it", "distance", support), surface)
    exact = plain.flat or (name == "posts" and support != "polygon")
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-9 if exact else 5e-4, nan_ok=True)
    assert np.nanmax(found) > 1 or support == "polygon"


def _km(plain: Plain, place: Any, shapes: list[Any]) -> float:
    if any(place.intersects(shape) for shape in shapes):
        return 0.0
    if plain.flat:
        return float(min(place.distance(shape) for shape in shapes)) / 1000
    return min(_geodesic_km(place, shape) for shape in _nearest_few(place, shapes))


def _nearest_few(place: Any, shapes: list[Any]) -> list[Any]:
    return sorted(shapes, key=place.distance)[:8]


def _geodesic_km(one: Any, other: Any) -> float:
    """From vertices a metre apart on the two stretches that come nearest."""
    for degrees in (0.05, 1e-3, 1e-5):
        a, b = (shapely.get_coordinates(shapely.segmentize(s, degrees)) for s in (one, other))
        first, second = (index.ravel() for index in np.indices((len(a), len(b))))
        metres = np.asarray(GEOD.inv(*a[first].T, *b[second].T)[2])
        best = int(metres.argmin())
        spots = shapely.points([a[first[best]], b[second[best]]])
        one, other = (
            shape.intersection(spot.buffer(degrees)) if shape.geom_type != "Point" else shape
            for shape, spot in zip((_edge(one), _edge(other)), spots, strict=True)
        )
    return float(metres[best]) / 1000


def _edge(shape: Any) -> Any:
    return shape.boundary if shape.geom_type.endswith("Polygon") else shape
