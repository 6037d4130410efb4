"""Closed by default: who gets in, how far, how often; and what is written down of it."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import WebSocket, WebSocketDisconnect
from fastapi.testclient import TestClient

from api import callers
from api.app import create_app
from api.closed import FAILURES_A_MINUTE
from api.limits import REMEMBERED, Limiter
from api.service import ServiceSettings
from data.keys import add_key, revoke_key, rotate_key
from data.store import Store
from tests.api.project import FOREIGN, HERE, published_project
from tests.maps.region import RUN_ID

OPEN = {"/health", "/ready", "/static/{name}"}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> ServiceSettings:
    folder = tmp_path_factory.mktemp("closed")
    return replace(published_project(folder), public=False, access_folder=folder / "access")


@pytest.fixture
def store(closed: ServiceSettings) -> Iterator[Store]:
    with Store.open(closed.store_url) as opened:
        yield opened


@pytest.fixture
def client(closed: ServiceSettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(callers, "FRESH_SECONDS", 0.0)
    with TestClient(create_app(closed), base_url=HERE, raise_server_exceptions=False) as opened:
        yield opened


def key_for(store: Store, **more: Any) -> dict[str, str]:
    return {"X-API-Key": add_key(store, "a test", **more)[1]}


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"anybody:{password}".encode()).decode()


def lines(settings: ServiceSettings) -> list[dict[str, Any]]:
    assert settings.access_folder
    files = sorted(settings.access_folder.glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text("ascii").splitlines()]


def test_every_route_but_the_open_ones_asks_for_a_key(closed: ServiceSettings) -> None:
    app = create_app(closed)

    @app.post("/later/{name}")
    def later(name: str) -> str:
        return "open"

    asked = set()
    with TestClient(app, base_url=HERE) as client:
        paths = {**app.openapi()["paths"], "/openapi.json": {"get": {}}}
        for path, methods in paths.items():
            for method in methods:
                answer = client.request(method, path.replace("{", "").replace("}", ""))
                if path in OPEN:
                    assert answer.status_code != 401
                    continue
                assert answer.status_code == 401, path
                assert answer.headers["www-authenticate"].startswith('Basic realm="vigia"')
                assert answer.headers["content-type"] == "application/problem+json"
                assert RUN_ID not in answer.text
                asked.add(path)
    assert {"/", "/plan", "/openapi.json", "/later/{name}", "/v1/plans"} <= asked


@pytest.mark.parametrize(
    "path", ["//v1/districts", "/health/../v1/districts", "/static/../v1/districts", "/Health",
             "/health/", "/health%2f..%2fv1/districts", "/nothing"],
)  # fmt: skip
def test_no_spelling_of_an_address_gets_past(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (401, 404)
    assert RUN_ID not in answer.text


def test_a_socket_that_somebody_adds_is_closed(closed: ServiceSettings) -> None:
    app = create_app(closed)

    @app.websocket("/later")
    async def later(socket: WebSocket) -> None:
        await socket.accept()

    with TestClient(app, base_url=HERE) as client, pytest.raises(WebSocketDisconnect) as refused:
        client.websocket_connect("/later").__enter__()
    assert refused.value.code == 1008


def test_a_key_may_come_in_three_ways(client: TestClient, store: Store) -> None:
    key = key_for(store)["X-API-Key"]
    for headers in (
        {"X-API-Key": key},
        {"Authorization": f"Bearer {key}"},
        {"Authorization": f"bearer {key}"},
        {"Authorization": basic(key)},
    ):
        assert client.get("/v1/districts", headers=headers).status_code == 200


def test_keys_that_are_none(client: TestClient, store: Store) -> None:
    good = key_for(store)["X-API-Key"]
    past = datetime.now(UTC) - timedelta(days=2)
    old = key_for(store, days=1, at=past)["X-API-Key"]
    wrong = good[:-1] + ("A" if good[-1] != "A" else "B")
    for key in (wrong, old, "", "nonsense", good + "x"):
        for headers in (
            {"X-API-Key": key},
            {"Authorization": f"Bearer {key}"},
            {"Authorization": basic(key)},
        ):
            answer = client.get("/v1/districts", headers=headers)
            assert answer.status_code == 401, headers
    for said in (good, "Basic", "Basic !!!", "Basic /w==", f"Digest {good}", basic("").strip("=")):
        assert client.get("/", headers={"Authorization": said}).status_code == 401
    assert client.get("/", params={"key": good}).status_code == 401


def test_a_revoked_key_is_none_and_a_rotated_one_two(client: TestClient, store: Store) -> None:
    made, written = add_key(store, "x")
    new, after = rotate_key(store, made.prefix, days=10, overlap_days=1)
    for key in (written, after):
        assert client.get("/v1/runs", headers={"X-API-Key": key}).status_code == 200
    revoke_key(store, made.prefix)
    assert client.get("/v1/runs", headers={"X-API-Key": written}).status_code == 401
    assert client.get("/v1/runs", headers={"X-API-Key": after}).status_code == 200
    assert new.prefix != made.prefix


def test_a_wrong_key_is_none_in_public_mode_too(closed: ServiceSettings) -> None:
    with TestClient(create_app(replace(closed, public=True)), base_url=HERE) as client:
        assert client.get("/v1/districts").status_code == 200
        assert client.get("/v1/districts", headers={"X-API-Key": "x"}).status_code == 401


def test_a_partner_reads_and_a_viewer_plans(client: TestClient, store: Store) -> None:
    plan = {"teams": 1, "reach_minutes": 60, "outcome": "recruitment"}
    partner, viewer = key_for(store), key_for(store, role="viewer")
    assert client.get("/v1/districts", headers=partner).status_code == 200
    assert client.post("/v1/plans", json=plan, headers=partner).status_code == 403
    assert client.delete("/v1/plans/x", headers=partner).status_code == 403
    where = client.post("/v1/plans", json=plan, headers=viewer)
    assert where.status_code == 202
    assert client.delete(where.headers["location"], headers=viewer).status_code == 200


def test_a_key_opens_its_collections_alone(client: TestClient, store: Store) -> None:
    narrow = key_for(store, role="admin", collections=["runs"])
    for path in ("/v1/runs", f"/v1/runs/{RUN_ID}"):
        assert client.get(path, headers=narrow).status_code == 200
    for path in ("/", "/plan", "/v1/districts", "/v1/layers", "/openapi.json", "/collections/x"):
        assert client.get(path, headers=narrow).status_code == 403, path


def test_a_coarse_key_opens_no_district(client: TestClient, store: Store) -> None:
    coarse = key_for(store, resolution="province")
    assert client.get("/v1/runs", headers=coarse).status_code == 200
    for path in ("/", "/plan", "/v1/districts", "/v1/districts/010101", "/tiles/x"):
        assert client.get(path, headers=coarse).status_code == 403, path


def test_a_key_opens_its_stages_alone(client: TestClient, store: Store) -> None:
    everything = client.get("/v1/districts?limit=10000", headers=key_for(store)).json()
    stages = {score["stage"] or "none" for score in everything["scores"]}
    mine = sorted(stages)[0]
    narrow = key_for(store, stages=[mine])
    others = {s["outcome"] for s in everything["scores"] if (s["stage"] or "none") != mine}
    assert len(stages) > 1
    for f in ("json", "geojson"):
        answer = client.get(f"/v1/districts?limit=10000&f={f}", headers=narrow)
        assert 0 < answer.json()["total"] < everything["total"]
        rows = answer.json().get("scores") or [x["properties"] for x in answer.json()["features"]]
        assert {row["stage"] or "none" for row in rows} == {mine}
        again = {**narrow, "If-None-Match": answer.headers["etag"]}
        assert client.get(f"/v1/districts?limit=10000&f={f}", headers=again).status_code == 304
        for other in (key_for(store), key_for(store, stages=sorted(stages)[1:])):
            known = {**other, "If-None-Match": answer.headers["etag"]}
            of_others = client.get(f"/v1/districts?limit=10000&f={f}", headers=known)
            assert of_others.status_code == 200
            assert of_others.content != answer.content
    one = client.get(f"/v1/districts/{everything['scores'][0]['code']}", headers=narrow).json()
    assert {score["stage"] or "none" for score in one["scores"]} == {mine}
    for query in [f"stage={s}" for s in stages - {mine}] + [f"outcome={o}" for o in others]:
        assert client.get(f"/v1/districts?{query}", headers=narrow).status_code == 403, query
    for path in ("/", "/plan", "/v1/runs", "/v1/plans/x", "/openapi.json"):
        assert client.get(path, headers=narrow).status_code == 403, path


def test_too_many_requests_of_one_key(client: TestClient, store: Store) -> None:
    slow, other = key_for(store, per_minute=3), key_for(store)
    said = [client.get("/v1/layers", headers=slow) for _ in range(4)]
    assert [one.status_code for one in said] == [200, 200, 200, 429]
    assert 1 <= int(said[-1].headers["retry-after"]) <= 20
    assert client.get("/v1/layers", headers=other).status_code == 200


def test_guessing_is_slowed_and_others_are_not(client: TestClient, store: Store) -> None:
    good = key_for(store)
    tries = FAILURES_A_MINUTE + 2
    said = [client.get("/v1/runs", headers={"X-API-Key": f"vigia_{n}"}) for n in range(tries)]
    assert said[0].status_code == 401
    assert said[-1].status_code == 429
    assert said[-1].headers["retry-after"]
    assert client.get("/v1/runs", headers=good).status_code == 200


def test_a_bucket_fills_again_and_forgets() -> None:
    now = [0.0]
    limiter = Limiter(lambda: now[0])
    assert [limiter.wait("a", 2) for _ in range(3)] == [0, 0, 30]
    now[0] = 30.0
    assert [limiter.wait("a", 2) for _ in range(2)] == [0, 30]
    for n in range(REMEMBERED):
        limiter.wait(str(n), 2)
    assert len(limiter._left) == REMEMBERED


@pytest.mark.parametrize("headers", FOREIGN)
def test_other_sites_pages_cannot_use_a_key_that_a_browser_sends(
    client: TestClient, store: Store, headers: dict[str, str]
) -> None:
    key = {"Authorization": basic(key_for(store, role="viewer")["X-API-Key"])}
    answer = client.delete("/v1/plans/x", headers=key | headers)
    assert answer.status_code == 403
    assert client.delete("/v1/plans/x", headers=key | {"origin": HERE}).status_code == 404


def test_what_is_asked_is_written_down_without_secrets(
    client: TestClient, store: Store, closed: ServiceSettings
) -> None:
    made, written = add_key(store, "x")
    secret = written[19:]
    hostile = "/v1/districts/%0a%22%7D%1b?outcome=%0d%0a{&k=" + written.replace("_", "%5F")
    answer = client.get(hostile, headers={"X-API-Key": written})
    client.get(f"/{written}")
    client.get("/v1/runs", headers={"X-API-Key": written})
    one, other, third = lines(closed)[-3:]
    assert one["request"] == answer.headers["x-request-id"]
    assert (one["caller"], one["status"]) == (made.prefix, answer.status_code)
    assert (other["caller"], other["status"]) == (None, 401)
    assert (third["path"], third["method"], third["run"]) == ("/v1/runs", "GET", RUN_ID)
    datetime.fromisoformat(third["time"])
    assert secret not in json.dumps(lines(closed))
    assert {answer.headers["x-request-id"]} & {line["request"] for line in lines(closed)}


def test_a_mistake_of_ours_is_written_down_too(closed: ServiceSettings, store: Store) -> None:
    app = create_app(closed)

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("secret")

    key = key_for(store)
    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as client:
        answer = client.get("/broken", headers=key)
    assert answer.status_code == 500
    assert lines(closed)[-1]["request"] == answer.headers["x-request-id"]
    assert lines(closed)[-1]["status"] == 500


def test_what_cannot_be_written_down_is_not_answered(
    closed: ServiceSettings, tmp_path: Path, store: Store
) -> None:
    (tmp_path / "file").write_text("no folder")
    settings = replace(closed, access_folder=tmp_path / "file" / "access")
    key = key_for(store)
    with TestClient(create_app(settings), base_url=HERE) as client:
        answer = client.get("/v1/districts", headers=key)
    assert answer.status_code == 503
    assert RUN_ID not in answer.text


def test_keys_are_good_while_the_store_is_away(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(callers, "FRESH_SECONDS", 0.0)
    settings = replace(published_project(tmp_path), public=False)
    with Store.open(settings.store_url) as store:
        key = key_for(store)
    with TestClient(create_app(settings), base_url=HERE) as client:
        (tmp_path / "store.sqlite").rename(tmp_path / "away")
        assert client.get("/v1/districts", headers=key).status_code == 200
        assert client.get("/v1/districts", headers={"X-API-Key": "x"}).status_code == 401


SERVE = """
import sys
from pathlib import Path
import uvicorn, socket
from api.app import create_app
from api.service import ServiceSettings
listener = socket.socket(); listener.bind(("127.0.0.1", 0)); listener.listen()
print(listener.getsockname()[1], flush=True)
settings = ServiceSettings(sys.argv[1], access_folder=Path(sys.argv[2]))
uvicorn.Server(uvicorn.Config(create_app(settings), log_level="error")).run(sockets=[listener])
"""


def test_lines_are_there_after_the_service_was_killed(
    closed: ServiceSettings, store: Store, tmp_path: Path
) -> None:
    key = key_for(store)
    arguments = [sys.executable, "-c", SERVE, closed.store_url, str(tmp_path)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        url = f"http://127.0.0.1:{int(process.stdout.readline())}/v1/runs"
        for _ in range(5):
            with urllib.request.urlopen(urllib.request.Request(url, headers=key)) as answer:
                last = answer.headers["X-Request-ID"]
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(url)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    kept = lines(replace(closed, access_folder=tmp_path))
    assert [line["status"] for line in kept] == [200] * 5 + [401]
    assert kept[4]["request"] == last
