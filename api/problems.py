"""Problem answers (RFC 9457), and the headers of security that every answer carries."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse

# Where Python's own names changed between versions, and ours must not.
TITLES: Mapping[int, str] = {413: "Content Too Large", 422: "Unprocessable Content"}
MEDIA_TYPE = "application/problem+json"
SECURITY_HEADERS: Mapping[str, str] = {
    # Of answers that are no page; a page brings a policy of its own.
    "Content-Security-Policy": (
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}


def problem(
    instance: str, status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any
) -> JSONResponse:
    """A problem; ``more`` are its extension members, left out where None.

    It has the security headers itself: the answer to an unforeseen error is written outside of
    every middleware.
    """
    title = TITLES.get(status) or HTTPStatus(status).phrase
    content = {
        "type": f"urn:vigia:{title.lower().replace(' ', '-')}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": instance,
        **{name: value for name, value in more.items() if value is not None},
    }
    return JSONResponse(
        content,
        status,
        headers={**SECURITY_HEADERS, "Cache-Control": "no-store", **(headers or {})},
        media_type=MEDIA_TYPE,
    )
