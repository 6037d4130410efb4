"""What a GIS desk sees of the plans of a project."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from api.app import create_app
from api.service import ServiceSettings
from data.keys import add_key
from data.store import Store
from tests.api.project import HERE
from vigia.project import Project


def listed_stops(project: Project, plan: str) -> list[dict[str, Any]]:
    """Features of the places of a plan."""
    settings = ServiceSettings.of(project)
    with Store.open(settings.store_url) as store:
        said = {"X-API-Key": add_key(store, "desk")[1]}
    with TestClient(create_app(settings), base_url=HERE, headers=said) as client:
        found: list[dict[str, Any]] = client.get(
            "/ogc/collections/plans_stops/items", params={"plan": plan, "limit": "10000"}
        ).json()["features"]
        return found
