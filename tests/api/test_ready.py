"""Answers that are kept ready: made once, of one run, and nobody's but theirs who may see them."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import Response
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient

from api import ready
from api.app import create_app
from api.deps import FreshDep
from api.ready import Answer, Kept
from api.service import ServiceSettings
from tests.api.project import HERE, publish_again, published_project
from tests.maps.region import RUN_ID

PLAIN, PACKED = {"Accept-Encoding": "identity"}, {"Accept-Encoding": "gzip"}


class Counted:
    """An application with a route that counts how often it is asked, and takes its time."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.app = create_app(settings)
        self.asked = 0
        self.text = "x" * 5000

        @self.app.get("/counted")
        def counted(serving: FreshDep) -> Response:
            self.asked += 1
            time.sleep(0.2)
            return Response(self.text, media_type="text/plain")

        @self.app.get("/parts")
        def parts(serving: FreshDep) -> StreamingResponse:
            self.asked += 1
            return StreamingResponse(iter([self.text] * 3), media_type="text/plain")

        @self.app.get("/changing")
        def changing() -> str:
            self.asked += 1
            return str(self.asked)


@pytest.fixture
def counted(settings: ServiceSettings) -> Counted:
    return Counted(settings)


@pytest.fixture
def client(counted: Counted) -> Iterator[TestClient]:
    with TestClient(counted.app, base_url=HERE) as opened:
        yield opened


def test_an_answer_asked_for_again_is_kept_in_each_encoding(
    counted: Counted, client: TestClient
) -> None:
    plain = [client.get("/counted", headers=PLAIN) for _ in range(3)]
    assert counted.asked == 2
    packed = [client.get("/counted", headers=PACKED) for _ in range(3)]
    assert counted.asked == 4
    assert {answer.text for answer in plain + packed} == {counted.text}
    assert {answer.headers["content-type"] for answer in plain} == {"text/plain; charset=utf-8"}
    assert {answer.headers.get("content-encoding") for answer in plain} == {None}
    assert {answer.headers["content-encoding"] for answer in packed} == {"gzip"}
    tags = [{answer.headers["etag"] for answer in answers} for answers in (plain, packed)]
    assert len(tags[0]) == len(tags[1]) == 1
    assert tags[0] != tags[1]
    assert all("Accept-Encoding" in answer.headers["vary"] for answer in packed)
    assert len({answer.headers["x-request-id"] for answer in plain + packed}) == 6


def test_who_asks_for_another_form_or_name_is_answered_anew(
    counted: Counted, client: TestClient
) -> None:
    for path, headers in (
        ("/counted", {}),
        ("/counted?a=1", {}),
        ("/counted?a=2", {}),
        ("/counted", {"Accept": "text/html"}),
        ("/counted", {"Accept-Language": "en"}),
        ("/counted", {"Host": "localhost"}),
    ):
        before = counted.asked
        client.get(path, headers={**PLAIN, **headers})
        assert counted.asked == before + 1, (path, headers)


def test_many_at_once_wait_for_one(counted: Counted, client: TestClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.get("/counted", headers=PLAIN), range(8)))
    assert counted.asked == 1
    assert {answer.text for answer in answers} == {counted.text}


def test_what_depends_on_more_than_the_run_is_never_kept(
    counted: Counted, client: TestClient
) -> None:
    answers = [client.get("/changing") for _ in range(3)]
    assert [answer.json() for answer in answers] == ["1", "2", "3"]
    assert all("etag" not in answer.headers for answer in answers)
    assert all(answer.headers["cache-control"] == "no-store" for answer in answers)


@pytest.mark.parametrize("path", ["/v1/districts/no-such", "/v1/layers/no-such", "/v1/districts?x"])
def test_refusals_have_no_tag(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert ("etag" in answer.headers) == (answer.status_code == 200)


def test_a_large_answer_goes_out_as_it_comes(
    counted: Counted, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ready, "ANSWER_BYTES", 2 * len(counted.text))
    for asked in (1, 2):
        answer = client.get("/parts", headers=PLAIN)
        assert answer.text == 3 * counted.text
        assert answer.headers["etag"]
        assert counted.asked == asked
    monkeypatch.setattr(ready, "ANSWER_BYTES", 3 * len(counted.text))
    for _ in range(2):
        assert client.get("/parts", headers=PLAIN).text == 3 * counted.text
    assert counted.asked == 3


def test_what_was_not_asked_for_longest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "ALL_BYTES", 25)
    kept = Kept()
    for tag in "abcabc":
        assert kept.find("one", tag) is None
    for tag in "ab":
        kept.add("one", tag, Answer(None, [], b"x" * 10))
    assert kept.find("one", "a")
    kept.add("one", "c", Answer(None, [], b"x" * 10))
    assert [bool(kept.find("one", tag)) for tag in "abc"] == [True, False, True]
    kept.add("two", "d", Answer(None, [], b""))  # of a publication that is not the one served
    assert kept.find("one", "d") is None
    assert kept.find("two", "a") is None
    assert kept.find("one", "a") is None


def test_what_is_asked_for_once_takes_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "ASKED_REMEMBERED", 2)
    kept, answer = Kept(), Answer(None, [], b"x")

    assert kept.find("one", "a") is None
    kept.add("one", "a", answer)
    assert kept.find("one", "a") is None  # it was asked for once
    kept.add("one", "a", answer)
    assert kept.find("one", "a") is answer
    kept.find("one", "b")
    kept.find("one", "c")
    kept.find("one", "d")  # b is forgotten
    assert kept.find("one", "b") is None
    kept.add("one", "b", answer)
    assert kept.find("one", "b") is None
    kept.add("one", "b", answer)
    assert kept.find("one", "b") is answer


def test_a_pages_bytes_are_those_of_the_route(client: TestClient) -> None:
    first, second = (client.get("/?lang=en", headers=PACKED) for _ in range(2))
    same = {name: first.headers[name] for name in first.headers if name != "x-request-id"}
    assert {name: second.headers[name] for name in same} == same
    assert first.content == second.content


@pytest.fixture
def watched(tmp_path: Path) -> tuple[ServiceSettings, TestClient]:
    settings = replace(_in(tmp_path / "project"), look_seconds=0.05)
    return settings, TestClient(create_app(settings), base_url=HERE)


def test_who_watches_the_store_serves_another_run_soon(
    watched: tuple[ServiceSettings, TestClient],
) -> None:
    settings, client = watched
    with client:
        before = client.get("/v1/districts")
        assert before.json()["run"] == RUN_ID
        second = publish_again(settings)
        _until(lambda: client.get("/v1/districts").json()["run"] == second)
        after = client.get("/v1/districts", headers={"If-None-Match": before.headers["etag"]})
        assert after.json()["run"] == second
    assert not [one for one in threading.enumerate() if one.name == "vigia-watch"]


def test_who_watches_the_store_goes_on_without_it(
    watched: tuple[ServiceSettings, TestClient], tmp_path: Path
) -> None:
    client = watched[1]
    with client:
        assert client.get("/ready").json()["status"] == "ready"
        (tmp_path / "project").rename(tmp_path / "away")
        _until(lambda: client.get("/ready").json()["status"] == "degraded")
        for path in ("/", "/v1/districts", "/ogc/collections"):
            assert client.get(path).status_code == 200
        (tmp_path / "away").rename(tmp_path / "project")
        _until(lambda: client.get("/ready").json()["status"] == "ready")
        shutil.rmtree(tmp_path / "project")


def _until(holds: object) -> None:
    end = time.monotonic() + 20
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


def _in(folder: Path) -> ServiceSettings:
    folder.mkdir()
    return published_project(folder)
