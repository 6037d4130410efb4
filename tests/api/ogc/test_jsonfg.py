"""JSON-FG, held to GeoJSON of the same features and read by GDAL's driver for it."""

from __future__ import annotations

from pathlib import Path

import pyogrio
import pytest
from fastapi.testclient import TestClient

from tests.maps import region

SCORES = "/ogc/collections/scores_recruitment"
MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
CORE = "http://www.opengis.net/spec/json-fg-1/1.0/conf/core"


def test_it_is_geojson_with_time_and_type(client: TestClient) -> None:
    answer = client.get(f"{SCORES}/items?f=jsonfg&limit=7&sortby=-rate")
    assert answer.headers["content-type"] == "application/fg+json"
    assert answer.headers["link"].endswith('/jsonfg>; rel="profile"')
    told, plain = answer.json(), client.get(f"{SCORES}/items?limit=7&sortby=-rate").json()
    assert CORE in told["conformsTo"]
    assert told["featureType"] == "scores_recruitment"
    assert "coordRefSys" not in told
    for one, other in zip(told["features"], plain["features"], strict=True):
        assert one.pop("time") == {"interval": ["2026-01-01", "2026-12-31"]}
        assert one.pop("place") is None
        assert one == other
    accepted = client.get(f"{SCORES}/items", headers={"Accept": "application/fg+json"})
    assert accepted.json()["featureType"] == "scores_recruitment"
    (following,) = [one["href"] for one in told["links"] if one["rel"] == "next"]
    assert client.get(following).json()["featureType"] == "scores_recruitment"


@pytest.mark.parametrize("below", ["items", f"items/{region.districts()['code'].min()}"])
def test_another_system_is_the_place_and_no_geometry(client: TestClient, below: str) -> None:
    asked = {"crs": MERCATOR}
    told = client.get(f"{SCORES}/{below}", params=asked | {"f": "jsonfg"}).json()
    plain = client.get(f"{SCORES}/{below}", params=asked).json()
    assert told["coordRefSys"] == MERCATOR
    assert CORE in told["conformsTo"]
    both = zip(told.get("features", [told]), plain.get("features", [plain]), strict=True)
    for one, other in both:
        assert one["geometry"] is None
        assert one["place"] == other["geometry"]
        assert one["properties"] == other["properties"]


def test_years_without_an_end_are_open(client: TestClient) -> None:
    mining = client.get("/ogc/collections/layer_mining/items?f=jsonfg").json()["features"]
    assert [one["time"]["interval"] for one in mining] == [
        ["2019-01-01", ".."],
        ["2030-01-01", ".."],
        ["2015-01-01", "2019-12-31"],
    ]
    rivers = client.get("/ogc/collections/layer_rivers/items?f=jsonfg").json()["features"]
    assert {one["time"] for one in rivers} == {None}


@pytest.mark.parametrize(("crs", "epsg"), [(None, 4326), (MERCATOR, 3857)])
def test_gdal_reads_it(client: TestClient, tmp_path: Path, crs: str | None, epsg: int) -> None:
    asked = {"f": "jsonfg", "limit": "1000"} | ({"crs": crs} if crs else {})
    path = tmp_path / "scores.json"
    path.write_bytes(client.get(f"{SCORES}/items", params=asked).content)
    layers = pyogrio.list_layers(f"JSONFG:{path}")
    assert layers[:, 0].tolist() == ["scores_recruitment"]
    table = pyogrio.read_dataframe(f"JSONFG:{path}")
    assert table.crs.to_epsg() == epsg or table.crs.to_authority() == ("OGC", "CRS84")
    exact = region.districts().set_index("code").geometry.to_crs(table.crs)
    found = table.set_index("code").geometry
    assert sorted(found.index) == sorted(exact.index)
    for code, shape in exact.dropna().items():
        assert found[code].symmetric_difference(shape).area < 1e-6 * shape.area
