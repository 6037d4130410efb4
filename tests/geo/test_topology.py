"""TopoJSON against a reader of its own, GDAL's, and the borders counted another way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.simplify import simplify_for_display
from geo.topology import SCALES, cut, misfits, to_grid, topojson
from tests.geo.coverages import wandering_grid
from tests.geo.shapes import SIDE, grid, square
from tests.geo.topojson_reader import Read, read
from vigia.errors import GeometryError

SCALE_NAMES = pytest.mark.parametrize("scale", SCALES)


@pytest.fixture(scope="module")
def detailed() -> gpd.GeoDataFrame:
    return wandering_grid()


def named(districts: gpd.GeoDataFrame) -> dict[str, list[dict[str, object]]]:
    return {"it": [{"code": code} for code in districts["code"]]}


def written(districts: gpd.GeoDataFrame, scale: str = "region") -> Read:
    return read(topojson(districts, named(districts), scale))


def of(*shapes: Any) -> gpd.GeoDataFrame:
    codes = [str(number) for number in range(len(shapes))]
    return gpd.GeoDataFrame({"code": codes}, geometry=list(shapes), crs=4326)


def borders(geometries: Any) -> int:
    """Stretches of border between places where three or more meet, and rings that meet nothing."""
    lines = shapely.line_merge(shapely.union_all(shapely.boundary(geometries)))
    return len(shapely.get_parts(lines))


def there(geometries: dict[str, Any]) -> np.ndarray:
    return np.array([shape for shape in geometries.values() if shape is not None], dtype=object)


def alike(one: Any, other: Any) -> bool:
    """The same to the last digits of a float."""
    return bool(shapely.area(shapely.symmetric_difference(one, other)) < 1e-9)


@SCALE_NAMES
def test_what_is_read_is_what_was_simplified(detailed: gpd.GeoDataFrame, scale: str) -> None:
    """Within half a step of the grid, which is finer than the simplification."""
    found = written(detailed, scale)
    light = simplify_for_display(detailed, SCALES[scale])
    step = found.written["transform"]["scale"][0]
    assert step <= SCALES[scale] * np.hypot(3 * SIDE, 3 * SIDE) / 5
    expected = dict(zip(light["code"], light.geometry, strict=True))
    for code, shape in found.geometries("it").items():
        if expected[code] is None:
            assert shape is None
        else:
            assert shapely.hausdorff_distance(shape, expected[code]) <= step * 0.7072


@SCALE_NAMES
def test_no_gap_no_overlap_and_no_district_lost(detailed: gpd.GeoDataFrame, scale: str) -> None:
    shapes = written(detailed, scale).geometries("it")
    assert list(shapes) == sorted(detailed["code"])
    drawn = there(shapes)
    assert len(drawn) == 8
    assert shapely.is_valid(drawn).all()
    assert shapely.coverage_is_valid(drawn)
    together = shapely.union_all(drawn)
    assert len(shapely.get_rings(together)) == 2  # outside, and around the missing one
    assert shapely.area(drawn).sum() == pytest.approx(together.area, rel=1e-12)
    exact = shapely.union_all(detailed.geometry.dropna().to_numpy())
    assert together.area == pytest.approx(exact.area, rel=30 * SCALES[scale])


@SCALE_NAMES
def test_every_border_stands_once(detailed: gpd.GeoDataFrame, scale: str) -> None:
    found = written(detailed, scale)
    drawn = there(found.geometries("it"))
    assert len(found.arcs) == borders(drawn)
    assert set(Counter(found.steps()).values()) == {1}
    outside = sum(shared == 1 for shared in found.uses("it").tolist())
    union = shapely.boundary(shapely.union_all(drawn))
    on_rim = [shapely.covers(union, shapely.LineString(line)) for line in degrees(found)]
    assert outside == sum(on_rim)
    assert set(found.uses("it").tolist()) == {1, 2}


def degrees(found: Read) -> list[np.ndarray]:
    return [arc * found.written["transform"]["scale"] for arc in found.arcs]


@settings(deadline=None, max_examples=40)
@given(
    places=st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=14, unique=True
    ),
    seed=st.integers(0, 99),
)
def test_squares_anywhere_in_any_order(places: list[tuple[int, int]], seed: int) -> None:
    districts = of(*(square(*place) for place in places))
    order = np.random.default_rng(seed).permutation(len(districts))
    shuffled = districts.iloc[order]
    text = topojson(districts, named(districts))
    assert topojson(shuffled, named(shuffled)) == text
    found = read(text)
    assert set(Counter(found.steps()).values()) == {1}
    for code, shape in found.geometries("it").items():
        assert alike(shape, districts.geometry[int(code)])


@pytest.mark.parametrize("turn", range(4))
def test_an_enclave_shares_its_ring_wherever_the_ring_begins(turn: int) -> None:
    inside = square(1, 1)
    ring = np.asarray(inside.exterior.coords)[:-1]
    begun = np.concatenate([np.roll(ring, turn, axis=0), np.roll(ring, turn, axis=0)[:1]])
    around = shapely.Polygon(square(0, 0, 3).exterior, [ring])
    found = written(of(around, shapely.Polygon(begun)))
    assert len(found.arcs) == 2
    assert sorted(found.uses("it").tolist()) == [1, 2]
    assert alike(found.geometries("it")["0"], around)


def test_many_parts_and_holes_come_back() -> None:
    parts = shapely.MultiPolygon(
        [square(0, 0), shapely.Polygon(square(2, 0, 3).exterior, [square(3, 1).exterior])]
    )
    found = written(of(parts, square(1, 0), square(3, 1))).geometries("it")
    assert alike(found["0"], parts)
    assert [shape.geom_type for shape in found.values()] == ["MultiPolygon", "Polygon", "Polygon"]


def test_outer_rings_run_clockwise(detailed: gpd.GeoDataFrame) -> None:
    for shape in there(written(detailed).geometries("it")):
        assert not shapely.is_ccw(shape.exterior)


def test_gdal_reads_the_same(detailed: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """A second reader; what has no boundary must not go missing in QGIS."""
    rows = [{"rate": number / 7, "name": "Ñ"} for number in range(len(detailed))]
    text = topojson(detailed, {"one": rows, "two": rows}, about={"run": "a"})
    path = tmp_path / "it.topojson"
    path.write_text(text, encoding="utf-8")
    table = gpd.read_file(path, layer="two")
    assert table["id"].tolist() == sorted(detailed["code"])
    assert table["rate"].tolist() == [row["rate"] for row in rows]
    for code, shape in zip(table["id"], table.geometry, strict=True):
        ours = read(text).geometries("two")[code]
        assert shape.is_empty if ours is None else shape.equals_exact(ours, 1e-12)


def test_objects_share_their_arcs_and_keep_their_properties(detailed: gpd.GeoDataFrame) -> None:
    hostile = '</script>"\u2028{'
    one = [{"v": None, "w": hostile} for _ in range(len(detailed))]
    two = [{"v": number} for number in range(len(detailed))]
    both = topojson(detailed, {"one": one, "two": two}, about={"licence": "CC0-1.0"})
    found = read(both)
    assert found.written["vigia"] == {"licence": "CC0-1.0"}
    assert found.written["arcs"] == written(detailed).written["arcs"]
    assert [feature["properties"] for feature in found.features("one")] == one
    assert [feature["properties"] for feature in found.features("two")] == two


def test_properties_follow_their_district_in_any_order(detailed: gpd.GeoDataFrame) -> None:
    backwards = detailed.iloc[::-1]
    assert topojson(backwards, named(backwards)) == topojson(detailed, named(detailed))


def test_the_same_bytes_whatever_the_hash_seed() -> None:
    code = (
        "from tests.geo.coverages import wandering_grid as g\n"
        "from geo.topology import topojson as t\n"
        "d = g(); print(t(d, {'it': [{'code': c} for c in d['code']]}))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1


def test_a_grid_too_coarse_for_a_district_is_made_finer() -> None:
    """A square of 1 m among squares of 55 km, and a spike that a coarse grid folds."""
    tiny = square(0, 0, 2e-5)
    spike = shapely.Polygon([(-73, -9), (-72, -9), (-72, -8), (-72.5, -8.99999), (-73, -8)])
    districts = of(tiny, square(0, 0).difference(tiny), spike)
    found = written(districts, "area").geometries("it")
    drawn = there(found)
    assert shapely.is_valid(drawn).all()
    assert shapely.coverage_is_valid(drawn)
    assert found["0"].area > 0.45 * tiny.area  # simplified, at most to half of the square


def test_a_grid_that_would_lay_one_district_over_another_is_made_finer() -> None:
    """Each stays valid at a tenth of a degree, but the one's corner falls into the other."""
    west = shapely.Polygon([(0, 0), (1, 0), (1.08, 1), (0, 1)])
    east = shapely.Polygon([(1.2, 0), (2, 0), (2, 1), (1.2, 1), (1.049, 0.52)])
    assert not misfits(np.array([west, east])).any()
    rounded = shapely.transform(np.array([west, east]), lambda xy: np.round(xy, 1))
    assert shapely.is_valid(rounded).all()
    assert misfits(rounded).all()
    assert to_grid(np.array([west, east]), ["0", "1"], 1).decimals == 2


def test_vertices_that_fall_together_stand_once() -> None:
    near = shapely.Polygon([(0, 0), (1, 0), (1.001, 0.001), (1, 1), (0, 1)])
    gridded = to_grid(np.array([near]), ["0"], 1)
    assert gridded.decimals == 1
    _, arcs = cut(gridded.geometries)
    assert [0, 0] not in arcs[0][1:]
    assert len(arcs[0]) == 5


def test_a_district_smaller_than_any_grid_is_told() -> None:
    nothing = shapely.box(-74, -9, -74 + 1e-11, -9 + 1e-11)
    with pytest.raises(GeometryError, match="'1' cannot be drawn"):
        to_grid(np.array([square(3, 3), nothing]), ["0", "1"], 3)


def test_districts_that_lie_over_each_other_are_written_as_they_are() -> None:
    over = of(square(0, 0), square(0.5, 0.5), square(3, 3))
    assert misfits(over.geometry.to_numpy()).tolist() == [True, True, False]
    found = written(over).geometries("it")
    assert all(alike(found[str(row)], shape) for row, shape in enumerate(over.geometry))


def test_a_border_without_the_neighbours_vertices_does_not_fit() -> None:
    assert misfits(np.array([square(0, 0), square(1, 0, 0.5)])).tolist() == [True, True]
    assert misfits(np.array([square(0, 0), square(1, 0)])).tolist() == [False, False]
    assert misfits(np.array([], dtype=object)).tolist() == []


def test_nothing_to_draw() -> None:
    nothing = grid().set_geometry(gpd.GeoSeries([None, None], crs=4326))
    found = written(nothing)
    assert found.written["arcs"] == []
    assert "bbox" not in found.written
    assert found.geometries("it") == {"010101": None, "010102": None}


@pytest.mark.parametrize(
    ("districts", "scale", "match"),
    [
        (grid(), "huge", 'no scale "huge"'),
        (pd.concat([grid(), grid()], ignore_index=True), "area", "more than once"),
        (of(shapely.LineString([(0, 0), (1, 1)])), "area", "no polygons"),
        (of(shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])), "area", "invalid"),
    ],
)
def test_what_cannot_be_written_is_told(
    districts: gpd.GeoDataFrame, scale: str, match: str
) -> None:
    with pytest.raises(GeometryError, match=match):
        topojson(districts, named(districts), scale)


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([{}], "1 rows of properties"),
        ([{}, {}, {}], "3 rows of properties"),
        ([{"v": 1.0}, {"v": float("nan")}], "no value of JSON"),
        ([{"v": 1.0}, {"v": object()}], "no value of JSON"),
    ],
)
def test_properties_that_do_not_fit_are_told(rows: list[dict[str, object]], match: str) -> None:
    with pytest.raises(GeometryError, match=match):
        topojson(grid(), {"it": rows})


@pytest.mark.peru
@SCALE_NAMES
def test_peru(peru: Path, scale: str) -> None:
    """1,834 districts: eight without a boundary, six holes from them, one island."""
    districts = gpd.read_file(peru / "districts.geojson").rename(columns={"IDDIST": "code"})
    began = time.perf_counter()
    text = topojson(districts, named(districts), scale)
    assert time.perf_counter() - began < 20
    assert len(text) < 0.8e6
    found = read(text)
    shapes = found.geometries("it")
    assert sum(shape is None for shape in shapes.values()) == 8
    drawn = there(shapes)
    assert shapely.is_valid(drawn).all()
    assert shapely.coverage_is_valid(drawn)
    assert len(found.arcs) == borders(drawn)
    assert set(Counter(found.steps()).values()) == {1}
    exact = districts.geometry.dropna().to_numpy()
    together, whole = shapely.union_all(drawn), shapely.union_all(exact)
    assert together.area == pytest.approx(whole.area, rel=1e-3)
    assert len(shapely.get_rings(together)) == len(shapely.get_rings(whole))
    assert json.loads(text)["bbox"] == pytest.approx(districts.total_bounds.tolist(), abs=2e-3)
