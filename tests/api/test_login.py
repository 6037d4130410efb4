"""Logging in and out: what a browser gets, and what a hostile one does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import sessions
from api.app import create_app
from api.closed import FAILURES_A_MINUTE
from api.login import ATTEMPTS_A_MINUTE
from api.origins import csrf_of, safe_next
from api.service import ServiceSettings
from data.people import add_person, revoke_person, set_password
from data.store import Store
from tests.api.project import FOREIGN, HERE, published_project
from tests.maps.region import RUN_ID

GOOD = "una frase de paso larga"
BROWSER = {"Accept": "text/html,application/xhtml+xml"}
PLAN = {"teams": 1, "reach_minutes": 60, "outcome": "recruitment"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> ServiceSettings:
    folder = tmp_path_factory.mktemp("login")
    made = replace(published_project(folder), public=False, access_folder=folder / "access")
    with Store.open(made.store_url) as store:
        for name in ("ana", "eva", "rosa"):
            add_person(store, name, "viewer", GOOD)
    return made


@pytest.fixture
def client(settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(sessions, "FRESH_SECONDS", 0.0)
    with browser(settings) as opened:
        yield opened


def browser(settings: ServiceSettings) -> TestClient:
    return TestClient(create_app(settings), base_url=HERE, follow_redirects=False)


def token_in(html: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', html)
    assert found
    return found[1]


def log_in(client: TestClient, name: str = "ana", password: str = GOOD, query: str = "") -> Any:
    form = client.get(f"/login{query}")
    said = {"csrf": token_in(form.text), "name": name, "password": password}
    return client.post(f"/login{query}", data=said)


def test_a_browser_is_led_to_the_form_and_back(client: TestClient) -> None:
    sent = client.get("/plan?lang=en", headers=BROWSER)
    assert sent.status_code == 303
    assert sent.headers["location"] == "/login?next=%2Fplan%3Flang%3Den"
    assert client.get("/plan", headers={"Accept": "*/*"}).status_code == 401
    form = client.get(sent.headers["location"])
    assert 'lang="es"' in form.text
    assert "Contraseña" in form.text
    answer = log_in(client, query=sent.headers["location"].removeprefix("/login"))
    assert answer.status_code == 303
    assert answer.headers["location"] == "/plan?lang=en"
    page = client.get("/plan?lang=en", headers=BROWSER)
    assert page.status_code == 200
    assert RUN_ID in client.get("/v1/runs").text


def test_the_page_needs_no_script_and_allows_none(client: TestClient) -> None:
    page = client.get("/login?lang=en")
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert "Log in" in page.text


def test_cookies_are_out_of_reach(client: TestClient) -> None:
    answer = log_in(client)
    cookies = {line.split("=")[0]: line for line in answer.headers.get_list("set-cookie")}
    assert "HttpOnly" in cookies["vigia_session"]
    assert "SameSite=lax" in cookies["vigia_session"]
    assert "Path=/" in cookies["vigia_session"]
    assert "Domain" not in cookies["vigia_session"]
    assert "HttpOnly" not in cookies["vigia_csrf"]


def test_a_wrong_name_and_a_wrong_password_are_told_alike(client: TestClient) -> None:
    wrong, unknown = log_in(client, password="x" * 20), log_in(client, "nobody")
    assert wrong.status_code == unknown.status_code == 403
    hide = re.compile(r"[0-9a-f]{64}")
    assert hide.sub("", wrong.text) == hide.sub("", unknown.text)
    assert "www-authenticate" not in wrong.headers
    assert client.get("/v1/runs").status_code == 401


def test_no_session_is_fixed_beforehand(client: TestClient, settings: ServiceSettings) -> None:
    planted = "A" * 43
    client.cookies.set("vigia_session", planted, domain="127.0.0.1")
    log_in(client)
    mine = client.cookies.get("vigia_session", domain="127.0.0.1")
    with browser(settings) as other:
        other.cookies.set("vigia_session", planted, domain="127.0.0.1")
        assert other.get("/v1/runs").status_code == 401
    assert mine != planted
    form = client.get("/login")
    assert "Ha entrado como ana." in form.text


def test_a_second_login_ends_the_first_session(client: TestClient) -> None:
    log_in(client)
    first = client.cookies["vigia_session"]
    client.get("/logout")
    form = {"csrf": csrf_of("B" * 43), "name": "eva", "password": GOOD}
    client.cookies.set("vigia_form", "B" * 43)
    assert client.post("/login", data=form).status_code == 303
    second = client.cookies["vigia_session"]
    assert second != first
    client.cookies.clear()
    for token, status in ((first, 401), (second, 200)):
        cookie = {"Cookie": f"vigia_session={token}"}
        assert client.get("/v1/runs", headers=cookie).status_code == status


def test_logout_ends_the_session_in_the_store(client: TestClient) -> None:
    log_in(client)
    token = client.cookies["vigia_session"]
    assert client.post("/logout").status_code == 403
    assert client.post("/logout", data={"csrf": "0" * 64}).status_code == 403
    page = client.get("/logout")
    assert client.get("/v1/runs").status_code == 200  # to look at the page ends nothing
    answer = client.post("/logout", data={"csrf": token_in(page.text)})
    assert answer.status_code == 303
    assert "vigia_session" not in client.cookies
    cookie = {"Cookie": f"vigia_session={token}"}
    assert client.get("/v1/runs", headers=cookie).status_code == 401


@pytest.mark.parametrize("headers", FOREIGN)
def test_no_other_site_logs_anybody_in_or_out(client: TestClient, headers: dict[str, str]) -> None:
    form = {"csrf": token_in(client.get("/login").text), "name": "ana", "password": GOOD}
    assert client.post("/login", data=form, headers=headers).status_code == 403
    assert client.get("/v1/runs").status_code == 401
    log_in(client)
    csrf = token_in(client.get("/logout").text)
    assert client.post("/logout", data={"csrf": csrf}, headers=headers).status_code == 403
    assert client.get("/v1/runs").status_code == 200


def test_a_form_without_its_cookie_is_none(client: TestClient) -> None:
    csrf = token_in(client.get("/login").text)
    client.cookies.clear()
    form = {"csrf": csrf, "name": "ana", "password": GOOD}
    assert client.post("/login", data=form).status_code == 403
    assert client.post("/login", content=b"\xff" * 5000).status_code == 403
    assert client.post("/login", content=b"&" * 4000).status_code == 403


def test_what_changes_anything_needs_the_token_of_the_session(client: TestClient) -> None:
    log_in(client)
    csrf = client.cookies["vigia_csrf"]
    other = csrf_of("C" * 43)
    for headers in ({}, {"X-CSRF-Token": other}, {"X-CSRF-Token": "é".encode()}):
        assert client.post("/v1/plans", json=PLAN, headers=headers).status_code == 403
    good = {"X-CSRF-Token": csrf}
    foreign = good | {"sec-fetch-site": "cross-site"}
    assert client.post("/v1/plans", json=PLAN, headers=foreign).status_code == 403
    made = client.post("/v1/plans", json=PLAN, headers=good)
    assert made.status_code == 202
    assert client.delete(made.headers["location"], headers=good).status_code == 200


def test_guessing_is_slowed_for_a_name_and_an_address(settings: ServiceSettings) -> None:
    with browser(settings) as client:
        said = [log_in(client, "rosa", "x" * 20) for _ in range(ATTEMPTS_A_MINUTE + 1)]
        assert [one.status_code for one in said] == [403] * ATTEMPTS_A_MINUTE + [429]
        assert int(said[-1].headers["retry-after"]) > 0
        assert log_in(client, "ana").status_code == 429  # the same address


def test_guessing_sessions_is_slowed(client: TestClient) -> None:
    said = [
        client.get("/v1/runs", headers={"Cookie": f"vigia_session={n:043}"})
        for n in range(FAILURES_A_MINUTE + 1)
    ]
    assert [one.status_code for one in said] == [401] * FAILURES_A_MINUTE + [429]


def test_who_is_revoked_or_has_another_password_is_out(
    client: TestClient, settings: ServiceSettings
) -> None:
    with Store.open(settings.store_url) as store:
        add_person(store, "sol", "viewer", GOOD)
        for end in (lambda: set_password(store, "sol", GOOD), lambda: revoke_person(store, "sol")):
            client.cookies.clear()
            log_in(client, "sol")
            assert client.get("/v1/runs").status_code == 200
            end()
            assert client.get("/v1/runs").status_code == 401
    assert log_in(client, "sol").status_code == 403


def test_known_sessions_go_on_for_reads_while_the_store_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "FRESH_SECONDS", 0.0)
    settings = replace(published_project(tmp_path), public=False)
    with Store.open(settings.store_url) as store:
        add_person(store, "ana", "viewer", GOOD)
    with browser(settings) as client:
        log_in(client)
        assert client.get("/v1/districts").status_code == 200
        (tmp_path / "store.sqlite").rename(tmp_path / "away")
        assert client.get("/v1/districts").status_code == 200
        csrf = {"X-CSRF-Token": client.cookies["vigia_csrf"]}
        assert client.post("/v1/plans", json=PLAN, headers=csrf).status_code == 503
        client.cookies.clear()
        assert client.get("/v1/districts").status_code == 401
        assert log_in(client).status_code == 503


@pytest.mark.parametrize(
    "where",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "evil",
     "javascript:alert(1)", "/a\r\nSet-Cookie: x=y", "/ñ", "/\tx", "", "/" + "a" * 600,
     "/\x00", " //evil.example", "///evil.example"],
)  # fmt: skip
def test_a_login_leads_nobody_elsewhere(client: TestClient, where: str) -> None:
    assert safe_next(where) == "/"
    form = client.get("/login", params={"next": where})
    said = {"csrf": token_in(form.text), "name": "ana", "password": GOOD}
    answer = client.post("/login", params={"next": where}, data=said)
    assert answer.headers["location"] == "/"


def test_hostile_words_are_text(client: TestClient) -> None:
    page = client.get("/login", params={"next": '/"><script>alert(1)</script>'})
    assert "<script" not in page.text


def test_names_are_in_the_access_log_and_passwords_are_not(
    client: TestClient, settings: ServiceSettings
) -> None:
    log_in(client)
    client.get("/v1/runs")
    log_in(client, "my password by mistake", "x" * 20)
    assert settings.access_folder
    text = "".join(file.read_text() for file in sorted(settings.access_folder.glob("*.jsonl")))
    assert '"caller": "person:ana", "method": "GET", "path": "/v1/runs"' in text
    assert GOOD not in text
    assert "by mistake" not in text
