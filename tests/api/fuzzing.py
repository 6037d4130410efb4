"""Requests that schemathesis makes of the API document, by each role on each store (``make fuzz``).

An answer is wrong when it is a 500, or when its status, content type, headers or content are not in
the document.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import Any, get_args

import schemathesis
from fastapi.testclient import TestClient
from httpx2 import Response
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup

from api.app import create_app
from api.service import ServiceSettings
from data.keys import Role, add_key
from data.store import Store
from tests.api.project import HERE, published_store
from tests.maps import region
from tests.postgis import Cluster
from tests.postgis import cluster as running_cluster

ROLES = ("public", *get_args(Role))
A_MINUTE = 10**6
A_ROUND = 25  # requests of an operation in each way; more of the same seed find ever less
NAMES = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
load_all_checks()
JUDGED = CHECKS.get_by_names(list(NAMES))
# What exists, so that not all requests end at the door of a 404.
KNOWN = {
    "code": "010101",
    "run_id": region.RUN_ID,
    "layer_id": "mining",
    "collection": "scores_recruitment",
    "tileMatrixSet": "WebMercatorQuad",
    "tileMatrix": "5",
    "tileRow": "16",
    "tileCol": "9",
}


@dataclass
class Found:
    """What a run of requests met: failures with one example of each, and how answers were."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)


@contextmanager
def service(role: str, store_url: str) -> Iterator[TestClient]:
    """A service with a published run in an empty store, and a client of one role."""
    with Store.open(store_url) as store:
        published_store(store)
        key = None if role == "public" else add_key(store, role, role=role, per_minute=A_MINUTE)[1]
    app = create_app(ServiceSettings(store_url, public=key is None))
    with TestClient(
        app,
        base_url=HERE,
        headers={"X-API-Key": key} if key else {},
        raise_server_exceptions=False,
        follow_redirects=False,
    ) as client:
        yield client


def fuzz(clients: Mapping[str, TestClient], cases: int, start: int = 0) -> dict[str, Found]:
    """At least so many requests, in rounds over all operations; many are meant to be wrong.

    Each is made by all clients, of services with the same document.
    """
    schema = schemathesis.openapi.from_dict(_document(*clients.values()))
    operations = [result.ok() for result in schema.get_all_operations()]
    found = {name: Found() for name in clients}
    many = min(A_ROUND, -(-cases // len(operations)))
    while min(one.cases for one in found.values()) < cases:
        for operation in operations:
            for way in _ways(operation.path):
                _many(clients, operation, way, many, start, found)
        start += 1
    return found


def _document(first: TestClient, *others: TestClient) -> dict[str, Any]:
    document: dict[str, Any] = first.get("/openapi.json").json()
    assert all(other.get("/openapi.json").json() == document for other in others)
    return document


def _ways(path: str) -> list[dict[str, Any]]:
    ways: list[dict[str, Any]] = [{"generation_mode": mode} for mode in GenerationMode]
    known = {name: KNOWN[name] for name in KNOWN if f"{{{name}}}" in path}
    return [*ways, {"path_parameters": known}] if known else ways


def _many(
    clients: Mapping[str, TestClient],
    operation: Any,
    way: dict[str, Any],
    count: int,
    start: int,
    found: Mapping[str, Found],
) -> None:
    @seed(start)
    @hypothesis_settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(**way))
    def one(case: Any) -> None:
        asked = case.as_transport_kwargs(base_url=HERE)
        asked.pop("cookies", None)
        if isinstance(asked.get("data"), str | bytes):  # as requests calls what httpx calls content
            asked["content"] = asked.pop("data")
        for name, client in clients.items():
            _judge(case, asked, client.request(**asked), found[name])

    with suppress(Unsatisfiable):  # an operation that takes nothing can be given nothing wrong
        one()


def _judge(case: Any, asked: dict[str, Any], answer: Response, found: Found) -> None:
    found.cases += 1
    found.statuses[answer.status_code] += 1
    try:
        case.validate_response(answer, checks=JUDGED)
    except FailureGroup as failures:
        for failure in failures.exceptions:
            name = f"{case.method} {case.operation.path}: {failure.title} ({answer.status_code})"
            example = f"{asked['url']} {asked.get('params')} {asked.get('json')}\n{failure}"
            found.failures.setdefault(name, example)


@contextmanager
def everybody(cluster: Cluster) -> Iterator[dict[str, TestClient]]:
    """A client of each role on each store."""
    with ExitStack() as opened:
        folder = opened.enter_context(TemporaryDirectory())
        clients = {}
        for role in ROLES:
            stores = {
                "sqlite": f"sqlite:///{folder}/{role}.sqlite",
                "postgis": opened.enter_context(cluster.database()),
            }
            for kind, url in stores.items():
                clients[f"{role} on {kind}"] = opened.enter_context(service(role, url))
        yield clients


def main() -> int:
    """Make requests as every role on both stores; 1 where anything was found."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--cases", type=int, default=20_000, help="for each role on each store")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    began = time.monotonic()
    with running_cluster() as cluster, everybody(cluster) as clients:
        everything = fuzz(clients, asked.cases, asked.seed)
    for name, found in everything.items():
        statuses = ", ".join(f"{status}: {n}" for status, n in sorted(found.statuses.items()))
        sys.stdout.write(f"{name}: {found.cases} cases; {statuses}\n")
        for failure, example in sorted(found.failures.items()):
            sys.stdout.write(f"  {failure}\n    {example[:1500]}\n")
    sys.stdout.write(f"{time.monotonic() - began:.0f} s\n")
    return int(any(found.failures for found in everything.values()))


if __name__ == "__main__":
    sys.exit(main())
