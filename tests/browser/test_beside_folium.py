"""The same region in Folium's plain choropleth and on the map, as docs/beside-folium.md says."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from benchmarks.beside_folium import MARKS, Region, fills, page, region, table, with_a_gap
from benchmarks.map_pages import at
from benchmarks.results import write_between
from data.records import PublishedRun
from maps.levels import COLOURS
from maps.page import write_offline
from maps.words import words
from tests.browser.watched import detail, watched
from tests.integration.commands import ROOT
from tests.maps.test_levels import luminance
from vigia import pipeline
from vigia.project import Project

pytestmark = pytest.mark.browser
DOCS = os.environ.get("VIGIA_BESIDE")
FOLDER = Path(DOCS or ROOT / "test-artefacts") / "beside-folium"
SIZE = {"width": 540, "height": 440}
WIDE = (900, 640)
BARE = "#dddddd"  # what Leaflet has beneath all
VEIL = 0.6  # how opaque Folium's colours are
LARGEST_FILE = 150_000


@pytest.fixture(scope="module")
def run(example_project: Project) -> PublishedRun:
    return pipeline.published(example_project)


@pytest.fixture(scope="module")
def seen(example_project: Project, run: PublishedRun) -> Region:
    return region(example_project.folder, run, pipeline.beside(example_project, run))


def seen_through(colour: str) -> str:
    """A colour of Folium's as it comes to the eye."""
    channels = [
        round(VEIL * int(colour[i : i + 2], 16) + (1 - VEIL) * int(BARE[i : i + 2], 16))
        for i in (1, 3, 5)
    ]
    return "#{:02x}{:02x}{:02x}".format(*channels)


def test_what_is_missing_is_black_in_folium_and_darker_than_most_risk(seen: Region) -> None:
    assert fills(seen.of_rates)[seen.gap["code"]] == "black"
    black = [code for code, fill in fills(seen.of_register).items() if fill == "black"]
    assert len(black) == seen.without_row > 0
    scale = {*fills(seen.of_rates).values()} - {"black"}
    assert luminance(seen_through("#000000")) < min(luminance(seen_through(one)) for one in scale)
    assert luminance(COLOURS["no_data"]) > max(
        luminance(COLOURS[one]) for one in ("high", "medium")
    )


def test_doubt_has_no_colour_in_folium(seen: Region) -> None:
    sure, unsure = seen.pair.sure, seen.pair.unsure
    colours = fills(seen.of_rates)
    assert colours[sure["code"]] == colours[unsure["code"]]
    assert sure["sure"] == 2 > unsure["sure"]


def test_one_case_in_a_small_district_is_the_darkest_of_the_register(seen: Region) -> None:
    darkest = seen.darkest
    assert darkest["cases"] <= 3
    assert fills(seen.of_register)[darkest["code"]] == seen.of_register.color_scale(np.inf)[:7]
    assert darkest["level"] not in ("high", "very_high")
    told = seen.shown.beside.counts
    assert told is not None
    assert not [one for one in told.tables if f"district:{darkest['code']}" in one.told]


def test_most_districts_are_in_the_first_class(seen: Region) -> None:
    known = seen.scores["rate"].dropna()
    edges = np.linspace(known.min(), known.max(), 7)
    assert np.allclose(seen.of_rates.color_scale.index, edges)
    assert seen.in_first_class == (known < edges[1]).sum() > len(known) / 2


def test_the_pictures(
    browser: Browser, seen: Region, run: PublishedRun, example_project: Project, tmp_path: Path
) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, rates, black in (
        ("register", seen.cases["rate"], seen.without_row),
        ("rates", seen.scores["rate"], 1),
    ):
        with at(page(seen.shown.districts, rates)) as url:
            plain = browser.new_page(viewport=SIZE)
            plain.goto(url)
            plain.wait_for_selector("path.leaflet-interactive")
            assert plain.locator("path[fill=black]").count() == black
            kept(plain, name)
            plain.close()
    gap = with_a_gap(run)
    write_offline(gap, pipeline.drawable_layers(example_project, run), tmp_path / "mapa.html")
    with watched(browser, (tmp_path / "mapa.html").as_uri(), WIDE) as ours:
        ours.locator("label:has(input[value=exploitation])").click()
        drawn = ours.locator(".layers input:checked")
        while drawn.count():
            drawn.first.uncheck()
        kept(ours, "vigia")
        ours.fill("#search", seen.gap["name"])
        ours.keyboard.press("Enter")
        said = detail(ours)
        assert words("es")("level.no_data") in said
        assert "Falta información de" in said
    if DOCS:
        write_between(Path(DOCS) / "beside-folium.md", MARKS, table(seen))


def kept(page: Page, name: str) -> None:
    path = FOLDER / f"{name}.png"
    page.wait_for_timeout(300)
    page.screenshot(path=path)
    assert path.stat().st_size < LARGEST_FILE
