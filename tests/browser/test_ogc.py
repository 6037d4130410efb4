"""Pages of /ogc, for people who open the address of GIS clients: both languages, no barrier."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from data.keys import add_key
from data.store import Store
from tests.api.ogc.plans import SITES, save_sites
from tests.api.project import published_project
from tests.maps import region
from tests.serving import serving

pytestmark = pytest.mark.browser
SCORES, CODE = "scores_recruitment", sorted(region.districts()["code"])[0]
PAGES = (
    *("", "/api", "/conformance", "/collections"),
    *(f"/collections/{one}" for one in (SCORES, "runs")),
    *(f"/collections/{one}/queryables" for one in (SCORES, "factors")),
    *(f"/collections/{one}/items" for one in (SCORES, "layer_mining", "plans", "plans_stops")),
    *(f"/collections/{SCORES}/items/{CODE}", f"/collections/plans/items/{SITES}"),
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Where it is, and a key."""
    settings = published_project(tmp_path_factory.mktemp("ogc"))
    with Store.open(settings.store_url) as store:
        save_sites(store)
        key = add_key(store, "desk")[1]
    with serving(settings) as address:
        yield f"{address}/ogc", key


@pytest.fixture
def page(browser: Browser, service: tuple[str, str]) -> Iterator[Page]:
    context = browser.new_context(extra_http_headers={"X-API-Key": service[1]})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("language", ["es", "en"])
def test_pages_are_open_to_all(page: Page, service: tuple[str, str], language: str) -> None:
    for path in PAGES:
        page.goto(f"{service[0]}{path}?f=html&lang={language}")
        expect(page.locator("html")).to_have_attribute("lang", language)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"


def test_pages_are_of_one_language(page: Page, service: tuple[str, str]) -> None:
    """What has a name in English is called by it, and the other way round."""
    names = {
        "": ("Amazonía inventada", "Invented Amazon"),
        "/api": ("Todas las colecciones", "All collections"),
        f"/collections/{SCORES}": ("Captación", "Recruitment"),
        "/collections/layer_rivers": ("Ríos", "Rivers"),
    }
    for path, (spanish, english) in names.items():
        page.goto(f"{service[0]}{path}?f=html")
        expect(page.locator("main")).to_contain_text(spanish)
        page.get_by_role("link", name="English").click()
        expect(page.locator("main")).to_contain_text(english)
        expect(page.locator("main")).not_to_contain_text(spanish)
