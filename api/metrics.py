"""Counters for Prometheus: how much is asked and how fast, and nothing of what.

Labels are route templates of ours, methods and statuses that HTTP knows: no code of a district, no
name of anybody, and nothing that a caller could make up. With several workers each writes to
files of its own (``PROMETHEUS_MULTIPROC_DIR``), and any of them tells the sum.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.deps import ServiceDep

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # as prometheus-client reads it when it is imported
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OTHER = "other"
PATHS_REMEMBERED = 4096
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "vigia_requests", "Answers by route.", ("method", "route", "status"), registry=REGISTRY
)
DURATION = Histogram(
    "vigia_request_seconds",
    "Seconds from a request to the end of its answer.",
    ("route",),
    registry=REGISTRY,
    buckets=SECONDS,
)
RUNNING = Gauge(
    "vigia_requests_running",
    "Requests that are being answered.",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
LOGINS = Counter("vigia_logins", "Attempts to log in.", ("outcome",), registry=REGISTRY)
DEGRADED = Gauge(
    "vigia_degraded",
    "1 while the store is out of reach.",
    registry=REGISTRY,
    multiprocess_mode="livemostrecent",
)
router = APIRouter(tags=["status"])


class MetricsMiddleware:
    """Counts requests, and how long each took."""

    def __init__(self, app: ASGIApp, templates: Iterable[str]) -> None:
        self._app = app
        self._template = Templates(templates)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        RUNNING.inc()
        try:
            await self._app(scope, receive, watched)
        finally:
            RUNNING.dec()
            self._count(scope, status, time.perf_counter() - began)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = self._template(scope["path"])
        method = scope["method"] if scope["method"] in METHODS else OTHER
        _requests(method, route, status).inc()
        _duration(route).observe(seconds)


class Templates:
    """Address -> the template of its route, so that what is kept does not grow with addresses."""

    def __init__(self, templates: Iterable[str]) -> None:
        paths = list(templates)
        self._plain = {path for path in paths if "{" not in path}
        self._patterns = [
            (compile_path(path)[0], path.replace(":path}", "}")) for path in paths if "{" in path
        ]
        self._known = lru_cache(PATHS_REMEMBERED)(self._find)

    def __call__(self, path: str) -> str:
        """The template; ``other`` where there is none."""
        return path if path in self._plain else self._known(path)

    def _find(self, path: str) -> str:
        return next((told for pattern, told in self._patterns if pattern.match(path)), OTHER)


@router.get("/metrics", summary="Counters for Prometheus", response_class=Response)
def metrics(service: ServiceDep) -> Response:
    """Text of Prometheus; for keys with the role admin, or of the collection ``metrics``."""
    DEGRADED.set(service.degraded)
    registry = REGISTRY
    if os.environ.get(FOLDER):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    headers = {"Cache-Control": "no-store"}
    return Response(generate_latest(registry), headers=headers, media_type=CONTENT_TYPE_PLAIN_0_0_4)


@lru_cache(PATHS_REMEMBERED)
def _requests(method: str, route: str, status: int) -> Any:
    return REQUESTS.labels(method, route, str(status))


@lru_cache(PATHS_REMEMBERED)
def _duration(route: str) -> Any:
    return DURATION.labels(route)
