"""Finding, filtering and leaving out: with misspelt names, by keyboard alone, in a real browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from data.records import PublishedRun
from maps.page import write_offline
from maps.released import release
from maps.words import words
from tests.api.project import published_project
from tests.browser.watched import PHONE, click_district, detail, pixels, until, watched
from tests.geo.shapes import grid
from tests.maps.made import with_composite
from tests.maps.region import NO_BOUNDARY, NO_DATA, layers, published_run
from tests.serving import serving

pytestmark = pytest.mark.browser
SPANISH = words("es")
# The colour in the middle of a district.
COLOUR_AT = """index => {
  const canvas = document.querySelector("canvas.districts");
  const frame = canvas.getBoundingClientRect();
  const map = vigia.map.getContainer().getBoundingClientRect();
  const at = vigia.map.latLngToContainerPoint(vigia.districts.bounds(index).getCenter());
  const copy = document.createElement("canvas");
  copy.width = copy.height = 1;
  const pen = copy.getContext("2d", { willReadFrequently: true });
  pen.drawImage(canvas, at.x + map.x - frame.x + 3, at.y + map.y - frame.y + 3, 1, 1, 0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}"""
DARK_PIXELS = pixels("r < 30 && g < 40 && a > 200")
LEFT_OUT = [227, 231, 232]


def named() -> PublishedRun:
    """The region with names as in Peru, some hard to spell."""
    run = published_run()
    districts = run.districts.copy()
    for row, name in ((8, "Tambopata"), (9, "Iñapari"), (10, "Las Piedras"), (11, "Huepetuhe")):
        districts.loc[row, "name"] = name
    scores = run.scores.copy()
    high = scores["level"] == "very_high"
    scores.loc[high, "p_above_high"] = 0.9
    scores.loc[high & (scores["code"] == districts["code"][9]), "p_above_high"] = 0.99
    return replace(run, districts=districts, scores=scores)


@pytest.fixture(scope="module")
def run() -> PublishedRun:
    return named()


@pytest.fixture(scope="module")
def address(run: PublishedRun, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("choices") / "mapa.html"
    write_offline(run, layers(), file)
    return file.as_uri()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Tampopata", "Tambopata"),
        ("tambopta", "Tambopata"),
        ("inapari", "Iñapari"),
        ("yñapari", "Iñapari"),
        ("piedras", "Las Piedras"),
        ("las peidras", "Las Piedras"),
        ("huepetue", "Huepetuhe"),
        ("guepetuhe", "Huepetuhe"),
    ],
)
def test_misspelt_names_are_found(browser: Browser, address: str, typed: str, found: str) -> None:
    with watched(browser, address) as page:
        page.fill("#search", typed)
        first = page.locator("#found li").first
        assert first.inner_text().startswith(found)


def test_what_is_like_no_name_finds_nothing(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        for typed in ("qqq", "zzzzzzzzzz", "madrid"):
            page.fill("#search", typed)
            assert page.locator("#found-state").inner_text() == SPANISH("search.nothing")


def test_the_search_is_a_combobox(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        field = page.get_by_role("combobox", name="Buscar un distrito")
        field.focus()
        page.keyboard.type("distrito 1")
        assert field.get_attribute("aria-expanded") == "true"
        options = page.locator("#found").get_by_role("option")
        names = [text.split(" Provincia")[0] for text in options.all_inner_texts()]
        for key, place in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0), ("ArrowUp", -1)):
            page.keyboard.press(key)
            active = field.get_attribute("aria-activedescendant")
            chosen = page.locator("#found [aria-selected=true]")
            assert chosen.get_attribute("id") == active
            assert chosen.inner_text().startswith(names[place])
        page.keyboard.press("Enter")
        assert page.locator("article.detail h2").inner_text() == names[-1]
        assert field.get_attribute("aria-expanded") == "false"
        page.fill("#search", "distrito")
        page.keyboard.press("Escape")
        assert page.locator("#found").is_hidden()


def test_a_part_is_shown_alone(browser: Browser, address: str, run: PublishedRun) -> None:
    own = run.districts["department"] == "Bajo Río"
    first, other = int(own.to_numpy().argmax()), 9
    with watched(browser, address) as page:
        page.get_by_label("Departamento").select_option("Bajo Río")
        assert page.evaluate(COLOUR_AT, other) == LEFT_OUT
        assert page.evaluate(COLOUR_AT, first) != LEFT_OUT
        assert (
            page.locator("#shown").inner_text()
            == f"En color: {own.sum()} de {own.sum()} distritos."
        )
        counts = page.locator(".legend .count").all_inner_texts()
        assert sum(int(text.split()[0]) for text in counts) == own.sum()
        provinces = page.get_by_label("Provincia").locator("option").all_inner_texts()
        assert provinces == ["Toda provincia", "Provincia 2-1", "Provincia 2-2", "Provincia 2-3"]
        page.get_by_label("Provincia").select_option("Provincia 2-2")
        small = (run.districts["province"] == "Provincia 2-2").sum()
        assert page.locator("#shown").inner_text() == f"En color: {small} de {small} distritos."
        page.get_by_label("Departamento").select_option("")
        assert page.locator("#shown").inner_text() == ""
        assert page.evaluate(COLOUR_AT, other) != LEFT_OUT


def test_the_surest_alone(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        vivid, pale = page.evaluate(COLOUR_AT, 9), page.evaluate(COLOUR_AT, 23)
        assert vivid == [0x7F, 0x1D, 0x1D]
        page.get_by_label("Solo lo más seguro").check()
        assert page.evaluate(COLOUR_AT, 9) == vivid
        assert page.evaluate(COLOUR_AT, 23) == LEFT_OUT != pale
        assert page.evaluate(COLOUR_AT, NO_DATA) != LEFT_OUT  # unknown is not hidden
        assert "Color vivo" in page.locator(".certainty").inner_text()


def test_a_level_is_left_out(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        page.get_by_label("Muy alto").uncheck()
        assert page.evaluate(COLOUR_AT, 9) == LEFT_OUT
        click_district(page, 9)  # what it says can be read all the same
        assert "Muy alto" in detail(page)


def test_what_is_chosen_is_outlined(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        before = page.evaluate(DARK_PIXELS)
        click_district(page, 9)
        until(page, f"() => ({DARK_PIXELS})() > {before} + 300")


def test_the_map_moves_and_is_drawn_again(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        for move in ("zoomIn", "zoomOut", "zoomIn"):
            page.evaluate(f"() => vigia.map.{move}(1)")
            page.wait_for_timeout(400)
        page.evaluate("() => vigia.map.panBy([-150, 90], {animate: false})")
        click_district(page, 9)
        assert page.locator("article.detail h2").inner_text() == "Iñapari"


@pytest.mark.parametrize("size", [(1280, 800), PHONE])
def test_the_page_is_open_to_all(browser: Browser, address: str, size: tuple[int, int]) -> None:
    with watched(browser, address, size) as page:
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_the_stages_together_come_first(browser: Browser, tmp_path: Path) -> None:
    write_offline(with_composite(), {}, tmp_path / "mapa.html")
    with watched(browser, (tmp_path / "mapa.html").as_uri()) as page:
        first = page.locator(".outcomes label").first
        assert first.inner_text() == "Carga conjunta de las etapas"
        assert first.locator("input").is_checked()


def test_rows_that_cannot_be_had_are_said(browser: Browser, tmp_path: Path) -> None:
    with serving(published_project(tmp_path)) as url:
        context = browser.new_context()
        page = context.new_page()
        page.route("**/map/rows/**", lambda route: route.abort())
        page.goto(url)
        page.wait_for_selector("html[data-ready]", state="attached")
        click_district(page, 9)
        expect(page.locator("article.failed")).to_contain_text(SPANISH("map.failed"))
        page.unroute("**/map/rows/**")
        click_district(page, 8)
        assert page.locator("article.detail h2").inner_text() == "Distrito 9"
        context.close()


def alone(run: PublishedRun) -> PublishedRun:
    code = run.districts["code"][9]
    return replace(
        run,
        districts=run.districts[run.districts["code"] == code].reset_index(drop=True),
        scores=run.scores[run.scores["code"] == code],
        contributions=run.contributions[run.contributions["code"] == code],
    )


def unknown(run: PublishedRun) -> PublishedRun:
    """Every district `sin dato`, and every name and place missing that can be."""
    scores, districts = run.scores.copy(), run.districts.copy()
    scores[scores.select_dtypes("float").columns] = float("nan")
    scores["level"], scores["no_data_reason"], scores["no_records"] = "no_data", "", False
    districts[["name", "province", "department", "province_code", "department_code"]] = None
    return replace(run, scores=scores, districts=districts, contributions=run.contributions[:0])


def test_one_district(browser: Browser, tmp_path: Path, run: PublishedRun) -> None:
    write_offline(alone(run), layers(), tmp_path / "mapa.html")
    with watched(browser, (tmp_path / "mapa.html").as_uri()) as page:
        assert page.locator("#department").is_hidden()
        click_district(page, 0)
        assert "Iñapari" in detail(page)


def test_nothing_is_known(browser: Browser, tmp_path: Path, run: PublishedRun) -> None:
    write_offline(unknown(run), layers(), tmp_path / "mapa.html")
    with watched(browser, (tmp_path / "mapa.html").as_uri()) as page:
        assert page.locator(".legend .count").first.inner_text() == "24 distritos"
        click_district(page, 9)
        assert "Sin dato" in detail(page)
        assert page.locator("article.detail dl").count() == 0
        page.fill("#search", release(run).districts["code"][NO_BOUNDARY])
        page.keyboard.press("Enter")
        assert "no tiene límite dibujado" in detail(page)


def test_a_layer_without_features(browser: Browser, tmp_path: Path, run: PublishedRun) -> None:
    empty = layers() | {"mining": layers()["mining"][:0]}
    write_offline(run, empty, tmp_path / "mapa.html")
    with watched(browser, (tmp_path / "mapa.html").as_uri()) as page:
        page.locator("input[data-layer=mining]").check()
        until(page, "() => vigia.drawn() === 2")
        assert page.locator("[data-state=mining]").inner_text() == SPANISH(
            "layers.empty", year="2025"
        )


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> str:
    """20,000 squares, two of every hundred without a score."""
    file = tmp_path_factory.mktemp("many") / "mapa.html"
    write_offline(twenty_thousand(), {}, file)
    return file.as_uri()


def twenty_thousand() -> PublishedRun:
    run = published_run()
    districts = grid(200, 100)
    count = len(districts)
    scores = pd.concat([run.scores[run.scores["outcome"] == "recruitment"]] * (count // 24 + 1))
    scores = scores.head(count).assign(code=districts["code"].to_numpy())
    districts["name"] = [f"Distrito {number}" for number in range(count)]
    for name in ("province", "department", "province_code", "department_code"):
        districts[name] = "x"
    return replace(
        run,
        districts=districts,
        scores=scores,
        contributions=run.contributions[:0],
        outcomes=run.outcomes[1:2],
    )


def test_20_000_districts(browser: Browser, many: str) -> None:
    with watched(browser, many) as page:
        reads(page, 10_050)
        page.fill("#search", "distirto 7777")
        assert page.locator("#found li").first.inner_text().startswith("Distrito 7777")


def reads(page: Page, index: int) -> None:
    click_district(page, index)
    code = page.evaluate("index => vigia.data.districts.code[index]", index)
    assert code in detail(page)
