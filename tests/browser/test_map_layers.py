"""Layers on the map as they stood in other years, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from shapely.geometry import Point

from data.publish import way_key
from maps.page import write_offline
from maps.words import words
from tests.api.project import publish_with_ways, published_project
from tests.browser.watched import PHONE, pixels, until, watched
from tests.maps.region import RIVER, TRAVEL, layer_table, layers, published_run
from tests.serving import serving

pytestmark = pytest.mark.browser
SPANISH = words("es")
DRAWN = """() => {
  const found = [];
  vigia.map.eachLayer(({ feature }) => feature && "from_year" in feature.properties
    && found.push(feature.properties.from_year));
  return found.sort();
}"""


def mines(page: Page) -> list[int]:
    """The first years of the mines on the map."""
    found: list[int] = page.evaluate(DRAWN)
    return found


def test_mines_are_drawn_as_they_stood_in_another_year(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        slider, note = page.get_by_label(SPANISH("layers.year")), page.locator("#layer-year-note")
        assert [slider.get_attribute(name) for name in ("min", "max")] == ["2015", "2025"]
        assert slider.input_value() == "2025"
        assert note.inner_text() == SPANISH("layers.year_seen")
        page.locator("input[data-layer=mining]").check()
        until(page, "() => vigia.drawn() === 2")
        assert mines(page) == [2019]
        slider.focus()
        for _ in range(6):
            page.keyboard.press("ArrowLeft")
        assert mines(page) == [2015, 2019]  # at the end of 2019
        assert page.locator("#layer-year-said").inner_text() == "2019"
        other = SPANISH("layers.year_other", year="2025")
        assert note.inner_text() == other
        assert slider.get_attribute("aria-valuetext") == f"2019. {other}"
        page.keyboard.press("ArrowLeft")
        assert mines(page) == [2015]
        page.keyboard.press("End")
        assert mines(page) == [2019]
        assert note.inner_text() == SPANISH("layers.year_seen")
        assert page.evaluate("() => vigia.drawn()") == 2  # the others stayed as they were


def test_a_year_with_nothing_says_so(browser: Browser, tmp_path: Path) -> None:
    gap = layer_table(
        Point(-73, -8), Point(-72, -7), from_year=[2015, 2020], until_year=[2018, None]
    )
    write_offline(published_run(), layers() | {"mining": gap}, tmp_path / "mapa.html")
    with watched(browser, (tmp_path / "mapa.html").as_uri()) as page:
        page.locator("input[data-layer=mining]").check()
        until(page, "() => vigia.drawn() === 2")
        state, slider = page.locator("[data-state=mining]"), page.locator("#layer-year")
        expect(state).to_have_text("")
        slider.fill("2018")
        expect(state).to_have_text(SPANISH("layers.empty", year="2018"))
        slider.fill("2017")
        expect(state).to_have_text("")
        slider.fill("2019")
        page.locator("input[data-layer=mining]").uncheck()
        expect(state).to_have_text("")


def test_the_slider_is_only_there_where_something_changes(browser: Browser, tmp_path: Path) -> None:
    still = {name: layer for name, layer in layers().items() if name != "mining"}
    path = tmp_path / "mapa.html"
    write_offline(published_run(), still, path)
    with watched(browser, path.as_uri()) as page:
        assert page.locator("#layer-year").count() == 0
        page.locator("input[data-layer=police]").check()
        until(page, "() => vigia.drawn() === 2")


def test_the_slider_is_open_to_all_on_a_phone(browser: Browser, address: str) -> None:
    with watched(browser, address, PHONE, touch=True) as page:
        page.locator("#panel > summary").click()
        slider = page.locator("#layer-year")
        slider.scroll_into_view_if_needed()
        assert slider.bounding_box()["width"] > 200
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


BLUE = pixels("a > 200 && b > r + 30")


@pytest.fixture(params=["served", "offline"])
def with_ways(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The map of a region whose river may be drawn, and whose roads may not."""
    run = published_run()
    if request.param == "served":
        settings = published_project(tmp_path)
        publish_with_ways(settings)
        with serving(settings) as url:
            yield url
    else:
        record = replace(run.record, settings={**run.record.settings, "travel": TRAVEL})
        known = layers() | {way_key("rivers"): RIVER}
        write_offline(replace(run, record=record), known, tmp_path / "mapa.html")
        yield (tmp_path / "mapa.html").as_uri()


def test_rivers_lie_beneath_and_can_be_switched_off(browser: Browser, with_ways: str) -> None:
    with watched(browser, with_ways) as page:
        box = page.get_by_label(SPANISH("layers.ground_river"))
        until(page, "() => vigia.drawn() === 2")  # with the layer that is shown from the start
        drawn = page.evaluate(BLUE)
        assert drawn > 100
        assert page.locator("input[data-way]").count() == 1
        box.uncheck()
        assert page.evaluate(BLUE) == 0
        page.select_option("#against", index=1)
        box.check()
        on_both = "() => [...document.querySelectorAll('canvas.districts')].length === 2"
        until(page, on_both)
        assert page.evaluate(BLUE) > 0
        page.get_by_label(SPANISH("layers.year")).press("Home")  # a way has no years
        assert page.evaluate(BLUE) > 0
