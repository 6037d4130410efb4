"""Grids as factors, against every cell cut by Shapely; and what grids and radii refuse."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

from geo.features import Factor, Region
from geo.raster import Raster
from tests.geo.shapes import (
    NO_POINTS,
    SIDE,
    SOUTH,
    WEST,
    at,
    attributes,
    capitals,
    grid,
    layer,
    line,
    points,
    region,
    square,
)
from tests.geo.worlds import GEOD, NAMES, SURFACES, Plain, first_of, numbers, table_of
from vigia.errors import GeometryError

EACH_SURFACE = pytest.mark.parametrize("surface", SURFACES, ids=NAMES)
ROWS, COLUMNS = 24, 40
CELL = SIDE / 16
HERE = Region(
    grid(2, 1),
    capitals(c010101=at(0.33, 0.41), c010102=at(1.71, 0.62)),
    points([at(0.1, 0.1), at(0.8, 0.3), at(1.2, 0.9), at(1.9, 0.2)], people=[100, 300, 50, 150]),
)
Surface = tuple[str, str]


def raster(year: float = np.nan, dtype: Any = float, scale: float = 1.0) -> Raster:
    """Whole numbers 0 to 4 times a scale, some cells missing; it reaches beyond the region."""
    draw = np.random.default_rng(7)
    values = (draw.integers(0, 5, (ROWS, COLUMNS)) * scale).astype(dtype)
    values[draw.random((ROWS, COLUMNS)) < 0.03] = np.nan
    north = SOUTH + SIDE + 4 * CELL
    return Raster(values, WEST - 4 * CELL, north, CELL, CELL, "EPSG:4326", year)


def cells(grid_: Raster) -> list[tuple[float, shapely.Polygon]]:
    return [
        (value, shapely.box(west, north - CELL, west + CELL, north))
        for (row, column), value in np.ndenumerate(grid_.values)
        if not np.isnan(value)
        for west, north in [(grid_.west + column * CELL, grid_.north - row * CELL)]
    ]


def brute(shape: Any, grid_: Raster, statistic: str, classes: tuple[float, ...] = ()) -> float:
    total = size = 0.0
    for value, cell in cells(grid_):
        if not cell.intersects(shape):
            continue
        part = cell.intersection(shape)
        part_of_cell = part.area / cell.area
        area = part_of_cell * abs(GEOD.geometry_area_perimeter(shapely.segmentize(cell, 0.005))[0])
        number = float(value in classes) if statistic == "share" else value
        total += number * (part_of_cell if statistic == "sum" else area)
        size += area
    return total if statistic == "sum" else total / size * (100 if statistic == "share" else 1)


def cell_at(place: Any, grid_: Raster) -> float:
    row, column = int((grid_.north - place.y) / CELL), int((place.x - grid_.west) / CELL)
    return float(grid_.values[row, column])


WHAT = pytest.mark.parametrize(
    ("statistic", "classes"), [("mean", ()), ("sum", ()), ("share", (1.0, 3.0))]
)


@EACH_SURFACE
@WHAT
def test_of_districts(surface: Surface, statistic: Any, classes: tuple[float, ...]) -> None:
    factor = Factor("it", "zonal", statistic=statistic, classes=classes)
    expected = [brute(s, raster(), statistic, classes) for s in HERE.districts.geometry]
    assert numbers(HERE, [raster()], factor, surface) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("surface", SURFACES[:2], ids=NAMES[:2])
@WHAT
def test_of_circles_and_grown_districts(
    surface: Surface, statistic: Any, classes: tuple[float, ...]
) -> None:
    km, plain = 9.0, Plain(HERE, surface)

    def around(shape: Any) -> float:
        flat = plain.plane(shapely.segmentize(shape, 0.005)).buffer(km * 1000, quad_segs=64)
        wide = shapely.transform(flat, lambda xy: np.column_stack(plain.back(*xy.T)))
        return brute(wide, raster(), statistic, classes)

    def of(support: str) -> np.ndarray:
        factor = Factor("it", "zonal", support, km, statistic=statistic, classes=classes)
        return numbers(HERE, [raster()], factor, surface)

    at_homes = [around(p) for p in HERE.points.geometry]
    assert of("polygon") == pytest.approx([around(s) for s in HERE.districts.geometry], rel=1e-4)
    assert of("capital") == pytest.approx([around(s) for s in HERE.capitals.geometry], rel=1e-4)
    assert of("population") == pytest.approx(
        [(at_homes[0] + 3 * at_homes[1]) / 4, (at_homes[2] + 3 * at_homes[3]) / 4], rel=1e-4
    )


@EACH_SURFACE
def test_of_the_cell_at_a_point(surface: Surface) -> None:
    grid_ = raster()
    expected = [cell_at(s, grid_) for s in HERE.capitals.geometry]
    assert numbers(HERE, [grid_], Factor("it", "zonal", "capital"), surface).tolist() == expected
    homes = [cell_at(s, grid_) for s in HERE.points.geometry]
    mean = [(homes[0] + 3 * homes[1]) / 4, (homes[2] + 3 * homes[3]) / 4]
    found = numbers(HERE, [grid_], Factor("it", "zonal", "population"), surface)
    assert found == pytest.approx(mean, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_classes_are_rounded_as_the_grid_is(dtype: Any) -> None:
    """0.3 is another number in 32 bits."""
    grid_ = raster(dtype=dtype, scale=0.3)
    spots = {value: at_cell(grid_, value) for value in (1, 2)}
    where = Region(grid(), capitals(c010101=spots[1], c010102=spots[2]), NO_POINTS)
    factor = Factor("it", "zonal", "capital", statistic="share", classes=(0.3,))
    assert numbers(where, [grid_], factor).tolist() == [100, 0]


def at_cell(grid_: Raster, times: int) -> shapely.Point:
    """The middle of a cell with that number."""
    wanted = np.array(times * 0.3).astype(grid_.values.dtype)
    row, column = np.argwhere(np.isclose(grid_.values, wanted))[0]
    return shapely.Point(grid_.west + (column + 0.5) * CELL, grid_.north - (row + 0.5) * CELL)


def test_each_grid_stands_until_the_next() -> None:
    grids = [raster(year, scale=scale) for year, scale in ((2018, 10.0), (2015, 1.0))]
    years = [2014, 2015, 2017, 2018, 2030]
    means = table_of(HERE, {"it": grids}, [Factor("it", "zonal")], years=years)
    found = first_of(means, "010101")
    assert np.isnan(found[0])
    assert found[1:] / found[1] == pytest.approx([1, 1, 10, 10])


@pytest.mark.parametrize(
    ("missing", "mean", "total"), [(0.02, True, True), (0.2, True, False), (0.7, False, False)]
)
def test_what_is_known_of_too_little_says_nothing(missing: float, mean: bool, total: bool) -> None:
    """A sum that leaves out a fifth of the ground would read as little."""
    whole = raster()
    values = np.ones_like(whole.values)
    values[np.random.default_rng(1).random(values.shape) < missing] = np.nan
    found = [
        numbers(HERE, [replace(whole, values=values)], Factor("it", "zonal", statistic=statistic))
        for statistic in ("mean", "sum")
    ]
    assert [bool(np.isfinite(one).all()) for one in found] == [mean, total]
    assert [bool(np.isnan(one).all()) for one in found] == [not mean, not total]


def test_no_grid_at_all_says_nothing() -> None:
    assert np.isnan(numbers(HERE, [], Factor("it", "zonal"))).all()


# Refused

UNKNOWN: Any = "mode"
POSTS, ROADS = layer(at(0.5, 0.5)), layer(line((0, 0), (1, 1)))
SOME = Region(grid(), capitals(c010101=at(0.5, 0.5)), points([at(0.5, 0.5)], people=[3]))


@pytest.mark.parametrize(
    ("it", "factor", "said", "hint"),
    [
        ([raster(2015), raster(2015)], Factor("it", "zonal"), "several grids", "its year"),
        ([raster(), raster()], Factor("it", "zonal"), "several grids", "its year"),
        ([raster()], Factor("it", "zonal", statistic="share"), "a share is of", "classes"),
        ([raster()], Factor("it", "zonal", classes=(1,)), "a share is of", "classes"),
        ([raster()], Factor("it", "zonal", "capital", statistic=UNKNOWN), '"mode"', "mean, sum"),
        ([raster()], Factor("it", "distance"), "has a grid", 'measure = "zonal"'),
        (POSTS, Factor("it", "count_density", weighted=True), "no values", "value"),
        (POSTS, Factor("it", "kernel_density", radius_km=5, weighted=True), "no values", "value"),
        (POSTS, Factor("it", "count_density", per="people"), "No population", "[population]"),
        (POSTS, Factor("it", "distance", radius_km=5), "takes no radius_km", "Take radius_km"),
        (POSTS, Factor("it", "distance", weighted=True), "takes no weighted", "Take weighted"),
        (ROADS, Factor("it", "length_density", per="area"), "takes no per", "Take per"),
        (POSTS, Factor("it", "count_density", season="low"), "takes no season", "Take season"),
        (POSTS, Factor("it", "distance", direction="to"), "takes no direction", "Take direction"),
        (POSTS, Factor("it", "distance", statistic="mean"), "takes no statistic", "Take statistic"),
        (POSTS, Factor("it", "distance", classes=(1,)), "takes no classes", "Take classes"),
        (
            attributes(["01"], [1]),
            Factor("it", "attribute", weighted=True),
            "takes no weighted",
            "",
        ),
        *(
            (POSTS, Factor("it", measure, support, km), "is no radius", "from 0.01 to 1000")
            for measure in ("count_density", "kernel_density")
            for support in ("polygon", "capital")
            for km in (0.0, -3.0, 0.001, 20_000.0, float("inf"), float("nan"))
        ),
        (POSTS, Factor("it", "kernel_density", "capital"), "needs a bandwidth", "radius_km = 25"),
    ],
)
def test_what_has_no_meaning_is_refused(it: Any, factor: Factor, said: str, hint: str) -> None:
    with pytest.raises(GeometryError) as caught:
        numbers(SOME, it, factor)
    assert said in caught.value.message
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize("measure", ["count_density", "kernel_density"])
def test_an_empty_layer_has_no_values_and_is_not_refused(measure: str) -> None:
    factor = Factor("it", measure, radius_km=5, weighted=True)
    assert np.isnan(numbers(SOME, layer(), factor)).all()


def test_a_column_of_values_weighs_what_it_has() -> None:
    posts = layer(at(0.4, 0.5), at(0.6, 0.5), at(1.5, 0.5)).assign(value=[2.0, 3.0, 7.0])
    plain, weighted = (
        numbers(SOME, posts, Factor("it", "count_density", weighted=w)) for w in (False, True)
    )
    assert weighted / plain == pytest.approx([2.5, 7.0])


def test_a_border_drawn_on_both_sides_of_a_mine() -> None:
    """What is left of it in a district is a polygon with a line: only the one has an area."""
    ring = ((1, 0), (1, 0.3), (0.8, 0.3), (0.8, 0.6), (1.2, 0.6), (1.2, 0))
    mine = shapely.Polygon([at(*corner) for corner in ring])
    cut = shapely.get_parts(mine.intersection(square(0, 0)))
    assert "LineString" in {part.geom_type for part in cut}
    for surface in SURFACES:
        west, _ = numbers(region(), layer(mine), Factor("it", "share_of_area"), surface)
        assert west == pytest.approx(6, rel=1e-3)


@EACH_SURFACE
@pytest.mark.parametrize("measure", ["kernel_density", "count_density"])
def test_a_district_without_a_boundary_is_unknown_and_others_are_not(
    surface: Surface, measure: str
) -> None:
    districts = grid()
    districts.loc[1, "geometry"] = None
    found = numbers(region(districts), POSTS, Factor("it", measure, radius_km=20), surface)
    assert np.isnan(found).tolist() == [False, True]
    assert found[0] > 0
