"""A planner's path through the planning page, in Spanish, cut off from the internet."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from api.service import ServiceSettings
from data import working
from tests.browser.serving import serving
from tests.browser.watched import PHONE, watched
from vigia.kept_plans import handlers
from vigia.pipeline import open_store
from vigia.project import Project, load_project

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def project(example_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("plans") / "project"
    return load_project(Path(shutil.copytree(example_project.folder, folder)))


@pytest.fixture(scope="module")
def address(project: Project) -> Iterator[str]:
    with serving(ServiceSettings.of(project)) as url, _working(project):
        yield f"{url}/plan"


@contextmanager
def _working(project: Project) -> Iterator[None]:
    """A worker in a thread: what ``vigia work`` runs."""
    stop = threading.Event()

    def work() -> None:
        with open_store(project) as store:
            working.work(store, handlers(store), poll_seconds=0.1, stop=stop)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=60)
        assert not thread.is_alive()


def ask(page: Page, teams: int, hours: float, outcome: str = "exploitation") -> None:
    page.get_by_label("Equipos", exact=True).fill(str(teams))
    page.get_by_label("Horas de viaje").fill(str(hours))
    page.get_by_label("Etapa").select_option(outcome)
    page.get_by_role("button", name="Hacer el plan").click()


@pytest.mark.parametrize("size", [(1280, 800), PHONE])
def test_a_planner_asks_and_sees_where_why_and_what_more(
    browser: Browser, address: str, size: tuple[int, int]
) -> None:
    with watched(browser, address, size) as page:
        assert page.locator("html").get_attribute("lang") == "es"
        expect(page.locator(".synthetic")).to_contain_text("DATOS SINTÉTICOS")
        ask(page, 3, 3)
        expect(page.locator("#state")).to_have_text("Listo.", timeout=60_000)
        sites = page.locator("#sites li")
        chosen = sites.filter(has_text="alcanza")
        expect(chosen).to_have_count(3)
        expect(chosen.first).to_contain_text("está en el mejor plan en")
        expect(page.locator("#reached")).to_contain_text("de todos los que se esperan")
        expect(page.locator("#limits")).to_contain_text("con un equipo más")
        expect(page.locator("#notes")).to_contain_text("Alcanzado no es prevenido")


def test_in_english_and_by_another_layer(browser: Browser, address: str) -> None:
    with watched(browser, f"{address}?lang=en") as page:
        page.get_by_label("Teams", exact=True).fill("1")
        page.locator("[name=candidates]").select_option("ports")
        page.locator("[name=season]").select_option("high")
        page.get_by_role("button", name="Make the plan").click()
        expect(page.locator("#state")).to_have_text("Done.", timeout=60_000)
        expect(page.locator("#head")).to_contain_text("at high water")
        expect(page.locator("#sites li").filter(has_text="reaches")).to_have_count(1)
        assert page.evaluate("() => document.querySelectorAll('#where canvas').length") > 0
