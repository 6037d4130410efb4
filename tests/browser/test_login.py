"""Logging in as people do: in a browser, with scripts and without, in two languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from api.service import ServiceSettings
from data.people import add_person
from data.store import Store
from tests.api.project import published_project
from tests.browser.watched import PHONE
from tests.serving import serving

pytestmark = pytest.mark.browser
GOOD = "una frase de paso larga"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> ServiceSettings:
    folder = tmp_path_factory.mktemp("login")
    made = replace(published_project(folder), public=False)
    with Store.open(made.store_url) as store:
        for name in ("ana", "eva", "sol"):
            add_person(store, name, "viewer", GOOD)
    return made


@pytest.fixture
def address(settings: ServiceSettings) -> Iterator[str]:
    with serving(settings) as url:
        yield url


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = PHONE
    context = browser.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=request.param
    )
    yield context.new_page()
    context.close()


def test_a_planner_logs_in_and_out(page: Page, address: str) -> None:
    page.goto(f"{address}/plan")
    expect(page).to_have_url(f"{address}/login?next=%2Fplan")
    expect(page).to_have_title("Entrar a vigia")
    page.get_by_label("Nombre").fill("Ana")
    page.get_by_label("Contraseña").fill("no es esta, no")
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_role("alert")).to_have_text("El nombre o la contraseña no son correctos.")
    page.get_by_label("Nombre").fill("Ana")
    page.get_by_label("Contraseña").fill(GOOD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/plan")
    page.get_by_role("link", name="Cuenta").click()
    expect(page.get_by_text("Ha entrado como ana.")).to_be_visible()
    page.get_by_role("link", name="English").click()
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_title("Log in to vigia")
    page.goto(f"{address}/plan")
    expect(page).to_have_url(f"{address}/login?next=%2Fplan")


def test_scripts_ask_for_plans_with_the_session(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/plan")
    page.get_by_label("Nombre").fill("eva")
    page.get_by_label("Contraseña").fill(GOOD)
    page.get_by_role("button", name="Entrar").click()
    expect(page).to_have_url(f"{address}/plan")
    with page.expect_response(lambda one: one.request.method == "POST") as asked:
        page.get_by_role("button", name="Hacer el plan").click()
    assert asked.value.status == 202
    forged = page.evaluate("fetch('/v1/plans', {method: 'POST', body: '{}'}).then((a) => a.status)")
    assert forged == 403
    page.context.close()


def test_another_sites_page_can_do_nothing(browser: Browser, address: str, tmp_path: Path) -> None:
    """A form elsewhere that posts here, with the cookie of somebody who is logged in."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/login")
    page.get_by_label("Nombre").fill("sol")
    page.get_by_label("Contraseña").fill(GOOD)
    page.get_by_role("button", name="Entrar").click()
    page.wait_for_url(f"{address}/")
    elsewhere = address.replace("127.0.0.1", "localhost")  # another site, as browsers see it
    evil = f'<form method="post" action="{address}/logout"><button>x</button></form>'
    page.route(
        f"{elsewhere}/evil", lambda route: route.fulfill(body=evil, content_type="text/html")
    )
    page.goto(f"{elsewhere}/evil")
    page.get_by_role("button").click()
    page.wait_for_url(f"{address}/logout")
    page.goto(f"{address}/login")
    expect(page.get_by_text("Ha entrado como sol.")).to_be_visible()
    context.close()


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_form_is_open_to_all(browser: Browser, address: str, language: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/login?lang={language}")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    focused = []
    for _ in range(4):
        page.keyboard.press("Tab")
        focused.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert focused == ["other-language", "name", "password", "BUTTON"]
    page.context.close()
