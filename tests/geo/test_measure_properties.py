"""What holds for every region: of moving, splitting, growing, and of other systems."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.features import Factor, Region, feature_table
from geo.geodesy import area_km2
from geo.stock import as_stock
from geo.surface import surface_of
from tests.geo.shapes import (
    at,
    grid,
    layer,
    line,
    places,
    region,
    square,
)
from tests.geo.worlds import (
    NAMES,
    SURFACES,
    YEAR,
    Plain,
    first_of,
    metric_of,
    numbers,
    table_of,
    world,
)

EACH_SURFACE = pytest.mark.parametrize("surface", SURFACES, ids=NAMES)
POLYGON, CAPITAL, POPULATION = "polygon", "capital", "population"
FINE = 0.005  # degrees: see worlds.EDGE
Surface = tuple[str, str]


# Moving


@EACH_SURFACE
@settings(deadline=None, max_examples=8)
@given(
    posts=st.lists(places(2, 3), min_size=1, max_size=6),
    near=st.floats(0, 3),
    farther=st.floats(1e-6, 20),
)
def test_moving_a_layer_away_never_shortens_a_distance(
    surface: Surface, posts: list[shapely.Point], near: float, farther: float
) -> None:
    """Eastward, of a layer that is east of all: on the ellipsoid a turn about its axis."""
    where = world().region
    for support in (POLYGON, CAPITAL, POPULATION):
        before, after = (
            numbers(
                where,
                layer(*(shapely.Point(p.x + (4.5 + by) / 2, p.y) for p in posts)),
                Factor("it", "distance", support),
                surface,
            )
            for by in (near, near + farther)
        )
        known = np.isfinite(before)
        assert known.sum() > 5
        slack = 1 + (1e-9 if surface[1] == "geodesic" else 0.005)
        assert (after[known] * slack >= before[known]).all()


# Splitting


@st.composite
def cuts(draw: st.DrawFn) -> list[tuple[float, float]]:
    """A line from the western to the eastern side of one square, bent or straight."""
    ends = draw(st.tuples(st.floats(0.1, 0.9), st.floats(0.1, 0.9)))
    middle = draw(
        st.lists(
            st.tuples(st.sampled_from([0.2, 0.4, 0.5, 0.7, 0.9]), st.floats(0.1, 0.9)),
            max_size=3,
            unique_by=lambda place: place[0],
        )
    )
    return [(0.0, ends[0]), *sorted(middle), (1.0, ends[1])]


def halves(cut: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    """A square cut in two, with sides so short that no plane bends them."""
    along = shapely.get_coordinates(shapely.segmentize(line(*cut), FINE))
    rings = [
        np.concatenate([along[:: 1 if up else -1], _corners(up)])
        for up in (True, False)
    ]  # fmt: skip
    shapes = [shapely.segmentize(shapely.Polygon(ring), 0.25) for ring in rings]
    return grid(2, 1).set_geometry(gpd.GeoSeries(shapes, crs=4326))


def _corners(up: bool) -> np.ndarray:
    corners = [at(1, 1), at(0, 1)] if up else [at(0, 0), at(1, 0)]
    return shapely.get_coordinates(corners)


def whole(parts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The two as one, with the vertices that they had on its border."""
    union = shapely.union_all(parts.geometry.to_numpy())
    return parts.iloc[:1].set_geometry(gpd.GeoSeries([union], crs=4326))


@pytest.mark.parametrize("surface", SURFACES[:2], ids=NAMES[:2])
@settings(deadline=None, max_examples=20)
@given(
    cut=cuts(),
    posts=st.lists(places(1, 1), max_size=8),
    mines=st.lists(st.tuples(places(1, 1), st.floats(0.01, 0.1)), max_size=4),
    ends=st.tuples(places(1, 1), places(1, 1)).filter(lambda two: two[0].distance(two[1]) > 0.01),
)
def test_splitting_a_district_loses_nothing_and_counts_nothing_twice(
    surface: Surface,
    cut: list[tuple[float, float]],
    posts: list[Any],
    mines: list[Any],
    ends: tuple[Any, Any],
) -> None:
    """With points on the cut and a road along it."""
    parts = halves(cut)
    along = shapely.get_coordinates(parts.geometry.iloc[0])[: 2 + len(cut)]
    on_cut = [at(*cut[0]), at(*cut[-1]), *(shapely.Point(xy) for xy in along)]
    road = shapely.segmentize(shapely.LineString(ends), FINE)
    layers = {
        "posts": layer(*posts, *on_cut),
        "roads": layer(road, shapely.segmentize(line(*cut), FINE)),
        "mines": layer(*(shapely.segmentize(p.buffer(r), FINE) for p, r in mines), square(9, 9)),
    }
    factors = [
        Factor("posts", "count_density"),
        Factor("roads", "length_density"),
        Factor("mines", "share_of_area"),
    ]
    two, one = (
        table_of(region(districts), layers, factors, surface).to_numpy()
        * sizes(districts, surface)[:, None]
        for districts in (parts, whole(parts))
    )
    assert two.sum(axis=0) == pytest.approx(one[0], rel=1e-6, abs=1e-6)
    if surface[1] == "geodesic":  # in a plane a point between two vertices is off the border
        assert one[0, 0] == pytest.approx(1000 * (len(posts) + len(on_cut)), rel=1e-6)


def sizes(districts: gpd.GeoDataFrame, surface: Surface) -> np.ndarray:
    """Of what the measures divide by."""
    laid = surface_of(metric_of(region(districts), surface))
    if surface[1] == "geodesic":
        return np.asarray(area_km2(districts.geometry.to_numpy()))
    return np.asarray(districts.to_crs(laid.crs).area) / 1e6


# Growing


RADII = st.lists(st.floats(0.5, 200), min_size=2, max_size=2, unique=True).map(sorted)


@EACH_SURFACE
@settings(deadline=None, max_examples=10)
@given(radii=RADII)
def test_a_larger_circle_has_no_fewer_features(surface: Surface, radii: list[float]) -> None:
    small, large = (
        np.pi * r**2 * counts(Factor("it", "count_density", CAPITAL, radius_km=r), surface)
        for r in radii
    )
    assert (large >= small * (1 - 1e-9)).all()
    assert len(small) == 10


@settings(deadline=None, max_examples=10)
@given(radii=RADII)
def test_a_district_grown_more_has_no_fewer_features(radii: list[float]) -> None:
    where, surface = world().region, SURFACES[1]
    plain = Plain(where, surface)
    flat = [plain.plane(s) for s in where.districts.geometry if s is not None]
    small, large = (
        counts(Factor("it", "count_density", radius_km=r), surface)
        * np.array([s.buffer(r * 1000, quad_segs=64).area / 1e6 for s in flat])
        for r in radii
    )
    assert small / 1000 == pytest.approx(np.round(small / 1000), abs=1e-6)
    assert (large >= small - 1e-3).all()


def counts(factor: Factor, surface: Surface) -> np.ndarray:
    """Where they are known."""
    found = numbers(world().region, world().layers["posts"], factor, surface)
    return np.asarray(found[np.isfinite(found)])


# Other systems, rows and heights


@EACH_SURFACE
@pytest.mark.parametrize("crs", ["EPSG:32718", "EPSG:3857"])
def test_the_same_in_another_crs(surface: Surface, crs: str) -> None:
    given_ = world()
    here, there = given_.region, {name: it.to_crs(crs) for name, it in given_.layers.items()}
    frames = (here.districts, here.capitals, here.points)
    districts, seats, homes = (frame.to_crs(crs) for frame in frames)
    moved = Region(districts, seats, homes, here.population)
    factors = [
        Factor("posts", "distance", POPULATION),
        Factor("roads", "distance", CAPITAL),
        Factor("mines", "share_of_area"),
        Factor("mines", "share_of_area", POPULATION, radius_km=30),
        Factor("roads", "length_density"),
        Factor("roads", "length_density", CAPITAL, radius_km=30),
        Factor("posts", "count_density", CAPITAL, radius_km=30),
        Factor("posts", "kernel_density", CAPITAL, radius_km=40),
    ]
    expected = table_of(here, given_.layers, factors, surface)
    metric = metric_of(here, surface)
    found = feature_table(moved, there, factors, [YEAR], metric, lambda *_: None)
    assert found.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-6, abs=1e-6, nan_ok=True)


def test_heights_change_nothing() -> None:
    given_ = world()
    high = {
        name: it.set_geometry(shapely.force_3d(it.geometry.to_numpy(), 250.0))
        for name, it in given_.layers.items()
    }
    factors = [
        Factor("posts", "distance", POPULATION),
        Factor("posts", "count_density", CAPITAL, radius_km=30),
        Factor("mines", "share_of_area"),
        Factor("mines", "share_of_area", CAPITAL, radius_km=30),
        Factor("roads", "length_density"),
        Factor("roads", "length_density", CAPITAL, radius_km=30),
    ]
    for surface in SURFACES:
        flat = table_of(given_.region, given_.layers, factors, surface).to_numpy()
        found = table_of(given_.region, high, factors, surface).to_numpy()
        assert found == pytest.approx(flat, rel=1e-12, nan_ok=True)


@EACH_SURFACE
@settings(deadline=None, max_examples=5)
@given(seed=st.integers(0, 2**31))
def test_the_order_of_rows_changes_no_byte(surface: Surface, seed: int) -> None:
    draw = np.random.default_rng(seed)
    given_ = world()
    here = given_.region

    def mixed(frame: Any) -> Any:
        return frame.iloc[draw.permutation(len(frame))]

    where = Region(
        mixed(here.districts), mixed(here.capitals), mixed(here.points), mixed(here.population)
    )
    factors = [
        Factor("mines", "share_of_area"),
        Factor("mines", "share_of_area", POPULATION, radius_km=30),
        Factor("roads", "length_density"),
        Factor("roads", "length_density", POPULATION, radius_km=30),
        Factor("posts", "kernel_density", POPULATION, radius_km=30),
        Factor("posts", "kernel_density", radius_km=30),
        Factor("posts", "count_density", POPULATION, radius_km=30, per="people"),
        Factor("mines", "count_density", weighted=True),
        Factor("posts", "count_density", per="people"),
        Factor("mines", "distance", POPULATION),
    ]
    expected = table_of(here, given_.layers, factors, surface)
    found = table_of(
        where, {name: mixed(it) for name, it in given_.layers.items()}, factors, surface
    )
    assert found.to_numpy().tobytes() == expected.to_numpy().tobytes()


# Years


def test_a_stock_is_a_picture_of_each_year_and_increments_add_up() -> None:
    it = layer(*(at(x, 0.5) for x in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)),
               from_year=[2015, 2015, 2018, 2018, 2018, None],
               until_year=[2016, None, None, None, 2019, None])  # fmt: skip
    where = region()
    years = [2014, 2015, 2016, 2018, 2019]

    def counts(table: pd.DataFrame) -> list[float]:
        found = table_of(where, {"it": table}, [Factor("it", "count_density")], years=years)
        values = first_of(found, "010101")
        return [round(float(value / values[0]), 6) for value in values]  # one stands always

    assert counts(it) == [1, 3, 2, 5, 4]
    assert counts(as_stock(it)) == [1, 3, 2, 4, 3]
    assert it["until_year"].notna().sum() == 2  # the table itself is as it was


def test_a_stock_without_years_stands_for_ever() -> None:
    assert as_stock(layer(at(0, 0)))["until_year"].isna().all()
    assert as_stock(layer()).empty


@EACH_SURFACE
def test_a_year_is_measured_as_if_nothing_later_were_known(surface: Surface) -> None:
    given_ = world()
    year = 2018
    past = {
        name: it[~(it["from_year"] > year)].assign(
            until_year=lambda t: t["until_year"].where(~(t["until_year"] > year))
        )
        for name, it in given_.layers.items()
    }
    factors = [
        Factor("mines", "share_of_area"),
        Factor("mines", "share_of_area", CAPITAL, radius_km=30),
        Factor("roads", "length_density"),
        Factor("posts", "distance", POPULATION),
        Factor("posts", "kernel_density", CAPITAL, radius_km=30),
        Factor("posts", "count_density", weighted=True),
    ]
    now = table_of(given_.region, given_.layers, factors, surface, [2015, year, 2023])
    then = table_of(given_.region, past, factors, surface, [year])
    assert now.xs(year, level="year").to_numpy().tobytes() == then.to_numpy().tobytes()
