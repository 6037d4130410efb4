"""Two maps side by side, and a table of the same data: served and as a file, at both sizes."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from data.publish import as_published
from data.publish import beside as beside_of
from data.store import Store
from maps.against import against
from maps.levels import COLOURS, LEVELS, MUTED, NO_DATA
from maps.page import write_offline
from maps.released import release
from maps.scenario_side import scenario_side
from maps.words import words
from tests.api.project import OTHER_RUN, published_twice
from tests.browser.watched import DESK, PHONE, click_district, detail, watched
from tests.maps import scenario
from tests.maps.region import FORMULA, IMG, RUN_ID, layers, published_run, scores
from tests.serving import serving

pytestmark = pytest.mark.browser
SPANISH = words("es")
# The colours in the middle of districts, on one of the maps.
COLOURS_ON = """indexes => {{
  const container = {on}.getContainer();
  const canvas = container.querySelector("canvas.districts");
  const [map, frame] = [container, canvas].map((one) => one.getBoundingClientRect());
  const copy = document.createElement("canvas");
  copy.width = copy.height = 1;
  const pen = copy.getContext("2d", {{ willReadFrequently: true }});
  return indexes.map((index) => {{
    const at = {on}.latLngToContainerPoint(vigia.districts.bounds(index).getCenter());
    pen.drawImage(canvas, at.x + map.x - frame.x, at.y + map.y - frame.y, 1, 1, 0, 0, 1, 1);
    const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
    return "#" + [red, green, blue].map((n) => n.toString(16).padStart(2, "0")).join("");
  }});
}}"""
HALF = 12  # districts of the first department
RUN = release(published_run())


@pytest.fixture(scope="module", params=["served", "offline"])
def address(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("beside")
    settings = published_twice(folder)
    if request.param == "served":
        with serving(settings) as url:
            yield url
    else:
        with Store.open(settings.store_url) as store:
            run, other = (as_published(store, one) for one in (RUN_ID, OTHER_RUN))
            told = beside_of(store, run.record)
        path = folder / "mapa.html"
        write_offline(run, layers(), path, beside=told, others=[other])
        yield path.as_uri()


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


def test_two_years_stand_side_by_side_and_say_why_they_differ(page: Page) -> None:
    groups = page.locator("#against optgroup")
    labels = [one.get_attribute("label") for one in groups.all()]
    assert labels == [SPANISH("compare.of_outcome"), SPANISH("compare.of_year")]
    assert groups.last.locator("option").all_inner_texts() == ["2025"]
    page.select_option("#against", OTHER_RUN)
    expect(page.locator("#differing table")).to_be_visible()
    other = replace(
        published_run(id=OTHER_RUN, target_year=2025), scores=scores(list(RUN.districts["code"]), 8)
    )
    for outcome in ("exploitation", "recruitment"):
        page.locator(f"label:has(input[value={outcome}])").click()
        told = against(RUN, release(other), outcome, SPANISH)
        expect(page.locator("#label-b")).to_have_text(told["label"])
        assert page.locator("#label-a").inner_text() == told["own"]
        rows = page.locator("#differing tbody tr")
        said = [" ".join(row.locator("td").last.inner_text().split()) for row in rows.all()]
        assert said == [" ".join(lines) for _, lines in told["told"]]
        assert SPANISH("against.years_apart") in page.locator("#differing").inner_text()
    assert page.locator("#differing img, #differing b").count() == 0
    accessible(page)
    page.select_option("#department", "Bajo Río")
    expect(rows).to_have_count(sum(index >= HALF for index, _ in told["told"]))
    page.select_option("#against", "")
    expect(page.locator("#differing")).to_be_hidden()


def test_a_link_leads_to_the_map_of_another_year_and_back(page: Page) -> None:
    links = page.locator("nav.years a")
    if page.url.startswith("file:"):  # it holds one year
        assert links.count() == 0
        return
    assert links.all_inner_texts() == ["2026", "2025"]
    page.locator("label:has(input[value=recruitment])").click()
    links.last.click()
    page.wait_for_selector("html[data-ready]", state="attached")
    said = SPANISH("page.other_year", year="2025", current="2026")
    assert page.locator("#panel .doubt").first.text_content() == said
    assert "2025" in page.locator("header").inner_text()
    assert page.locator("nav.years [aria-current]").inner_text() == "2025"
    click_district(page, HALF)
    expect(page.locator("article.detail .run")).to_contain_text(f"{OTHER_RUN}, para 2025")
    other = scores(list(RUN.districts["code"]), 8)
    its = other[other["outcome"] == "recruitment"].iloc[HALF]  # what was chosen stays so
    assert SPANISH.number(its["rate"]) in detail(page)
    accessible(page)
    page.locator("nav.years a").first.click()
    page.wait_for_selector("html[data-ready]", state="attached")
    assert "2026" in page.locator("header").inner_text()


def test_the_second_map_has_the_colours_of_the_other_run(page: Page) -> None:
    page.select_option("#against", OTHER_RUN)
    expect(page.locator("#differing table")).to_be_visible()
    other = scores(list(RUN.districts["code"]), 8)
    its = list(other[other["outcome"] == "exploitation"]["level"])
    some = [8, 9, 10, 13, 14]
    for on, known in (("vigia.map", levels("exploitation")), ("vigia.mapBeside()", its)):
        for index, colour in zip(some, page.evaluate(COLOURS_ON.format(on=on), some), strict=True):
            assert colour in {COLOURS[known[index]], MUTED.get(known[index])}, (on, index)


def test_a_run_that_is_gone_is_said_to_be(page: Page) -> None:
    """As when it is withdrawn while somebody looks."""
    page.evaluate("() => { vigia.read = () => Promise.reject(new Error('410')); }")
    page.select_option("#against", OTHER_RUN)
    expect(page.locator("#differing")).to_have_text(SPANISH("map.failed"))
    expect(page.locator("#map-b")).to_be_hidden()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_scenario_opens_beside_today_with_its_cautions_first(
    browser: Browser, tmp_path: Path, size: tuple[int, int]
) -> None:
    told = scenario.told()
    write_offline(published_run(), layers(), tmp_path / "mapa.html", scenario=told)
    blocks = scenario_side(told, RUN, SPANISH).blocks
    with watched(browser, (tmp_path / "mapa.html").as_uri(), size, touch=size == PHONE) as page:
        expect(page.locator("#differing table")).to_be_visible()
        assert page.locator("#label-b").inner_text() == "Explotación, escenario"
        for outcome in ("exploitation", "recruitment"):
            page.locator(f"label:has(input[value={outcome}])").click()
            found = json.loads(blocks[f"against-scenario-{outcome}"])
            expect(page.locator("#label-a")).to_have_text(found["own"])
            expect(page.locator("#differing tbody tr")).to_have_count(len(found["told"]))
            said = page.locator("#differing > p").all_inner_texts()
            assert said[: len(found["said"])] == found["said"]
            assert SPANISH("compare.half_known", n="1") in said
        assert page.locator("#panel .doubt").first.text_content() == found["said"][0]
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
