"""Clients that nobody here wrote, each with a key, through pages and past a publish."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from owslib.ogcapi.features import Features

from api.service import ServiceSettings
from data.keys import add_key
from data.store import Store
from tests.api.project import publish_again, published_project
from tests.maps import region
from tests.serving import serving

COLLECTION = "scores_recruitment"
ALL = sorted(region.districts()["code"])


@dataclass
class Served:
    """A closed service, and a key of it."""

    address: str
    key: str
    settings: ServiceSettings


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    settings = replace(published_project(tmp_path), public=False)
    with Store.open(settings.store_url) as store:
        key = add_key(store, "client")[1]
    with serving(settings) as base:
        yield Served(f"{base}/ogc", key, settings)


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
    codes, after = [], {}
    while True:
        page = client.collection_items(COLLECTION, limit=5, **after)
        codes += [one["id"] for one in page["features"]]
        following = [one["href"] for one in page["links"] if one["rel"] == "next"]
        if not following:
            break
        if not after:
            publish_again(served.settings)
        after = {"run": page["run"], "after": codes[-1]}
    assert codes == ALL
    one = client.collection_item(COLLECTION, ALL[0])
    assert one["properties"]["code"] == ALL[0]
    low = client.collection_items(COLLECTION, filter="level = 'low'", limit=1000)
    assert {one["properties"]["level"] for one in low["features"]} == {"low"}


def test_curl(served: Served) -> None:
    curl = shutil.which("curl")
    assert curl, "make test-setup installs it"
    asks = (curl, "-sSf", "-u", f"client:{served.key}")
    address, codes = f"{served.address}/collections/{COLLECTION}/items?limit=7", []
    while address:
        page = json.loads(run(*asks, address))
        if not codes:
            publish_again(served.settings)
        codes += [one["id"] for one in page["features"]]
        address = next((one["href"] for one in page["links"] if one["rel"] == "next"), "")
    assert codes == ALL
    refused = subprocess.run([curl, "-sSf", served.address], capture_output=True, text=True)
    assert "401" in refused.stderr


GDAL = """
import json, pyogrio, sys
where, collection = sys.argv[1:]
table = pyogrio.read_dataframe(where, layer=collection, PAGE_SIZE="5")
few = pyogrio.read_dataframe(where, layer=collection, where="level = 'low'")
print(json.dumps([sorted(table["code"]), sorted(few["code"]), table.crs.to_authority()]))
"""


def test_gdal_with_a_key(served: Served) -> None:
    publish_again(served.settings)
    read = run(
        *(sys.executable, "-c", GDAL, f"OAPIF:{served.address}", COLLECTION),
        GDAL_HTTP_USERPWD=f"client:{served.key}",
    )
    codes, low, system = json.loads(read)
    assert (codes, system) == (ALL, ["OGC", "CRS84"])
    assert 0 < len(low) < len(ALL)


QGIS = """
import json, sys
from qgis.core import QgsApplication, QgsVectorLayer
address, collection, key = sys.argv[1:]
QgsApplication.setPrefixPath("/usr", True)
application = QgsApplication([], False)
application.initQgis()
uri = f"url='{address}' typename='{collection}' username='client' password='{key}' pageSize='5'"
layer = QgsVectorLayer(uri, "scores", "OAPIF")
found = {"valid": layer.isValid(), "said": layer.error().message()}
if layer.isValid():
    rows = list(layer.getFeatures())
    found["codes"] = sorted(row["code"] for row in rows)
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
    read = run(
        *("/usr/bin/python3", str(script), served.address, COLLECTION, served.key),
        QT_QPA_PLATFORM="offscreen",
        HOME=str(tmp_path),
        XDG_RUNTIME_DIR=str(tmp_path),
        PYTHONPATH="",
    )
    found = json.loads(read.splitlines()[-1])
    assert found["valid"], found["said"]
    assert found["codes"] == ALL
    assert found["shapes"] == int(region.districts().geometry.notna().sum())
    assert found["crs"] in ("OGC:CRS84", "EPSG:4326")
