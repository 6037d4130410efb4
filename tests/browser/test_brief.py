"""The brief in a browser: nobody is shut out, no script, and one page when it is printed."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from pypdf import PdfReader

from maps.brief import Brief, brief_html, district_place, province_place
from tests.api.project import published_project
from tests.browser.watched import PHONE
from tests.maps import region
from tests.maps.made import with_composite
from tests.maps.test_brief import LONGEST, plan, worst
from tests.serving import serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(published_project(tmp_path_factory.mktemp("brief"))) as url:
        yield url


@pytest.mark.parametrize("path", ["/brief/010310", "/brief/province/0101?lang=en"])
def test_axe_finds_nothing_and_a_phone_has_room(browser: Browser, address: str, path: str) -> None:
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{address}{path}")
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert said == []
    context.close()
    open_context = browser.new_context(bypass_csp=True)  # axe is a script of its own
    page = open_context.new_page()
    page.goto(f"{address}{path}")
    found = Axe().run(page)
    open_context.close()
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("kind", ["district", "province"])
def test_the_longest_texts_print_on_one_page(browser: Browser, tmp_path: Path, kind: str) -> None:
    released = worst(with_composite())
    code = str(released.districts["code"].iloc[9])
    found = (
        district_place(released, code) if kind == "district" else province_place(released, "0101")
    )
    html = brief_html(Brief(released, found, region.layers(), [plan(code, LONGEST, stops=30)]))
    (tmp_path / "brief.html").write_text(html, encoding="utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "brief.html").as_uri())
    printed = page.pdf(prefer_css_page_size=True)
    page.close()
    assert len(PdfReader(BytesIO(printed)).pages) == 1
