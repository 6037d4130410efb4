"""One header of a request, as it is asked for of every request and by each of several."""

from __future__ import annotations

from starlette.types import Scope


def first(scope: Scope, name: bytes) -> str | None:
    """What the first header of a name says, in small letters as servers hand it on; None without.

    ``starlette.datastructures.Headers`` does the same, and more that takes time.
    """
    for known, told in scope["headers"]:
        if known == name:
            said: str = told.decode("latin-1")
            return said
    return None
