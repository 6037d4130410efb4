"""Addresses, connections and transactions; what a driver says becomes a ``StoreError``."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from vigia.errors import StoreBusyError, StoreError

BUSY_SECONDS = 10.0
CONNECT_SECONDS = 10
SQLITE = "sqlite:///"
POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg2")
WRITES = "vigia_writes"
WRITERS_LOCK = 0x76696769  # any number of ours
JOBS_LOCK = WRITERS_LOCK + 1  # who writes of jobs alone need not wait for an ingest
PEOPLE_LOCK = WRITERS_LOCK + 2  # nor who logs in
WEBHOOKS_LOCK = WRITERS_LOCK + 3  # nor who tells others

# What SQLite says, and what it means to the person.
BUSY = "locked"
SQLITE_SAYS = (
    (BUSY, "is busy: another command is writing to it.", "Try again in a moment."),
    ("full", "cannot grow: the disk is full.", "Make room, then run the command again."),
    ("not a database", "is not a database, or is damaged.", "Move it away and vigia restore."),
    ("malformed", "is damaged.", "Move it away and restore the last backup: vigia restore FILE."),
    ("unable to open", "cannot be opened.", "Check that its folder exists and may be written to."),
    ("readonly", "may not be written to.", "Check the permissions of the file and its folder."),
)


def store_url(text: str) -> URL:
    """The address of a store, with the driver that is used.

    Raises
    ------
    StoreError
        When it is no address, or of a database that is neither SQLite nor PostgreSQL.
    """
    hint = "sqlite:///PATH, or postgresql://USER:PASSWORD@HOST/DATABASE in VIGIA_STORE_URL."
    if text.startswith(SQLITE) and text not in (SQLITE, f"{SQLITE}:memory:"):
        # All of the rest is a path: a folder may well be called "what?".
        return URL.create("sqlite+pysqlite", database=text.removeprefix(SQLITE))
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise StoreError("The address of the store cannot be read.", hint=hint) from None
    if url.drivername in POSTGRESQL:
        return url.set(drivername="postgresql+psycopg2")
    raise StoreError(f"A store cannot be at a {url.drivername} address.", hint=hint)


def place(url: URL) -> str:
    """Where a store is, for messages: no user, no password, no options."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    port = f":{url.port}" if url.port else ""
    return f"PostgreSQL {url.host or 'localhost'}{port}/{url.database}"


def sqlite_path(url: URL) -> Path | None:
    """The file of an SQLite store."""
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def open_engine(url: URL) -> Engine:
    """An engine that has not connected yet.

    SQLite keeps its rollback journal instead of a write-ahead log: the store is one file at rest
    (to copy, to carry, on a network folder), and every operation opens it afresh, so that a running
    service sees whatever file is there. Pages wait in memory until the commit (``cache_spill``),
    so that readers are kept out for the commit alone.
    """
    path = sqlite_path(url)
    if path:
        engine = create_engine(
            url,
            creator=partial(_open_sqlite, path.absolute()),
            poolclass=NullPool,
            hide_parameters=True,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        url,
        pool_pre_ping=True,
        hide_parameters=True,
        isolation_level="REPEATABLE READ",
        connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "vigia"},
    )


def _open_sqlite(path: Path) -> sqlite3.Connection:
    """A file that is there: one that went away is an error, not a new and empty store."""
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw",
        uri=True,
        timeout=BUSY_SECONDS,
        check_same_thread=False,
    )


def _prepare_sqlite(connection: Any, _: object) -> None:
    # Python's sqlite3 would open transactions by itself, and none for DDL.
    connection.isolation_level = None
    for pragma in ("foreign_keys = ON", "secure_delete = ON", "cache_spill = OFF"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITES) else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction in which the store stands still."""
    with store_errors(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine, turn: int = WRITERS_LOCK) -> Iterator[Connection]:
    """A transaction that is kept whole, or not at all when anything is raised.

    There is one at a time. On PostgreSQL a lock of the database says so, to other machines too; the
    transaction then sees all that was committed before it got the lock, and nothing can be
    committed beside it. There each ``turn`` has a lock of its own, for tables of its own.
    """
    shared = sqlite_path(engine.url) is None
    options = {WRITES: True} | ({"isolation_level": "READ COMMITTED"} if shared else {})
    with (
        store_errors(engine),
        engine.connect().execution_options(**options) as connection,
        connection.begin(),
    ):
        if shared:
            _wait_for_turn(connection, turn)
        yield connection


def _wait_for_turn(connection: Connection, turn: int) -> None:
    connection.execute(text(f"SET LOCAL lock_timeout = {int(BUSY_SECONDS * 1000)}"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": turn})
    connection.execute(text("SET LOCAL lock_timeout = 0"))


@contextmanager
def outside_transactions(engine: Engine) -> Iterator[Connection]:
    """For the few commands that refuse to run in a transaction (VACUUM)."""
    with store_errors(engine), engine.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")


@contextmanager
def store_errors(engine: Engine) -> Iterator[None]:
    """Driver errors become ``StoreError``.

    Their own words are shown only where they cannot hold a row of the store or a password.
    """
    try:
        yield
    except (SQLAlchemyError, psycopg2.Error) as error:
        raise _explained(error, engine.url) from None


def _explained(error: Exception, url: URL) -> StoreError:
    cause = error.orig if isinstance(error, DBAPIError) else error
    where = place(url)
    if sqlite_path(url):
        said = str(cause).lower()
        for sign, meaning, hint in SQLITE_SAYS:
            if sign in said:
                kind = StoreBusyError if sign == BUSY else StoreError
                return kind(f"The store {where} {meaning}", hint=hint)
    elif isinstance(cause, psycopg2.errors.LockNotAvailable):
        return StoreBusyError(f"The store {where} {SQLITE_SAYS[0][1]}", hint=SQLITE_SAYS[0][2])
    elif isinstance(cause, psycopg2.OperationalError) and cause.pgcode is None:
        return StoreError(
            f"The store {where} cannot be reached: {_first_line(str(cause), url)}.",
            hint="Check that the server runs, and the address in VIGIA_STORE_URL.",
        )
    code = getattr(cause, "pgcode", None) or getattr(cause, "sqlite_errorname", None) or ""
    return StoreError(
        f"The store {where} refused: {type(cause).__name__} {code}".rstrip() + ".",
        hint="Nothing was changed. vigia doctor looks whether the store is well.",
    )


def _first_line(said: str, url: URL) -> str:
    line = said.strip().splitlines()[0] if said.strip() else "no answer"
    secrets = [str(url.password)] if url.password else []
    secrets += [str(value) for key, value in url.query.items() if "pass" in key]
    for secret in secrets:
        line = line.replace(secret, "***")
    return line.rstrip(".")
