from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
import shapely
from fastapi.testclient import TestClient

from api.app import create_app
from api.ogc.tiles import CONFORMANCE, TMS, TMS_URI, TOLD
from api.service import ServiceSettings
from data.keys import add_key
from data.store import Store
from maps.tiles import EXTENT, HALF_WORLD, MOST_ZOOM
from tests.api.project import HERE, published_project
from tests.maps import region

COLLECTION = "/ogc/collections/scores_recruitment"
TILES = f"{COLLECTION}/tiles/{TMS}"
RELATION = "http://www.opengis.net/def/rel/ogc/1.0"
DRAWN = region.districts().dropna(subset="geometry")


def links_of(content: dict[str, Any]) -> dict[str, str]:
    return {link["rel"]: link["href"] for link in content["links"]}


def tiles_of(zoom: int) -> list[tuple[int, int]]:
    west, south, east, north = DRAWN.to_crs("EPSG:3857").total_bounds
    side = 2 * HALF_WORLD / 2**zoom
    rows = range(int((HALF_WORLD - north) // side), int((HALF_WORLD - south) // side) + 1)
    columns = range(int((west + HALF_WORLD) // side), int((east + HALF_WORLD) // side) + 1)
    return list(product(rows, columns))


def decoded(content: bytes, zoom: int, row: int, column: int, folder: Path) -> gpd.GeoDataFrame:
    """A tile as GDAL reads it."""
    path = folder / "tile.mvt"
    path.write_bytes(content)
    options = {"X": column, "Y": row, "Z": zoom}
    table = pyogrio.read_dataframe(f"MVT:{path}", **options)
    assert table.crs.to_epsg() == 3857
    return table


def test_the_classes_are_declared(client: TestClient) -> None:
    assert set(CONFORMANCE) <= set(client.get("/ogc/conformance").json()["conformsTo"])
    assert {one.rpartition("/")[2] for one in CONFORMANCE} == {
        "core",
        "tileset",
        "tilesets-list",
        "geodata-tilesets",
        "mvt",
    }


def test_collections_lead_to_tiles(client: TestClient) -> None:
    about = client.get(COLLECTION).json()
    listed = client.get(links_of(about)[f"{RELATION}/tilesets-vector"])
    assert listed.request.url.path == f"{COLLECTION}/tiles"
    (one,) = listed.json()["tilesets"]
    assert one["dataType"] == "vector"
    assert one["crs"].endswith("EPSG/0/3857")
    assert one["tileMatrixSetURI"] == TMS_URI
    full = client.get(links_of(one)["self"])
    assert full.request.url.path == TILES
    assert {key: full.json()[key] for key in one if key != "links"} == {
        key: value for key, value in one.items() if key != "links"
    }
    scheme = client.get(links_of(one)[f"{RELATION}/tiling-scheme"]).json()
    assert scheme["id"] == TMS


def test_the_tileset_says_where_its_tiles_are(client: TestClient) -> None:
    told = client.get(TILES).json()
    (item,) = [link for link in told["links"] if link["rel"] == "item"]
    assert item["templated"] is True
    assert item["type"] == "application/vnd.mapbox-vector-tile"
    assert re.findall(r"{(\w+)}", item["href"]) == ["tileMatrix", "tileRow", "tileCol"]
    address = item["href"].format(tileMatrix=0, tileRow=0, tileCol=0)
    assert client.get(address).status_code == 200
    assert len(told["tileMatrixSetLimits"]) == MOST_ZOOM + 1
    west, south, east, north = DRAWN.total_bounds
    assert told["boundingBox"]["lowerLeft"] == pytest.approx([west, south])
    assert told["boundingBox"]["upperRight"] == pytest.approx([east, north])
    assert told["attribution"] == "vigia"


def test_the_matrices_are_those_of_the_register(client: TestClient) -> None:
    listed = client.get(links_of(client.get("/ogc").json())[f"{RELATION}/tiling-schemes"]).json()
    (one,) = listed["tileMatrixSets"]
    told = client.get(links_of(one)["self"]).json()
    assert told["uri"] == TMS_URI
    first, last = told["tileMatrices"][0], told["tileMatrices"][-1]
    assert first["scaleDenominator"] == pytest.approx(559082264.028717, rel=1e-12)
    assert first["cellSize"] == pytest.approx(156543.033928041, rel=1e-12)
    assert first["pointOfOrigin"] == pytest.approx([-20037508.3427892, 20037508.3427892])
    assert (last["id"], last["matrixWidth"]) == ("24", 16777216)


def test_tilejson_is_what_map_libraries_ask_for(client: TestClient) -> None:
    told = client.get(links_of(client.get(TILES).json())["alternate"]).json()
    assert told["tilejson"] == "3.0.0"
    assert (told["minzoom"], told["maxzoom"]) == (0, MOST_ZOOM)
    assert told["bounds"] == pytest.approx(list(DRAWN.total_bounds))
    (layer,) = told["vector_layers"]
    assert layer == {"id": "scores_recruitment", "fields": TOLD}
    address = told["tiles"][0].replace("{z}", "0").replace("{y}", "0").replace("{x}", "0")
    assert client.get(address).status_code == 200


def test_the_attribution_in_tilejson_holds_no_markup(tmp_path: Path) -> None:
    settings = published_project(tmp_path)
    with TestClient(create_app(settings), base_url=HERE) as client:
        serving = client.app.state.service.current()  # type: ignore[attr-defined]
        serving.released.settings["districts"]["attribution"] = region.IMG
        told = client.get(f"{TILES}?f=tilejson").json()
    assert told["attribution"] == "&lt;img src=x onerror=alert(1)&gt;"


@pytest.mark.parametrize("zoom", [0, 3, 6, 9])
def test_gdal_reads_what_the_collection_has(client: TestClient, tmp_path: Path, zoom: int) -> None:
    features = client.get(f"{COLLECTION}/items?limit=10000").json()["features"]
    rows = {one["id"]: one["properties"] for one in features}
    exact = DRAWN.set_index("code").to_crs("EPSG:3857").geometry
    cell = 2 * HALF_WORLD / EXTENT / 2**zoom
    found: dict[str, list[Any]] = {}
    for row, column in tiles_of(zoom):
        answer = client.get(f"{TILES}/{zoom}/{row}/{column}")
        if answer.status_code == 204:
            continue
        table = decoded(answer.content, zoom, row, column, tmp_path)
        for told in table.to_dict("records"):
            shape = told.pop("geometry")
            assert shape.is_valid
            found.setdefault(told["code"], []).append(shape)
            for name in TOLD:
                known, read = rows[told["code"]][name], told.get(name)
                known = " ".join(known) if name == "warnings" else known
                if known is None:
                    assert read is None or read != read
                else:
                    assert read == (pytest.approx(known) if isinstance(known, float) else known)
    assert set(found) == set(exact.index)
    for code, pieces in found.items():
        apart = shapely.symmetric_difference(shapely.union_all(pieces), exact[code])
        assert shapely.is_empty(shapely.buffer(apart, -2 * cell))  # nowhere wider than four


def test_no_rate_stands_without_its_interval(client: TestClient, tmp_path: Path) -> None:
    table = decoded(client.get(f"{TILES}/0/0/0").content, 0, 0, 0, tmp_path)
    for number in ("rate", "rank"):
        known = table[number].notna()
        assert known.any()
        assert (table[f"{number}_low"].notna() == known).all()
        assert (table[f"{number}_high"].notna() == known).all()
    unknown = table[table["rate"].isna()]
    assert list(unknown["level"]) == ["no_data"]
    assert unknown["score"].isna().all()
    assert unknown["no_data_reason"].notna().all()


def test_the_same_run_gives_the_same_tile(client: TestClient, settings: ServiceSettings) -> None:
    first = client.get(f"{TILES}/5/16/9")
    with TestClient(create_app(settings), base_url=HERE) as other:
        again = other.get(f"{TILES}/5/16/9")
    assert first.content == again.content
    assert (
        client.get(f"{TILES}/5/16/9", headers={"If-None-Match": first.headers["etag"]}).status_code
        == 304
    )


@pytest.mark.parametrize(
    ("tile", "status"),
    [
        ("0/0/0", 200),
        ("5/0/0", 204),
        ("0/1/0", 404),
        ("0/0/1", 404),
        ("3/8/0", 404),
        (f"{MOST_ZOOM + 1}/0/0", 404),
        ("-1/0/0", 404),
        ("0/0/0.5", 404),
        ("0/0/٣", 404),
        ("0/0/" + "9" * 400, 404),
        ("x/y/z", 404),
        ("0/0/0?f=mvt", 200),
        ("0/0/0?f=png", 400),
        ("0/0/0?zzzz=1", 400),
    ],
)
def test_tiles_outside(client: TestClient, tile: str, status: int) -> None:
    answer = client.get(f"{TILES}/{tile}")
    assert answer.status_code == status
    assert answer.content or status == 204


@pytest.mark.parametrize(
    "path",
    [
        f"{COLLECTION}/tiles/Other",
        f"{COLLECTION}/tiles/Other/0/0/0",
        "/ogc/tileMatrixSets/Other",
        f"/ogc/collections/zzzz/tiles/{TMS}/0/0/0",
        "/ogc/collections/zzzz/tiles",
    ],
)
def test_what_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_api_document_names_the_parts_of_a_tile(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    path = "/ogc/collections/{collection}/tiles/{tileMatrixSet}/{tileMatrix}/{tileRow}/{tileCol}"
    asked = {one["name"] for one in paths[path]["get"]["parameters"] if one["in"] == "path"}
    assert asked == set(re.findall(r"{(\w+)}", path))


def test_tiles_are_closed_without_a_key(tmp_path: Path) -> None:
    settings = replace(published_project(tmp_path), public=False)
    with Store.open(settings.store_url) as store:
        wide = add_key(store, "wide")[1]
        narrow = add_key(store, "narrow", stages=("transit",))[1]
    with TestClient(create_app(settings), base_url=HERE) as client:
        path = f"{TILES}/0/0/0"
        assert client.get(path).status_code == 401
        assert client.get(path, headers={"X-API-Key": wide}).status_code == 200
        assert client.get(path, headers={"X-API-Key": narrow}).status_code == 403
