"""Plans that are taken along: opened in the list, drawn on the map, read without a mouse."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from data.records import PublishedRun
from maps.page import write_offline
from maps.stored_plans import StoredPlans
from tests.browser.watched import DESK, PHONE, click_district, detail, watched
from tests.maps.plans import told_itineraries, told_plan
from tests.maps.region import IMG, layers, published_run
from tests.maps.test_stored_plans import record

pytestmark = pytest.mark.browser
WAYS = ".leaflet-vigiaWays-pane path"


@pytest.fixture(scope="module")
def run() -> PublishedRun:
    return published_run()


@pytest.fixture(scope="module")
def address(run: PublishedRun, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("stored") / "mapa.html"
    sites = record(told_plan(name=IMG))
    days = record(told_itineraries(), "itineraries", "1" * 16)
    write_offline(run, layers(), file, plans=StoredPlans((sites, days), 3))
    return file.as_uri()


def opened(page: Page, name: str) -> None:
    if not page.locator("#panel").evaluate("panel => panel.open"):
        page.locator("#panel > summary").click()
    page.locator("#stored summary", has_text=name).click()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_plan_that_is_open_is_drawn(
    browser: Browser, address: str, size: tuple[int, int]
) -> None:
    with watched(browser, address, size) as page:
        places = page.locator(".leaflet-marker-icon.place")
        expect(places).to_have_count(0)
        opened(page, "Plan de prevención")
        expect(places).to_have_count(2)
        expect(page.locator(WAYS)).to_have_count(2)
        expect(page.get_by_role("button", name=f"1. {IMG}")).to_have_class(re.compile("chosen"))
        opened(page, "Itinerarios")
        expect(places).to_have_count(1)
        expect(page.locator("#stored details[open]")).to_have_count(1)
        assert Axe().run(page).violations_count == 0
        opened(page, "Itinerarios")
        expect(places).to_have_count(0)
        expect(page.locator("#stored")).to_contain_text("2 últimos de 5 planes")


def test_a_place_leads_to_its_line_and_its_plan_is_in_sight(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        page.evaluate("() => vigia.map.setView([-12, -60], 9)")
        opened(page, "Plan de prevención")
        second = page.locator(".leaflet-marker-icon.place", has_text=re.compile("^2$"))
        expect(second).to_be_in_viewport()
        second.focus()
        page.keyboard.press("Enter")
        line = page.locator("#stored details[open] li[value='2']")
        expect(line).to_be_focused()
        expect(line).to_contain_text("no elegido")


def test_districts_are_told_beside_plans(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        opened(page, "Plan de prevención")
        page.evaluate("() => vigia.map.fitBounds(vigia.districts.bounds(9).pad(1))")
        click_district(page, 9)
        assert "Distrito" in detail(page)
