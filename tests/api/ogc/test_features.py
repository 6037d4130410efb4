from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from shapely.geometry import box, shape

from api.app import create_app
from api.ogc.routes import CONFORMANCE
from api.service import ServiceSettings
from data.keys import add_key
from data.store import Store
from tests.api.project import HERE, publish_again, published_project
from tests.maps import region
from tests.serving import serving
from vigia.project import load_project

ITEMS = "/ogc/collections/scores_recruitment/items"
ALL = sorted(region.districts()["code"])


def test_the_landing_page_leads_everywhere(client: TestClient) -> None:
    links = {link["rel"]: link["href"] for link in client.get("/ogc").json()["links"]}
    assert {"self", "service-desc", "conformance", "data"} <= set(links)
    assert all(client.get(href).status_code == 200 for href in links.values())
    assert client.get(links["service-desc"]).json()["openapi"].startswith("3.0")
    kept = client.get(links["conformance"]).json()["conformsTo"]
    assert set(kept) >= set(CONFORMANCE)


def test_the_api_document_defines_what_can_be_asked(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    asked = document["paths"]["/ogc/collections/{collection}/items"]["get"]["parameters"]
    queries = {one["name"]: one for one in asked if one["in"] == "query"}
    assert {"limit", "bbox", "datetime", "code"} <= set(queries)
    limit, bbox, moment = (queries[name] for name in ("limit", "bbox", "datetime"))
    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 100}
    assert (bbox["schema"]["minItems"], bbox["schema"]["maxItems"]) == (4, 6)
    assert moment["schema"] == {"type": "string"}
    assert all(one["style"] == "form" and not one["explode"] for one in (limit, bbox, moment))
    assert [one["name"] for one in asked if one["in"] == "path"] == ["collection"]


def test_collections_say_where_and_when(client: TestClient) -> None:
    told = client.get("/ogc/collections").json()["collections"]
    scores = {f"scores_{one.id}" for one in region.OUTCOMES}
    layers = {f"layer_{name}" for name in region.layers()}
    assert {one["id"] for one in told} >= scores | layers | {"factors"}
    bounds = list(region.districts().total_bounds)
    for one in [one for one in told if one["id"] in scores]:
        links = {link["rel"]: link["href"] for link in one["links"]}
        assert client.get(links["self"]).json() == one
        assert client.get(links["items"]).status_code == 200
        assert one["extent"]["spatial"]["bbox"] == [pytest.approx(bounds)]
        assert len(one["extent"]["temporal"]["interval"][0]) == 2


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=x",
        "limit=-1",
        "bbox=1,2,3",
        "bbox=1,9,2,3",
        "bbox=a,b,c,d",
        "bbox=nan,0,1,1",
        "bbox=",
        "datetime=",
        "datetime=../..",
        "datetime=yesterday",
        "datetime=2030-01-01/2020-01-01",
        "datetime=2026-02-30",
        "zzzz=1",
        "rate=1",
        "f=xml",
        "limit=1&limit=2",
    ],
)
def test_what_is_not_known_is_refused(client: TestClient, query: str) -> None:
    answer = client.get(f"{ITEMS}?{query}")
    assert answer.status_code == answer.json()["status"] == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["", "/conformance", "/collections", ITEMS.removeprefix("/ogc")])
def test_no_address_takes_unknown_parameters(client: TestClient, path: str) -> None:
    assert client.get(f"/ogc{path}?zzzz=1").status_code == 400


def test_what_is_not_there(client: TestClient) -> None:
    assert client.get("/ogc/collections/zzzz").status_code == 404
    assert client.get("/ogc/collections/recruitment/items").status_code == 404
    assert client.get(f"{ITEMS}/zzzz").status_code == 404
    assert client.get(f"{ITEMS}?run=zzzz").status_code == 410


def test_pages_stay_with_their_run(tmp_path: Path) -> None:
    settings = published_project(tmp_path)
    with TestClient(create_app(settings), base_url=HERE) as client:
        second, codes, runs = None, [], set()
        address: str | None = f"{ITEMS}?limit=7"
        while address:
            page = client.get(address).json()
            assert page["numberMatched"] == len(ALL)
            assert page["numberReturned"] == len(page["features"]) <= 7
            codes += [one["id"] for one in page["features"]]
            runs.add(page["run"])
            links = {link["rel"]: link["href"] for link in page["links"]}
            assert client.get(links["self"]).json() == page
            address = links.get("next")
            second = second or publish_again(settings)
        assert codes == ALL
        assert runs == {region.RUN_ID}
        assert client.get(ITEMS).json()["run"] == second


def test_older_runs_than_the_last_three_are_gone(tmp_path: Path) -> None:
    settings = published_project(tmp_path)
    with TestClient(create_app(settings), base_url=HERE) as client:
        first = f"{ITEMS}?run={region.RUN_ID}"
        for letter, status in [("b", 200), ("c", 200), ("d", 410)]:
            run = publish_again(settings, letter * 16)
            assert client.get(first).status_code == status
            assert client.get(f"{ITEMS}?run={run}").json()["run"] == run
        assert client.get(f"{ITEMS}?run={'b' * 16}").status_code == 200


def test_a_box_finds_what_it_touches(client: TestClient) -> None:
    table = region.districts()
    west, south, east, north = table.total_bounds
    area = (west, south, (west + east) / 2 - 0.01, (south + north) / 2 - 0.01)
    wanted = sorted(table.loc[table.geometry.intersects(box(*area)), "code"])
    page = client.get(f"{ITEMS}?bbox={','.join(map(str, area))}").json()
    assert [one["id"] for one in page["features"]] == wanted
    assert 0 < len(wanted) < len(ALL)
    high = f"{area[0]},{area[1]},0,{area[2]},{area[3]},9"
    assert client.get(f"{ITEMS}?bbox={high}").json()["numberMatched"] == len(wanted)
    across = f"{west - 1},-90,{west - 2},90"
    with_boundary = int(table.geometry.notna().sum())
    assert client.get(f"{ITEMS}?bbox={across}").json()["numberMatched"] == with_boundary


def test_a_time_fits_the_target_year(client: TestClient) -> None:
    year = client.get("/v1/districts").json()["target_year"]
    fits = [f"{year}-05-01", f"{year}-05-01T00:00:00Z", f"../{year}-01-01", f"{year - 9}-01-01/.."]
    misses = [f"{year - 1}-12-31", f"{year + 1}-01-01/.."]
    for text, count in [(one, len(ALL)) for one in fits] + [(one, 0) for one in misses]:
        assert client.get(ITEMS, params={"datetime": text}).json()["numberMatched"] == count, text


def test_properties_filter(client: TestClient) -> None:
    whole = client.get(ITEMS).json()["features"]
    level = whole[0]["properties"]["level"]
    wanted = [one["id"] for one in whole if one["properties"]["level"] == level]
    assert [one["id"] for one in client.get(f"{ITEMS}?level={level}").json()["features"]] == wanted
    assert len(wanted) < len(whole)


def test_one_feature(client: TestClient) -> None:
    answer = client.get(f"{ITEMS}/{ALL[0]}")
    assert answer.headers["content-type"] == "application/geo+json"
    feature = answer.json()
    assert {link["rel"] for link in feature["links"]} == {"self", "alternate", "collection"}
    assert shape(feature["geometry"]).is_valid
    scores = client.get("/v1/districts?outcome=recruitment").json()["scores"]
    told = {name: value for name, value in feature["properties"].items() if name != "factors"}
    score = next(one for one in scores if one["code"] == ALL[0])
    assert told == {name: value for name, value in score.items() if name != "main_factors"}


def test_narrow_keys_open_their_part(tmp_path: Path) -> None:
    settings = replace(published_project(tmp_path), public=False)
    lists = {"/ogc", "/ogc/api", "/ogc/conformance", "/ogc/collections"}
    scores = {one.id: f"/ogc/collections/scores_{one.id}" for one in region.OUTCOMES}
    layer, factors = "/ogc/collections/layer_mining", "/ogc/collections/factors"
    every = {*lists, *scores.values(), layer, factors}
    opens: list[tuple[dict[str, Any], set[str]]] = [
        ({}, every),
        ({"stages": ("recruitment",)}, {*lists, scores["recruitment"], layer, factors}),
        ({"collections": ("districts",)}, {*lists, *scores.values(), factors}),
        ({"collections": ("layers",)}, {*lists, layer}),
        ({"resolution": "department"}, {*lists, layer}),
    ]
    with Store.open(settings.store_url) as store:
        keys = [add_key(store, "one", **narrow)[1] for narrow, _ in opens]
    with TestClient(create_app(settings), base_url=HERE) as client:
        for path in every:
            assert client.get(path).status_code == 401
        for key, (_, opened) in zip(keys, opens, strict=True):
            said = {"X-API-Key": key}
            for path in every:
                wanted = 200 if path in opened else 403
                assert client.get(path, headers=said).status_code == wanted, path
                if path not in lists:
                    for below in ("items", "items/zzzz", "queryables"):
                        answer = client.get(f"{path}/{below}", headers=said)
                        assert (answer.status_code == 403) == (wanted == 403), path
            told = client.get("/ogc/collections", headers=said).json()["collections"]
            listed = {f"/ogc/collections/{one['id']}" for one in told}
            assert listed & every == opened - lists


def test_factors_are_called_as_their_language_has_them(tiny_published: Path) -> None:
    settings = ServiceSettings.of(load_project(tiny_published), public=True)
    factor, here = "mining__distance__polygon", "/ogc/collections/factors"
    with TestClient(create_app(settings), base_url=HERE) as client:
        for language, word in (("es", "Minas"), ("en", "Mines")):
            told = client.get(f"{here}/queryables?lang={language}").json()["properties"]
            assert word in told[factor]["title"]
        found = client.get(f"{here}/items").json()["features"]
        assert len({one["properties"][factor] for one in found}) > 3
        for one in found:
            (score,) = client.get(f"/v1/districts/{one['id']}").json()["scores"]
            (known,) = [told["value"] for told in score["factors"] if told["factor"] == factor]
            assert one["properties"][factor] == known


READ = """
import json, pyogrio, sys
table = pyogrio.read_dataframe(sys.argv[1], layer="scores_recruitment", PAGE_SIZE="5")
print(json.dumps([sorted(table["code"]), table["rate"].isna().sum().item()]))
"""


def test_gdal_reads_every_district(settings: ServiceSettings, client: TestClient) -> None:
    with serving(settings) as base:
        command = [sys.executable, "-c", READ, f"OAPIF:{base}/ogc"]
        read = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert read.returncode == 0, read.stderr
    codes, unknown = json.loads(read.stdout)
    assert codes == ALL
    scores = client.get("/v1/districts?outcome=recruitment").json()["scores"]
    assert unknown == sum(one["rate"] is None for one in scores)
