"""What the benchmark of maps is made of; its visits are tested with the browser's tests."""

from __future__ import annotations

import pytest
import shapely

from benchmarks.map_pages import BENDS, bent, twenty_thousand
from benchmarks.maps import AREAS, table


def test_bends_are_the_same_from_either_side() -> None:
    ring = shapely.get_coordinates(shapely.box(0, 0, 1, 1))
    there, back = bent(ring), bent(ring[::-1])
    assert len(there) == BENDS * (len(ring) - 1) + 1
    assert there[::-1] == pytest.approx(back, abs=1e-12)


def test_the_made_up_country_is_a_coverage() -> None:
    country = twenty_thousand(seed=2)
    assert len(country) > 19_900
    assert country.geometry.is_valid.all()
    assert country["code"].is_monotonic_increasing


def test_the_table_has_a_row_for_each_page() -> None:
    one = dict.fromkeys(("raw", "compressed", "drawn", "tasks", "longest", "blocked"), 1000.0)
    results = {"peru": {f"{page}x{slow}": one for page in ("folium", "ours") for slow in (1, 4)}}
    lines = table(results, "abc").splitlines()
    assert [line.split(" | ")[0] for line in lines[2:4]] == [f"| {AREAS['peru'][0]}"] * 2
    assert "1.00 s" in lines[3]
