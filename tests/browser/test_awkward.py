"""Every page of runs that are awkward in every way: each says what is known, and runs nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import cycle, islice
from urllib.parse import quote

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.map_pages import HTML, Site, at
from data.records import PublishedRun
from maps.assets import assets
from maps.brief import Brief, Place, district_place, province_place, served_brief
from maps.district import Districts
from maps.layers import Layers
from maps.levels import NO_DATA
from maps.page import served_page, write_offline
from maps.payload import beside_block, rows_block, shapes_of, shapes_url
from maps.plan_page import plan_page
from maps.released import Released, release
from maps.words import words
from tests.browser.test_map_choices import alone, twenty_thousand, unknown
from tests.browser.watched import watched
from tests.maps import region

pytestmark = pytest.mark.browser
SPANISH = words("es")
JSON = "application/json"
ROWS_AT_ONCE = 2000  # of the table
MANY = "20,000 districts"
PATIENCE_MS = 30_000  # 20,000 rows on a busy machine
NAMES = (
    region.IMG,
    region.SCRIPT,
    region.FORMULA,
    "{name} %s \\u003cb\\u003e \\",
    "\u202eodarusni\u202c 'Ñahuín' & \"río\"",
    "Nombre larguísimo " * 12,
)


def hostile() -> PublishedRun:
    """Whatever has a name has one that means harm, and the layers are a project's own."""
    run = region.published_run()
    count = len(run.districts)
    districts = run.districts.assign(name=list(islice(cycle(NAMES), count)))
    for column in ("province", "department"):
        districts[column] = [f"{one} {region.SCRIPT}" for one in districts[column]]
    factors = tuple({**one, "label": region.SCRIPT} for one in run.record.factors)
    settings = region.settings()
    settings["area"] |= {"name": region.SCRIPT}
    return replace(
        run,
        record=replace(run.record, factors=factors, settings=settings),
        districts=districts,
        outcomes=tuple(replace(one, label=f"{one.id} {region.IMG}") for one in run.outcomes),
        layers=tuple(replace(one, label=region.SCRIPT, source=region.IMG) for one in run.layers),
    )


def many() -> PublishedRun:
    """20,000 districts in provinces of a hundred, for two outcomes."""
    run = twenty_thousand()
    districts = run.districts
    row, column = districts.index // 200, districts.index % 200
    number = row // 10 * 20 + column // 10
    districts["province_code"] = [f"{one:04d}" for one in number]
    districts["province"] = [f"Provincia {one}" for one in number]
    codes = run.scores["code"].to_numpy()
    other = run.scores.iloc[::-1].assign(outcome="exploitation", code=codes)
    outcomes = region.published_run().outcomes[:2]
    scores = pd.concat([other, run.scores], ignore_index=True)
    return replace(run, districts=districts, scores=scores, outcomes=outcomes)


RUNS: Mapping[str, Callable[[], PublishedRun]] = {
    "hostile": hostile,
    "all unknown": lambda: unknown(region.published_run()),
    "one district": lambda: alone(hostile()),
    MANY: many,
}


@dataclass(frozen=True)
class Shown:
    """A run and where its pages are."""

    run: Released
    address: str


def layers_of(run: PublishedRun) -> Layers:
    """One has no feature."""
    return {} if not run.layers else region.layers() | {"mining": region.layers()["mining"][:0]}


def site(run: Released, layers: Layers) -> Site:
    """All pages of a service, as files."""
    shapes, told = shapes_of(run), Districts(run, SPANISH)
    pages = {
        "/": served_page(run, layers, "es", shapes).html,
        "/plan": plan_page(run, layers).html,
    }
    for place in (district_place(run, first(run)), *provinces(run)):
        path = quote(place.code) if place.kind == "district" else "province"
        pages[f"/brief/{path}?lang=es"] = served_brief(Brief(run, place, layers), "es", "/pdf").html
    blocks = {
        shapes_url(shapes): shapes.text,
        f"/map/beside/{run.run_id}?lang=es": beside_block(told),
    }
    for one in run.outcomes:
        blocks[f"/map/rows/{run.run_id}/{one.id}?lang=es"] = rows_block(told, one.id)
    for name in layers:
        blocks[f"/v1/layers/{name}?detail=display"] = '{"type":"FeatureCollection","features":[]}'
    return Site(
        {one.url: (one.media_type, one.content) for one in assets().values()}
        | {path: (HTML, html.encode()) for path, html in pages.items()}
        | {path: (JSON, text.encode()) for path, text in blocks.items()}
    )


def first(run: Released) -> str:
    return str(run.districts["code"].iloc[0])


def provinces(run: Released) -> Iterator[Place]:
    code = run.districts["province_code"].iloc[0]
    if isinstance(code, str):
        yield province_place(run, code)


@pytest.fixture(scope="module", params=list(RUNS))
def served(request: pytest.FixtureRequest) -> Iterator[Shown]:
    made = RUNS[request.param]()
    run = release(made)
    with at(site(run, layers_of(made))) as url:
        yield Shown(run, url)


@pytest.fixture(scope="module", params=[name for name in RUNS if name != MANY])
def offline(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    made = RUNS[request.param]()
    path = tmp_path_factory.mktemp("awkward") / "mapa.html"
    write_offline(made, layers_of(made), path)
    return Shown(release(made), path.as_uri())


def count_of(text: str) -> int:
    return int(text.split(maxsplit=1)[0].replace(",", ""))


def nothing_ran(page: Page) -> None:
    """Dialogs and errors are complaints already; here, that no name became an element."""
    assert page.locator("img, body b b, a[href^=javascript]").count() == 0


def test_a_served_map_its_table_and_its_comparison(browser: Browser, served: Shown) -> None:
    map_table_comparison(browser, served)


def test_a_file_has_the_same(browser: Browser, offline: Shown) -> None:
    map_table_comparison(browser, offline)


def map_table_comparison(browser: Browser, shown: Shown) -> None:
    run, (one, other, *_) = shown.run, shown.run.outcomes
    levels = [run.scores_of(outcome.id)["level"].to_numpy() for outcome in (one, other)]
    with watched(browser, shown.address) as page:
        counts = [count_of(text) for text in page.locator(".legend .count").all_inner_texts()]
        assert sum(counts) == len(run.districts)
        assert counts[0] == (levels[0] == NO_DATA).sum()
        page.click("#open-table")
        expect(page.locator("#table table")).to_be_visible(timeout=PATIENCE_MS)
        names = page.locator("#table tbody th").all_text_contents()
        assert len(names) == min(len(run.districts), ROWS_AT_ONCE)
        assert set(names) <= set(run.districts["name"])
        rates = page.locator("#table tbody td:nth-child(6)").all_text_contents()
        known = int(run.scores_of(one.id)["rate"].notna().sum())
        assert sum(map(bool, rates)) == min(known, ROWS_AT_ONCE)
        page.locator("#table tbody th button").first.click()
        expect(page.locator("article.detail h2")).to_have_text(names[0].strip())
        page.select_option("#against", other.id)
        both = (levels[0] != NO_DATA) & (levels[1] != NO_DATA)
        differ = int((both & (levels[0] != levels[1])).sum())
        told = SPANISH("compare.differing", n=str(differ), shown=str(min(100, differ)))
        expect(page.locator("#differing p").first).to_have_text(told, timeout=PATIENCE_MS)
        assert page.locator("#differing tbody tr").count() == min(100, differ)
        nothing_ran(page)


def test_briefs_and_the_planning_page(browser: Browser, served: Shown) -> None:
    run = served.run
    with watched(browser, served.address) as page:
        for path in (quote(first(run)), *("province" for _ in provinces(run))):
            page.goto(f"{served.address}brief/{path}?lang=es")
            said = page.locator("body").inner_text()
            assert SPANISH("brief.caution") in said
            assert "nan" not in said.split()
            unit = SPANISH("detail.rate_unit")
            assert (unit in said) == bool(run.scores["rate"].notna().any())
            nothing_ran(page)
        page.goto(f"{served.address}plan")
        page.wait_for_selector("html[data-ready]", state="attached")
        bases = page.locator("#bases select").first.locator("option").all_text_contents()
        assert len(bases) == len(run.districts)
        assert not [base for base in bases if "nan" in base or "None" in base]
        drawn = int(run.districts.geometry.notna().sum())
        assert page.locator("#where path.leaflet-interactive").count() == drawn
        nothing_ran(page)
