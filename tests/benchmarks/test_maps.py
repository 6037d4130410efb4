"""The benchmark of maps, on few districts: both pages are drawn, and what was sent is counted."""

from __future__ import annotations

import gzip

import pytest
import shapely
from playwright.sync_api import Browser

from benchmarks.map_pages import bent, foliums, ours, released, twenty_thousand
from benchmarks.maps import AREAS, measured, table
from tests.browser.conftest import browser  # noqa: F401
from tests.maps.region import districts

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("make", [ours, foliums])
def test_a_visit_is_measured(browser: Browser, make: object) -> None:  # noqa: F811
    shown = released(districts())
    site = make(shown)  # type: ignore[operator]
    found = measured(browser, site, int(shown.districts.geometry.notna().sum()), 1)
    assert found["drawn"] > 0
    page = site.files["/"][1]
    assert found["raw"] > len(page)
    assert found["compressed"] > len(gzip.compress(page, 6))
    assert found["compressed"] < found["raw"]


def test_bends_are_the_same_from_either_side() -> None:
    ring = shapely.get_coordinates(shapely.box(0, 0, 1, 1))
    there, back = bent(ring), bent(ring[::-1])
    assert len(there) == len(ring) + 23 * (len(ring) - 1)
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
