"""A planner's way through the map, step by step: with the mouse, on a phone, by keyboard, offline.

Each step says what it must show, and leaves a picture in ``test-artefacts/planner`` with a table of
them; ``make picture`` takes those of the planner's guide.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pypdf import PageObject, PdfReader

from api.service import ServiceSettings
from data.records import PublishedRun
from maps.levels import COLOURS, MUTED
from maps.page import write_offline
from maps.released import release
from maps.words import words
from tests.browser.test_projects import easy_to_hit
from tests.browser.watched import DESK, PHONE, detail, watched
from tests.integration.commands import ROOT
from tests.serving import serving
from vigia import pipeline
from vigia.project import Project

pytestmark = pytest.mark.browser
SPANISH = words("es")
FOLDER = Path(os.environ.get("VIGIA_GUIDE") or ROOT / "test-artefacts" / "planner")
STEPS = {
    "mapa": "The districts in the colours of their levels, and the legend with sin dato first",
    "distrito": "A district found by a misspelt name: level, rate and rank with their ranges, why",
    "seguro": "Only the surest districts in colour, and how many these are",
    "comparar": "Two stages side by side, and the districts where they differ",
    "tabla": "The same data as a table, sorted by rank",
    "ficha": "Of a service: the brief of the district, with map, figures, factors and services",
    "papel": "Of a file: the page on paper, with map, legend and account, and nothing to press",
}
A4 = (595, 842)  # points
BRIEF = "article.detail .brief a"


@pytest.fixture(scope="module")
def run(example_project: Project) -> PublishedRun:
    return pipeline.published(example_project)


@pytest.fixture(scope="module", params=["served", "offline"])
def address(
    request: pytest.FixtureRequest,
    example_project: Project,
    run: PublishedRun,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    if request.param == "served":
        with serving(ServiceSettings.of(example_project, public=True)) as url:
            yield url
    else:
        path = tmp_path_factory.mktemp("planner") / "mapa.html"
        write_offline(run, pipeline.drawable_layers(example_project, run), path)
        yield path.as_uri()


def misspelt(name: str) -> str:
    """As somebody writes it who has only heard it: one letter lost, no accents, no capitals."""
    return (name[:3] + name[4:]).lower()


def taken(page: Page, way: str, step: str) -> None:
    """A picture of a step, which axe finds nothing wrong with."""
    page.wait_for_timeout(400)  # popups fade in
    beside = page.evaluate(
        "() => [document.body, document.documentElement].map((e) => e.scrollLeft)"
    )
    assert beside == [0, 0], "the page is wider than the screen"
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.screenshot(path=artefact(way, step, "png"))


def artefact(way: str, step: str, form: str) -> Path:
    """Where what is left of a step is kept, beside a table of what each must show."""
    folder = FOLDER / way
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["| step | must show |", "|---|---|"]
    lines += [f"| {n}-{name} | {told} |" for n, (name, told) in enumerate(STEPS.items(), 1)]
    (FOLDER / "steps.md").write_text("\n".join(lines) + "\n")
    return folder / f"{list(STEPS).index(step) + 1}-{step}.{form}"


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_planner_finds_reads_compares_and_takes_along(
    browser: Browser, address: str, run: PublishedRun, size: tuple[int, int]
) -> None:
    served = address.startswith("http")
    way = f"{'served' if served else 'offline'}-{size[0]}"
    released = release(run)
    with watched(browser, address, size, touch=size == PHONE) as page:
        outcome = next(one.id for one in run.outcomes if one.stage == "exploitation")
        index = easy_to_hit(run, outcome)
        district = released.districts.iloc[index]
        expect(page.locator(".legend dt").first).to_contain_text(SPANISH("level.no_data"))
        taken(page, way, "mapa")

        page.locator(f"label:has(input[value={outcome}])").click()
        page.fill("#search", misspelt(district["name"]))
        page.keyboard.press("Enter")
        expect(page.locator("article.detail h2")).to_have_text(district["name"])
        known = released.scores_of(outcome).iloc[index]
        level = SPANISH(f"level.{known['level']}")
        numbers = [SPANISH.number(known[name]) for name in ("rate", "rate_low", "rate_high")]
        said = detail(page)
        assert all(text in said for text in (level, *numbers))
        assert page.locator("article.detail .factors li").count() > 0
        taken(page, way, "distrito")
        if not served:
            printed = on_paper(page, artefact(way, "papel", "pdf"))
            assert all(text in printed for text in (district["name"], level, *numbers))

        page.evaluate("() => { vigia.map.closePopup(); vigia.closeSheet(); }")
        page.check("#surest")
        expect(page.locator("#shown")).to_contain_text("En color")
        taken(page, way, "seguro")
        page.uncheck("#surest")

        other = page.locator("#against option").nth(1).get_attribute("value")
        page.select_option("#against", other)
        expect(page.locator("#differing h2")).to_be_visible()
        taken(page, way, "comparar")
        page.select_option("#against", "")

        page.click("#open-table")
        expect(page.locator('th[aria-sort="ascending"]')).to_be_visible()
        with page.expect_download() as waiting:
            page.get_by_role("button", name=SPANISH("table.file")).click()
        assert str(district["code"]) in waiting.value.path().read_text(encoding="utf-8-sig")
        taken(page, way, "tabla")

        if served:
            page.fill("#search", district["name"])
            page.keyboard.press("Enter")
            page.locator(BRIEF).click()
            page.wait_for_url("**/brief/**")
            said = " ".join(page.locator("body").inner_text().split())
            assert all(text in said for text in (district["name"], level, *numbers))
            taken(page, way, "ficha")


def on_paper(page: Page, kept: Path) -> str:
    """What the page is on paper: its words; nothing is left to press, and the map is there."""
    before = page.locator("#sheet").is_visible()
    printed = page.pdf(prefer_css_page_size=True)
    kept.write_bytes(printed)
    assert page.locator("#sheet").is_visible() == before
    pages = PdfReader(BytesIO(printed)).pages
    assert {tuple(round(float(side)) for side in one.mediabox[2:]) for one in pages} == {A4}
    assert len(pages) <= 3
    said = " ".join(" ".join(one.extract_text() for one in pages).split())
    for key in ("table.open", "compare.against", "filter.surest", "filter.department"):
        assert SPANISH(key) not in said, key
    assert all(SPANISH(f"level.{level}") in said for level in COLOURS)
    assert len(colours_on(pages[0]) & {*COLOURS.values(), *MUTED.values()}) > 2
    return said


def colours_on(page: PageObject) -> set[str]:
    """Colours of the pictures of a printed page, each more than a few pixels."""
    pictures = [one.image.convert("RGB") for one in page.images if one.image]
    found = [
        one for picture in pictures for one in picture.getcolors(picture.width * picture.height)
    ]
    return {"#{:02x}{:02x}{:02x}".format(*colour) for count, colour in found if count > 50}


def test_the_same_with_the_keyboard_alone(
    browser: Browser, address: str, run: PublishedRun
) -> None:
    with watched(browser, address) as page:
        outcome = str(page.locator("input[name=outcome]:checked").get_attribute("value"))
        name = release(run).districts.iloc[easy_to_hit(run, outcome)]["name"]
        reach(page, "#search")
        page.keyboard.type(misspelt(name))
        page.keyboard.press("Enter")
        expect(page.locator("article.detail h2")).to_have_text(name)
        if address.startswith("http"):
            reach(page, BRIEF)
            page.keyboard.press("Enter")
            page.wait_for_url("**/brief/**")
            assert name in page.locator("h1").inner_text()
            reach(page, "a[href*='f=pdf']")
            page.go_back()
            page.wait_for_selector("html[data-ready]", state="attached")
        reach(page, "#against")
        page.keyboard.press("ArrowDown")
        expect(page.locator("#differing h2")).to_be_visible()
        reach(page, "#open-table")
        page.keyboard.press("Enter")
        expect(page.locator("#table table")).to_be_visible()


def reach(page: Page, element: str) -> None:
    """Go to an element as a keyboard does."""
    for _ in range(60):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", element):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{element} cannot be reached with the keyboard")
