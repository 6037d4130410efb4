"""Repairs keep what a geometry is, and say what was wrong."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geo.validity import repair
from tests.geo.shapes import line, square

BOW_TIE = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
SPIKE = shapely.Polygon([(0, 0), (2, 0), (2, 2), (2, 9), (2, 2), (0, 2)])
FOLDED = shapely.Polygon([(0, 0), (1, 1), (2, 2), (1, 1)])
HOLE_OUTSIDE = shapely.Polygon([(0, 0), (1, 0), (1, 1), (0, 1)], [[(5, 5), (6, 5), (6, 6), (5, 6)]])
# GEOS makes two triangles of it that share an edge, which is no valid multi-polygon.
TWICE_ALONG_AN_EDGE = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (2.0, 0.0), (1.0, 0.0), (1.0, 1.0)]
with np.errstate(invalid="ignore"):  # GEOS is not pleased with it either
    BROKEN_LINE = shapely.LineString([(0, 0), (np.nan, 1)])


def repaired(geometry: Any) -> tuple[Any, str]:
    result = repair(gpd.GeoSeries([geometry], crs=4326))
    return result.geometries.iloc[0], result.reason.iloc[0]


def test_a_bow_tie_keeps_both_wings() -> None:
    geometry, reason = repaired(BOW_TIE)
    wings = shapely.union_all([
        shapely.Polygon([(0, 0), (1, 1), (0, 2)]),
        shapely.Polygon([(2, 0), (2, 2), (1, 1)]),
    ])  # fmt: skip
    assert geometry.equals(wings)
    assert reason == "Self-intersection"  # and no coordinate


def test_a_spike_goes_and_the_square_stays() -> None:
    geometry, reason = repaired(SPIKE)
    assert geometry.equals(shapely.box(0, 0, 2, 2))
    assert reason


def test_a_polygon_never_becomes_a_line() -> None:
    geometry, reason = repaired(FOLDED)
    assert geometry is None
    assert "nothing of its kind is left" in reason


def test_a_broken_polygon_among_other_shapes_leaves_polygons_alone() -> None:
    geometry, reason = repaired(shapely.GeometryCollection([BOW_TIE, line((0, 0), (1, 1))]))
    assert geometry.equals(repaired(BOW_TIE)[0])
    assert reason == "Self-intersection"


def test_a_hole_outside_is_told() -> None:
    geometry, reason = repaired(HOLE_OUTSIDE)
    assert geometry.is_valid
    assert "[" not in reason
    assert "Hole" in reason


@pytest.mark.parametrize("geometry", [square(0, 0), line((0, 0), (1, 1)), None])
def test_what_is_valid_or_not_there_stays(geometry: Any) -> None:
    assert repaired(geometry) == (geometry, "")


def test_empty_is_none() -> None:
    assert repaired(shapely.Polygon()) == (None, "Empty geometry")


@pytest.mark.parametrize(
    "geometry",
    [
        shapely.Point(np.nan, 1.0),
        shapely.Point(np.inf, 1.0),
        BROKEN_LINE,
        shapely.LineString([(1, 1), (1, 1)]),  # a point, and no line
    ],
)
def test_nothing_can_be_made_of_it(geometry: Any) -> None:
    repaired_geometry, reason = repaired(geometry)
    assert repaired_geometry is None
    assert reason


def test_height_is_dropped() -> None:
    geometry, reason = repaired(shapely.Polygon([(0, 0, 5), (1, 0, 5), (1, 1, 5)]))
    assert not geometry.has_z
    assert reason == ""


def test_index_and_crs_stay_and_the_input_is_not_changed() -> None:
    series = gpd.GeoSeries([BOW_TIE, None], index=["b", "a"], crs=4326)
    result = repair(series)
    assert list(result.geometries.index) == list(result.reason.index) == ["b", "a"]
    assert result.geometries.crs == series.crs
    assert series.iloc[0].equals_exact(BOW_TIE)


coordinate = st.integers(0, 6).map(float)


@settings(deadline=None, max_examples=150)
@example(ring=TWICE_ALONG_AN_EDGE)
@given(ring=st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=9))
def test_any_ring_becomes_a_valid_polygon_or_nothing(ring: list[tuple[float, float]]) -> None:
    geometry, reason = repaired(shapely.Polygon(ring))
    if geometry is None:
        assert reason
        return
    assert geometry.is_valid
    assert geometry.geom_type in {"Polygon", "MultiPolygon"}
    assert geometry.area > 0
    assert repaired(geometry) == (geometry, "")
