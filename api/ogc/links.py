"""What all answers under /ogc are made with: addresses, links, and the name of a collection."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from api.service import Serving
from vigia.errors import NotFoundError

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
PREFIX = "scores_"


def link(href: str, rel: str, kind: str = "application/json", **more: Any) -> dict[str, Any]:
    """A link as the standards write it."""
    return {"href": href, "rel": rel, "type": kind, **more}


def base_of(request: Request) -> str:
    """The guard has let in names of this service alone."""
    return str(request.base_url).rstrip("/")


def outcome_of(serving: Serving, collection: str) -> str:
    """The outcome that a collection has the scores of.

    Raises
    ------
    NotFoundError
        When there is no such collection.
    """
    for one in serving.released.outcomes:
        if collection == f"{PREFIX}{one.id}":
            return one.id
    raise NotFoundError(
        f"There is no collection {collection!r} in this run.", hint="See /ogc/collections."
    )


def here_of(request: Request) -> str:
    """The address that was asked for."""
    asked = f"?{request.url.query}" if request.url.query else ""
    return f"{base_of(request)}{request.url.path}{asked}"
