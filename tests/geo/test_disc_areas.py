"""Areas within a radius, against closed forms and Shapely's intersections."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.disc_areas import AreasAround, area_within
from geo.geodesy import Geometries
from geo.rings import rings_of
from tests.geo.test_disc_lengths import disc
from vigia.errors import GeometryError

RADIUS_M = 50_000.0
DISC_KM2 = np.pi * 50**2
ORIGIN = np.zeros((1, 2))


def area(places: np.ndarray, radius_m: float, *polygons: shapely.Geometry) -> np.ndarray:
    return area_within(places, rings_of(np.array(polygons, dtype=object)), radius_m)


def stars(count: int, seed: int) -> Geometries:
    """Stars and triangles of all sizes, in one piece where they overlapped; many with holes."""
    draw = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        corners, size = draw.choice([3, 5, 40, 300]), draw.choice([1e3, 1e4, 8e4])
        angle = np.sort(draw.uniform(0, 2 * np.pi, corners))
        out = size * draw.uniform(0.3, 1, corners)
        star = np.column_stack([np.cos(angle) * out, np.sin(angle) * out])
        made.append(shapely.make_valid(shapely.Polygon(draw.uniform(0, 3e5, 2) + star)))
    return np.array(shapely.get_parts(shapely.union_all(made)), dtype=object)


STARS = stars(70, 2)
PLACES = np.random.default_rng(2).uniform(-5e4, 3.5e5, (80, 2))


def test_the_stars_have_what_there_is_to_get_wrong() -> None:
    assert len(STARS) > 5
    assert shapely.get_num_interior_rings(STARS).sum() > 20
    assert shapely.get_num_coordinates(STARS).max() > 500


@pytest.mark.parametrize("radius_m", [300.0, 5_000.0, RADIUS_M, 3e5])
def test_areas_are_those_of_shapes_cut_by_discs(radius_m: float) -> None:
    """Of a polygon of 4,000 corners, with the disc's area: each edge errs by 1e-9 of it."""
    discs = np.array([disc(place, radius_m) for place in PLACES])
    expected = shapely.area(shapely.intersection(discs, shapely.union_all(STARS))) / 1e6
    found = area(PLACES, radius_m, *STARS)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-8 * np.pi * radius_m**2 / 1e6)
    assert (found > 0).any()
    assert ((found == 0) == (expected == 0)).all()


@given(st.floats(-1.5, 1.5), st.floats(0, 2 * np.pi))
@settings(deadline=None)  # the first call compiles
def test_a_half_plane_cuts_a_segment_of_the_circle(off: float, turn: float) -> None:
    """``off`` radii from the centre."""
    half = shapely.box(off * RADIUS_M, -1e6, 1e6, 1e6)
    turned = shapely.affinity.rotate(half, turn, origin=(0, 0), use_radians=True)
    angle = np.arccos(np.clip(off, -1, 1))
    expected = 50**2 * (angle - np.sin(angle) * np.cos(angle))
    assert area(ORIGIN, RADIUS_M, turned)[0] == pytest.approx(expected, rel=1e-9, abs=1e-8)


@given(st.floats(0, 3), st.floats(0, 2 * np.pi), st.floats(0.05, 1.5))
@settings(deadline=None, max_examples=40)
def test_two_discs_make_a_lens(apart: float, turn: float, size: float) -> None:
    """Closed form of the lens of circles with radii 1 and ``size``, ``apart`` from each other."""
    centre = apart * RADIUS_M * np.array([np.cos(turn), np.sin(turn)])
    other = disc(centre, size * RADIUS_M)
    if apart >= 1 + size:
        expected = 0.0
    elif apart <= abs(1 - size):
        expected = np.pi * min(1, size) ** 2
    else:
        one = np.arccos((apart**2 + 1 - size**2) / (2 * apart))
        two = np.arccos((apart**2 + size**2 - 1) / (2 * apart * size))
        kite = (1 + size + apart) * (1 + size - apart) * (1 - size + apart) * (size + apart - 1)
        expected = one + size**2 * two - np.sqrt(kite) / 2
    assert area(ORIGIN, RADIUS_M, other)[0] == pytest.approx(expected * 50**2, rel=1e-5, abs=1e-2)


def test_a_ring_shaped_polygon_is_a_difference_of_discs() -> None:
    ring = shapely.difference(disc(np.zeros(2), 4e4), disc(np.zeros(2), 1e4))
    found = area(ORIGIN, RADIUS_M, ring)[0]
    assert found == pytest.approx(np.pi * (40**2 - 10**2), rel=1e-9)
    assert area(ORIGIN, 2.5e4, ring)[0] == pytest.approx(np.pi * (25**2 - 10**2), rel=1e-6)
    assert area(ORIGIN, 9e3, ring).tolist() == [0]


def test_a_disc_wholly_covered_has_its_own_area_and_one_in_a_hole_none() -> None:
    cover = shapely.box(-1e6, -1e6, 1e6, 1e6)
    holed = shapely.difference(cover, shapely.box(-6e4, -6e4, 6e4, 6e4))
    assert area(ORIGIN, RADIUS_M, cover)[0] == pytest.approx(DISC_KM2, rel=1e-14)
    assert area(ORIGIN, RADIUS_M, holed).tolist() == [0]
    assert area(ORIGIN, 1e5, holed)[0] == pytest.approx(np.pi * 100**2 - 120**2, rel=1e-12)


@pytest.mark.parametrize("side", [1.0, 1e5, 9e6])
def test_tiles_cover_what_they_cover_together(side: float) -> None:
    """Borders through the centre and corners on it are no trouble."""
    tiles = [
        shapely.box(x * side, y * side, (x + 1) * side, (y + 1) * side)
        for x in (-1, 0)
        for y in (-1, 0)
    ]
    found = area(ORIGIN, RADIUS_M, *tiles)[0]
    assert found == pytest.approx(min(4 * side**2 / 1e6, DISC_KM2), rel=1e-12)


def test_a_small_polygon_counts_whole_and_one_that_only_touches_not() -> None:
    inside, beside = shapely.box(0, 0, 2e3, 1e3), shapely.box(5e4, -1e3, 6e4, 1e3)
    assert area(ORIGIN, RADIUS_M, inside).tolist() == [2]
    assert area(ORIGIN, RADIUS_M, beside).tolist() == [0]
    assert area(ORIGIN, RADIUS_M, inside, beside).tolist() == [2]


def test_a_ring_counts_the_same_whichever_way_it_turns_and_wherever_it_begins() -> None:
    expected = area(PLACES, RADIUS_M, *STARS)
    turned = [shapely.reverse(star) for star in STARS]
    assert area(PLACES, RADIUS_M, *turned) == pytest.approx(expected, rel=1e-9, abs=1e-7)
    one = shapely.MultiPolygon([part for part in STARS if part.geom_type == "Polygon"])
    assert area(PLACES, RADIUS_M, one).tolist() == expected.tolist()


def test_areas_of_parts_add_up_and_never_shrink_with_the_radius() -> None:
    whole = area(PLACES, RADIUS_M, *STARS)
    parts = [area(PLACES, RADIUS_M, *part) for part in (STARS[::2], STARS[1::2])]
    assert sum(parts) == pytest.approx(whole, rel=1e-9, abs=1e-7)
    west = shapely.box(-1e6, -1e6, 1.5e5, 1e6)
    cut = [shapely.intersection(STARS, west), shapely.difference(STARS, west)]
    halves = [area(PLACES, RADIUS_M, *half) for half in cut]
    assert sum(halves) == pytest.approx(whole, rel=1e-9, abs=1e-7)
    grown = [area(PLACES, radius, *STARS) for radius in np.geomspace(10, 1e6, 30)]
    assert (np.diff(grown, axis=0) >= -1e-8).all()
    assert grown[-1] == pytest.approx(shapely.area(STARS).sum() / 1e6, rel=1e-12)


@pytest.mark.parametrize("radius_m", [5_000.0, RADIUS_M])
def test_far_polygons_change_no_byte(radius_m: float) -> None:
    places = PLACES[:20]
    near = shapely.distance(STARS[:, np.newaxis], shapely.points(places)).min(axis=1) <= radius_m
    alone = area(places, radius_m, *STARS[near])
    moved = [shapely.affinity.translate(star, 4e6, -3e6) for star in STARS]
    assert (alone > 0).any()
    assert area(places, radius_m, *STARS, *moved).tobytes() == alone.tobytes()


@pytest.mark.parametrize("segments", [2, 200])
def test_a_polygon_bent_around_a_disc_changes_no_byte(segments: int) -> None:
    """Its box holds the disc, and where it is cut into pieces, cuts run through the disc."""
    turn = np.linspace(0.3, 2 * np.pi - 0.3, segments + 2)
    arc = np.column_stack([np.cos(turn), np.sin(turn)])
    ends = 2.1e5 if segments == 2 else 6e4  # far enough that no straight edge meets the disc
    bent = shapely.Polygon(np.vstack([ends * arc, 3 * ends * arc[::-1]]))
    assert bent.is_valid
    assert bent.distance(shapely.Point(0, 0)) > 5.1e4
    places = np.random.default_rng(7).normal(0, 300, (50, 2))
    assert area(places, RADIUS_M, bent).tolist() == [0] * 50
    inner = [shapely.box(x, -3e4, x + 1e3, 7e4) for x in range(-40_000, 40_000, 1_700)]
    alone, together = (area(places, RADIUS_M, *inner, *more) for more in ([], [bent]))
    assert together.tobytes() == alone.tobytes()


def test_a_hole_around_a_disc_leaves_nothing_however_it_is_cut() -> None:
    angle = np.linspace(0, 2 * np.pi, 300)
    hole = 6e4 * np.column_stack([np.cos(angle), np.sin(angle)])
    holed = shapely.Polygon(shapely.box(-1e6, -1e6, 1e6, 1e6).exterior.coords, [hole])
    places = np.random.default_rng(8).normal(0, 3000, (50, 2))
    assert area(places, RADIUS_M, holed).tolist() == [0] * 50


def test_chunks_change_no_byte() -> None:
    around = AreasAround(rings_of(STARS), RADIUS_M)
    parts = [around.areas(part) for part in np.array_split(PLACES, 7)]
    assert np.concatenate(parts).tobytes() == around.areas(PLACES).tobytes()


def test_a_place_that_is_none_has_no_area() -> None:
    found = area(np.array([[np.nan, 0], [0, np.inf], [0, 0]]), RADIUS_M, shapely.box(0, 0, 1, 1))
    assert np.isnan(found[:2]).all()
    assert found[2] == 1e-6
    assert area(ORIGIN, RADIUS_M, None, shapely.Point(0, 0), shapely.Polygon()).tolist() == [0]
    with pytest.raises(GeometryError, match="cannot be searched in"):
        area(ORIGIN, np.nan, *STARS)
