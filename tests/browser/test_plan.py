"""A planner's path through the planning page, in Spanish, cut off from the internet."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from api.service import ServiceSettings
from data import working
from maps.words import words
from tests.browser.watched import PHONE, watched
from tests.serving import serving
from vigia.kept_plans import handlers
from vigia.pipeline import open_store
from vigia.project import Project

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(own_example: Project) -> Iterator[str]:
    with serving(ServiceSettings.of(own_example, public=True)) as url, _working(own_example):
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
        assert page.evaluate("() => document.querySelectorAll('#where svg path').length") > 0


def made(page: Page) -> dict[str, Any]:
    """The plan that the page shows."""
    expect(page.locator("#state")).to_have_text("Listo.", timeout=60_000)
    found = page.evaluate("() => fetch(`/v1/plans/${location.hash.slice(1)}`).then(a => a.json())")
    plan: dict[str, Any] = found["plan"]
    return plan


def test_districts_are_coloured_by_what_is_reached_and_ways_are_drawn(
    browser: Browser, address: str
) -> None:
    with watched(browser, address) as page:
        ask(page, 3, 3)
        plan = made(page)
        legend = page.locator("#legend")
        expect(legend).to_contain_text("se alcanza a tres cuartos de la gente o más")
        expect(legend).to_contain_text("ruta más rápida")
        fills = page.locator("#where path[fill='#15505f']")
        expect(fills).to_have_count(sum(one["reached"] >= 0.75 for one in plan["districts"]))
        expect(page.locator("#where path[stroke='#ffffff']")).to_have_count(1)
        assert plan["routes"]
        places = page.locator("#where .place")
        expect(places).to_have_count(len(plan["sites"]))
        second = page.locator("#where .place", has_text=re.compile("^2$"))
        second.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#sites li").nth(1)).to_be_focused()
        expect(second).to_have_class(re.compile("chosen"))
        page.get_by_text("Distritos que se alcanzan").click()
        reached = [one for one in plan["districts"] if one["site"]]
        expect(page.locator("#districts li")).to_have_count(len(reached))
        most = max(reached, key=lambda one: one["people"])
        expect(page.locator("#districts li").first).to_contain_text(most["name"])


def test_limits_are_set_by_the_keyboard_and_bind(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        unnamed = (
            "() => [...document.querySelectorAll('input, select')].filter(e => !e.labels.length)"
        )
        assert page.evaluate(f"() => ({unnamed})().length") == 0
        ask(page, 3, 3)
        before = made(page)
        summary = page.get_by_text("Más límites")
        summary.focus()
        page.keyboard.press("Enter")
        page.get_by_text("Mínimo por departamento").focus()
        page.keyboard.press("Enter")
        department = min(one["department"] for one in before["districts"])
        page.get_by_label(department, exact=True).fill("2")
        page.get_by_label("Presupuesto").fill("3")
        page.get_by_label("Personas que atiende un equipo").fill("20000")
        page.get_by_label("Alcanzar lo más posible").select_option(label=TAIL)
        page.get_by_label("Dónde ya hay equipos").select_option("ports")
        page.get_by_role("button", name="Hacer el plan").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#legend")).to_contain_text("ya hay equipo", timeout=60_000)
        asked = made(page)["request"]
        assert asked["minimum"] == [{"department": department, "least": 2}]
        assert (asked["budget"], asked["capacity_people"], asked["tail"]) == (3, 20_000, 0.2)
        assert asked["existing"] == "ports"
        expect(page.locator("#limits")).to_contain_text("sin el límite de presupuesto")
        said = page.locator("#asked")
        expect(said).to_contain_text("Con 3 equipos nuevos, 20,000 personas que atiende cada uno")
        expect(said).to_contain_text(f"un mínimo de 2 en {department}")
        expect(said).to_contain_text("en el 20% peor de los escenarios")


TAIL = "en los peores casos (la peor quinta parte de los escenarios)"


def test_a_place_is_forced_or_excluded_from_the_list(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        ask(page, 3, 3)
        before = made(page)
        first = before["sites"][0]["name"]
        nearly = next(one for one in before["sites"] if not one["chosen"])
        page.get_by_role("button", name=f"Excluir: {first}").click()
        expect(page.locator("#state")).to_contain_text("vuelva a hacer el plan")
        page.get_by_role("button", name=f"Obligar: {nearly['name']}").click()
        expect(page.locator("#fixed li")).to_have_count(2)
        page.get_by_role("button", name="Hacer el plan").click()
        expect(page.locator("#limits")).to_contain_text("sin los lugares", timeout=60_000)
        after = {one["id"]: one["chosen"] for one in made(page)["sites"]}
        assert after[nearly["id"]]
        assert not after.get(before["sites"][0]["id"], False)
        page.get_by_role("button", name=f"Quitar: {first}").click()
        expect(page.locator("#fixed li")).to_have_count(1)
        page.get_by_label("Dónde pueden ir").select_option("ports")
        expect(page.locator("#fixed li")).to_have_count(0)


def test_what_cannot_be_is_said_in_spanish_with_what_would(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        page.get_by_text("Más límites").click()
        page.get_by_label("Presupuesto").fill("0")
        ask(page, 3, 3)
        made(page)  # no team at all is a plan
        page.get_by_text("Mínimo por departamento").click()
        page.locator("[data-department]").first.fill("1")
        page.get_by_role("button", name="Hacer el plan").click()
        state = page.locator("#state")
        expect(state).to_contain_text("Ningún plan cumple todo esto a la vez", timeout=60_000)
        expect(state).to_contain_text("el presupuesto y el mínimo por departamento")
        expect(state).to_contain_text("subir el presupuesto a 1")


def test_files_of_the_plan_are_downloaded(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        ask(page, 3, 3)
        plan = made(page)
        for label, suffix in (("Excel", "xlsx"), ("CSV", "csv"), ("GeoPackage", "gpkg")):
            with page.expect_download() as download:
                page.get_by_role("link", name=label).click()
            assert download.value.suggested_filename == f"plan-{plan['id']}.{suffix}"
            assert download.value.path().stat().st_size > 0


def test_it_prints_as_a_list_with_a_map_on_two_sheets(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        ask(page, 10, 3)
        plan = made(page)
        printed = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))
        assert len(printed.pages) <= 2
        width, height = printed.pages[0].mediabox.width, printed.pages[0].mediabox.height
        assert (round(width), round(height)) == (595, 842)
        text = " ".join(" ".join(one.extract_text() for one in printed.pages).split())
        sites = [one for one in plan["sites"] if one["chosen"]]
        assert len(sites) == 10
        day = words("es").date(f"{plan['run_date']}T12:00:00+00:00", "UTC")
        for said in (plan["run"], day, "DATOS SINTÉTICOS", "Alcanzado no es prevenido"):
            assert said in text
        for one in sites:
            assert one["name"] in text
        assert "Obligar" not in text
        drawn = b"".join(one.get_contents().get_data() for one in printed.pages)
        assert b".7529 .2235 .1686 rg" in drawn  # the red of chosen places, as Chromium writes it
        page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
        assert page.evaluate(WITHIN_FRAME)
        page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
        assert page.evaluate(WITHIN_FRAME)


WITHIN_FRAME = """() => {
  const frame = document.getElementById("where").getBoundingClientRect();
  return [...document.querySelectorAll("#where svg g path, #where .place")].every(path => {
    const box = path.getBoundingClientRect();
    return box.left >= frame.left && box.right <= frame.right
      && box.top >= frame.top && box.bottom <= frame.bottom;
  });
}"""


@pytest.mark.parametrize("size", [(1280, 800), PHONE])
def test_a_planner_sees_which_team_goes_where_on_which_day(
    browser: Browser, address: str, size: tuple[int, int]
) -> None:
    with watched(browser, address, size) as page:
        ask(page, 4, 1)
        chosen = [site["id"] for site in made(page)["sites"] if site["chosen"]]
        page.get_by_text("Qué día va cada equipo").click()
        page.get_by_role("button", name="Un equipo más").click()
        page.get_by_label("El equipo 1 sale de").select_option("010101")
        page.get_by_label("El equipo 2 sale de").select_option("030101")
        page.get_by_label("Primer día").fill("2027-03-01")
        page.locator("[name=days]").fill("2")
        page.get_by_label("Paradas").select_option("chosen")
        page.get_by_role("button", name="Hacer los itinerarios").click()
        expect(page.locator("#route-state")).to_have_text("Listo.", timeout=60_000)
        teams = page.locator("#route-teams section")
        expect(teams).to_have_count(2)
        expect(teams.first).to_contain_text("Equipo 1, desde")
        expect(page.locator("#route-teams")).to_contain_text("1 de marzo de 2027")
        expect(page.locator("#route-limits")).to_contain_text("con un día más para cada equipo")
        file = page.get_by_role("link", name="Calendario").get_attribute("href")
        calendar = page.evaluate("(url) => fetch(url).then((a) => a.text())", file)
        assert calendar.startswith("BEGIN:VCALENDAR")
        told = page.evaluate("(url) => fetch(url.split('?')[0]).then((a) => a.json())", file)
        visited = {visit["id"] for visit in told["plan"]["visits"] if not visit["home"]}
        assert visited
        assert visited <= set(chosen)
