"""Counters that tell how much is asked, and nothing of what."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from api import callers
from api.access import AccessLog
from api.app import create_app, templates
from api.logs import LOGGING, JsonFormatter, request_id
from api.metrics import OTHER, Templates
from api.service import ServiceSettings
from data.keys import add_key
from data.store import Store
from tests.api.project import HERE, published_project
from tests.maps.region import RUN_ID


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> ServiceSettings:
    return replace(published_project(tmp_path_factory.mktemp("metrics")), public=False)


@pytest.fixture
def client(settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(callers, "FRESH_SECONDS", 0.0)
    with TestClient(create_app(settings), base_url=HERE, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def admin(settings: ServiceSettings) -> dict[str, str]:
    return key(settings, role="admin")


def key(settings: ServiceSettings, **more: object) -> dict[str, str]:
    with Store.open(settings.store_url) as store:
        return {"X-API-Key": add_key(store, "x", **more)[1]}  # type: ignore[arg-type]


def samples(client: TestClient, headers: dict[str, str]) -> dict[tuple[str, ...], float]:
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def asked(route: str, status: str) -> tuple[str, ...]:
    return ("vigia_requests_total", *sorted(("GET", route, status)))


def test_requests_are_counted_by_route(client: TestClient, admin: dict[str, str]) -> None:
    before = samples(client, admin)
    for code in ("010101", "999999", "<script>"):
        client.get(f"/v1/districts/{code}", headers=admin)
    for path in ("/wp-admin/010101", "/v1/districts", "//v1/districts"):
        client.get(path)
    client.request("BREW", "/health")
    after = samples(client, admin)
    grown = {name: value - before.get(name, 0) for name, value in after.items()}
    assert grown[asked("/v1/districts/{code}", "200")] == 1
    assert grown[asked("/v1/districts/{code}", "404")] == 2
    assert grown[asked("/v1/districts", "401")] == 1
    assert grown[asked(OTHER, "401")] == 2
    assert grown[("vigia_request_seconds_count", "/v1/districts/{code}")] == 3
    assert after[("vigia_degraded",)] == 0


def test_no_label_comes_from_a_caller(client: TestClient, admin: dict[str, str]) -> None:
    client.get("/v1/districts/secret-code?outcome=secret", headers=admin)
    client.get(f"/v1/runs/{RUN_ID}", headers=admin)
    client.request("SECRET", "/secret", headers=admin)
    text = client.get("/metrics", headers=admin).text
    assert "secret" not in text.lower()
    assert RUN_ID not in text
    assert "010101" not in text
    assert admin["X-API-Key"][:18] not in text


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"role": "admin"}, 200),
        ({"role": "partner", "collections": ["metrics"]}, 200),
        ({"role": "admin", "collections": ["runs"]}, 403),
        ({"role": "admin", "stages": ["transit"]}, 403),
        ({"role": "admin", "resolution": "province"}, 403),
        ({"role": "analyst"}, 403),
        ({"role": "partner"}, 403),
    ],
)
def test_counters_are_for_administrators(
    client: TestClient, settings: ServiceSettings, more: dict[str, object], status: int
) -> None:
    headers = key(settings, **more)
    assert client.get("/metrics", headers=headers).status_code == status
    if more.get("collections") == ["metrics"]:
        assert client.get("/v1/runs", headers=headers).status_code == 403


def test_the_public_sees_no_counters(settings: ServiceSettings) -> None:
    with TestClient(create_app(replace(settings, public=True)), base_url=HERE) as client:
        assert client.get("/v1/runs").status_code == 200
        assert client.get("/metrics").status_code == 403


def test_every_route_has_a_template() -> None:
    find = Templates(templates())
    for path in templates():
        plain = path.replace(":path}", "}")
        assert find(plain.replace("{", "").replace("}", "")) in [*templates(), plain]
    assert find("/static/leaflet/leaflet.js") == "/static/{name}"
    assert find("/v1/plans/itineraries") == "/v1/plans/itineraries"
    assert find("/nothing/of/ours") == OTHER


def _fail(error: Exception) -> None:
    raise error


def record(message: str, *args: object, error: Exception | None = None) -> logging.LogRecord:
    told = None
    if error is not None:
        with pytest.raises(Exception) as raised:  # noqa: PT011
            _fail(error)
        told = (type(error), error, raised.value.__traceback__)
    return logging.LogRecord("vigia.api", logging.ERROR, "x.py", 1, message, args, told)


def test_a_log_line_is_one_line_and_tells_no_secret() -> None:
    request_id.set("abc")
    secret = "vigia_0123456789ab_" + "S" * 43
    hostile = f'/x\r\n{{"level":"info"}}\x1b[2J\u2028 {secret}'
    line = JsonFormatter().format(record("%s failed", hostile, error=ValueError("María, 14")))
    assert len(line.splitlines()) == 1
    assert line.isascii()
    told = json.loads(line)
    assert told["request"] == "abc"
    assert told["level"] == "error"
    assert told["error"] == "ValueError"
    assert "S" * 43 not in line
    assert "Mar" not in line
    assert any("test_metrics.py" in place for place in told["at"])


def test_loggers_write_such_lines(capsys: pytest.CaptureFixture[str]) -> None:
    handler = LOGGING["handlers"]["lines"]
    assert handler["formatter"] == "json"
    for name in ("vigia", "uvicorn"):
        assert LOGGING["loggers"][name]["handlers"] == ["lines"]


def test_access_logs_are_deleted_after_their_days(tmp_path: Path) -> None:
    folder = tmp_path / "access"
    folder.mkdir()
    for name in ("2026-10-31.jsonl", "2026-11-01.jsonl", "2020-01-01.txt", "notes.jsonl"):
        (folder / name).write_text("{}\n")
    log = AccessLog(folder, days=30)
    log.write({"a": 1}, datetime(2026, 12, 1, 12, tzinfo=UTC))
    kept = {"2026-11-01.jsonl", "2020-01-01.txt", "notes.jsonl", "2026-12-01.jsonl"}
    assert {file.name for file in folder.iterdir()} == kept
    log.write({"a": 1}, datetime(2026, 12, 2, 0, tzinfo=UTC))
    assert "2026-11-01.jsonl" not in {file.name for file in folder.iterdir()}
    log.close()
