from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.errors import STATUS
from api.problems import SECURITY_HEADERS
from api.server import run_service
from api.service import ServiceSettings
from tests import tiny_project
from tests.api.project import HERE, empty_project, publish_again, published_project
from tests.maps.region import RUN_ID
from vigia import errors
from vigia.errors import ProjectError
from vigia.project import load_project


def open_client(settings: ServiceSettings) -> TestClient:
    return TestClient(create_app(settings), base_url=HERE, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing", 404),
        ("/v1/districts/999999", 404),
        ("/v1/runs/zzzz", 404),
        ("/v1/layers/zzzz", 404),
        ("/v1/layers/poverty", 404),
        ("/v1/layers/roads", 403),
        ("/static/app.py", 404),
        ("/static/..%2fpage.py", 404),
        ("/static/%2e%2e/%2e%2e/pyproject.toml", 404),
        ("/v1/districts?outcome=zzzz", 422),
        ("/v1/districts?department=zzzz", 422),
        ("/v1/districts?level=zzzz", 422),
        ("/v1/districts?limit=0", 422),
        ("/v1/districts?limit=10001", 422),
        ("/v1/districts?offset=-1", 422),
        ("/v1/districts?f=xml", 422),
        ("/v1/layers/mining?detail=more", 422),
    ],
)
def test_every_mistake_is_a_problem(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    problem = answer.json()
    assert answer.status_code == problem["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert problem["type"].startswith("urn:vigia:")
    assert {"title", "detail", "instance"} <= set(problem)


def test_what_was_wrong_with_a_request_is_listed_without_what_it_said(client: TestClient) -> None:
    answer = client.get("/v1/districts?level=<b>&limit=0")
    assert [(e["in"], e["name"]) for e in answer.json()["errors"]] == [
        ("query", "level"),
        ("query", "limit"),
    ]
    assert "<b>" not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_changed(client: TestClient, method: str) -> None:
    answer = client.request(method, "/v1/districts")
    assert answer.status_code == 405
    assert answer.json()["type"] == "urn:vigia:method-not-allowed"
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize("path", ["/", "/health", "/v1/districts", "/nothing", "/static/vigia.js"])
def test_headers_of_security_are_on_every_answer(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    for name, value in SECURITY_HEADERS.items():
        if not (path == "/" and name == "Content-Security-Policy"):
            assert headers[name] == value
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "127.0.0.2:80"])
def test_another_name_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/v1/runs", headers={"Host": host})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"
    assert RUN_ID not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:8000"])
def test_this_machine_has_several_names(client: TestClient, host: str) -> None:
    assert client.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/v1/districts", "/v1/layers/mining", "/v1/runs"])
def test_an_answer_that_is_known_is_not_sent_again(client: TestClient, path: str) -> None:
    first = client.get(path)
    assert first.headers["cache-control"] == "private, no-cache"
    tag = first.headers["etag"]
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert "content-security-policy" not in again.headers  # it would take the page's place
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_answers_are_compressed(client: TestClient) -> None:
    assert client.get("/").headers["content-encoding"] == "gzip"


def test_before_anything_is_published(tmp_path: Path) -> None:
    with open_client(empty_project(tmp_path)) as client:
        assert client.get("/health").status_code == 200
        for path in ("/", "/ready", "/v1/districts", "/v1/runs", "/v1/layers"):
            answer = client.get(path)
            assert answer.status_code == 503, path
            assert answer.json()["detail"] == "No run has been published yet."
            assert answer.headers["retry-after"]


def test_another_published_run_is_served_at_once(tmp_path: Path) -> None:
    settings = published_project(tmp_path)
    with open_client(settings) as client:
        before = client.get("/v1/districts")
        second = publish_again(settings)
        after = client.get("/v1/districts", headers={"If-None-Match": before.headers["etag"]})
        assert before.json()["run"] == RUN_ID
        assert after.status_code == 200
        assert after.json()["run"] == second
        assert second in client.get("/").text
        runs = client.get("/v1/runs").json()
        assert {run["id"]: run["status"] for run in runs["runs"]} == {
            RUN_ID: "retired",
            second: "published",
        }


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[TestClient]:
    """A service whose store was torn away while it ran."""
    settings = published_project(tmp_path)
    with open_client(settings) as client:
        assert client.get("/ready").status_code == 200
        shutil.rmtree(tmp_path)
        tmp_path.mkdir()
        yield client


def test_the_last_run_is_served_without_the_store(broken: TestClient) -> None:
    assert broken.get("/v1/districts").json()["run"] == RUN_ID
    assert broken.get("/").status_code == 200
    answer = broken.get("/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "degraded", "run": RUN_ID}


def test_a_mistake_of_ours_says_nothing_of_the_inside(settings: ServiceSettings) -> None:
    app = create_app(settings)

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("postgresql://user:secret@inside")

    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as client:
        answer = client.get("/broken")
    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:vigia:internal-server-error"
    assert "secret" not in answer.text
    assert answer.headers["content-security-policy"]


def test_a_port_that_is_taken_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIGIA_STORE_URL", raising=False)
    project = load_project(tiny_project.write(tmp_path / "project"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ProjectError, match=f"Port {port} of 127.0.0.1 cannot be used"):
            run_service(project, host="127.0.0.1", port=port)


def test_every_exception_of_ours_has_a_status() -> None:
    kinds = [k for k in vars(errors).values() if isinstance(k, type)]
    for kind in kinds:
        if issubclass(kind, errors.VigiaError):
            assert next(STATUS[one] for one in kind.__mro__ if one in STATUS) >= 400


def test_the_service_starts_without_a_model() -> None:
    code = (
        "import sys, api.app, api.server, vigia.project; "
        "heavy = ('sklearn', 'models.train', 'highspy', 'ortools', 'numba', 'scipy.stats', "
        "'openpyxl', 'icalendar', 'weasyprint'); "
        "sys.exit(', '.join(m for m in sys.modules if m in heavy) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_importing_builds_nothing(tmp_path: Path) -> None:
    code = "import api.app, api.server, maps.page, os; assert not os.listdir('.')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
