"""Shapes for the screen: whole, shared, and light, against a reader of their own."""

from __future__ import annotations

import gzip
from collections import Counter
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.topology import cut as cut_by_library
from maps.payload import as_block
from maps.topology import STEPS, display_districts, topology
from tests.geo.coverages import wandering_grid
from tests.geo.shapes import grid, square
from tests.maps.region import NO_BOUNDARY, districts

Names = list[list[int]]


def of(*shapes: Any) -> gpd.GeoDataFrame:
    codes = [str(number) for number in range(len(shapes))]
    return gpd.GeoDataFrame({"code": codes}, geometry=list(shapes), crs=4326)


def read_arcs(written: dict[str, Any]) -> list[np.ndarray]:
    """On the grid; written from docs/map.md."""
    flat, arcs, at = written["arcs"], [], np.zeros(2, dtype=int)
    while flat:
        count, flat = flat[0], flat[1:]
        steps, flat = np.array(flat[: 2 * count]).reshape(-1, 2), flat[2 * count :]
        arcs.append(at + np.cumsum(steps, axis=0))
        at = arcs[-1][-1]
    return arcs


def read_names(written: dict[str, Any]) -> list[Names]:
    """Of each district its rings, and of each ring its arcs; ``~n`` the other way round."""
    numbers, named = iter(written["shapes"]), 0
    every = []
    for rings in numbers:
        own: Names = []
        for _ in range(rings):
            ring = []
            for _ in range(next(numbers)):
                back = next(numbers)
                ring.append(named if back == 0 else named - back if back > 0 else ~(named + back))
                named += back == 0
            own.append(ring)
        every.append(own)
    return every


def read(written: dict[str, Any]) -> list[Any]:
    """Polygons in degrees, by even and odd; None for a district without rings."""
    corner, step = np.array(written["corner"]), written["step"]
    arcs = [corner + step * arc for arc in read_arcs(written)]
    found = []
    for own in read_names(written):
        shape: Any = None
        for ring in own:
            parts = [arcs[n] if n >= 0 else arcs[~n][::-1] for n in ring]
            for before, after in zip(parts, parts[1:] + parts[:1], strict=True):
                assert np.array_equal(before[-1], after[0]), "arcs of a ring follow each other"
            polygon = shapely.Polygon(np.concatenate(parts))
            shape = polygon if shape is None else shapely.symmetric_difference(shape, polygon)
        found.append(shape)
    return found


def uses(written: dict[str, Any]) -> list[int]:
    numbers = [n if n >= 0 else ~n for own in read_names(written) for ring in own for n in ring]
    return np.bincount(numbers, minlength=len(read_arcs(written))).tolist()  # type: ignore[no-any-return]


def near(table: gpd.GeoDataFrame, written: dict[str, Any]) -> None:
    """What is read is what was written, within half a step of the grid."""
    for shape, exact in zip(read(written), table.geometry, strict=True):
        if exact is None:
            assert shape is None
        else:
            assert shapely.hausdorff_distance(shape, exact) <= written["step"] * 0.7072


def borders_once(written: dict[str, Any]) -> None:
    steps = Counter(
        tuple(sorted((tuple(a), tuple(b))))
        for arc in read_arcs(written)
        for a, b in zip(arc[:-1].tolist(), arc[1:].tolist(), strict=True)
    )
    assert set(steps.values()) == {1}
    assert set(uses(written)) <= {1, 2}


@pytest.mark.parametrize("make", [districts, wandering_grid])
def test_shapes_are_those_of_the_districts(make: Any) -> None:
    table = display_districts(make())
    written = topology(table)
    near(table, written)
    borders_once(written)


def test_arcs_are_those_that_the_library_cuts() -> None:
    table = display_districts(wandering_grid())
    written = topology(table)
    corner, step = np.array(written["corner"]), written["step"]
    gridded = shapely.transform(
        table.geometry.to_numpy(), lambda xy: np.round((xy - corner) / step)
    )
    assert len(read_arcs(written)) == len(cut_by_library(gridded)[1])


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=14, unique=True)
)
def test_squares_anywhere(places: list[tuple[int, int]]) -> None:
    table = of(*(square(*place) for place in places))
    written = topology(table)
    near(table, written)
    borders_once(written)


@pytest.mark.parametrize("turn", range(4))
def test_an_enclave_shares_its_ring_wherever_it_begins(turn: int) -> None:
    ring = np.roll(np.asarray(square(1, 1).exterior.coords)[:-1], turn, axis=0)
    around = shapely.Polygon(square(0, 0, 3).exterior, [square(1, 1).exterior])
    table = of(around, shapely.Polygon(ring))
    written = topology(table)
    near(table, written)
    assert sorted(uses(written)) == [1, 2]


def test_islands_lakes_and_gaps() -> None:
    lake = square(0, 0, 3).difference(square(1, 1))
    table = of(shapely.union_all([lake, square(5, 5)]), None, square(3, 0), square(6, 5))
    written = topology(table)
    near(table, written)
    borders_once(written)


def test_boundaries_that_overlap_are_drawn_all_the_same() -> None:
    table = of(square(0, 0, 2), square(1, 0.5, 2), shapely.box(-75, -9, -74.2, -8.1))
    near(table, topology(table))


def test_what_is_below_the_grid_becomes_a_speck() -> None:
    island = shapely.box(-73, -8, -73 + 1e-7, -8 + 1e-7)
    table = of(square(0, 0, 3), island, shapely.MultiPolygon([island, square(5, 5)]))
    written = topology(table)
    large, speck, both = read(written)
    assert speck.area == pytest.approx(written["step"] ** 2)
    assert shapely.hausdorff_distance(speck, island) < 2 * written["step"]
    assert both.geom_type == "Polygon"
    assert shapely.hausdorff_distance(large, square(0, 0, 3)) < written["step"]


@pytest.mark.parametrize("count", [1, 3])
def test_nothing_to_draw(count: int) -> None:
    written = topology(of(*[None] * count))
    assert (written["arcs"], written["shapes"]) == ([], [0] * count)


def test_one_district() -> None:
    written = topology(of(square(0, 0)))
    assert written["arcs"][0] == 5
    assert written["shapes"] == [1, 1, 0]
    assert max(written["arcs"]) == STEPS


def test_display_keeps_rows_and_gaps() -> None:
    drawn = display_districts(districts())
    assert drawn["code"].tolist() == districts()["code"].tolist()
    assert drawn.geometry.iloc[NO_BOUNDARY] is None


def test_detail_goes_until_there_are_few_enough_points() -> None:
    exact = wandering_grid()
    light = display_districts(exact, most_points=200)
    assert shapely.get_num_coordinates(light.geometry.dropna().to_numpy()).sum() <= 200
    assert shapely.coverage_is_valid(light.geometry.dropna().to_numpy())
    corners = display_districts(exact, most_points=1)  # no district is given up for it
    assert (corners.geometry.isna() == exact.geometry.isna()).all()
    assert corners.geometry.dropna().is_valid.all()


def test_20_000_districts_are_light() -> None:
    table = display_districts(grid(200, 100))
    written = topology(table)
    assert len(written["shapes"]) > 20_000
    assert len(gzip.compress(as_block(written).encode(), 6)) < 300_000
