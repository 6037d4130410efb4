"""Lengths within a radius, against chords in closed form and Shapely's intersections."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.disc_lengths import SegmentsAround, length_within, segments_of
from geo.geodesy import Geometries
from vigia.errors import GeometryError

RADIUS_M = 50_000.0
ORIGIN = np.zeros((1, 2))
CORNERS = 4000  # of a circle as a polygon of the same area


def lines(count: int, seed: int) -> Geometries:
    """Winding ones with short steps, straight ones from end to end."""
    draw = np.random.default_rng(seed)
    made = []
    for number in range(count):
        steps = draw.normal(0, 3e5 if number % 7 == 0 else 4e3, (30, 2))
        made.append(shapely.LineString(draw.normal(0, 2e5, 2) + np.cumsum(steps, axis=0)))
    return np.array(made, dtype=object)


def disc(place: np.ndarray, radius_m: float) -> shapely.Polygon:
    turn = 2 * np.pi / CORNERS
    angle = turn * np.arange(CORNERS)
    out = radius_m * np.sqrt(turn / np.sin(turn))
    return shapely.Polygon(place + out * np.column_stack([np.cos(angle), np.sin(angle)]))


LINES = lines(40, 1)
SEGMENTS, OWNER = segments_of(LINES)
PLACES = np.random.default_rng(2).normal(0, 2e5, (60, 2))


@pytest.mark.parametrize("radius_m", [2_000.0, RADIUS_M, 1e6])
def test_lengths_are_those_of_shapes_cut_by_discs(radius_m: float) -> None:
    """A polygon of 4,000 corners is a disc to 1e-6 of its radius, of each line that it cuts."""
    whole = shapely.union_all(LINES)  # noded, or lines would be cut where they cross
    discs = np.array([disc(place, radius_m) for place in PLACES])
    expected = shapely.length(shapely.intersection(discs, whole)) / 1000
    found = length_within(PLACES, SEGMENTS, radius_m)
    assert found == pytest.approx(expected, rel=2e-5, abs=2e-5 * radius_m / 1000)
    assert (found > 0).any()


@given(
    st.floats(-1.2, 1.2),
    st.floats(0, 2 * np.pi),
    st.floats(-3, 3),
    st.floats(-3, 3),
    st.sampled_from([20.0, RADIUS_M, 3e6]),
)
@settings(deadline=None)  # the first call compiles
def test_a_chord_has_a_closed_form(
    off: float, turn: float, start: float, end: float, radius_m: float
) -> None:
    """A segment that passes the centre at ``off`` radii, from ``start`` to ``end`` along it."""
    along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    ends = [off * across + part * along for part in (start, end)]
    half = np.sqrt(max(1 - off**2, 0))
    chord = max(min(max(start, end), half) - max(min(start, end), -half), 0)
    found = length_within(ORIGIN, radius_m * np.hstack(ends)[np.newaxis], radius_m)
    # beside a tangent the chord is as the root of the rounding
    assert found[0] * 1000 / radius_m == pytest.approx(chord, rel=1e-9, abs=1e-7)


def test_a_segment_through_the_centre_is_a_diameter() -> None:
    for far in (1e5, 9e7):
        through = np.array([[-far, -far, far, far]])
        assert length_within(ORIGIN, through, RADIUS_M)[0] == pytest.approx(100, rel=1e-12)


def test_a_segment_inside_counts_whole_and_one_outside_not_at_all() -> None:
    inside = np.array([[-3e4, -4e4, 3e4, 4e4]])  # both ends at the radius
    assert length_within(ORIGIN, inside, RADIUS_M).tolist() == [100]
    outside = np.array([[-6e4, 5.0001e4, 6e4, 5.0001e4], [6e4, 0, 7e4, 0], [5e4, 5e4, 5e4, 5e4]])
    assert length_within(ORIGIN, outside, RADIUS_M).tolist() == [0]


def test_a_segment_without_length_adds_nothing() -> None:
    dots = np.repeat([[0.0], [5e4], [9e4]], 4, axis=1)
    assert length_within(ORIGIN, dots, RADIUS_M).tolist() == [0]


def test_lengths_of_parts_add_up_and_cutting_a_segment_changes_nothing() -> None:
    whole = length_within(PLACES, SEGMENTS, RADIUS_M)
    some = OWNER % 2 == 0
    parts = [length_within(PLACES, SEGMENTS[part], RADIUS_M) for part in (some, ~some)]
    assert sum(parts) == pytest.approx(whole, rel=1e-12)
    middle = (SEGMENTS[:, :2] + SEGMENTS[:, 2:]) / 2
    cut = np.vstack([np.hstack([SEGMENTS[:, :2], middle]), np.hstack([middle, SEGMENTS[:, 2:]])])
    assert length_within(PLACES, cut, RADIUS_M) == pytest.approx(whole, rel=1e-9, abs=1e-9)
    turned = SEGMENTS[:, [2, 3, 0, 1]]
    assert length_within(PLACES, turned, RADIUS_M) == pytest.approx(whole, rel=1e-9)


def test_a_larger_radius_never_has_less() -> None:
    found = [length_within(PLACES, SEGMENTS, radius) for radius in np.geomspace(10, 1e6, 40)]
    assert (np.diff(found, axis=0) >= -1e-9).all()


@pytest.mark.parametrize("radius_m", [2_000.0, RADIUS_M])
def test_far_segments_change_no_byte(radius_m: float) -> None:
    every = np.array([shapely.LineString(part.reshape(2, 2)) for part in SEGMENTS])
    gaps = shapely.distance(every[:, np.newaxis], shapely.points(PLACES))
    near = gaps.min(axis=1) <= radius_m * 1.000001
    assert near.any()
    assert (~near).any()
    alone = length_within(PLACES, SEGMENTS[near], radius_m)
    far = np.vstack([SEGMENTS, SEGMENTS + 5e6, [[0, 0, np.nan, 0]], [[0, np.inf, 0, 0]]])
    assert length_within(PLACES, far, radius_m).tobytes() == alone.tobytes()


def test_chunks_change_no_byte() -> None:
    around = SegmentsAround(SEGMENTS, RADIUS_M)
    parts = [around.lengths(part) for part in np.array_split(PLACES, 7)]
    assert np.concatenate(parts).tobytes() == around.lengths(PLACES).tobytes()


def test_a_place_that_is_none_has_no_length() -> None:
    found = length_within(np.array([[np.nan, 0], [0, -np.inf], [0, 0]]), SEGMENTS, RADIUS_M)
    assert np.isnan(found[:2]).all()
    assert np.isfinite(found[2])
    assert length_within(ORIGIN, np.empty((0, 4)), RADIUS_M).tolist() == [0]
    with pytest.raises(GeometryError, match="cannot be searched in"):
        length_within(ORIGIN, SEGMENTS, -1)


def test_segments_are_those_of_lines_in_their_order() -> None:
    bent = shapely.LineString([(0, 0), (1, 0), (1, 2)])
    two = shapely.MultiLineString([[(5, 5), (6, 6)], [(7, 7), (8, 8)]])
    mixed = shapely.GeometryCollection([two, shapely.Point(3, 3)])
    other = [None, shapely.LineString(), shapely.Point(0, 0), shapely.box(0, 0, 1, 1)]
    segments, owner = segments_of(np.array([bent, *other, mixed], dtype=object))
    expected = [[0, 0, 1, 0], [1, 0, 1, 2], [5, 5, 6, 6], [7, 7, 8, 8]]
    assert segments.tolist() == expected
    assert owner.tolist() == [0, 0, 5, 5]
    nothing, of_none = segments_of(np.array(other, dtype=object))
    assert nothing.shape == (0, 4)
    assert of_none.shape == (0,)
