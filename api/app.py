"""The application, made of settings. Nothing is built when this module is imported."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.concurrency import run_in_threadpool

from api import login, metrics
from api.access import AccessLog, AccessMiddleware
from api.closed import ClosedMiddleware
from api.compressed import FROM_BYTES, CompressedMiddleware
from api.errors import add_error_handlers
from api.headers import GuardMiddleware
from api.limits import Limiter
from api.metrics import MetricsMiddleware
from api.ogc import routes as ogc
from api.ogc import tiles
from api.problems import MEDIA_TYPE
from api.proxy import ProxyMiddleware
from api.ready import ReadyMiddleware
from api.routes import (
    briefs,
    changes,
    counts,
    districts,
    history,
    layers,
    pages,
    plans,
    runs,
    status,
    trainings,
)
from api.schemas import Problem
from api.service import Service, ServiceSettings
from vigia.errors import MissingStepError

# /metrics tells what there is to tell.
NO_TELEMETRY = TelemetryConfig(tracing=False, metrics=False, logs=False)
PARTS = (
    *(status, districts, history, changes, counts, runs, trainings, layers, plans, pages, briefs),
    *(ogc, tiles, login, metrics),
)
ABOUT = """Risk per district of the published run. No number comes without its interval; what is
not known is null with a reason, never 0; of recorded cases only what gives nobody away is told."""


def create_app(settings: ServiceSettings) -> FastAPI:
    """The service of one project.

    Parameters
    ----------
    settings : ServiceSettings
        See ``ServiceSettings.of(project)``.

    Raises
    ------
    StoreError
        At start, when the store cannot be opened.
    """
    folder = settings.access_folder
    access = AccessLog(folder, settings.access_days) if folder else None

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service = await run_in_threadpool(_started, settings)
        app.state.service = service
        yield
        await run_in_threadpool(service.close)
        if access is not None:
            access.close()

    app = FastAPI(
        title="vigia",
        version=version("vigia"),
        description=ABOUT,
        lifespan=lifespan,
        telemetry=NO_TELEMETRY,
        docs_url=None,  # FastAPI's pages of docs load scripts from a CDN
        redoc_url=None,
        responses=_problems(400, 401, 403, 404, 410, 413, 421, 422, 429, 503),
    )
    # The last one added is the first one asked.
    app.add_middleware(CompressedMiddleware, minimum_size=FROM_BYTES)
    app.add_middleware(ReadyMiddleware)
    app.add_middleware(ClosedMiddleware, public=settings.public)
    app.add_middleware(GuardMiddleware, hosts=settings.hosts)
    app.add_middleware(AccessMiddleware, access=access)
    app.add_middleware(MetricsMiddleware, templates=templates())
    app.add_middleware(ProxyMiddleware, settings=settings.proxy)
    app.state.login_limits = Limiter()
    add_error_handlers(app)
    for part in PARTS:
        app.include_router(part.router)
    return app


def templates() -> list[str]:
    """Paths of all routes, as they are written."""
    return ["/openapi.json", *(route.path for part in PARTS for route in part.router.routes)]


def _started(settings: ServiceSettings) -> Service:
    """A service that has the published run in memory already, if there is one."""
    service = Service(settings)
    with suppress(MissingStepError):
        service.current()
    service.watch()
    return service


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    schema = Problem.model_json_schema()
    return {
        status: {"description": "Problem", "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }
