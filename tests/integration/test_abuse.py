"""Clients that are slow, too long or too many: others are answered as if they were not there."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import psutil
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from api import guarded
from data.keys import add_key
from data.store import Store
from tests.api.project import published_project
from tests.maps.region import RUN_ID
from tests.serving import serving

MANY = 1500
ONE = "/v1/districts/010101"
BIG = bytes(32 << 20)  # more than sockets hold
GROWN_AT_MOST = 64 << 20
WAIT_SECONDS = 30


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


TRICKLED = {
    "empty lines": ("", "\r\n"),
    "a header": ("GET /health HTTP/1.1\r\nX: ", "y"),
    "chunks": ("POST /login HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n"),
    "empty lines after an answer": ("GET /health HTTP/1.1\r\n\r\n", "\r\n"),
    "a body that nobody reads": ("GET /health HTTP/1.1\r\nContent-Length: 99999\r\n\r\n", " "),
}


def test_what_comes_byte_by_byte_is_let_go_too(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded, "REQUEST_SECONDS", 0.5)
    end = time.monotonic() + WAIT_SECONDS
    with connections(address, len(TRICKLED)) as opened:
        readers = {
            name: (one, threading.Thread(target=until_end, args=(one,)))
            for name, one in zip(TRICKLED, opened, strict=True)
        }
        for name, (one, reader) in readers.items():
            one.sendall(TRICKLED[name][0].encode())
            reader.start()
        while left := [name for name, (_, reader) in readers.items() if reader.is_alive()]:
            assert time.monotonic() < end, left
            for name in left:
                with suppress(OSError):
                    readers[name][0].sendall(TRICKLED[name][1].encode())
            time.sleep(0.05)
    all_is_well(address)


def until_end(one: socket.socket) -> int:
    """Bytes that come until a connection ends."""
    came = 0
    with suppress(OSError):
        while part := one.recv(1 << 20):
            came += len(part)
    return came


def with_big(app: ASGIApp) -> ASGIApp:
    """The service, and one answer more."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/big":
            await app(scope, receive, send)
            return
        length = (b"content-length", str(len(BIG)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": BIG})

    return served


def held(address: str) -> int:
    """Connections that the server holds."""
    port = urlsplit(address).port
    return sum(
        one.status == "ESTABLISHED" and one.laddr.port == port
        for one in psutil.Process().net_connections("tcp4")
    )


def test_who_reads_nothing_is_given_up_and_who_reads_slowly_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded, "STALL_SECONDS", 1.0)
    before = psutil.Process().memory_full_info().uss
    with (
        serving(published_project(tmp_path), with_big) as address,
        connections(address, 10) as silent,
        connections(address, 1) as (slow,),
    ):
        for one in silent:
            one.sendall(head(address, "/big"))
        slow.sendall(head(address, "/big", "Connection: close"))
        began, came = time.monotonic(), 0
        while time.monotonic() - began < 3:
            came += len(slow.recv(1 << 16))
            time.sleep(0.02)
        assert psutil.Process().memory_full_info().uss - before < GROWN_AT_MOST
        assert len(BIG) < came + until_end(slow) < len(BIG) + 2000
        while held(address):
            assert time.monotonic() - began < WAIT_SECONDS
            time.sleep(0.05)
        assert all(0 < until_end(one) < len(BIG) for one in silent)


def test_one_connection_too_many_is_told_when_to_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded, "most_connections", lambda: 5)
    settings = replace(published_project(tmp_path), access_folder=tmp_path / "access")
    with serving(settings) as address, connections(address, 5) as there:
        end = time.monotonic() + WAIT_SECONDS
        while held(address) > len(there):  # who looked whether the service is up
            assert time.monotonic() < end
            time.sleep(0.05)
        for one in there:
            one.sendall(head(address, "/health"))
            assert answered(one)[0] == 200
        with connections(address, 1) as (more,):
            more.sendall(head(address, "/health"))
            refused = more.recv(1 << 16)
        assert refused.startswith(b"HTTP/1.1 503 ")
        assert re.search(rb"\r\nretry-after: \d+\r\n", refused, re.IGNORECASE)
        there[0].sendall(head(address, "/health"))
        assert answered(there[0])[0] == 200  # who was there before goes on
    (written,) = (tmp_path / "access").iterdir()
    told = [json.loads(line) for line in written.read_text().splitlines()]
    assert [one["status"] for one in told][-7:] == [*[200] * 5, 503, 200]


FRAMES = {
    "two lengths": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "lengths that differ": "Content-Length: 5\r\nContent-Length: 6\r\n\r\n12345",
    "no length": "Content-Length: -1\r\n\r\n",
    "chunks of no size": "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a size past all numbers": f"Transfer-Encoding: chunked\r\n\r\n{'f' * 17}\r\n",
    "a folded header": "X: y\r\n z\r\n\r\n",
    "a name with a blank": "X : y\r\n\r\n",
}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A service that asks for keys, and a key."""
    settings = replace(published_project(tmp_path_factory.mktemp("closed")), public=False)
    with Store.open(settings.store_url) as store:
        key = add_key(store, "x", per_minute=10**6)[1]
    with serving(settings) as url:
        yield url, key


@pytest.mark.parametrize("name", FRAMES)
def test_nothing_is_smuggled_in_by_frames(closed: tuple[str, str], name: str) -> None:
    url, key = closed
    with connections(url, 1) as (one,):
        begun = head(url, "/v1/plans", method="POST").removesuffix(b"\r\n")
        one.sendall(begun + FRAMES[name].encode() + head(url, "/v1/runs", f"X-API-Key: {key}"))
        one.shutdown(socket.SHUT_WR)
        answer = b""
        with suppress(ConnectionError):
            while part := one.recv(1 << 16):
                answer += part
    assert answer.startswith(b"HTTP/1.1 4")
    assert RUN_ID.encode() not in answer


def test_what_comes_after_a_body_is_no_header(closed: tuple[str, str]) -> None:
    url, key = closed
    with connections(url, 1) as (one,):
        begun = head(url, "/v1/runs", "Transfer-Encoding: chunked")
        one.sendall(begun + f"0\r\nX-API-Key: {key}\r\n\r\n".encode())
        assert answered(one)[0] == 401
