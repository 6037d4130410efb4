"""Who may ask what: every route of the service against every kind of caller.

A route without a row in ``RULES`` fails here, so that nobody opens one by forgetting it. A row that
ends in ``*`` is of all routes below; the longest that fits counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import callers, limits, sessions
from api.app import PARTS, create_app
from api.origins import csrf_of
from api.service import ServiceSettings
from data.keys import STAGES, add_key, revoke_key
from data.people import add_person, log_in, revoke_person
from data.store import Store
from tests.api.project import HERE, published_project
from tests.maps.region import RUN_ID

GOOD = "una frase de paso larga"
ANYBODY = "anybody"
LISTS = "lists"  # open to every key; they list what it opens
READ = ("partner", "viewer", "analyst", "admin")
ASK = ("viewer", "analyst", "admin")
ANALYSTS = ("analyst", "admin")
# Route -> its collection, who may read it, and who may ask for something to be done.
RULES: dict[str, tuple[str | None, tuple[str, ...], tuple[str, ...]]] = {
    "/health": (ANYBODY, (), ()),
    "/ready": (ANYBODY, (), ()),
    "/login": (ANYBODY, (), ()),
    "/logout": (ANYBODY, (), ()),
    "/static/{name:path}": (ANYBODY, (), ()),
    "/": ("map", READ, ()),
    "/map/shapes/{digest}": ("map", READ, ()),
    "/map/rows/{run}/{outcome}": ("map", READ, ()),
    "/map/beside/{run}": ("map", READ, ()),
    "/map/settlements/{run}": ("map", READ, ()),
    "/map/against/{run}/{other}/{outcome}": ("map", READ, ()),
    "/map/ways/{way}": ("map", READ, ()),
    "/map/year/{run}": ("map", READ, ()),
    "/brief*": ("map", READ, ()),
    "/plan": ("plans", READ, ()),
    "/openapi.json": (None, READ, ()),
    "/metrics": ("metrics", ("admin",), ()),
    "/v1/districts": ("districts", READ, ()),
    "/v1/districts/{code}": ("districts", READ, ()),
    "/v1/districts/{code}/history": ("districts", READ, ()),
    "/v1/changes": ("districts", READ, ()),
    "/v1/runs": ("runs", READ, ANALYSTS),
    "/v1/runs/{run_id}": ("runs", READ, ()),
    "/v1/counts": ("counts", READ, ()),
    "/v1/trainings*": ("runs", ANALYSTS, ANALYSTS),
    "/v1/layers": ("layers", READ, ()),
    "/v1/layers/{layer_id}": ("layers", READ, ()),
    "/v1/plans": ("plans", (), ASK),
    "/v1/plans/itineraries": ("plans", (), ASK),
    "/v1/plans/{plan_id}": ("plans", READ, ASK),
    "/ogc*": (LISTS, READ, ()),
    "/ogc/collections/{collection}*": ("districts", READ, ()),
    "/ogc/collections/factors": ("districts", READ, ()),
    "/ogc/collections/layer_mining": ("layers", READ, ()),
    "/ogc/collections/runs": ("runs", READ, ()),
    "/ogc/collections/plans": ("plans", READ, ()),
    "/ogc/collections/plans_stops": ("plans", READ, ()),
}
# Addresses of one route that are of several collections.
BESIDE = ("factors", "layer_mining", "runs", "plans", "plans_stops")
WRITES = {"POST", "PUT", "PATCH", "DELETE"}


def rule(path: str) -> tuple[str | None, tuple[str, ...], tuple[str, ...]]:
    below = [one for one in RULES if one.endswith("*") and path.startswith(one[:-1])]
    fitting = [one for one in RULES if one == path] or below
    assert fitting, f"{path} has no row in RULES"
    return RULES[max(fitting, key=len)]


def routes() -> list[tuple[str, str]]:
    found = {("GET", "/openapi.json")}
    found |= {("GET", f"/ogc/collections/{one}") for one in BESIDE}
    for part in PARTS:
        for route in part.router.routes:
            found |= {(method, route.path) for method in route.methods}  # type: ignore[attr-defined]
    return sorted(found - {one for one in found if one[0] == "HEAD"})


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> ServiceSettings:
    return replace(published_project(tmp_path_factory.mktemp("roles")), public=False)


@pytest.fixture(scope="module")
def known(settings: ServiceSettings) -> dict[str, dict[str, str]]:
    """Callers by what they are: their headers."""
    past = datetime.now(UTC) - timedelta(days=2)
    with Store.open(settings.store_url) as store:

        def key(**more: Any) -> dict[str, str]:
            return {"X-API-Key": add_key(store, "x", per_minute=10**6, **more)[1]}

        def person(name: str, role: Any, at: datetime | None = None) -> dict[str, str]:
            add_person(store, name, role, GOOD)
            begun = log_in(store, name, GOOD, at or datetime.now(UTC))
            assert begun
            cookie = f"vigia_session={begun[0]}"
            return {"Cookie": cookie, "X-CSRF-Token": csrf_of(begun[0]), "Origin": HERE}

        found = {f"key:{role}": key(role=role) for role in READ}
        found |= {f"person:{role}": person(role, role) for role in ASK}
        revoked, written = add_key(store, "x", "admin")
        revoke_key(store, revoked.prefix)
        refused = {
            "nobody": {},
            "wrong": {"X-API-Key": written[:-1] + ("A" if written[-1] != "A" else "B")},
            "revoked": {"X-API-Key": written},
            "expired": {"X-API-Key": add_key(store, "x", "admin", days=1, at=past)[1]},
            "person:revoked": person("gone", "admin"),
            "person:expired": person("late", "admin", past),
            "person:unknown": {"Cookie": f"vigia_session={'A' * 43}"},
        }
        revoke_person(store, "gone")
        narrow = {f"only:{one}": key(role="admin", collections=[one]) for one in collections()}
    return found | refused | narrow


def collections() -> list[str]:
    return sorted({one for one, _, _ in RULES.values() if one} - {ANYBODY, LISTS})


@pytest.fixture
def client(settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(callers, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(sessions, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(limits.Limiter, "wait", lambda *_: 0)
    with TestClient(create_app(settings), base_url=HERE, follow_redirects=False) as opened:
        yield opened


def address(path: str) -> str:
    values = {
        "collection": "scores_recruitment",
        "code": "010101",
        "run_id": RUN_ID,
        "name:path": "vigia.js",
        "layer_id": "mining",
        "run": RUN_ID,
        "other": RUN_ID,
        "outcome": "recruitment",
        "digest": "0" * 16,
    }
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    return path.replace("{", "").replace("}", "")


def refused(client: TestClient, method: str, path: str, headers: dict[str, str]) -> int | None:
    """401 or 403 where the door said it; a route may say 403 of a layer without a licence."""
    answer = client.request(method, address(path), headers=headers)
    if answer.status_code not in (401, 403) or (
        path == "/v1/layers/{layer_id}" and "licence" in answer.text
    ):
        return None
    assert set(answer.json()) <= {"type", "title", "status", "detail", "instance", "hint"}
    return answer.status_code


def test_every_route_has_a_rule() -> None:
    paths = {path for _, path in routes()}
    assert all(rule(path) for path in paths)
    assert {one for one in RULES if "*" not in one} <= paths


@pytest.mark.parametrize(("method", "path"), routes())
def test_a_route_against_every_caller(
    client: TestClient, known: dict[str, dict[str, str]], method: str, path: str
) -> None:
    collection, read, ask = rule(path)
    if collection == ANYBODY:
        if method == "GET":
            for headers in known.values():
                assert client.get(address(path), headers=headers).status_code == 200
        return
    may = ask if method in WRITES else read
    assert may, f"{method} {path} has no rule"
    for who, headers in known.items():
        kind, _, what = who.partition(":")
        if kind == "only":
            expected = None if collection in (what, LISTS) else 403
        elif kind in ("key", "person") and what in READ:
            expected = None if what in may else 403
        else:
            expected = 401
        assert refused(client, method, path, headers) == expected, (who, method, path)


@pytest.mark.parametrize(("method", "path"), [one for one in routes() if one[0] in WRITES])
def test_a_session_alone_changes_nothing(
    client: TestClient, known: dict[str, dict[str, str]], method: str, path: str
) -> None:
    """Neither without the token of its pages nor from another site's page."""
    if rule(path)[0] == ANYBODY:
        return
    good = known["person:admin"]
    without = {name: value for name, value in good.items() if name != "X-CSRF-Token"}
    for headers in (
        without,
        without | {"X-CSRF-Token": csrf_of("x")},
        good | {"Origin": "https://evil.example"},
        good | {"Sec-Fetch-Site": "cross-site"},
    ):
        assert refused(client, method, path, headers) == 403


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_and_a_resolution_close_what_tells_of_more(
    client: TestClient, settings: ServiceSettings, stage: str
) -> None:
    with Store.open(settings.store_url) as store:
        staged = {"X-API-Key": add_key(store, "x", "admin", stages=[stage])[1]}
        coarse = {"X-API-Key": add_key(store, "x", "admin", resolution="department")[1]}
    for method, path in routes():
        if rule(path)[0] == ANYBODY:
            continue
        collection = rule(path)[0]
        allowed = collection in (*callers.BY_STAGE, LISTS)
        if "{collection}" in path:  # here, scores of one stage
            allowed = stage == "recruitment"
        assert (refused(client, method, path, staged) is None) == allowed, path
        allowed = collection in (*callers.NO_DISTRICTS, LISTS)
        assert (refused(client, method, path, coarse) is None) == allowed, path


@pytest.mark.parametrize(
    "path",
    ["//v1/runs", "/v1//runs", "/V1/RUNS", "/v1/runs/", "/%761/runs", "/v1%2fruns", "/v1/./runs",
     "/login/../v1/runs", "/login%2f..%2fv1/runs", "/static/../v1/runs", "/static/%2e%2e/v1/runs",
     "/static/..%2f..%2fv1/runs", "/health/../v1/runs", "/health;/v1/runs", "/login?next=/v1/runs",
     "/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/static//etc/passwd", "/metrics/", "//metrics",
     "/%6detrics", "/METRICS"],
)  # fmt: skip
@pytest.mark.parametrize("who", ["nobody", "only:layers"])
def test_no_spelling_gets_past(
    client: TestClient, known: dict[str, dict[str, str]], path: str, who: str
) -> None:
    answer = client.get(path, headers=known[who])
    assert answer.status_code in (200, 307, 401, 403, 404)
    assert RUN_ID not in answer.text
    assert "vigia_requests" not in answer.text
    assert "root:" not in answer.text
    if answer.status_code == 200:
        assert path.startswith("/login")


def test_headers_cannot_be_split(client: TestClient, known: dict[str, dict[str, str]]) -> None:
    for query in (
        "next=/%0d%0aSet-Cookie:%20x=y",
        "lang=%0d%0aX:%20y",
        "next=/%E5%98%8A%E5%98%8DX",
    ):
        answer = client.get(f"/login?{query}")
        assert "x" not in {name.lower() for name in answer.headers}
        assert "x=y" not in answer.headers.get("set-cookie", "")
    browser = {"Accept": "text/html"}
    answer = client.get("/v1/runs%0d%0aSet-Cookie:x=y?a=%0d%0a", headers=browser)
    assert answer.status_code == 303
    assert "set-cookie" not in answer.headers
    assert answer.headers["location"].startswith("/login?next=%2F")
