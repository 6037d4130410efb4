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
    """The store is in reach and a run is published; 503 otherwise."""
    return Ready(status="ready", run=service.check().released.run_id)
