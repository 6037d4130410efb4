"""Sessions of people in a browser: cookies, and what is known of them while the store is away."""

from __future__ import annotations

import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock

from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import Scope

from api.origins import csrf_of
from data.people import ABSOLUTE, Session, digest, find_session, log_out, mark_seen
from data.store import Store
from vigia.errors import StoreError

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
REMEMBERED = 10_000
SESSION, CSRF, FORM = "vigia_session", "vigia_csrf", "vigia_form"
FRESH_SECONDS = 1.0  # for so long a session that was ended elsewhere may still be good
log = logging.getLogger("vigia.api")


class Sessions:
    """Looks sessions up in the store, each at most once a second."""

    def __init__(
        self,
        store: Store,
        away: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._away = away
        self._clock = clock
        self._known: OrderedDict[str, tuple[Session, float]] = OrderedDict()
        self._changing = Lock()

    def find(self, token: str) -> Session | None:
        """The session of a token, if it is one and stands; the last known with the store away."""
        sha256, at = digest(token), datetime.now(UTC)
        known, read = self._known.get(sha256, (None, float("-inf")))
        if self._clock() - read >= FRESH_SECONDS:
            known = self._read(sha256, known, at)
        return known if known and known.stands(at) else None

    def end(self, token: str) -> None:
        """End a session in the store, and here."""
        sha256 = digest(token)
        log_out(self._store, sha256)
        with self._changing:
            self._known.pop(sha256, None)

    def _read(self, sha256: str, known: Session | None, at: datetime) -> Session | None:
        if known and self._away():  # nobody waits for a store that does not answer
            return known
        try:
            found = find_session(self._store, sha256)
            if found and found.stands(at) and found.to_be_seen(at):
                mark_seen(self._store, sha256, at)
        except StoreError:
            log.warning("The store is out of reach; the last known sessions are good.")
            found = known
        self._remember(sha256, found)
        return found

    def _remember(self, sha256: str, found: Session | None) -> None:
        with self._changing:
            self._known.pop(sha256, None)
            if found is not None:
                self._known[sha256] = (found, self._clock())
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)


def token_of(scope: Scope, name: str = SESSION) -> str | None:
    """The token in a cookie; None when there is none that could be one of ours."""
    said = [value for key, value in scope["headers"] if key == b"cookie"]
    cookies = cookie_parser(b"; ".join(said).decode("latin-1")) if said else {}
    token = cookies.get(cookie_name(scope, name), "")
    return token if TOKEN.fullmatch(token) else None


def cookie_name(scope: Scope, name: str) -> str:
    """With TLS a name that no other host of the domain, and no page without TLS, can set."""
    return f"__Host-{name}" if scope["scheme"] == "https" else name


def give(answer: Response, scope: Scope, token: str) -> None:
    """Begin a session in the browser. The second cookie is for scripts of our pages to repeat."""
    lasts = int(ABSOLUTE.total_seconds())
    set_cookie(answer, scope, SESSION, token, lasts)
    set_cookie(answer, scope, CSRF, csrf_of(token), lasts, script=True)


def take(answer: Response, scope: Scope) -> None:
    """End a session in the browser."""
    for name in (SESSION, CSRF, FORM):
        set_cookie(answer, scope, name, "", 0, script=name == CSRF)


def set_cookie(
    answer: Response, scope: Scope, name: str, value: str, lasts: int, *, script: bool = False
) -> None:
    """A cookie of ours; sent to us alone, and never with what another site's page asks."""
    answer.set_cookie(
        cookie_name(scope, name),
        value,
        max_age=lasts,
        path="/",
        secure=scope["scheme"] == "https",
        httponly=not script,
        samesite="lax",
    )
