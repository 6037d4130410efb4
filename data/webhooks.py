"""Who is told of a publication: kept with it in one transaction, delivered at least once.

The secret of a webhook lies in the store as it is: it signs, and a hash cannot. Who reads the store
knows more than any message tells; with the secret alone one can only say that a run was published.
"""

from __future__ import annotations

import base64
import secrets
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from data.calls import SECRET, call, checked_url, key_of, signed
from data.clock import read_stamp, stamp, stamped
from data.columns import as_json
from data.engine import WEBHOOKS_LOCK, writing
from data.job_rows import now
from data.service_tables import deliveries, webhooks
from data.store import Store
from data.versions import next_number
from vigia.errors import NotFoundError, WebhookError

AGAIN_AFTER = (5, 30, 120, 600, 3600, 6 * 3600)  # seconds; the last one again and again
LEASE_SECONDS = 60  # for so long nobody else delivers what somebody took
FAILING = timedelta(days=5)  # then nobody is there any more
ATTEMPTS = 25


@dataclass(frozen=True)
class Webhook:
    """Who is called. Times are UTC, ISO 8601."""

    id: str
    url: str
    secret: str = field(repr=False)
    created_at: str
    delivered_at: str | None
    failing_since: str | None
    ended_at: str | None
    ended_why: str | None


@dataclass(frozen=True)
class Due:
    """A message that is to be delivered now."""

    number: int
    webhook: int
    attempts: int
    url: str
    secret: str = field(repr=False)
    message: str
    body: str


def add_webhook(
    store: Store, url: str, *, secret: str | None = None, private: bool = False
) -> Webhook:
    """Call an address after every publication from now on.

    Raises
    ------
    WebhookError
        When the address may not be called, or the secret is none.
    """
    checked_url(url, private=private)
    secret = secret or SECRET + base64.b64encode(secrets.token_bytes(32)).decode()
    key_of(secret)
    identity = secrets.token_hex(6)
    with _writing(store) as connection:
        connection.execute(
            insert(webhooks).values(
                number=next_number(connection, webhooks),
                id=identity,
                url=url,
                secret=secret,
                created_at=now(connection),
            )
        )
    return webhook(store, identity)


def list_webhooks(store: Store) -> tuple[Webhook, ...]:
    """All that are or were called, in their order."""
    with store.reading() as connection:
        rows = connection.execute(select(webhooks).order_by(webhooks.c.number))
        return tuple(_webhook(row) for row in rows)


def webhook(store: Store, identity: str) -> Webhook:
    """One of them, or NotFoundError."""
    for one in list_webhooks(store):
        if one.id == identity:
            return one
    raise NotFoundError(f"There is no webhook {identity!r}.", hint="vigia webhooks list has them.")


def revoke_webhook(store: Store, identity: str) -> Webhook:
    """Call an address no more. One that ended already stays as it is."""
    webhook(store, identity)
    with _writing(store) as connection:
        known = select(webhooks.c.number).where(webhooks.c.id == identity)
        _end(connection, connection.execute(known).scalar_one(), "revoked")
    return webhook(store, identity)


def announce(connection: Connection, run: str, *, at: str, before: str | None) -> None:
    """Tell all of a publication, in the transaction that makes it one."""
    links = {"run": f"/v1/runs/{run}", "districts": "/v1/districts"}
    if before is not None:
        links["changes"] = f"/v1/changes?since={before}"
    data = {"run": run, "published_at": at, "links": links}
    body = as_json({"type": "run.published", "timestamp": at, "data": data})
    standing = select(webhooks.c.number).where(webhooks.c.ended_at.is_(None))
    for number in connection.execute(standing.order_by(webhooks.c.number)).scalars().all():
        connection.execute(
            insert(deliveries).values(
                number=next_number(connection, deliveries),
                webhook=number,
                message=f"msg_{secrets.token_hex(12)}",
                body=body,
                attempts=0,
                next_at=now(connection),
            )
        )


def deliver_due(store: Store, *, private: bool = False) -> int:
    """Deliver what is due; how many messages were tried."""
    tried = 0
    while (due := _claim(store)) is not None:
        tried += 1
        try:
            status = send(due.url, due.secret, due.message, due.body, private=private)
            why = None if HTTPStatus(200) <= status < HTTPStatus(300) else f"answered {status}"
        except WebhookError as error:
            status, why = 0, error.message
        _settle(store, due, why, gone=status == HTTPStatus.GONE)
    return tried


def send(url: str, secret: str, message: str, body: str, *, private: bool) -> int:
    """Send one message now; the status of the answer, or WebhookError where there is none."""
    told = body.encode()
    return call(url, told, signed(secret, message, int(time.time()), told), private=private)


def send_test(store: Store, identity: str, *, private: bool = False) -> int:
    """Send a message that tells of nothing, to see whether it arrives."""
    known, at = webhook(store, identity), stamp()
    body = as_json({"type": "webhook.test", "timestamp": at, "data": {}})
    message = f"msg_{secrets.token_hex(12)}"
    return send(known.url, known.secret, message, body, private=private)


def _claim(store: Store) -> Due | None:
    """The message that has been due for longest, which is then nobody else's for a while."""
    with store.reading() as connection:  # mostly there is none, and nobody is kept from writing
        if connection.execute(_due(now(connection))).first() is None:
            return None
    with _writing(store) as connection:
        row = connection.execute(_due(now(connection))).first()
        if row is None:
            return None
        taken = Due(**{**row._mapping, "attempts": row.attempts + 1})
        connection.execute(
            update(deliveries)
            .where(deliveries.c.number == taken.number)
            .values(attempts=taken.attempts, next_at=_later(now(connection), LEASE_SECONDS))
        )
        return taken


def _due(at: str) -> Any:
    columns = [deliveries.c[name] for name in ("number", "webhook", "attempts", "message", "body")]
    return (
        select(*columns, webhooks.c.url, webhooks.c.secret)
        .join(webhooks)
        .where(deliveries.c.next_at <= at)
        .order_by(deliveries.c.next_at, deliveries.c.number)
        .limit(1)
    )


def _settle(store: Store, due: Due, why: str | None, *, gone: bool) -> None:
    """Write down how it went, unless somebody else has taken the message since."""
    with _writing(store) as connection:
        ours = (deliveries.c.number == due.number) & (deliveries.c.attempts == due.attempts)
        known = select(webhooks).where(webhooks.c.number == due.webhook)
        hook = connection.execute(known).one()
        if connection.execute(select(deliveries.c.number).where(ours)).first() is None:
            return
        at = now(connection)
        change = update(webhooks).where(webhooks.c.number == due.webhook)
        if why is None:
            connection.execute(delete(deliveries).where(ours))
            connection.execute(change.values(delivered_at=at, failing_since=None))
            return
        since = hook.failing_since or at
        connection.execute(change.values(failing_since=since))
        if gone or read_stamp(at) - read_stamp(since) > FAILING:
            _end(connection, due.webhook, f"{why}, since {since}")
        elif due.attempts >= ATTEMPTS:
            connection.execute(delete(deliveries).where(ours))
        else:
            wait = AGAIN_AFTER[min(due.attempts, len(AGAIN_AFTER)) - 1]
            connection.execute(update(deliveries).where(ours).values(next_at=_later(at, wait)))


def _end(connection: Connection, number: int, why: str) -> None:
    connection.execute(
        update(webhooks)
        .where(webhooks.c.number == number, webhooks.c.ended_at.is_(None))
        .values(ended_at=now(connection), ended_why=why)
    )
    connection.execute(delete(deliveries).where(deliveries.c.webhook == number))


def _later(at: str, seconds: int) -> str:
    return stamped(read_stamp(at) + timedelta(seconds=seconds))


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(**{name: value for name, value in row._mapping.items() if name != "number"})


def _writing(store: Store) -> AbstractContextManager[Connection]:
    return writing(store.engine, WEBHOOKS_LOCK)
