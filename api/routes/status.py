"""Whether the service is alive, and whether it has something to serve."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter

from api.deps import ServiceDep
from api.schemas import Health, Ready

router = APIRouter(tags=["status"])


@router.get("/health", summary="Alive")
def health() -> Health:
    """The process answers; nothing else is looked at."""
    return Health(status="ok", version=version("vigia"))


@router.get("/ready", summary="Ready to serve")
def ready(service: ServiceDep) -> Ready:
    """A run is in memory, or 503; `degraded` where it is served without a store in reach."""
    run = service.current().released.run_id
    return Ready(status="degraded" if service.degraded else "ready", run=run)
