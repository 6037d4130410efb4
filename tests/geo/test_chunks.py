"""Parts of a region: every district in one, and no more features near them than memory holds."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo import chunks
from geo.crs import Bounds
from geo.geodesy import Ints
from geo.region import Ground, lay_ground
from geo.surface import surface_of
from tests.geo.shapes import SIDE, grid, metric_of, region

COLUMNS, ROWS = 16, 16


@pytest.fixture(scope="module")
def ground() -> Ground:
    where = region(grid(COLUMNS, ROWS))
    return lay_ground(where, surface_of(metric_of(where.districts)))


def even(bounds: Bounds) -> int:
    """As many features in each district's width and height."""
    west, south, east, north = bounds
    return round(1000 * (east - west) * (north - south) / SIDE**2)


def nobody(_: Bounds) -> int:
    return 0


def everybody(_: Bounds) -> int:
    """All are read wherever one looks."""
    return 10 * chunks.FEATURES_AT_ONCE


def test_a_small_layer_is_measured_in_one_part(ground: Ground) -> None:
    (rows,) = chunks.chunks(ground, nobody)
    assert rows.tolist() == list(range(COLUMNS * ROWS))


def test_parts_are_halved_until_few_features_are_near(ground: Ground) -> None:
    cuts = chunks.chunks(ground, even)
    assert np.sort(np.concatenate(cuts)).tolist() == list(range(COLUMNS * ROWS))
    near = [even(_bounds(ground, rows)) for rows in cuts]
    assert max(near) <= chunks.FEATURES_AT_ONCE
    assert len(cuts) == 4  # quarters of 64,000


def test_where_halves_read_the_same_nothing_is_halved(ground: Ground) -> None:
    assert len(chunks.chunks(ground, everybody)) == 1


def test_a_district_is_not_halved(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "FEATURES_AT_ONCE", 10)
    assert [len(rows) for rows in chunks.chunks(ground, even)] == [1] * (COLUMNS * ROWS)


def test_what_is_the_same_for_all_parts_is_in_none(ground: Ground) -> None:
    cuts = chunks.chunks(ground, even)
    parts = list(chunks.parts_of(ground, cuts))
    assert [rows.tolist() for rows, _ in parts] == [rows.tolist() for rows in cuts]
    assert all(part.everyone is None and len(part) == len(rows) for rows, part in parts)


def _bounds(ground: Ground, rows: Ints) -> Bounds:
    west, south, east, north = shapely.total_bounds(ground.polygons[rows]).tolist()
    return west, south, east, north
