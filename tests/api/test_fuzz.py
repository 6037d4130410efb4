from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.api.fuzzing import ROLES, everybody, fuzz
from tests.api.project import HERE
from tests.postgis import Cluster

FEW = 30  # for each role on each store; make fuzz takes 20,000


@pytest.mark.postgis
@pytest.mark.slow
def test_no_request_is_answered_outside_of_the_document(postgis_cluster: Cluster) -> None:
    with everybody(postgis_cluster) as clients:
        everything = fuzz(clients, FEW)
    assert len(everything) == 2 * len(ROLES)
    for found in everything.values():
        assert found.failures == {}
        assert found.cases >= FEW
        assert found.statuses[200] > 0
        assert sum(found.statuses[status] for status in (400, 404, 422)) > 0


def test_what_is_wrong_is_found() -> None:
    app = FastAPI()

    @app.get("/fails")
    def fails(number: int) -> int:
        return 1 // (number - number)

    @app.get("/lies")
    def lies() -> dict[str, int]:
        return {"a": 1}

    app.router.routes[-1].response_model = None  # type: ignore[attr-defined]
    document = app.openapi()
    schema = document["paths"]["/lies"]["get"]["responses"]["200"]["content"]["application/json"]
    schema["schema"] = {"type": "string"}
    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as client:
        found = fuzz({"any": client}, 10)["any"]
    assert {name.partition(":")[0] for name in found.failures} == {"GET /fails", "GET /lies"}
