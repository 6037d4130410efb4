"""Two stages side by side, and a table of the same data: served and as a file, at both sizes."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from maps.levels import LEVELS, NO_DATA
from maps.released import release
from maps.words import words
from tests.browser.watched import DESK, PHONE, detail, watched
from tests.maps.region import FORMULA, IMG, published_run

pytestmark = pytest.mark.browser
SPANISH = words("es")
RUN = release(published_run())


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    with watched(browser, address, request.param, touch=request.param == PHONE) as opened:
        yield opened


def levels(outcome: str) -> list[str]:
    return list(RUN.scores_of(outcome)["level"])


def accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def first_column(page: Page) -> list[str]:
    return page.locator("#table tbody th").all_inner_texts()


def test_two_stages_stand_side_by_side_and_say_where_they_differ(page: Page) -> None:
    page.select_option("#against", "recruitment")
    expect(page.locator("#differing table")).to_be_visible()
    pairs = list(zip(levels("exploitation"), levels("recruitment"), strict=True))
    known = [(a, b) for a, b in pairs if NO_DATA not in (a, b)]
    differ = [abs(LEVELS.index(a) - LEVELS.index(b)) for a, b in known if a != b]
    rows = page.locator("#differing tbody tr")
    assert rows.count() == len(differ) > 1
    said = [SPANISH(f"level.{level}") for level in LEVELS]
    cells = [row.locator("td").all_inner_texts() for row in rows.all()]
    apart = [abs(said.index(one[0].strip()) - said.index(one[2].strip())) for one in cells]
    assert apart == sorted(differ, reverse=True)
    assert page.locator("#label-b").inner_text() == "Captación"
    half = sum((a == NO_DATA) != (b == NO_DATA) for a, b in pairs)
    told = page.locator("#differing p").all_inner_texts()
    assert (SPANISH("compare.half_known", n=str(half)) in told) == (half > 0)
    accessible(page)


def test_both_maps_show_the_same_place(page: Page) -> None:
    page.select_option("#against", "recruitment")
    expect(page.locator("#differing table")).to_be_visible()
    apart = """() => {
      const [a, b] = [vigia.map, vigia.mapBeside()];
      return a.getCenter().distanceTo(b.getCenter()) + 1e6 * Math.abs(a.getZoom() - b.getZoom());
    }"""
    for moved, place in (("map", "[-8.1, -73.2], 8"), ("mapBeside()", "[-8.6, -74.1], 7")):
        page.evaluate(f"() => {{ vigia.{moved}.setView({place}, {{ animate: false }}); }}")
        assert page.evaluate(apart) < 1000  # metres
        assert abs(page.evaluate("() => vigia.map.getZoom()") - int(place[-1])) < 0.01
    page.select_option("#against", "")
    expect(page.locator("#differing")).to_be_hidden()
    expect(page.locator("#map-b")).to_be_hidden()


def test_the_table_has_what_the_map_shows_and_is_sorted_by_its_headings(page: Page) -> None:
    page.click("#open-table")
    expect(page.locator("#table table")).to_be_visible()
    scores = RUN.scores_of("exploitation")
    assert len(first_column(page)) == len(scores)
    ranks = page.locator("#table tbody td:nth-child(8)").all_inner_texts()
    known = [int(text) for text in ranks if text]
    assert known == sorted(known)
    assert len(known) == int(scores["rank"].notna().sum())
    assert all(not text for text in ranks[len(known) :])  # what is not known comes last
    accessible(page)
    name = page.get_by_role("button", name=SPANISH("table.district"), exact=True)
    name.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator('th[aria-sort="descending"]')).to_have_count(1)
    assert first_column(page)[0] == "Sin Límite"
    page.locator("#table tbody th button").first.click()
    expect(page.locator("#table")).to_be_hidden()
    assert "Sin Límite" in detail(page)


def test_the_table_is_taken_along_as_a_file_that_no_spreadsheet_runs(page: Page) -> None:
    page.click("#open-table")
    with page.expect_download() as waiting:
        page.get_by_role("button", name=SPANISH("table.file")).click()
    text = waiting.value.path().read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == len(RUN.districts)
    names = {row[SPANISH("table.district")] for row in rows}
    assert IMG in names
    assert f"'{FORMULA}" in names
    assert {row[SPANISH("table.run")] for row in rows} == {RUN.run_id}
