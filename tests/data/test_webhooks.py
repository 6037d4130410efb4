"""Webhooks, delivered to a receiver that is there."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import update

from data.calls import checked_url, is_public, key_of
from data.publish import publish, rollback
from data.service_tables import deliveries, webhooks
from data.store import Store
from data.webhooks import (
    ATTEMPTS,
    add_webhook,
    deliver_due,
    list_webhooks,
    revoke_webhook,
    send_test,
    webhook,
)
from tests.data import example
from vigia.errors import NotFoundError, WebhookError

LONG_AGO = "2020-01-01T00:00:00Z"


class Receiver:
    """A server that notes what it gets and answers as it is told."""

    def __init__(self) -> None:
        self.status, self.got = 204, []  # type: tuple[int, list[tuple[dict[str, str], bytes]]]
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                told = {name.lower(): value for name, value in self.headers.items()}
                receiver.got.append((told | {"path": self.path}, body))
                self.send_response(receiver.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"

    def __enter__(self) -> Receiver:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        opened.ingest(example.inputs())
        for letter in "fa":
            example.save_run(opened, example.run_record(opened, id=letter * 16))
        yield opened


def due_again(store: Store) -> int:
    """Let the time until the next attempt pass; how many messages wait."""
    with store.writing() as connection:
        return connection.execute(update(deliveries).values(next_at=LONG_AGO)).rowcount


def test_a_publication_is_told_signed_and_once(store: Store, receiver: Receiver) -> None:
    made = add_webhook(store, receiver.url, private=True)
    publish(store, "f" * 16, at="2026-11-24T03:00:00Z")
    publish(store, "f" * 16, at="2026-11-24T04:00:00Z")  # nothing is switched
    publish(store, "a" * 16, at="2026-11-25T03:00:00Z")
    rollback(store, at="2026-11-26T03:00:00Z")
    assert deliver_due(store, private=True) == 3
    assert deliver_due(store, private=True) == due_again(store) == 0
    told = [json.loads(body) for _, body in receiver.got]
    assert [(one["type"], one["data"]["run"][0]) for one in told] == [
        ("run.published", letter) for letter in "faf"
    ]
    assert [one["data"]["published_at"][8:10] for one in told] == ["24", "25", "26"]
    changes = [one["data"]["links"].get("changes") for one in told]
    assert changes == [None, f"/v1/changes?since={'f' * 16}", f"/v1/changes?since={'a' * 16}"]
    assert {key for one in told for key in one["data"]} == {"run", "published_at", "links"}
    key = base64.b64decode(made.secret.removeprefix("whsec_"))
    for headers, body in receiver.got:
        what = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        mark = base64.b64encode(hmac.digest(key, what, hashlib.sha256)).decode()
        assert headers["webhook-signature"] == f"v1,{mark}"
        assert headers["path"] == "/hook?x=1"
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 3
    assert webhook(store, made.id).delivered_at is not None


@pytest.mark.parametrize("status", [500, 302, 307, 404])
def test_what_fails_is_tried_again(store: Store, receiver: Receiver, status: int) -> None:
    made = add_webhook(store, receiver.url, private=True)
    publish(store, "f" * 16, at="2026-11-24T03:00:00Z")
    receiver.status = status
    assert deliver_due(store, private=True) == 1
    assert deliver_due(store, private=True) == 0  # not at once
    assert webhook(store, made.id).failing_since is not None
    receiver.status = 200
    assert due_again(store) == 1
    assert deliver_due(store, private=True) == 1
    assert {headers["path"] for headers, _ in receiver.got} == {"/hook?x=1"}
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert webhook(store, made.id).failing_since is None


def test_who_is_gone_or_fails_for_long_is_called_no_more(store: Store, receiver: Receiver) -> None:
    made = add_webhook(store, receiver.url, private=True)
    publish(store, "f" * 16, at="2026-11-24T03:00:00Z")
    receiver.status = 500
    deliver_due(store, private=True)
    with store.writing() as connection:
        connection.execute(update(webhooks).values(failing_since=LONG_AGO))
    due_again(store)
    deliver_due(store, private=True)
    ended = webhook(store, made.id)
    assert ended.ended_why == f"answered 500, since {LONG_AGO}"
    other = add_webhook(store, receiver.url, private=True)
    publish(store, "a" * 16, at="2026-11-25T03:00:00Z")
    receiver.status = 410
    assert deliver_due(store, private=True) == 1
    assert str(webhook(store, other.id).ended_why).startswith("answered 410")
    assert due_again(store) == 0


def test_one_message_is_given_up_at_last(store: Store, receiver: Receiver) -> None:
    made = add_webhook(store, receiver.url, private=True)
    publish(store, "f" * 16, at="2026-11-24T03:00:00Z")
    receiver.status = 500
    for _ in range(ATTEMPTS):
        assert due_again(store) == 1
        assert deliver_due(store, private=True) == 1
    assert due_again(store) == 0
    assert webhook(store, made.id).ended_at is None


def test_nobody_there_is_a_failure_too(store: Store) -> None:
    with Receiver() as away:
        made = add_webhook(store, away.url, private=True)
    publish(store, "f" * 16, at="2026-11-24T03:00:00Z")
    assert deliver_due(store, private=True) == 1
    assert webhook(store, made.id).failing_since is not None
    with pytest.raises(WebhookError, match="No answer: ConnectionRefusedError"):
        send_test(store, made.id, private=True)


def test_who_is_revoked_hears_nothing(store: Store, receiver: Receiver) -> None:
    made = add_webhook(store, receiver.url, private=True)
    publish(store, "f" * 16, at="2026-11-24T03:00:00Z")
    assert revoke_webhook(store, made.id).ended_why == "revoked"
    publish(store, "a" * 16, at="2026-11-25T03:00:00Z")
    assert deliver_due(store, private=True) == 0
    assert receiver.got == []
    with pytest.raises(NotFoundError):
        revoke_webhook(store, "nobody")


def test_our_own_network_is_not_called(store: Store, receiver: Receiver) -> None:
    made = add_webhook(store, receiver.url, private=True)
    with pytest.raises(WebhookError, match="https alone"):
        send_test(store, made.id)
    port = receiver.server.server_port
    for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0"):
        inside = add_webhook(store, f"https://{host}:{port}/")
        with pytest.raises(WebhookError, match="private networks"):
            send_test(store, inside.id)
    assert receiver.got == []
    assert send_test(store, made.id, private=True) == 204


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1",
     "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1",
     "255.255.255.255"],
)  # fmt: skip
def test_addresses_that_are_near(address: str) -> None:
    assert not is_public(address)


def test_addresses_of_the_internet() -> None:
    assert is_public("8.8.8.8")
    assert is_public("2001:4860:4860::8888")


@pytest.mark.parametrize(
    "url",
    ["", "example.pe", "ftp://example.pe", "http://example.pe", "https://", "https://a:b@example.pe",
     "https://example.pe/#x", "https://example.pe:99999", "https://example.pe/\r\nX: y",
     "https://exämple.pe", "https://example.pe/" + "a" * 2000, "https://[::1"],
)  # fmt: skip
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(WebhookError):
        checked_url(url, private=False)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_AAAA", "A" * 32, "whsec_!!!!", "whsec_ñ"])
def test_secrets_that_are_none(secret: str) -> None:
    with pytest.raises(WebhookError):
        key_of(secret)


def test_a_secret_is_in_no_text(store: Store) -> None:
    made = add_webhook(store, "https://example.invalid/")
    assert made.secret not in repr(made)
    assert made.secret not in repr(list_webhooks(store))
