"""The maps of whole projects in a real browser; the picture in the README is taken here."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser, Page

from api.service import ServiceSettings
from data.records import PublishedRun
from maps.released import release
from maps.words import words
from tests.browser.watched import click_district, detail, watched
from tests.integration.commands import ROOT, vigia
from tests.serving import serving
from vigia import pipeline
from vigia.project import Project

pytestmark = pytest.mark.browser
SPANISH = words("es")
README_SIZE = (1280, 900)
MOST_BYTES = 5_000_000  # of a file to take along
PICTURE = Path(os.environ.get("VIGIA_PICTURE") or ROOT / "test-artefacts" / "map.png")


def easy_to_hit(run: PublishedRun, outcome: str) -> int:
    """A district of high level whose middle lies within it: large, and rather in the south.

    The popup stands above its place, and so the picture shows most of the map.
    """
    districts = run.districts
    level = run.scores[run.scores["outcome"] == outcome].set_index("code")["level"]
    high = level.reindex(districts["code"]).isin(["high", "very_high"]).to_numpy()
    box = districts.geometry.bounds.fillna(0)
    x, y = (box.minx + box.maxx) / 2, (box.miny + box.maxy) / 2
    hit = high & shapely.contains_xy(districts.geometry.to_numpy(), x, y)
    size = (box.maxx - box.minx) * (box.maxy - box.miny)
    largest = np.argsort(np.where(hit, -size, 0), kind="stable")[:6]
    return int(min(largest[hit[largest]], key=lambda row: y.iloc[row]))


def reads_its_numbers(page: Page, run: PublishedRun, outcome: str) -> str:
    """Click a district; all its numbers are there as published. Returns what is said."""
    index = easy_to_hit(run, outcome)
    district = run.districts.iloc[index]
    known = release(run).scores_of(outcome).loc[district["code"]]
    click_district(page, index)
    assert page.locator("article.detail h2").inner_text() == district["name"]
    said = detail(page)
    assert SPANISH(f"level.{known['level']}") in said
    for name in ("rate", "rate_low", "rate_high", "relative_risk", "rr_low", "rr_high"):
        assert SPANISH.number(known[name]) in said, name
    low, high = SPANISH.count(int(known["rank_low"])), SPANISH.count(int(known["rank_high"]))
    assert f"entre el {low} y el {high}" in said
    return said


def test_the_example_region(browser: Browser, example_project: Project) -> None:
    run = pipeline.published(example_project)
    with (
        serving(ServiceSettings.of(example_project, public=True)) as url,
        watched(browser, url, README_SIZE) as page,
    ):
        assert page.get_by_text("DATOS SINTÉTICOS").first.is_visible()
        first = page.locator("input[name=outcome]:checked").get_attribute("value")
        assert first is not None
        said = reads_its_numbers(page, run, first)
        assert "level_is_prior" in run.record.warnings
        kind = release(run).rates_of(first)
        assert kind == "burden"  # the stages together come first
        assert SPANISH(f"rate_name.{kind}", year=str(run.record.target_year)) in said
        assert SPANISH("warning.level_is_prior") in (page.locator("ul.notes").text_content() or "")
        assert re.search(r"Puestos de salud: [\w ]+(con aguas altas|, todo el año)", said)
        assert "no hay capa" not in said
        assert "Mesa regional ficticia de" in said
        page.mouse.move(5, 5)
        page.wait_for_timeout(300)  # the popup fades in
        PICTURE.parent.mkdir(exist_ok=True)
        page.screenshot(path=PICTURE)
    assert PICTURE.stat().st_size > 20_000


@pytest.mark.peru
def test_peru(browser: Browser, peru_project: Project) -> None:
    run = pipeline.published(peru_project)
    (outcome,) = run.outcomes
    with (
        serving(ServiceSettings.of(peru_project, public=True)) as url,
        watched(browser, url) as page,
    ):
        assert page.get_by_text("DATOS SINTÉTICOS").count() == 0
        said = reads_its_numbers(page, run, outcome.id)
        assert "no es trata de personas" in said
        page.fill("#search", "amantani")  # one of the eight without a boundary
        page.keyboard.press("Enter")
        assert page.locator("#sheet h2").inner_text().casefold() == "amantani"
        assert "no tiene límite dibujado" in page.locator("#sheet").inner_text()


@pytest.mark.peru
def test_peru_is_taken_along_in_one_light_file(
    browser: Browser, peru_project: Project, tmp_path: Path
) -> None:
    run, file = pipeline.published(peru_project), tmp_path / "mapa.html"
    vigia("map", "--offline", "--plans", "--out", file, "--project", peru_project.folder)
    assert file.stat().st_size < MOST_BYTES
    with watched(browser, file.as_uri()) as page:
        reads_its_numbers(page, run, run.outcomes[0].id)
        assert page.get_by_text(SPANISH("stored.none")).count() == 1
