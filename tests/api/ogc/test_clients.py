"""Clients that nobody here wrote, each with a key, through 1,834 districts and past a publish."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from owslib.ogcapi.features import Features
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from api.service import ServiceSettings
from benchmarks.serving import region
from data.store import Store
from tests.serving import serving

COLLECTION = f"scores_{region.OUTCOME}"
ALL = sorted(region.districts()["code"])
PAGE = 250


@dataclass
class Publishing:
    """Before a client gets its second page, another run is published."""

    store_url: str
    app: ASGIApp | None = None
    awaited: bool = False
    pages: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def around(self, app: ASGIApp) -> ASGIApp:
        self.app = app
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app
        if scope["type"] == "http" and b"after=" in scope["query_string"]:
            self.pages.append(scope["query_string"].decode())
            if self.awaited:
                self.awaited = False
                await run_in_threadpool(self._publish)
        await self.app(scope, receive, send)

    def _publish(self) -> None:
        with Store.open(self.store_url) as store:
            region.publish_run(store, ALL, next(self._numbers))


@dataclass
class Served:
    """A closed service of a whole country, and a key of it."""

    address: str
    key: str
    publishing: Publishing

    @property
    def run(self) -> str:
        """The run that is published."""
        told: dict[str, str] = json.loads(self.curl(f"{self._items}?limit=1"))
        return told["run"]

    @property
    def _items(self) -> str:
        return f"{self.address}/collections/{COLLECTION}/items"

    def curl(self, address: str) -> str:
        curl = shutil.which("curl")
        assert curl, "make test-setup installs it"
        return run(curl, "-sSf", "-u", f"client:{self.key}", address)

    def past_a_publish(self, read: Callable[[], tuple[list[str], set[str]]]) -> None:
        """A client reads codes and runs: every district once, all of the run it began with."""
        first = self.run
        self.publishing.awaited = True
        self.publishing.pages.clear()
        codes, runs = read()
        assert sorted(codes) == ALL
        assert runs == {first}
        assert len(self.publishing.pages) >= len(ALL) // PAGE
        assert self.run != first


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    url = f"sqlite:///{tmp_path_factory.mktemp('country') / 'store.sqlite'}"
    key, publishing = region.publish_runs(url), Publishing(url)
    with serving(ServiceSettings(url), publishing.around) as base:
        yield Served(f"{base}/ogc", key, publishing)


def run(*command: str, **environment: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_owslib(served: Served) -> None:
    client = Features(f"{served.address}/", headers={"X-API-Key": served.key})
    assert COLLECTION in client.feature_collections()
    assert any(one.endswith("/conf/core") for one in client.conformance()["conformsTo"])
    assert client.api()["openapi"].startswith("3.0")
    assert "rate" in client.collection_queryables(COLLECTION)["properties"]

    def read() -> tuple[list[str], set[str]]:
        codes: list[str] = []
        runs: set[str] = set()
        after: dict[str, str] = {}
        while after or not codes:
            page = client.collection_items(COLLECTION, limit=PAGE, **after)
            codes += [one["id"] for one in page["features"]]
            runs |= {one["properties"]["run"] for one in page["features"]}
            more = any(one["rel"] == "next" for one in page["links"])
            after = {"run": page["run"], "after": codes[-1]} if more else {}
        return codes, runs

    served.past_a_publish(read)
    one = client.collection_item(COLLECTION, ALL[0])
    assert one["properties"]["code"] == ALL[0]
    low = client.collection_items(COLLECTION, filter="level = 'low'", limit=1000)
    assert {one["properties"]["level"] for one in low["features"]} == {"low"}


def test_curl(served: Served) -> None:
    def read() -> tuple[list[str], set[str]]:
        codes: list[str] = []
        runs: set[str] = set()
        address = f"{served.address}/collections/{COLLECTION}/items?limit={PAGE}"
        while address:
            page = json.loads(served.curl(address))
            codes += [one["id"] for one in page["features"]]
            runs |= {one["properties"]["run"] for one in page["features"]}
            address = next((one["href"] for one in page["links"] if one["rel"] == "next"), "")
        return codes, runs

    served.past_a_publish(read)
    refused = subprocess.run(["curl", "-sSf", served.address], capture_output=True, text=True)
    assert "401" in refused.stderr


GDAL = """
import json, pyogrio, sys
where, collection, size = sys.argv[1:]
table = pyogrio.read_dataframe(where, layer=collection, PAGE_SIZE=size)
few = pyogrio.read_dataframe(where, layer=collection, where="level = 'low'", columns=["level"])
told = [list(table["code"]), list(set(table["run"])), table.crs.to_authority()]
print(json.dumps([*told, list(set(few["level"])), int(table.geometry.notna().sum())]))
"""


def test_gdal_with_a_key(served: Served) -> None:
    def read() -> tuple[list[str], set[str]]:
        told = run(
            *(sys.executable, "-c", GDAL, f"OAPIF:{served.address}", COLLECTION, str(PAGE)),
            GDAL_HTTP_USERPWD=f"client:{served.key}",
        )
        codes, runs, system, levels, shapes = json.loads(told)
        assert (system, levels, shapes) == (["OGC", "CRS84"], ["low"], len(ALL))
        return codes, set(runs)

    served.past_a_publish(read)


QGIS = """
import json, sys
from qgis.core import QgsApplication, QgsVectorLayer
address, collection, key, size = sys.argv[1:]
QgsApplication.setPrefixPath("/usr", True)
application = QgsApplication([], False)
application.initQgis()
uri = f"url='{address}' typename='{collection}' username='client' password='{key}' "
layer = QgsVectorLayer(f"{uri} pageSize='{size}'", "scores", "OAPIF")
found = {"valid": layer.isValid(), "said": layer.error().message()}
if layer.isValid():
    rows = list(layer.getFeatures())
    found["codes"] = [row["code"] for row in rows]
    found["runs"] = list({row["run"] for row in rows})
    found["shapes"] = sum(row.hasGeometry() for row in rows)
    found["crs"] = layer.crs().authid()
print(json.dumps(found))
del layer
application.exitQgis()
"""


def test_qgis(served: Served, tmp_path: Path) -> None:
    """Debian's, whose Python is that of the system."""
    script = tmp_path / "read.py"
    script.write_text(QGIS, encoding="utf-8")

    def read() -> tuple[list[str], set[str]]:
        told = run(
            *("/usr/bin/python3", str(script), served.address, COLLECTION, served.key, str(PAGE)),
            QT_QPA_PLATFORM="offscreen",
            HOME=str(tmp_path),
            XDG_RUNTIME_DIR=str(tmp_path),
            PYTHONPATH="",
        )
        found = json.loads(told.splitlines()[-1])
        assert found["valid"], found["said"]
        assert found["shapes"] == len(ALL)
        assert found["crs"] in ("OGC:CRS84", "EPSG:4326")
        return found["codes"], set(found["runs"])

    served.past_a_publish(read)
