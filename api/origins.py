"""Whether a request was made by a page of ours: what another site's page sends is refused."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from starlette.datastructures import Headers

CSRF_HEADER = "x-csrf-token"
NEXT_AT_MOST = 500


def from_another_site(headers: Headers) -> bool:
    """Browsers send passwords and cookies by themselves: a foreign page must not use them."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site in ("cross-site", "same-site")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def says_where_from(headers: Headers) -> bool:
    """Whether a browser said whose page asks; very old ones do not."""
    return "sec-fetch-site" in headers or "origin" in headers


def csrf_of(token: str) -> str:
    """What a page of ours says beside a cookie, and a foreign one cannot know."""
    return hashlib.sha256(f"csrf {token}".encode("utf-8", "surrogatepass")).hexdigest()


def same(said: str | None, expected: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest((said or "").encode("utf-8", "replace"), expected.encode())


def safe_next(where: str) -> str:
    """An address of ours, or the map: a login must lead nobody elsewhere."""
    plain = where.isascii() and where.isprintable() and len(where) <= NEXT_AT_MOST
    ours = where.startswith("/") and not where.startswith("//") and "\\" not in where
    return where if plain and ours else "/"
