"""Events over HTTP: whoever takes none of them costs nobody else anything."""

from __future__ import annotations

import shutil
import socket
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from threading import Semaphore
from urllib.error import HTTPError

import pytest

from api import events
from api.routes import trainings
from api.service import ServiceSettings
from data import jobs, training_log
from data.keys import add_key
from data.store import Store
from tests.serving import serving
from vigia.project import load_project

MEGABYTE = "x" * 2**20
MORE_THAN_SOCKETS_HOLD = 20


def status(address: str, key: str) -> int:
    asked = urllib.request.Request(address, headers={"X-API-Key": key})  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
            return int(answer.status)
    except HTTPError as error:
        return error.code


def test_readers_who_take_nothing_are_let_go_and_hold_up_nobody(
    tiny_published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "SEND_SECONDS", 5.0)
    monkeypatch.setattr(trainings, "places", Semaphore(2))
    project = load_project(shutil.copytree(tiny_published, tmp_path / "project"))
    with Store.open(project.store_url()) as store:
        key = add_key(store, "x", "analyst", per_minute=10**6)[1]
        job = jobs.enqueue_training(store, {})
    for _ in range(MORE_THAN_SOCKETS_HOLD):
        training_log.write(project.var / training_log.FOLDER, job.id, MEGABYTE)
    with serving(ServiceSettings.of(project)) as address:
        where = f"/v1/trainings/{job.id}/events"
        host, _, port = address.removeprefix("http://").partition(":")
        request = f"GET {where} HTTP/1.1\r\nHost: {host}\r\nX-API-Key: {key}\r\n\r\n".encode()
        with (
            closing(socket.create_connection((host, int(port)))) as first,
            closing(socket.create_connection((host, int(port)))) as second,
        ):
            for silent in (first, second):
                silent.sendall(request)
                assert silent.recv(12) == b"HTTP/1.1 200"
            assert status(address + where, key) == 429
            assert status(f"{address}/v1/runs", key) == 200
            end = time.monotonic() + 60
            while status(address + where, key) == 429:
                assert time.monotonic() < end
                time.sleep(0.2)
