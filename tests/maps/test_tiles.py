from __future__ import annotations

import math
from itertools import pairwise, product
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import Point, box

from maps.tiles import BUFFER, EXTENT, HALF_WORLD, MOST_ZOOM, ZOOMS_KEPT, Grid
from tests.maps import region

DRAWN = region.districts().dropna(subset="geometry").reset_index(drop=True)
METRES = DRAWN.to_crs("EPSG:3857")


def cell(zoom: int) -> float:
    return 2 * HALF_WORLD / EXTENT / 2**zoom


def tiles_of(zoom: int) -> list[tuple[int, int]]:
    """Row and column of all tiles that touch the area."""
    west, south, east, north = METRES.total_bounds
    side = cell(zoom) * EXTENT
    columns = range(int((west + HALF_WORLD) // side), int((east + HALF_WORLD) // side) + 1)
    rows = range(int((HALF_WORLD - north) // side), int((HALF_WORLD - south) // side) + 1)
    return list(product(rows, columns))


def in_metres(shape: Any, zoom: int, row: int, column: int) -> Any:
    corner = np.array([column, row]) * EXTENT
    return shapely.transform(shape, lambda xy: ((xy + corner) * cell(zoom) - HALF_WORLD) * [1, -1])


@pytest.fixture(scope="module")
def grid() -> Grid:
    return Grid(region.districts())


@pytest.mark.parametrize("zoom", range(MOST_ZOOM + 1))
def test_every_district_with_a_boundary_is_in_a_tile(grid: Grid, zoom: int) -> None:
    tiles = tiles_of(zoom)
    found = set()
    for row, column in tiles[:: max(1, len(tiles) // 400)] if zoom > 9 else tiles:
        for code, shape in grid.cut(zoom, row, column):
            assert shape.is_valid
            assert shape.area > 0
            assert np.array_equal(
                shapely.get_coordinates(shape), shapely.get_coordinates(shape) // 1
            )
            assert shape.within(box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER))
            found.add(code)
    assert found == set(DRAWN["code"])


@pytest.mark.parametrize("zoom", [4, 6, 8])
def test_tiles_put_together_are_the_districts_without_gaps(grid: Grid, zoom: int) -> None:
    pieces: dict[str, list[Any]] = {}
    inside = box(0, 0, EXTENT, EXTENT)
    for row, column in tiles_of(zoom):
        for code, shape in grid.cut(zoom, row, column):
            piece = shapely.intersection(shape, inside)
            pieces.setdefault(code, []).append(in_metres(piece, zoom, row, column))
    # Bends go up to four cells of area's root, and corners move to the next cell.
    for code, exact in zip(METRES["code"], METRES.geometry, strict=True):
        put_together = shapely.union_all(pieces[code])
        assert put_together.hausdorff_distance(exact) < 4 * cell(zoom)
    everything = shapely.union_all([piece for parts in pieces.values() for piece in parts])
    seams = shapely.buffer(everything, cell(zoom)).buffer(-cell(zoom))
    assert len(shapely.get_rings(seams)) == len(shapely.get_rings(METRES.union_all()))


def test_neighbouring_tiles_say_the_same_of_what_both_show(grid: Grid) -> None:
    zoom = 7
    for (row, column), (same, right) in pairwise(tiles_of(zoom)):
        if (same, right) != (row, column + 1):
            continue
        left_side, right_side = dict(grid.cut(zoom, row, column)), dict(grid.cut(zoom, row, right))
        strip = box(EXTENT - BUFFER, 0, EXTENT + BUFFER, EXTENT)
        for code in set(left_side) & set(right_side):
            moved = shapely.transform(right_side[code], lambda xy: xy + np.array([EXTENT, 0]))
            apart = shapely.symmetric_difference(left_side[code], moved).intersection(strip)
            assert shapely.is_empty(shapely.buffer(apart, -0.75))


def test_neighbours_keep_one_border(grid: Grid) -> None:
    for row, column in tiles_of(5):
        shapes = [shape for _, shape in grid.cut(5, row, column)]
        for one, two in product(shapes, shapes):
            if one is not two:
                assert shapely.is_empty(shapely.buffer(shapely.intersection(one, two), -0.75))


def test_what_is_smaller_than_a_cell_is_one_cell() -> None:
    at = Point(-75, -9)
    tiny = gpd.GeoDataFrame({"code": ["a"]}, geometry=[at.buffer(1e-4)], crs="EPSG:4326")
    (found,) = list(Grid(tiny).cut(0, 0, 0))
    assert found[0] == "a"
    assert found[1].area == 1
    where = gpd.GeoSeries([at], crs="EPSG:4326").to_crs("EPSG:3857")[0]
    assert in_metres(found[1], 0, 0, 0).contains(where)


def test_rings_are_wound_as_tiles_want_them() -> None:
    ring = box(-75, -9, -70, -5) - box(-73, -8, -72, -7)
    holed = gpd.GeoDataFrame({"code": ["a"]}, geometry=[ring], crs="EPSG:4326")
    ((_, shape),) = list(Grid(holed).cut(3, 4, 2))
    (polygon,) = shapely.get_parts(shape)
    assert polygon.exterior.is_ccw  # y points down: clockwise on the screen
    assert [hole.is_ccw for hole in polygon.interiors] == [False]


def test_the_poles_are_beyond_the_square() -> None:
    whole = gpd.GeoDataFrame({"code": ["a"]}, geometry=[box(-180, -90, 180, 90)], crs="EPSG:4326")
    ((_, shape),) = list(Grid(whole).cut(0, 0, 0))
    assert shape.area == pytest.approx(EXTENT**2, rel=1e-3)
    assert math.isfinite(shape.area)


def test_nothing_is_drawn_of_what_has_no_boundary() -> None:
    nothing = region.districts().set_geometry(
        gpd.GeoSeries([None] * len(region.districts()), crs="EPSG:4326")
    )
    assert list(Grid(nothing).cut(0, 0, 0)) == []


def test_only_the_zooms_asked_for_last_stay_in_memory(grid: Grid) -> None:
    before = [shape.wkb for _, shape in grid.cut(0, 0, 0)]
    for zoom in range(1, ZOOMS_KEPT + 2):
        list(grid.cut(zoom, 0, 0))
    assert len(grid._zooms) == ZOOMS_KEPT
    assert [shape.wkb for _, shape in grid.cut(0, 0, 0)] == before
