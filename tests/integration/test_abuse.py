"""Clients that are slow, too long or too many: others are answered as if they were not there."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import httpx2
import pytest

from api import guarded
from tests.api.project import published_project
from tests.maps.region import RUN_ID
from tests.serving import serving

MANY = 1500
ONE = "/v1/districts/010101"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(published_project(tmp_path_factory.mktemp("abuse"))) as url:
        yield url


@contextmanager
def connections(address: str, count: int) -> Iterator[list[socket.socket]]:
    at = urlsplit(address)
    with ExitStack() as opened:
        made = [
            opened.enter_context(socket.create_connection((at.hostname, at.port), timeout=60))
            for _ in range(count)
        ]
        yield made


def head(address: str, path: str, *more: str, method: str = "GET") -> bytes:
    lines = (f"{method} {path} HTTP/1.1", f"Host: {urlsplit(address).netloc}", *more, "", "")
    return "\r\n".join(lines).encode()


def answered(connection: socket.socket) -> tuple[int, bytes]:
    """Status and body of the next answer on a connection; 0 when it was closed."""
    file = connection.makefile("rb")
    line = file.readline()
    if not line:
        return 0, b""
    length = 0
    while (header := file.readline().strip()) != b"":
        name, _, value = header.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    return int(line.split()[1]), file.read(length)


def all_is_well(address: str) -> None:
    with httpx2.Client(base_url=address) as client:
        for _ in range(20):
            answer = client.get(ONE)
            assert answer.status_code == 200
            assert answer.json()["run"] == RUN_ID
            assert client.get("/health").status_code == 200


def test_slow_heads_bodies_and_readers_hold_up_nobody(address: str) -> None:
    whole = "/ogc/collections/scores_exploitation/items?limit=10000"
    with (
        connections(address, 200) as heads,
        connections(address, 50) as bodies,
        connections(address, 50) as readers,
    ):
        for one in heads:
            one.sendall(head(address, ONE)[:-10])
        for one in bodies:
            told = ("Content-Type: application/json", "Content-Length: 1000")
            one.sendall(head(address, "/v1/plans", *told, method="POST") + b"{")
        for one in readers:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.sendall(head(address, whole) * 20)  # and reads nothing
        all_is_well(address)


def test_who_never_ends_a_request_is_let_go(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "REQUEST_SECONDS", 0.5)
    told = ("Content-Type: application/json", "Content-Length: 1000")
    starts = {
        "nothing at all": b"",
        "half a head": head(address, ONE)[:-4],
        "half a body": head(address, "/v1/plans", *told, method="POST") + b"{",
        "a second request": head(address, ONE) + b"GET /v1/dis",
    }
    with connections(address, len(starts)) as opened:
        for one, start in zip(opened, starts.values(), strict=True):
            one.sendall(start)
        assert answered(opened[3])[0] == 200
        for one, name in zip(opened, starts, strict=True):
            while said := one.recv(65536):
                assert said.startswith(b"HTTP/1.1 4"), name
    all_is_well(address)


def test_who_is_quick_is_not_let_go(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "REQUEST_SECONDS", 0.5)
    with connections(address, 1) as (one,):
        for _ in range(4):
            one.sendall(head(address, ONE)[:30])
            one.sendall(head(address, ONE)[30:])
            status, body = answered(one)
            assert (status, json.loads(body)["run"]) == (200, RUN_ID)


def test_a_head_without_end_is_refused(address: str) -> None:
    with connections(address, 2) as (one, other):
        one.sendall(head(address, ONE)[:-2])
        with pytest.raises(OSError, match="reset|pipe"):  # it is sent on until nobody takes it
            one.sendall((b"X-Long: " + b"a" * 9000 + b"\r\n") * 2000)
        other.sendall(head(address, "/" + "a" * 40_000))
        assert answered(other)[0] in range(400, 500)
    all_is_well(address)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_too_large_is_refused_before_it_is_read(address: str, chunked: bool) -> None:
    told = ["Content-Type: application/json"]
    told += ["Transfer-Encoding: chunked"] if chunked else ["Content-Length: 4000000000"]
    with connections(address, 1) as (one,):
        one.sendall(head(address, "/v1/plans", *told, method="POST"))
        if chunked:
            for _ in range(20):
                one.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        status, body = answered(one)
    assert status == 413
    assert json.loads(body)["type"] == "urn:vigia:content-too-large"
    all_is_well(address)


def test_many_connections_at_once_are_all_answered_right(address: str) -> None:
    with connections(address, MANY) as opened:
        for one in opened:
            one.sendall(head(address, ONE))
        answers = {answered(one) for one in opened}
        (only,) = answers
        assert only[0] == 200
        assert json.loads(only[1])["run"] == RUN_ID
        for one in opened[:200]:  # they are kept, and good for another one
            one.sendall(head(address, "/health"))
            assert answered(one)[0] == 200
