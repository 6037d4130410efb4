"""The other language is one click away from every page, and shows what was chosen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.api.project import published_project
from tests.browser.watched import DESK, PHONE, click_district, detail, watched
from tests.serving import serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(published_project(tmp_path_factory.mktemp("languages"))) as url:
        yield url


def other(page: Page, name: str) -> None:
    link = page.get_by_role("link", name=name, exact=True)
    there = {"English": "en", "Español": "es"}[name]
    assert (link.get_attribute("lang"), link.get_attribute("hreflang")) == (there, there)
    link.click()
    expect(page.locator("html")).to_have_attribute("lang", there)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_map_keeps_what_is_chosen(
    browser: Browser, address: str, size: tuple[int, int]
) -> None:
    with watched(browser, address, size) as page:
        assert Axe().run(page).violations_count == 0
        page.locator("label:has(input[value=recruitment])").click()
        page.select_option("#department", "Bajo Río")
        page.select_option("#province", "Provincia 2-2")
        page.fill("#search", "Distrito 20")
        page.keyboard.press("Enter")
        expect(page.locator("article.detail h2")).to_have_text("Distrito 20")
        other(page, "English")
        expect(page.locator("article.detail h2")).to_have_text("Distrito 20")
        assert "Recruitment" in detail(page)
        expect(page.locator("#department")).to_have_value("Bajo Río")
        expect(page.locator("#province")).to_have_value("Provincia 2-2")
        assert page.url == f"{address}/?lang=en"  # to be loaded again, or passed on, without them
        page.select_option("#department", "")
        other(page, "Español")
        expect(page.locator("#department")).to_have_value("")


def test_a_page_that_is_known_already_opens_again(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        for _ in range(2):
            page.goto(address)
            page.wait_for_selector("html[data-ready]", state="attached")


def test_what_an_address_says_wrongly_chooses_nothing(browser: Browser, address: str) -> None:
    wrong = "outcome=%22%5D&department=Nowhere&province=x&district=%3Cb%3E"
    with watched(browser, f"{address}/#{wrong}") as page:
        expect(page.locator("input[name=outcome]").first).to_be_checked()
        expect(page.locator("#department")).to_have_value("")
        expect(page.locator("article.detail")).to_have_count(0)
        click_district(page, 9)
        assert "Distrito" in detail(page)


def test_the_other_pages_have_both(browser: Browser, address: str) -> None:
    context = browser.new_context(locale="es-PE")
    page = context.new_page()
    for path in ("/plan", "/login?next=/plan", "/brief/010310", "/ogc?f=html"):
        page.goto(f"{address}{path}")
        expect(page.locator("html")).to_have_attribute("lang", "es")
        before = page.url.partition("?")[0]
        other(page, "English")
        assert page.url.partition("?")[0] == before
        other(page, "Español")
    page.goto(f"{address}/plan")
    page.evaluate("() => history.replaceState(null, '', '#0123456789abcdef')")
    other(page, "English")
    expect(page).to_have_url(f"{address}/plan?lang=en#0123456789abcdef")  # the plan that was shown
    context.close()


def test_the_map_leads_to_plans(browser: Browser, address: str) -> None:
    with watched(browser, f"{address}/?lang=en") as page:
        page.get_by_role("link", name="Plans of visits").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator("#ask")).to_be_visible()
