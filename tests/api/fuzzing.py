"""Requests that schemathesis makes of the API document, by each role on each store (``make fuzz``).

An answer is wrong when it is a 500, or when its status, content type, headers or content are not in
the document. Each round is written down as it ends, and a run that was broken off goes on.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import Any, Self, get_args

import schemathesis
from fastapi.testclient import TestClient
from httpx2 import InvalidURL, Response
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup

from api.app import create_app
from api.service import ServiceSettings
from benchmarks.results import ROOT, Results, write_between
from data.keys import Role, add_key
from data.store import Store
from tests.api.project import HERE, published_store
from tests.maps import region
from tests.postgis import Cluster
from tests.postgis import cluster as running_cluster

ROLES = ("public", *get_args(Role))
A_MINUTE = 10**6
MARKS = ("<!-- fuzz -->", "<!-- /fuzz -->")
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

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """What was written down of an earlier part."""
        if not told:
            return cls()
        statuses = Counter({int(status): count for status, count in told["statuses"].items()})
        return cls(told["cases"], statuses, dict(told["failures"]))


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


def fuzz(clients: Mapping[str, TestClient], cases: int) -> dict[str, Found]:
    """At least so many requests, in rounds over all operations; many are meant to be wrong.

    Each is made by all clients, of services with the same document.
    """
    found = {name: Found() for name in clients}
    rounds = 0
    while min(one.cases for one in found.values()) < cases:
        fuzz_round(clients, cases, rounds, found)
        rounds += 1
    return found


def fuzz_round(
    clients: Mapping[str, TestClient], cases: int, start: int, found: Mapping[str, Found]
) -> None:
    """A round over all operations, ``start`` its seed; what is met is added to ``found``."""
    schema = schemathesis.openapi.from_dict(_document(*clients.values()))
    operations = [result.ok() for result in schema.get_all_operations()]
    many = min(A_ROUND, -(-cases // len(operations)))
    for operation in operations:
        for way in _ways(operation.path):
            _many(clients, operation, way, many, start, found)


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
            with suppress(InvalidURL):  # too long an address for the client: nothing was asked
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
    asked = parser.parse_args()
    results = Results("fuzz")
    with running_cluster() as cluster, everybody(cluster) as clients:
        everything = {name: Found.of(results.of.get(name, {})) for name in clients}
        while min(one.cases for one in everything.values()) < asked.cases:
            fuzz_round(clients, asked.cases, results.of.get("rounds", 0), everything)
            results.of["rounds"] = results.of.get("rounds", 0) + 1
            results.of |= {name: vars(found) for name, found in everything.items()}
            results.save()
    lines = table(everything, results.commit)
    sys.stdout.write("\n".join(lines) + "\n")
    for name, found in everything.items():
        for failure, example in sorted(found.failures.items()):
            sys.stdout.write(f"{name}: {failure}\n    {example[:1500]}\n")
    write_between(ROOT / "docs" / "api.md", MARKS, "\n".join(lines))
    return int(any(found.failures for found in everything.values()))


def table(everything: Mapping[str, Found], commit: str) -> list[str]:
    """Markdown: how many requests of each client were answered how."""
    lines = [f"At commit {commit}:", ""]
    lines += ["| who | requests | 2xx and 3xx | 4xx | 5xx | kinds of failure |", "|" + "---|" * 6]
    for name, found in everything.items():
        good, refused, broken = (
            sum(count for status, count in found.statuses.items() if status // 100 in kinds)
            for kinds in ((2, 3), (4,), (5,))
        )
        cells = (found.cases, good, refused, broken, len(found.failures))
        lines.append(f"| {name} | {' | '.join(f'{cell:,}' for cell in cells)} |")
    return lines


if __name__ == "__main__":
    sys.exit(main())
