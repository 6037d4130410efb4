"""People who log in: passwords kept as argon2id hashes, sessions as the hash of a random token.

A session ends when its person logs out, gets another password or role or is revoked, when nothing
was asked for ``IDLE``, and in any case after ``ABSOLUTE``.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, get_args

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Connection, Row, delete, insert, select, update

from data.clock import stamped
from data.engine import PEOPLE_LOCK, writing
from data.service_tables import people, sessions
from data.store import Store
from data.versions import next_number
from vigia.errors import NotFoundError, PersonRefusedError

PersonRole = Literal["viewer", "analyst", "admin"]

ROLES: tuple[PersonRole, ...] = get_args(PersonRole)
IDLE = timedelta(hours=1)
ABSOLUTE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=5)  # a session that is used writes to the store no more often
PASSWORD_AT_LEAST, PASSWORD_AT_MOST, NAME_AT_MOST = 12, 200, 100
HASHER = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)  # as OWASP says


@dataclass(frozen=True)
class Person:
    """Somebody who may log in."""

    name: str
    role: PersonRole
    created_at: str = ""
    revoked_at: str | None = None


@dataclass(frozen=True)
class Session:
    """What a person who logged in is known by; times in UTC."""

    sha256: str
    person: Person
    seen_at: str
    expires_at: str

    def stands(self, at: datetime) -> bool:
        """Neither idle for too long nor at its end."""
        return stamped(at - IDLE) < self.seen_at and stamped(at) < self.expires_at

    def to_be_seen(self, at: datetime) -> bool:
        """Whether it is time to write down that it is used."""
        return stamped(at - SEEN_EVERY) >= self.seen_at


def add_person(
    store: Store, name: str, role: PersonRole, password: str, *, at: datetime | None = None
) -> Person:
    """Let somebody log in.

    Raises
    ------
    PersonRefusedError
        When the name is no printable line or taken, or the password too short or too long.
    """
    plain = _name(name)
    if not (plain and plain.isprintable() and len(plain) <= NAME_AT_MOST):
        raise PersonRefusedError(
            "The name of a person is one printable line.",
            hint=f"At most {NAME_AT_MOST} characters.",
        )
    hashed = _hashed(password)
    person = Person(plain, role, stamped(at or datetime.now(UTC)))
    with _writing(store) as connection:
        if connection.execute(select(people.c.number).where(people.c.name == plain)).first():
            raise PersonRefusedError(
                f"There is somebody called {plain!r} already, or there was.",
                hint="Names are not given twice: the access log has them.",
            )
        values = {**vars(person), "password": hashed, "number": next_number(connection, people)}
        connection.execute(insert(people).values(values))
    return person


def list_people(store: Store) -> tuple[Person, ...]:
    """All who may or might log in, in their order."""
    with store.reading() as connection:
        rows = connection.execute(select(people).order_by(people.c.number))
        return tuple(_person(row) for row in rows)


def set_password(store: Store, name: str, password: str) -> Person:
    """Give somebody another password, and end all sessions.

    Raises
    ------
    NotFoundError
        When nobody is called so.
    PersonRefusedError
        When the password is too short or too long.
    """
    hashed = _hashed(password)
    return _change(store, name, password=hashed)


def set_role(store: Store, name: str, role: PersonRole) -> Person:
    """Let somebody do more or less from now on, and end all sessions.

    Raises
    ------
    NotFoundError
        When nobody is called so.
    """
    return _change(store, name, role=role)


def revoke_person(store: Store, name: str, *, at: datetime | None = None) -> Person:
    """Let somebody log in no more, and end all sessions. Who is revoked already stays so.

    Raises
    ------
    NotFoundError
        When nobody is called so.
    """
    return _change(store, name, revoked_at=stamped(at or datetime.now(UTC)))


def log_in(store: Store, name: str, password: str, at: datetime) -> tuple[str, Person] | None:
    """Begin a session: its token, which is kept nowhere, and whose it is.

    None for a wrong password, an unknown name and somebody who is revoked, in the same time.
    """
    nobody = _nobody()
    statement = select(people).where(people.c.name == _name(name))
    with store.reading() as connection:
        row = connection.execute(statement).one_or_none()
    good = _fits(row.password if row else nobody, password)
    if not (row and good) or row.revoked_at:
        return None
    token = secrets.token_urlsafe(32)
    session = {
        "sha256": digest(token),
        "person": row.number,
        "created_at": stamped(at),
        "seen_at": stamped(at),
        "expires_at": stamped(at + ABSOLUTE),
    }
    with _writing(store) as connection:
        _end_old(connection, at)
        now = connection.execute(statement).one_or_none()
        if now is None or now.revoked_at or now.password != row.password:
            return None  # it changed while we looked
        connection.execute(insert(sessions).values(session))
    return token, _person(row)


def find_session(store: Store, sha256: str) -> Session | None:
    """The session of a token's digest, unless its person is revoked; it may be over."""
    statement = (
        select(people, sessions.c.seen_at, sessions.c.expires_at)
        .join(sessions, people.c.number == sessions.c.person)
        .where(sessions.c.sha256 == sha256, people.c.revoked_at.is_(None))
    )
    with store.reading() as connection:
        row = connection.execute(statement).one_or_none()
    return Session(sha256, _person(row), row.seen_at, row.expires_at) if row else None


def mark_seen(store: Store, sha256: str, at: datetime) -> None:
    """Write down that a session is used."""
    with _writing(store) as connection:
        seen = update(sessions).where(sessions.c.sha256 == sha256).values(seen_at=stamped(at))
        connection.execute(seen)


def log_out(store: Store, sha256: str) -> None:
    """End a session. One that is over already is no error."""
    with _writing(store) as connection:
        connection.execute(delete(sessions).where(sessions.c.sha256 == sha256))


def end_sessions(connection: Connection) -> None:
    """End all sessions: after a restore, those of the backup would stand again."""
    connection.execute(delete(sessions))


def digest(token: str) -> str:
    """What a token is kept as; it has 256 random bits, so that this cannot be turned back."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _change(store: Store, name: str, **values: str) -> Person:
    plain = _name(name)
    with _writing(store) as connection:
        mine = people.c.name == plain
        row = connection.execute(select(people).where(mine)).one_or_none()
        if row is None:
            raise NotFoundError("Nobody is called so.", hint="vigia people list has their names.")
        if "revoked_at" not in values or row.revoked_at is None:
            connection.execute(update(people).where(mine).values(values))
        connection.execute(delete(sessions).where(sessions.c.person == row.number))
        return _person(connection.execute(select(people).where(mine)).one())


def _writing(store: Store) -> AbstractContextManager[Connection]:
    """Of these two tables alone: who logs in need not wait for an ingest, but on SQLite."""
    return writing(store.engine, PEOPLE_LOCK)


def _end_old(connection: Connection, at: datetime) -> None:
    over = (sessions.c.expires_at <= stamped(at)) | (sessions.c.seen_at <= stamped(at - IDLE))
    connection.execute(delete(sessions).where(over))


def _hashed(password: str) -> str:
    plain = _typed(password)
    if not PASSWORD_AT_LEAST <= len(plain) <= PASSWORD_AT_MOST:
        raise PersonRefusedError(
            f"A password has {PASSWORD_AT_LEAST} to {PASSWORD_AT_MOST} characters.",
            hint="A few words in a row are good.",
        )
    return HASHER.hash(plain)


def _fits(hashed: str, password: str) -> bool:
    plain = _typed(password)
    try:
        return len(plain) <= PASSWORD_AT_MOST and HASHER.verify(hashed, plain)
    except (Argon2Error, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _nobody() -> str:
    """What an unknown name is held to."""
    return HASHER.hash(secrets.token_urlsafe(32))


def _typed(text: str) -> str:
    """One form for letters with accents, whatever keyboard they were typed on."""
    return unicodedata.normalize("NFC", text).encode("utf-8", "replace").decode()


def _name(text: str) -> str:
    return _typed(text).strip().casefold()


def _person(row: Row[Any]) -> Person:
    return Person(row.name, row.role, row.created_at, row.revoked_at)
