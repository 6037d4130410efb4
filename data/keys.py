"""Keys of those who ask over HTTP: made once, shown once, kept as a hash.

A key reads ``vigia_PREFIX_SECRET``. The prefix is public and names it in lists and logs; the secret
has 256 random bits, so that a plain SHA-256 of it cannot be turned back.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Literal

from sqlalchemy import Connection, insert, select, update

from data.clock import read_stamp, stamped
from data.service_tables import keys
from data.store import Store
from data.versions import next_number
from vigia.errors import KeyRefusedError, NotFoundError

Role = Literal["partner", "viewer", "analyst", "admin"]
Resolution = Literal["district", "province", "department"]

COLLECTIONS = ("map", "districts", "counts", "runs", "layers", "plans", "metrics")
STAGES = ("recruitment", "transit", "exploitation", "none")
WRITTEN = re.compile(r"vigia_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
NAME_AT_MOST = 100
NOBODY = hashlib.sha256(secrets.token_bytes(32)).hexdigest()  # what an unknown prefix is held to


@dataclass(frozen=True)
class Key:
    """What is kept of a key.

    Attributes
    ----------
    collections, stages : tuple of str
        What it opens; empty for all.
    resolution : str
        The finest areas that it opens.
    per_minute : int
        How many requests a minute.
    created_at, expires_at, revoked_at : str
        UTC.
    replaced_by : str or None
        Prefix of the key that a rotation made in its place.
    """

    prefix: str
    sha256: str
    name: str
    role: Role
    collections: tuple[str, ...]
    stages: tuple[str, ...]
    resolution: Resolution
    per_minute: int
    created_at: str
    expires_at: str
    revoked_at: str | None = None
    replaced_by: str | None = None

    def stands(self, at: datetime) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and at < self._expires

    @cached_property
    def _expires(self) -> datetime:
        return read_stamp(self.expires_at)


def add_key(
    store: Store,
    name: str,
    role: Role = "partner",
    *,
    collections: Iterable[str] = (),
    stages: Iterable[str] = (),
    resolution: Resolution = "district",
    days: int = 365,
    per_minute: int = 600,
    at: datetime | None = None,
) -> tuple[Key, str]:
    """Make a key; what is kept of it, and the key itself, which nobody can read again.

    Raises
    ------
    KeyRefusedError
        When the name is empty, too long or not printable, or a collection or stage is not known.
    """
    if not (name.strip() and name.isprintable() and len(name) <= NAME_AT_MOST):
        raise KeyRefusedError(
            "The name of a key is one printable line.", hint=f"At most {NAME_AT_MOST} characters."
        )
    moment = at or datetime.now(UTC)
    prefix, written = _new_secret()
    key = Key(
        prefix=prefix,
        sha256=_digest(written),
        name=name,
        role=role,
        collections=_of(COLLECTIONS, "collection", collections),
        stages=_of(STAGES, "stage", stages),
        resolution=resolution,
        per_minute=per_minute,
        created_at=stamped(moment),
        expires_at=stamped(moment + timedelta(days=days)),
    )
    with store.writing() as connection:
        _insert(connection, key)
    return key, written


def list_keys(store: Store) -> tuple[Key, ...]:
    """All keys ever made, in their order."""
    with store.reading() as connection:
        return tuple(_record(row) for row in connection.execute(_all()))


def rotate_key(
    store: Store, prefix: str, *, days: int, overlap_days: int, at: datetime | None = None
) -> tuple[Key, str]:
    """Make a key that opens the same; the old one goes on for the overlap, and no longer.

    Raises
    ------
    NotFoundError
        When there is no such key.
    KeyRefusedError
        When it does not stand any more.
    """
    moment = at or datetime.now(UTC)
    with store.writing() as connection:
        old = _find(connection, prefix)
        if not old.stands(moment) or old.replaced_by:
            raise KeyRefusedError(
                f"The key {old.prefix} is expired, revoked or replaced already.",
                hint="Make a new one: vigia keys add.",
            )
        new_prefix, written = _new_secret()
        new = replace(
            old,
            prefix=new_prefix,
            sha256=_digest(written),
            created_at=stamped(moment),
            expires_at=stamped(moment + timedelta(days=days)),
        )
        _insert(connection, new)
        until = min(old.expires_at, stamped(moment + timedelta(days=overlap_days)))
        _set(connection, prefix, expires_at=until, replaced_by=new_prefix)
    return new, written


def revoke_key(store: Store, prefix: str, *, at: datetime | None = None) -> Key:
    """End a key for good. One that is revoked already stays as it is.

    Raises
    ------
    NotFoundError
        When there is no such key.
    """
    with store.writing() as connection:
        if _find(connection, prefix).revoked_at is None:
            _set(connection, prefix, revoked_at=stamped(at or datetime.now(UTC)))
        return _find(connection, prefix)


def match(known: dict[str, Key], written: str, at: datetime) -> Key | None:
    """The key that was presented, if it is one and stands; in the same time for any secret."""
    parts = WRITTEN.fullmatch(written)
    key = known.get(parts[1]) if parts else None
    same = hmac.compare_digest(key.sha256 if key else NOBODY, _digest(written))
    return key if key and same and key.stands(at) else None


def _of(known: tuple[str, ...], what: str, named: Iterable[str]) -> tuple[str, ...]:
    wanted = set(named)
    if not wanted <= set(known):
        raise KeyRefusedError(
            f"There is no such {what}: {', '.join(sorted(wanted - set(known)))!r}.",
            hint=f"There are {', '.join(known)}.",
        )
    return tuple(sorted(wanted))


def _new_secret() -> tuple[str, str]:
    prefix = secrets.token_hex(6)
    return prefix, f"vigia_{prefix}_{secrets.token_urlsafe(32)}"


def _digest(written: str) -> str:
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()


def _insert(connection: Connection, key: Key) -> None:
    values = {**asdict(key), "number": next_number(connection, keys)}
    connection.execute(insert(keys).values(values))


def _set(connection: Connection, prefix: str, **values: str) -> None:
    connection.execute(update(keys).where(keys.c.prefix == prefix).values(values))


def _all() -> Any:
    return select(*(column for column in keys.c if column.name != "number")).order_by(keys.c.number)


def _find(connection: Connection, prefix: str) -> Key:
    known = re.fullmatch("[0-9a-f]{12}", prefix)
    row = known and connection.execute(_all().where(keys.c.prefix == prefix)).one_or_none()
    if not row:
        raise NotFoundError("There is no such key.", hint="vigia keys list has their prefixes.")
    return _record(row)


def _record(row: Any) -> Key:
    kept = dict(row._mapping)
    kept["collections"], kept["stages"] = tuple(kept["collections"]), tuple(kept["stages"])
    return Key(**kept)
