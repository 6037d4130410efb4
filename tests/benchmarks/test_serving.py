"""What the benchmark of serving measures is the same for all, and its figures are read right."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine

from api.app import create_app
from api.service import ServiceSettings
from benchmarks.serving import servers
from benchmarks.serving.__main__ import CASES, table
from benchmarks.serving.load import _read
from benchmarks.serving.region import OUTCOME, TABLE, publish_runs, write_table

SAID = """Running 1s test @ http://127.0.0.1:1/
  1 threads and 16 connections
  Latency Distribution
     50%    2.00ms
     99%    12.50ms
  5000 requests in 1.00s, 1.00GB read
  Socket errors: connect 0, read 1, write 0, timeout 2
  Non-2xx or 3xx responses: 4
Requests/sec:   4990.50
Transfer/sec:      1.00GB
"""


def test_what_was_said_of_a_load_is_read() -> None:
    load = _read(SAID)
    assert (load.per_second, load.answered, load.failed) == (4990.5, 5000, 7)
    assert load.p99_seconds == pytest.approx(0.0125)


def test_others_are_given_the_features_that_are_served(postgis_url: str) -> None:
    key = publish_runs(postgis_url, runs=2, count=60)
    assert write_table(postgis_url) == 60
    engine = create_engine(postgis_url.replace("postgresql://", "postgresql+psycopg2://", 1))
    theirs = gpd.read_postgis(f"SELECT * FROM {TABLE} ORDER BY code", engine, "geometry")
    engine.dispose()
    client = TestClient(create_app(ServiceSettings(postgis_url)), base_url="http://127.0.0.1")
    with client:
        headers = {"X-API-Key": key}
        answer = client.get(CASES["all"].ours, headers=headers)
        served = gpd.GeoDataFrame.from_features(answer.json()["features"], crs="EPSG:4326")
        one = client.get(CASES["one"].ours.replace("000900", "000042"), headers=headers)
    assert answer.json()["numberReturned"] == 60
    assert set(served["outcome"]) == {OUTCOME}
    for column in ("code", "rate", "rank_low", "level", "department"):
        same = theirs[column].fillna(-1).to_numpy() == served[column].fillna(-1).to_numpy()
        assert same.all(), column
    wound = [table.geometry.normalize() for table in (theirs, served)]
    assert wound[0].geom_equals_exact(wound[1], 1e-6).all()
    assert one.json()["id"] == "000042"


def test_a_bare_server_hands_out_the_bytes_of_its_file(tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(b"\x1f\x8b")
    for kind in ("fastapi", "asgi"):
        with (
            servers.bare(kind, body, "text/x-any") as one,
            httpx.stream("GET", f"{one.base}/a/b") as got,
        ):
            assert b"".join(got.iter_raw()) == b"\x1f\x8b"
            assert got.headers["content-type"].startswith("text/x-any")
        assert one.pid


def test_the_table_tells_the_ratios() -> None:
    rates = {
        "vigia": 1000.0,
        "tipg": 2.5,
        "fastapi": 2000.0,
        "asgi": 4000.0,
        "not_modified": 5000.0,
    }
    rows = table({"all": {**rates, "pss_mb": 99.5}}, "abc")
    assert rows[-1] == (
        "| whole collection | 1,000 | 2.5 |  | 2,000 | 4,000 | 400.0 (500) | 50% | 5,000 | 100 |"
    )
