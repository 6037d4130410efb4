"""Systems by reference, order, chosen properties; through pages."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pyproj
import pytest
import shapely
from fastapi.testclient import TestClient
from shapely.geometry import shape

from api.app import create_app
from tests.api.project import HERE, publish_again, published_project
from tests.maps import region

ITEMS = "/ogc/collections/scores_recruitment/items"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
ALL = sorted(region.districts()["code"])


def systems(client: TestClient) -> list[str]:
    told = client.get("/ogc/collections/scores_recruitment").json()
    assert told["storageCrs"] in told["crs"]
    return list(told["crs"])


def moved(geometry: Any, uri: str) -> Any:
    """By the definition of the authority: EPSG:4326 has latitude first."""
    name = "OGC:CRS84" if uri == CRS84 else f"EPSG:{uri.rpartition('/')[2]}"
    transformer = pyproj.Transformer.from_crs("OGC:CRS84", name)
    return shapely.transform(geometry, transformer.transform, interleaved=False)


def test_answers_are_in_the_system_asked_for(client: TestClient) -> None:
    known = systems(client)
    assert {CRS84, f"{EPSG}4326", f"{EPSG}3857"} <= set(known)
    exact = {row.code: row.geometry for row in region.districts().itertuples()}
    for uri in known:
        answer = client.get(ITEMS, params={"crs": uri})
        assert answer.headers["content-crs"] == f"<{uri}>"
        for one in answer.json()["features"]:
            if exact[one["id"]] is None:
                assert one["geometry"] is None
                continue
            wanted = moved(exact[one["id"]], uri)
            assert shapely.hausdorff_distance(shape(one["geometry"]), wanted) < 0.02
        single = client.get(f"{ITEMS}/{ALL[0]}", params={"crs": uri})
        assert single.headers["content-crs"] == f"<{uri}>"
        assert single.json()["geometry"] == answer.json()["features"][0]["geometry"]


def test_without_a_system_it_is_degrees(client: TestClient) -> None:
    assert client.get(ITEMS).headers["content-crs"] == f"<{CRS84}>"
    latitude_first = client.get(ITEMS, params={"crs": f"{EPSG}4326", "limit": "1"}).json()
    first, second = latitude_first["features"][0]["geometry"]["coordinates"][0][0]
    assert -10 < first < -5
    assert -76 < second < -70


def test_boxes_are_in_the_system_named(client: TestClient) -> None:
    degrees = (-74.3, -8.4, -73.1, -7.5)
    wanted = [f["id"] for f in client.get(f"{ITEMS}?bbox=-74.3,-8.4,-73.1,-7.5").json()["features"]]
    assert 0 < len(wanted) < len(ALL)
    for uri in systems(client):
        corners = moved(shapely.box(*degrees), uri).bounds
        asked = {"bbox": ",".join(map(str, corners)), "bbox-crs": uri}
        told = client.get(ITEMS, params=asked).json()["features"]
        if uri in (CRS84, f"{EPSG}4326", f"{EPSG}3857"):
            assert [one["id"] for one in told] == wanted
        else:
            assert {one["id"] for one in told} >= set(wanted)


@pytest.mark.parametrize("name", ["crs", "bbox-crs", "filter-crs"])
def test_systems_that_are_not_offered_are_refused(client: TestClient, name: str) -> None:
    for uri in (f"{EPSG}2056", "EPSG:4326", "", "file:///etc/passwd"):
        answer = client.get(ITEMS, params={name: uri, "bbox": "-75,-9,-74,-8"})
        assert answer.status_code == 400
    if name == "crs":
        assert client.get(f"{ITEMS}/{ALL[0]}", params={"crs": "EPSG:4326"}).status_code == 400


def test_lists_name_the_systems(client: TestClient) -> None:
    told = client.get("/ogc/collections").json()
    for one in told["collections"]:
        if "storageCrs" in one:
            assert set(one["crs"]) <= {*told["crs"], "#/crs"}


def paged(client: TestClient, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    address: str | None = f"{ITEMS}?{query}"
    while address:
        page = client.get(address).json()
        found += page["features"]
        links = {one["rel"]: one["href"] for one in page["links"]}
        address = links.get("next")
    return found


@pytest.mark.parametrize("query", ["sortby=rate", "sortby=-rate", "sortby=%2Brate", "sortby=+rate"])
def test_features_come_in_order_and_what_is_unknown_last(client: TestClient, query: str) -> None:
    found = paged(client, f"{query}&limit=5")
    assert sorted(one["id"] for one in found) == ALL
    rates = [one["properties"]["rate"] for one in found]
    told = [rate for rate in rates if rate is not None]
    assert told == sorted(told, reverse="-" in query)
    assert rates[len(told) :] == [None] * (len(rates) - len(told))


def test_order_by_several(client: TestClient) -> None:
    found = paged(client, "sortby=level,-no_records,-code&limit=4")
    keys = [(one["properties"]["level"], not one["properties"]["no_records"]) for one in found]
    assert keys == sorted(keys)
    for one, other in pairwise(found):
        same = [
            one["properties"][name] == other["properties"][name] for name in ("level", "no_records")
        ]
        assert not all(same) or one["id"] > other["id"]


def test_pages_in_order_and_filtered_stay_with_their_run(tmp_path: Path) -> None:
    settings = published_project(tmp_path)
    with TestClient(create_app(settings), base_url=HERE) as client:
        query = "sortby=-rate&filter=NOT%20no_records&properties=rate"
        wanted = [one["id"] for one in paged(client, f"{query}&limit=10000")]
        found: list[str] = []
        address: str | None = f"{ITEMS}?{query}&limit=3"
        published = False
        while address:
            page = client.get(address).json()
            assert page["run"] == region.RUN_ID
            assert page["numberMatched"] == len(wanted)
            found += [one["id"] for one in page["features"]]
            address = {one["rel"]: one["href"] for one in page["links"]}.get("next")
            published = published or bool(publish_again(settings))
        assert found == wanted
        assert len(found) > 6


def test_chosen_properties(client: TestClient) -> None:
    whole = client.get(ITEMS).json()["features"]
    told = client.get(f"{ITEMS}?properties=code,rate").json()["features"]
    for one, other in zip(told, whole, strict=True):
        assert one["geometry"] == other["geometry"]
        names = ("code", "rate", "rate_low", "rate_high")  # no rate goes without its interval
        assert one["properties"] == {name: other["properties"][name] for name in names}
    assert client.get(f"{ITEMS}?properties=").json()["features"][0]["properties"] == {}
    single = client.get(f"{ITEMS}/{ALL[0]}?properties=name").json()
    assert list(single["properties"]) == ["name"]


@pytest.mark.parametrize(
    "query",
    [
        "sortby=zzzz",
        "sortby=",
        "sortby=factors",
        "sortby=" + ",".join(["rate"] * 9),
        "properties=zzzz",
        "properties=geometry",
        "after=zzzz",
        "lang=fr",
    ],
)
def test_what_is_not_there_is_refused(client: TestClient, query: str) -> None:
    assert client.get(f"{ITEMS}?{query}").status_code == 400


def test_factors_of_districts(client: TestClient) -> None:
    told = client.get("/ogc/collections/factors/items?limit=10000").json()["features"]
    assert [one["id"] for one in told] == ALL
    for one in told[:3]:
        explained = client.get(f"/v1/districts/{one['id']}").json()["scores"]
        for factor in explained[0]["factors"]:
            values = {
                f["value"]
                for s in explained
                for f in s["factors"]
                if f["factor"] == factor["factor"]
            }
            if factor["factor"] in one["properties"]:
                assert values == {one["properties"][factor["factor"]]}


def test_layers_are_those_drawn_and_licensed(client: TestClient) -> None:
    told = client.get("/ogc/collections").json()["collections"]
    layers = {one["id"] for one in told if one["id"].startswith("layer_")}
    assert layers == {"layer_mining", "layer_rivers", "layer_police", "layer_frontier"}
    mining = "/ogc/collections/layer_mining/items"
    known = client.get("/v1/layers/mining").json()["features"]
    features = client.get(mining).json()["features"]
    assert [one["geometry"] for one in features] == [one["geometry"] for one in known]
    standing = client.get(f"{mining}?datetime=2016-01-01").json()["features"]
    assert [one["id"] for one in standing] == ["3"]
    one = client.get(f"{mining}/2").json()
    assert one["properties"]["from_year"] == 2030
    for form in ("csv", "gpkg", "parquet", "fgb"):
        for name in layers:
            answer = client.get(f"/ogc/collections/{name}/items?f={form}")
            assert answer.status_code == 200


def test_runs_have_no_geometry(client: TestClient) -> None:
    runs = "/ogc/collections/runs/items"
    told = client.get(runs).json()["features"]
    known = {one["id"]: one for one in client.get("/v1/runs").json()["runs"]}
    assert [one["id"] for one in told] == sorted(known)
    for one in told:
        assert one["geometry"] is None
        for name, value in one["properties"].items():
            assert value == known[one["id"]][name]
    few = client.get(runs, params={"filter": "status = 'published'"}).json()["features"]
    assert [one["id"] for one in few] == [region.RUN_ID]
    spatial = client.get(runs, params={"filter": "S_INTERSECTS(geometry, POINT(1 1))"})
    assert spatial.status_code == 400
    for form in ("csv", "gpkg", "parquet", "fgb", "html"):
        assert client.get(f"{runs}?f={form}").status_code == 200
