"""What all answers under /ogc are made with: addresses and links."""

from __future__ import annotations

from typing import Any

from fastapi import Request

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def link(href: str, rel: str, kind: str = "application/json", **more: Any) -> dict[str, Any]:
    """A link as the standards write it."""
    return {"href": href, "rel": rel, "type": kind, **more}


def base_of(request: Request) -> str:
    """The guard has let in names of this service alone."""
    return str(request.base_url).rstrip("/")


def here_of(request: Request) -> str:
    """The address that was asked for."""
    asked = f"?{request.url.query}" if request.url.query else ""
    return f"{base_of(request)}{request.url.path}{asked}"
