"""Rings of polygons, and pieces of them that cover the same."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import shapely.affinity

from geo.rings import CORNERS, Rings, boxes_of, in_pieces, rings_of
from tests.geo.test_disc_areas import STARS


def signed(rings: Rings) -> np.ndarray:
    """The shoelace formula, ring by ring."""
    areas = []
    for begin, end in zip(rings.begins[:-1], rings.begins[1:], strict=True):
        x, y = (rings.xy[begin:end] - rings.xy[begin]).T
        areas.append(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)
    return np.array(areas)


def winding(rings: Rings, points: np.ndarray) -> np.ndarray:
    """How often the rings go round each point: sums of the angles under their edges."""
    total = np.zeros(len(points))
    for begin, end in zip(rings.begins[:-1], rings.begins[1:], strict=True):
        ring = rings.xy[begin:end] @ [1, 1j]
        seen = ring - (points @ [1, 1j])[:, np.newaxis]
        total += np.angle(np.roll(seen, -1, axis=1) / seen).sum(axis=1)
    return total / (2 * np.pi)


def test_holes_turn_the_other_way_whichever_way_they_were_drawn() -> None:
    outer, hole = shapely.box(0, 0, 10, 10), shapely.box(2, 2, 4, 5)
    for ring in (hole.exterior.coords, hole.exterior.coords[::-1]):
        holed = shapely.Polygon(outer.exterior.coords, [ring])
        rings = rings_of(np.array([holed], dtype=object))
        assert rings.begins.tolist() == [0, 4, 8]
        assert signed(rings).tolist() == [100, -6]


def test_only_polygons_have_rings_wherever_they_are_kept() -> None:
    box = shapely.box(0, 0, 2, 3)
    kept = shapely.GeometryCollection([shapely.Point(1, 1), shapely.MultiPolygon([box, box])])
    other = [None, shapely.Polygon(), shapely.LineString([(0, 0), (1, 1), (2, 0), (0, 0)])]
    rings = rings_of(np.array([*other, kept, box], dtype=object))
    assert signed(rings).tolist() == [6, 6, 6]
    assert rings_of(np.array(other, dtype=object)).begins.tolist() == [0]


def test_pieces_are_short_and_wind_about_the_same_places() -> None:
    whole = rings_of(STARS)
    pieces = in_pieces(whole)
    assert np.diff(whole.begins).max() > 4 * CORNERS
    assert np.percentile(np.diff(pieces.begins), 90) <= CORNERS
    assert len(pieces.xy) < 2 * len(whole.xy)
    assert signed(pieces).sum() == pytest.approx(signed(whole).sum(), rel=1e-12)
    points = np.random.default_rng(1).uniform(0, 3e5, (400, 2))
    covered = shapely.contains_xy(shapely.union_all(STARS), points)
    assert np.rint(winding(pieces, points)).tolist() == covered.astype(float).tolist()
    assert winding(pieces, points) == pytest.approx(covered.astype(float), abs=1e-6)
    assert 0.1 < covered.mean() < 0.9


def test_short_rings_stay_as_they_are() -> None:
    rings = rings_of(np.array([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 9, 9)], dtype=object))
    pieces = in_pieces(rings)
    assert pieces.xy.tolist() == rings.xy.tolist()
    assert pieces.begins.tolist() == rings.begins.tolist()
    assert boxes_of(pieces).tolist() == [[0, 0, 1, 1], [5, 5, 9, 9]]


@pytest.mark.parametrize("slant", [0.0, 1.0])
def test_a_comb_is_cut_between_its_teeth_or_stays_whole(slant: float) -> None:
    """Cut across, each half would have every tooth; slanted ones are cut by either way."""
    teeth = np.arange(400) / 100
    zigzag = np.column_stack([np.tile([0.0, 1000.0], 200), teeth])
    comb = shapely.Polygon([*zigzag, (-1, 4), (-1, 0)])
    leaning = shapely.affinity.skew(comb, ys=np.arctan(slant), use_radians=True)
    pieces = in_pieces(rings_of(np.array([leaning], dtype=object)))
    assert signed(pieces).sum() == pytest.approx(leaning.area, rel=1e-9)
    assert len(pieces.begins) == (2 if slant else pytest.approx(20, abs=10))
    assert len(pieces.xy) < 600


def test_what_has_no_rings_has_no_pieces() -> None:
    pieces = in_pieces(rings_of(np.array([], dtype=object)))
    assert pieces.begins.tolist() == [0]
    assert boxes_of(pieces).shape == (0, 4)


def test_a_ring_that_leaves_the_plane_is_nowhere() -> None:
    corners = [(0, 0), (1, 0), (np.inf, 1)]
    lost = shapely.Polygon([*corners, *[(n, 5) for n in range(100)]])
    rings = rings_of(np.array([lost, shapely.box(0, 0, 1, 1)], dtype=object))
    assert len(rings.begins) == 3
    assert in_pieces(rings).begins.tolist() == [0, 4]
