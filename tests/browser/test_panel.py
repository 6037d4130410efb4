"""The district panel in a real browser: all its parts, hostile texts, nothing known at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from data.beside import CONTACTS, SERVICE_TIMES, Beside, Earlier
from data.counts.recorded import Period
from data.counts.releases import Release, Told
from data.counts.trees import WHOLE, Tree
from data.records import PublishedRun
from maps.district import DistrictFacts, Districts
from maps.page import write_offline
from maps.released import release
from maps.words import words
from tests.api.project import published_project
from tests.browser.watched import PHONE, click_district, watched
from tests.maps.region import IMG, NO_DATA, SCRIPT, layers, published_run, scores
from tests.serving import serving

pytestmark = pytest.mark.browser
SPANISH = words("es")
OUTCOME = "exploitation"
KNOWN = 9  # the district that everything is known of


def run() -> PublishedRun:
    """The made run, with police posts for a service."""
    made = published_run()
    marked = [replace(one, service="police" if one.id == "police" else None) for one in made.layers]
    return replace(made, layers=tuple(marked))


def beside() -> Beside:
    """Hostile institutions, one layer with ways, an earlier year, a count that is told."""
    codes = sorted(run().districts["code"])
    code = codes[KNOWN]
    times = [("police", "high", one, 200.0) for one in codes]
    times += [("police", "low", one, float("nan")) for one in codes]
    contacts = [
        ("district", code, IMG, SCRIPT),
        ("department", code[:2], "Dirección Regional", None),
    ]
    told = Told(OUTCOME, Period(2019, 2024), "t", 11, {f"district:{code}": 1234})
    tree = Tree({f"district:{one}": WHOLE for one in codes})
    return Beside(
        services=pd.DataFrame(times, columns=SERVICE_TIMES),
        earlier=(Earlier("e" * 16, 2025, {}, scores(codes, 8)),),
        counts=Release({"t": tree}, (told,)),
        contacts=pd.DataFrame(contacts, columns=CONTACTS),
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("panel") / "mapa.html"
    write_offline(run(), layers(), path, beside=beside())
    return path.as_uri()


def facts(index: int) -> DistrictFacts:
    code = sorted(run().districts["code"])[index]
    return Districts(release(run(), beside()), SPANISH).of(code, OUTCOME)


def texts_of(told: DistrictFacts) -> list[str]:
    """Every text of the structure that the brief shares."""
    return [
        *(text for one in told.figures for text in (one.name, one.value, one.doubt)),
        *(text for one in told.factors for text in (one.label, one.sentence, one.effect)),
        *(text for one in told.trend for text in (one.year, one.rate, one.low, one.high)),
        *(text for one in told.services for text in (one.label, one.text)),
        *told.cases,
        *(text for one in told.responsible for text in (one.institution, one.phone)),
        *told.unknown,
        told.reason,
        told.services_note,
    ]


def article(page: Page, index: int) -> str:
    click_district(page, index)
    return " ".join((page.locator("article.detail").text_content() or "").split())


@pytest.mark.parametrize("index", [KNOWN, 0, NO_DATA])
def test_the_panel_says_all_that_the_facts_say(browser: Browser, address: str, index: int) -> None:
    with watched(browser, address) as page:
        said = article(page, index)
        for text in filter(None, texts_of(facts(index))):
            assert " ".join(text.split()) in said, text
        assert page.locator("article.detail img, article.detail script").count() == 0


def test_every_part_is_there(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        said = article(page, KNOWN)
        titles = page.locator("article.detail h3").all_inner_texts()
        assert titles == [
            SPANISH(f"detail.{part}")
            for part in (*("factors", "trend", "services", "cases", "responsible", "unknown"),)
        ]
        assert "Comisarías: 3 h 20 min con aguas altas; sin ruta conocida con aguas bajas" in said
        assert "Centro Emergencia Mujer: no hay capa" in said
        assert "1,234 casos registrados en 2019–2024" in said
        assert f"{IMG} (del distrito), teléfono {SCRIPT}" in said


def test_pictures_stand_where_the_numbers_say(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        article(page, KNOWN)
        rate, rank, _ = facts(KNOWN).figures
        drawn = page.locator("article.detail svg.picture")
        assert drawn.count() == 4  # rate, rank, and two years
        for number, figure in enumerate((rate, rank)):
            assert figure.picture is not None
            at = drawn.nth(number).locator("circle").get_attribute("cx") or ""
            assert float(at.rstrip("%")) == pytest.approx(100 * figure.picture.at, abs=0.06)
            told = drawn.nth(number).get_attribute("aria-label") or ""
            assert figure.value.split(" ")[0] in told
        box = drawn.first.bounding_box()
        assert box is not None
        assert box["width"] > 150


def test_where_nothing_is_known_that_is_said(browser: Browser, tmp_path: Path) -> None:
    write_offline(published_run(), layers(), tmp_path / "mapa.html")
    with watched(browser, (tmp_path / "mapa.html").as_uri(), PHONE, touch=True) as page:
        page.fill("#search", "limite")
        page.keyboard.press("Enter")
        said = page.locator("#sheet article").text_content() or ""
        assert said.count("no hay capa") == 5  # four services, and once among what is not known
        for key in ("one_year", "no_contact", "no_cases_told"):
            assert SPANISH(f"detail.{key}") in said
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def test_axe_finds_nothing_in_the_panel(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        article(page, KNOWN)
        page.wait_for_timeout(300)  # the popup fades in: contrast is that of its end
        found = Axe().run(page, context="article.detail")
        assert not found.response["violations"], found.generate_report()


def test_a_service_links_to_the_brief_and_a_file_does_not(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    with watched(browser, address) as page:
        article(page, KNOWN)
        assert page.locator("article.detail a").count() == 0
    with serving(published_project(tmp_path)) as url, watched(browser, url) as page:
        article(page, KNOWN)
        page.locator("article.detail a").click()
        page.wait_for_load_state()
        assert page.url == f"{url}/brief/{sorted(run().districts['code'])[KNOWN]}?lang=es"
        assert "Distrito 10" in (page.locator("h1").first.text_content() or "")
