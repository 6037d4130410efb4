"""Visits as ``benchmarks.maps`` measures them, on few districts: pages are drawn and counted."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from benchmarks.map_pages import Site, foliums, ours, released
from benchmarks.maps import measured
from maps.released import Released
from tests.maps.region import districts

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("make", [ours, foliums])
def test_a_visit_is_measured(browser: Browser, make: Callable[[Released], Site]) -> None:
    shown = released(districts())
    site = make(shown)
    found = measured(browser, site, int(shown.districts.geometry.notna().sum()), 1)
    assert found["drawn"] > 0
    page = site.files["/"][1]
    assert found["raw"] > len(page)
    assert len(gzip.compress(page, 6)) < found["compressed"] < found["raw"]
