"""A settlement is found as its district is: misspelt, by keyboard, served and as a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from data.beside import Beside
from data.store import Store
from maps.page import write_offline
from maps.words import words
from tests.api.project import published_project, with_settlements
from tests.browser.watched import PHONE, watched
from tests.maps.region import IMG, layers, published_run, settlements
from tests.serving import serving

pytestmark = pytest.mark.browser
SPANISH = words("es")
FIRST = "#found li:first-child"
SERVED = pytest.mark.parametrize("address", ["served"], indirect=True)  # a file asks for nothing
THERE = SPANISH("search.within", name="Puerto Callado", district="Distrito 10")


@pytest.fixture(scope="module", params=["served", "offline"])
def address(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("settlements")
    if request.param == "served":
        settings = published_project(folder)
        with Store.open(settings.store_url) as store:
            with_settlements(store, "c" * 16)
        with serving(settings) as url:
            yield url
    else:
        run = published_run()
        beside = Beside(settlements=settlements(sorted(run.districts["code"])))
        write_offline(run, layers(), folder / "mapa.html", beside=beside)
        yield (folder / "mapa.html").as_uri()


def typed(page: Page, text: str) -> None:
    page.locator("#search").focus()
    page.keyboard.type(text)


@pytest.mark.parametrize("name", ["Puerto Callado", "puerto cayado", "callado"])
def test_its_district_is_shown_and_said(browser: Browser, address: str, name: str) -> None:
    with watched(browser, address) as page:
        typed(page, name)
        expect(page.locator(FIRST)).to_contain_text("Puerto Callado centro poblado en Distrito 10")
        page.keyboard.press("Enter")
        expect(page.locator("article.detail h2")).to_have_text("Distrito 10")
        expect(page.locator("#found-state")).to_have_text(THERE)


def test_a_misspelt_district_is_not_hidden_by_a_settlement(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        typed(page, "onerror")  # in the name of a district and of a settlement
        expect(page.locator("#found li")).to_have_count(2)
        expect(page.locator(FIRST)).not_to_contain_text("centro poblado")
        expect(page.locator("#found li").nth(1)).to_contain_text(f"{IMG} centro poblado en")
        page.fill("#search", "Distrito 1")
        expect(page.locator(FIRST)).not_to_contain_text("centro poblado")


def test_on_a_phone(browser: Browser, address: str) -> None:
    with watched(browser, address, PHONE, touch=True) as page:
        placeholder = page.locator("#search").get_attribute("placeholder")
        assert placeholder == SPANISH("search.placeholder_settlements")
        typed(page, "puerto")
        page.locator(FIRST).tap()
        expect(page.locator("#sheet h2")).to_have_text("Distrito 10")


@SERVED
def test_districts_are_found_where_settlements_cannot_be_had(
    browser: Browser, address: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.route("**/map/settlements/**", lambda route: route.abort())
    page.goto(address)
    page.wait_for_selector("html[data-ready]", state="attached")
    typed(page, "Distrito 10")
    page.keyboard.press("Enter")
    expect(page.locator("article.detail h2")).to_have_text("Distrito 10")
    context.close()


@SERVED
def test_settlements_that_come_late_open_no_list_again(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        held: list[Route] = []
        page.route("**/map/settlements/**", lambda route: held.append(route))  # noqa: PLW0108 - no builtin will do
        typed(page, "Distrito 10")
        page.keyboard.press("Enter")
        expect(page.locator("article.detail h2")).to_have_text("Distrito 10")
        page.locator("#search").focus()
        with page.expect_response("**/map/settlements/**"):
            held[0].continue_()
        page.wait_for_timeout(300)
        expect(page.locator("#found")).to_be_hidden()
        page.fill("#search", "callado")  # they are there
        expect(page.locator(FIRST)).to_contain_text("Puerto Callado")
