"""Who asks: the key of a request, and what it opens. Whatever is not opened here is closed."""

from __future__ import annotations

import base64
import binascii
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock

from starlette.types import Scope

from api.heads import first
from data.keys import Key, list_keys, match
from data.people import Person
from data.store import Store
from vigia.errors import StoreError

FRESH_SECONDS = 1.0  # for so long a key that was revoked may still be good
OPEN_TO_ALL = ("/health", "/ready", "/login", "/logout")
OPEN_BELOW = "/static/"  # scripts and styles: the same for every project
READS = ("GET", "HEAD", "OPTIONS")
PLANNERS = ("viewer", "analyst", "admin")
ANALYSTS = ("analyst", "admin")
COLLECTIONS = {
    "/": "map",
    "/plan": "plans",
    "/v1/districts": "districts",
    "/v1/counts": "counts",
    "/v1/changes": "districts",
    "/v1/runs": "runs",
    "/v1/trainings": "runs",
    "/v1/layers": "layers",
    "/v1/plans": "plans",
    "/metrics": "metrics",
}
OGC_COLLECTIONS = {  # by how their ids begin; what is not below a collection lists those that open
    "scores": "districts",
    "factors": "districts",
    "layer": "layers",
    "plans": "plans",
    "runs": "runs",
}
LISTS = "lists"
FOR_ADMINS = ("metrics",)  # who else wants it needs a key that names it
# What leaves other stages out; the rest tells of all of them.
BY_STAGE = ("districts", "counts", "layers")
NO_DISTRICTS = ("runs", "layers")  # what tells nothing of single districts
log = logging.getLogger("vigia.api")


@dataclass(frozen=True)
class Caller:
    """Who asks: by a key, or a person who logged in; else the public, where that is let in."""

    key: Key | None = None
    person: Person | None = None

    @property
    def name(self) -> str:
        """For logs: the public part of the key, or the person's name."""
        if self.key is not None:
            return self.key.prefix
        return f"person:{self.person.name}" if self.person else "public"

    @property
    def role(self) -> str:
        """What it may do."""
        known = self.key or self.person
        return known.role if known else "public"

    @property
    def view(self) -> tuple[object, ...]:
        """All that decides what it is answered: who has the same is answered the same."""
        key = self.key
        if key is None:
            return (self.role,)
        return (key.role, key.collections, key.stages, key.resolution)

    @property
    def narrowed(self) -> bool:
        """Some stages are closed to it."""
        return self.key is not None and bool(self.key.stages)

    def opens(self, collection: str | None) -> bool:
        """Whether it was not narrowed to other collections."""
        return self.key is None or not self.key.collections or collection in self.key.collections

    @property
    def hears_of_plans(self) -> bool:
        """Whether it is told which plans there are: not all the world, where teams go next."""
        return self.role != "public" and self.opens("plans") and not self.narrowed

    def sees(self, stage: str | None) -> bool:
        """Whether scores of a stage are open to it; None is an outcome without one."""
        return self.key is None or not self.key.stages or (stage or "none") in self.key.stages


def closed_because(caller: Caller, method: str, path: str) -> str | None:
    """Why a caller may not ask this; None when it may. What no rule opens stays closed."""
    collection, key = _collection(path), caller.key
    named = key is not None and collection in key.collections
    if collection in FOR_ADMINS and not named and caller.role != "admin":
        return "This is for administrators."
    if _trains(collection, method, path) and caller.role not in ANALYSTS:
        return "This is for analysts."
    if key is None:
        return None
    if method not in READS and key.role not in PLANNERS:
        return f"A key with the role {key.role} reads, and asks for nothing to be done."
    return _outside(caller, key, collection)


def _trains(collection: str | None, method: str, path: str) -> bool:
    """Whether it asks for a training, or how one goes."""
    return collection == "runs" and (method not in READS or path.startswith("/v1/trainings"))


def _outside(caller: Caller, key: Key, collection: str | None) -> str | None:
    """What a key was narrowed to, and this is not in it."""
    if collection == LISTS:
        return None
    if not caller.opens(collection):
        return "This key does not open this collection."
    if key.stages and collection not in BY_STAGE:
        return "This tells of all stages, and the key opens some."
    if key.resolution != "district" and collection not in NO_DISTRICTS:
        return f"This tells of districts, and the key opens nothing finer than a {key.resolution}."
    return None


def is_open(path: str) -> bool:
    """Whether anybody may ask for it."""
    return path in OPEN_TO_ALL or path.startswith(OPEN_BELOW)


def _collection(path: str) -> str | None:
    parts = path.split("/")
    if parts[1:2] == ["ogc"]:
        below = parts[2:3] == ["collections"] and len(parts) > 3
        return OGC_COLLECTIONS.get(parts[3].partition("_")[0]) if below else LISTS
    if parts[1:2] in (["map"], ["brief"]):
        return "map"
    return COLLECTIONS.get("/".join(parts[:3]) if parts[1:2] == ["v1"] else path)


def presented(scope: Scope) -> str | None:
    """The key of a request: X-API-Key, a Bearer token, or a Basic password; None without any."""
    named = first(scope, b"x-api-key")
    if named is not None:
        return named
    said = first(scope, b"authorization")
    if said is None:
        return None
    kind, _, token = said.partition(" ")
    if kind.lower() != "basic":
        return token.strip() if kind.lower() == "bearer" else ""
    try:
        return base64.b64decode(token, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


class Keyring:
    """All keys in memory, read anew every second; with the store away, the last known."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._reading = Lock()
        self._known: dict[str, Key] = {}
        self._read()

    @property
    def stale(self) -> bool:
        """Whether it is time to look at the store again."""
        return self._clock() - self._at >= FRESH_SECONDS

    def refresh(self) -> None:
        """Look at the store, unless somebody else is looking already."""
        if not self._reading.acquire(blocking=False):
            return
        try:
            self._read()
        except StoreError:
            self._at = self._clock()
            log.warning("The store is out of reach; the last known keys are good.")
        finally:
            self._reading.release()

    def find(self, written: str) -> Key | None:
        """The key that was presented, if it is one and stands."""
        return match(self._known, written, datetime.now(UTC))

    def _read(self) -> None:
        self._known = {key.prefix: key for key in list_keys(self._store)}
        self._at = self._clock()
