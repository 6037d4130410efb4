"""What is believed of a proxy, and of nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api import callers
from api.app import create_app
from api.proxy import ProxySettings
from api.service import ServiceSettings
from data.keys import add_key
from data.people import add_person
from data.store import Store
from tests.api.project import HERE, published_project
from tests.api.test_closed import lines
from tests.api.test_login import GOOD, PLAN, log_in
from vigia.errors import ProjectError
from vigia.project import parse_settings

PROXY = ProxySettings(
    ("10.0.0.0/8", "fd00::/8"),
    "X-User",
    "X-Groups",
    {"planners": "viewer", "chiefs": "admin"},
)
ANA = {"X-User": "ana", "X-Groups": "planners"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> ServiceSettings:
    folder = tmp_path_factory.mktemp("proxy")
    made = published_project(folder)
    with Store.open(made.store_url) as store:
        add_person(store, "ana", "viewer", GOOD)
    return replace(made, public=False, access_folder=folder / "access", proxy=PROXY)


def behind(settings: ServiceSettings, peer: str = "10.1.2.3") -> TestClient:
    app = create_app(settings)
    return TestClient(app, base_url=HERE, client=(peer, 4000), follow_redirects=False)


@pytest.fixture
def client(settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(callers, "FRESH_SECONDS", 0.0)
    with behind(settings) as opened:
        yield opened


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (ANA, 200),
        ({"X-User": "ana", "X-Groups": "others, chiefs"}, 200),
        ({"X-User": "ana", "X-Groups": "others"}, 403),
        ({"X-User": "ana"}, 403),
        ({"X-Groups": "chiefs"}, 401),
        ({"X-User": " ", "X-Groups": "chiefs"}, 403),
        ({"X-User": "a" * 101, "X-Groups": "chiefs"}, 403),
        ({"X-User": "José".encode(), "X-Groups": "chiefs"}, 200),
        ({"X-User": "\u202eana".encode(), "X-Groups": "chiefs"}, 403),
    ],
)
def test_a_proxy_says_who_asks(client: TestClient, headers: dict[str, str], status: int) -> None:
    assert client.get("/v1/runs", headers=headers).status_code == status


def test_two_names_are_none(client: TestClient) -> None:
    said = [("X-User", "ana"), ("X-User", "eva"), ("X-Groups", "chiefs")]
    assert client.get("/v1/runs", headers=said).status_code == 403


@pytest.mark.parametrize("peer", ["127.0.0.1", "192.168.1.1", "::1", "testclient", ""])
def test_anybody_else_is_not_believed(settings: ServiceSettings, peer: str) -> None:
    with behind(settings, peer) as client:
        assert client.get("/v1/runs", headers=ANA).status_code == 401
        secure = log_in_over(client, {"X-Forwarded-Proto": "https"})
        assert "vigia_session=" in secure
        assert "__Host-" not in secure


def test_it_is_off_unless_configured(settings: ServiceSettings) -> None:
    for proxy in (ProxySettings(), replace(PROXY, identity_header="")):
        with behind(replace(settings, proxy=proxy)) as client:
            assert client.get("/v1/runs", headers=ANA).status_code == 401


def log_in_over(client: TestClient, headers: dict[str, str]) -> str:
    client.headers.update(headers)
    return " ".join(log_in(client).headers.get_list("set-cookie"))


def test_cookies_are_bound_to_the_host_over_tls(settings: ServiceSettings) -> None:
    app = create_app(settings)
    address = {"base_url": "https://127.0.0.1", "client": ("10.1.2.3", 4000)}
    # The client speaks as if there were TLS, and the proxy says whether there was.
    with TestClient(app, **address, follow_redirects=False) as client:  # type: ignore[arg-type]
        answer = log_in(client)
        cookies = answer.headers.get_list("set-cookie")
        assert {line.split("=")[0] for line in cookies} == {
            "__Host-vigia_session",
            "__Host-vigia_csrf",
            "__Host-vigia_form",
        }
        assert all("Secure" in line and "Path=/" in line for line in cookies)
        assert not any("Domain" in line for line in cookies)
        assert client.get("/v1/runs").status_code == 200
        plain = {"Cookie": f"vigia_session={client.cookies['__Host-vigia_session']}"}
        client.cookies.clear()
        assert client.get("/v1/runs", headers=plain).status_code == 401


def test_a_proxy_says_whether_there_was_tls(client: TestClient) -> None:
    form = client.get("/login", headers={"X-Forwarded-Proto": "https"})
    assert form.headers["set-cookie"].startswith("__Host-vigia_form=")
    assert client.get("/login").headers["set-cookie"].startswith("vigia_form=")


def test_the_address_is_the_last_that_is_no_proxy(
    client: TestClient, settings: ServiceSettings
) -> None:
    """Thirty wrong keys of one address close it, whatever it writes before the proxy's word."""
    wrong = {"X-API-Key": "x"}
    for number in range(31):
        said = {"X-Forwarded-For": f"203.0.113.{number}, 198.51.100.7, 10.9.9.9"}
        answer = client.get("/v1/runs", headers=wrong | said)
    assert answer.status_code == 429
    other = {"X-Forwarded-For": "198.51.100.7, 198.51.100.8"}
    assert client.get("/v1/runs", headers=wrong | other).status_code == 401
    nonsense = {"X-Forwarded-For": '198.51.100.8, "; DROP'}
    assert client.get("/v1/runs", headers=wrong | nonsense).status_code == 401


def test_the_widest_role_counts(client: TestClient) -> None:
    both = {"X-User": "ana", "X-Groups": "planners,chiefs"}
    assert client.get("/metrics", headers=ANA).status_code == 403
    assert client.get("/metrics", headers=both).status_code == 200


def test_a_key_comes_first(client: TestClient, settings: ServiceSettings) -> None:
    with Store.open(settings.store_url) as store:
        narrow = {"X-API-Key": add_key(store, "x", collections=["runs"])[1]}
    chief = {"X-User": "ana", "X-Groups": "chiefs"}
    assert client.get("/v1/districts", headers=chief | narrow).status_code == 403
    assert client.get("/v1/runs", headers=chief | {"X-API-Key": "x"}).status_code == 401


def test_what_changes_anything_needs_to_be_ours(client: TestClient) -> None:
    for said in ({}, {"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        assert client.post("/v1/plans", json=PLAN, headers=ANA | said).status_code == 403
    for said in ({"sec-fetch-site": "same-origin"}, {"origin": HERE}):
        assert client.post("/v1/plans", json=PLAN, headers=ANA | said).status_code == 202


def test_who_asked_is_written_down(client: TestClient, settings: ServiceSettings) -> None:
    name = '","caller":"eva'
    client.get("/v1/runs", headers={"X-User": name, "X-Groups": "planners"})
    assert lines(settings)[-1]["caller"] == f"person:{name}"


def test_public_names_are_those_of_the_project_file(settings: ServiceSettings) -> None:
    public = replace(settings, hosts=(*settings.hosts, "vigia.example.pe"))
    for hosts, status in ((public, 200), (settings, 421)):
        with behind(hosts) as client:
            answer = client.get("/health", headers={"Host": "vigia.example.pe"})
            assert answer.status_code == status
            evil = client.get("/health", headers={"Host": "vigia.example.pe.evil.example"})
            assert evil.status_code == 421


REST = """
[area]
name = "x"
[districts]
path = "d"
code = "c"
name = "n"
source = "s"
date = "2020"
licence = ""
attribution = ""
[population]
path = "p"
code = "c"
people = "p"
year = 2020
source = "s"
date = "2020"
"""


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ('identity_header = "X-User"', "needs trusted_proxies"),
        ('identity_header = "X-User"\ntrusted_proxies = ["127.0.0.1/32"]', "role_header and roles"),
        ('trusted_proxies = ["10.0.0.1/8"]', "is no network"),
        ('trusted_proxies = ["proxy"]', "is no network"),
        ('hosts = ["https://x"]', "hosts"),
        ('identity_header = "X User:"', "identity_header"),
        ('roles = { a = "root" }', "roles"),
        ("access_days = 0", "access_days"),
    ],
)
def test_what_cannot_be_meant_is_refused(section: str, said: str) -> None:
    with pytest.raises(ProjectError, match=said):
        parse_settings(f"{REST}\n[serve]\n{section}\n")


def test_settings_come_from_the_project_file(tmp_path: Path) -> None:
    text = (
        f'{REST}\n[serve]\ntrusted_proxies = ["10.0.0.0/8", "fd00::/8"]'
        '\nidentity_header = "X-User"\nrole_header = "X-Groups"\n'
        'roles = { planners = "viewer", chiefs = "admin" }\n'
    )
    assert ProxySettings.of(parse_settings(text).serve) == PROXY
