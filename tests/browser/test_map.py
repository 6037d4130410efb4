"""The map where planners see it: in a real browser, cut off from the internet."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page

from data.records import PublishedRun
from maps.released import release
from maps.words import words
from tests.browser.watched import PHONE, click_district, detail, until, watched
from tests.maps.region import IMG, NO_DATA, RUN_ID, SCRIPT, published_run

pytestmark = pytest.mark.browser
SPANISH = words("es")


@pytest.fixture(scope="module")
def run() -> PublishedRun:
    return published_run()


def score(run: PublishedRun, outcome: str, index: int) -> dict[str, float]:
    """Of a district, with rates as they are published."""
    return dict(release(run).scores_of(outcome).iloc[index])


def test_a_click_tells_the_numbers(browser: Browser, address: str, run: PublishedRun) -> None:
    with watched(browser, address) as page:
        click_district(page, 9)
        said, known = detail(page), score(run, "exploitation", 9)
        assert page.locator(".leaflet-popup article.detail h2").inner_text() == "Distrito 10"
        assert SPANISH(f"level.{known['level']}") in said
        for name in ("rate", "rate_low", "rate_high", "relative_risk", "rr_low", "rr_high"):
            assert SPANISH.number(known[name]) in said, name
        assert f"{int(known['rank'])} de 23" in said
        low, high = int(known["rank_low"]), int(known["rank_high"])
        assert f"entre el {low} y el {high}" in said
        factor = r"Minería <b>informal</b>: a [\d.]+ km de la capital del distrito — (sube|baja)"
        assert re.search(factor, said)
        assert RUN_ID in said
        assert SPANISH("rate_name.recorded", year="2026") in said
        notes = page.locator("ul.notes").text_content() or ""
        assert SPANISH("warning.wider_areas_left_out") in notes


def test_the_map_opens_at_rest(browser: Browser, address: str) -> None:
    """What is added to a map that is still zooming can stay behind, and clicks then miss."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("html[data-ready]", state="attached")
    view = "() => [vigia.map.getZoom(), document.querySelectorAll('.leaflet-zoom-anim').length]"
    opened = page.evaluate(view)
    page.wait_for_timeout(600)
    assert page.evaluate(view) == opened
    assert opened[1] == 0
    context.close()


def test_names_are_text_whatever_they_say(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        for index, name in ((0, IMG), (1, SCRIPT)):
            click_district(page, index)
            assert page.locator("article.detail h2").inner_text() == name
            page.mouse.move(5, 5)
        page.fill("#search", "<img")
        assert page.locator("#found li").inner_text().startswith(IMG)
        assert page.locator("article img, #found img, .tip img").count() == 0


def test_what_is_not_known_is_hatched_and_has_no_number(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        until(page, SEVERAL_COLOURS, NO_DATA)
        assert not page.evaluate(SEVERAL_COLOURS, 9)
        click_district(page, NO_DATA)
        said = detail(page)
        assert "Sin dato" in said
        assert "Falta información de" in said
        assert page.locator("article.detail dl").count() == 0


def test_another_outcome_repaints_and_says_what_it_is(
    browser: Browser, address: str, run: PublishedRun
) -> None:
    with watched(browser, address) as page:
        click_district(page, 9)
        page.locator(".outcomes").get_by_text("Faltas registradas", exact=True).click()
        warning = "Faltas registradas: no es trata de personas"
        assert page.locator(".outcome-note.other").inner_text() == warning
        assert warning in detail(page)
        known = score(run, "misdemeanours", 9)
        assert SPANISH.number(known["rate"]) in detail(page)
        counts = page.locator(".legend .count").all_inner_texts()
        assert counts[0] == "1 distrito"
        assert sum(int(text.split()[0]) for text in counts) == len(run.districts)


def test_districts_without_a_boundary_are_found_by_name(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        page.fill("#search", "limite")  # nobody types the accent
        page.keyboard.press("Enter")
        assert page.locator("#sheet h2").inner_text() == "Sin Límite"
        assert "no tiene límite dibujado" in detail(page)
        page.locator("#sheet .close").click()
        assert page.locator("#sheet").is_hidden()
        page.fill("#search", "zzz")
        assert page.locator("#found-state").inner_text() == SPANISH("search.nothing")


def test_layers_are_switched_on_and_off(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        assert drawn_layers(page) == 1  # what is `shown` is on from the start
        for box, count in (("mining", 2), ("police", 3), ("frontier", 2)):
            page.locator(f"input[data-layer={box}]").click()
            until(page, "n => vigia.drawn() === n", count)
        assert page.locator("input[data-layer=roads]").count() == 0
        measured = "tiempo de viaje desde donde vive la gente, con aguas bajas"
        assert measured in (page.locator("#panel").text_content() or "")
        assert "su licencia no está declarada" in page.locator("#panel").inner_text()


def test_a_phone_gets_a_sheet_and_sees_the_map_first(browser: Browser, address: str) -> None:
    with watched(browser, address, PHONE, touch=True) as page:
        assert page.locator("#panel .inside").is_hidden()
        assert page.locator("#panel .strip").inner_text().startswith("Sin dato")
        click_district(page, 9)
        assert page.locator("#sheet h2").inner_text() == "Distrito 10"
        page.locator("#sheet .close").click()
        page.locator("#panel > summary").click()
        assert page.locator("#panel .inside").is_visible()
        overflow = "document.documentElement.scrollWidth > window.innerWidth"
        assert not page.evaluate(overflow)


def test_the_policy_lets_no_other_script_run(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("html[data-ready]", state="attached")
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.intruder = 1";
          document.body.append(script);
          const frame = document.createElement("div");
          frame.innerHTML = "<img src=x onerror='window.intruder = 2'>";
          document.body.append(frame);
        }"""
    )
    page.wait_for_timeout(200)
    assert page.evaluate("window.intruder") is None
    context.close()


def drawn_layers(page: Page) -> int:
    until(page, "() => vigia.drawn() > 0")
    return int(page.evaluate("vigia.drawn()"))


# Whether there is more than one colour in the middle of a district.
SEVERAL_COLOURS = """index => {
  const colours = new Set();
  const canvas = document.querySelector("canvas.districts");
  const frame = canvas.getBoundingClientRect();
  const map = vigia.map.getContainer().getBoundingClientRect();
  const at = vigia.map.latLngToContainerPoint(vigia.districts.bounds(index).getCenter());
  const copy = document.createElement("canvas");
  copy.width = copy.height = 12;
  const pen = copy.getContext("2d", { willReadFrequently: true });
  const x = at.x + map.x - frame.x - 6, y = at.y + map.y - frame.y - 6;
  pen.drawImage(canvas, x, y, 12, 12, 0, 0, 12, 12);
  const pixels = pen.getImageData(0, 0, 12, 12).data;
  for (let i = 0; i < pixels.length; i += 4) colours.add(pixels.slice(i, i + 4).join());
  return colours.size > 1;
}"""
