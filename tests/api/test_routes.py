from __future__ import annotations

import json
import math
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

import geo.factor
from api.app import create_app
from api.schemas import Measured
from maps.table import NUMBERS
from tests.api.project import HERE, publish_with_ways, published_project
from tests.maps import region
from tests.maps.region import (
    COLUMNS,
    FACTORS,
    FORMULA,
    IMG,
    LAYERS,
    NO_BOUNDARY,
    NO_DATA,
    OUTCOMES,
    ROWS,
    RUN_ID,
    SCRIPT,
    districts,
)

DISTRICTS = COLUMNS * ROWS
CODES = districts()["code"].tolist()
DOCS = Path(__file__).parents[2] / "docs" / "api.md"
UNSAID = {
    **dict.fromkeys(("radius_km", "per", "season", "direction", "statistic")),
    "weighted": False,
    "classes": [],
}


def get(client: TestClient, path: str, **more: Any) -> Any:
    answer = client.get(path, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_alive_and_ready(client: TestClient) -> None:
    assert get(client, "/health")["status"] == "ok"
    assert get(client, "/ready") == {"status": "ready", "run": RUN_ID}


def test_every_score_carries_its_doubt(client: TestClient) -> None:
    answer = get(client, "/v1/districts", params={"limit": 1000})
    assert answer["total"] == len(answer["scores"]) == DISTRICTS * len(OUTCOMES)
    for score in answer["scores"]:
        assert (score["run"], score["target_year"]) == (RUN_ID, 2026)
        assert "wider_areas_left_out" in score["warnings"]
        numbers = [score[name] for name in NUMBERS if name != "p_above_threshold"]
        if score["level"] == "no_data":
            assert set(numbers) == {None}
            assert score["no_data_reason"].startswith("missing_factor:")
        else:
            assert None not in numbers
            assert score["no_data_reason"] is None
            assert score["rate_low"] <= score["rate"] <= score["rate_high"]
            assert score["rank_low"] <= score["rank"] <= score["rank_high"]


def test_scores_are_sorted_and_come_in_pages(client: TestClient) -> None:
    everything = get(client, "/v1/districts?limit=1000")["scores"]
    keys = [(score["outcome"], score["code"]) for score in everything]
    assert keys == sorted(keys)
    address, found = "/v1/districts?limit=7", []
    while address:
        page = get(client, address)
        found += page["scores"]
        address = page["next"]
    assert found == everything
    assert get(client, "/v1/districts?offset=1000")["scores"] == []


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("outcome=recruitment", lambda s: s["outcome"] == "recruitment"),
        ("stage=none", lambda s: s["outcome"] == "misdemeanours"),
        ("stage=exploitation", lambda s: s["outcome"] == "exploitation"),
        ("level=very_high", lambda s: s["level"] == "very_high"),
        ("level=no_data", lambda s: s["code"] == CODES[NO_DATA]),
        ("department=02", lambda s: s["department"] == "Bajo Río"),
        ("department=bajo%20r%C3%ADo", lambda s: s["department"] == "Bajo Río"),
        (
            "outcome=recruitment&level=low&department=01",
            lambda s: (
                (s["outcome"], s["level"], s["department_code"]) == ("recruitment", "low", "01")
            ),
        ),
    ],
)
def test_filters(client: TestClient, query: str, fits: Any) -> None:
    everything = get(client, "/v1/districts?limit=1000")["scores"]
    found = get(client, f"/v1/districts?limit=1000&{query}")
    assert found["scores"] == [score for score in everything if fits(score)]
    assert found["total"] == len(found["scores"]) > 0


def test_a_stage_without_scores_is_an_empty_answer(client: TestClient) -> None:
    assert get(client, "/v1/districts?stage=transit")["total"] == 0


@pytest.mark.parametrize(
    "asked",
    [
        {"params": {"f": "geojson"}},
        {"headers": {"Accept": "application/geo+json"}},
    ],
)
def test_geojson_on_request(client: TestClient, asked: dict[str, Any]) -> None:
    path = "/v1/districts?outcome=recruitment&limit=1000"
    if "params" in asked:
        path, asked = f"{path}&f=geojson", {}
    answer = client.get(path, **asked)
    assert answer.headers["content-type"] == "application/geo+json"
    assert "Accept" in answer.headers["vary"]
    collection = answer.json()
    assert collection["type"] == "FeatureCollection"
    assert len(collection["features"]) == DISTRICTS
    assert len({feature["id"] for feature in collection["features"]}) == DISTRICTS
    shapes = [feature["geometry"] for feature in collection["features"]]
    assert [number for number, shape in enumerate(shapes) if shape is None] == [NO_BOUNDARY]
    assert collection["licence"] == "CC0-1.0"
    plain = get(client, "/v1/districts?outcome=recruitment&limit=1000")["scores"]
    assert [feature["properties"] for feature in collection["features"]] == plain


def test_f_takes_precedence_over_accept(client: TestClient) -> None:
    answer = client.get("/v1/districts?f=json", headers={"Accept": "application/geo+json"})
    assert answer.headers["content-type"] == "application/json"


def test_one_district_says_what_moves_it(client: TestClient) -> None:
    district = get(client, f"/v1/districts/{CODES[9]}")
    assert district["name"] == "Distrito 10"
    assert [score["outcome"] for score in district["scores"]] == sorted(o.id for o in OUTCOMES)
    for score in district["scores"]:
        sizes = [abs(factor["contribution"]) for factor in score["factors"]]
        assert sizes == sorted(sizes, reverse=True)
        assert len(sizes) == 2
        for factor in score["factors"]:
            assert (factor["direction"] == "up") == (factor["contribution"] > 0)
            assert factor["unit"]


def test_factors_have_plain_names_and_all_their_options(client: TestClient) -> None:
    (score, *_) = get(client, f"/v1/districts/{CODES[9]}")["scores"]
    mining = next(f for f in score["factors"] if f["factor"] == "mining__distance__capital")
    assert (
        mining["name"] == "Minería <b>informal</b>: distancia en km desde la capital del distrito"
    )
    assert mining["name_en"] == "Informal mining: distance in km from the district's capital"
    assert (mining["label_en"], mining["unit"]) == ("Informal mining", "km")
    assert mining["measured"] == UNSAID | {"measure": "distance", "support": "capital"}


def test_layers_say_what_is_measured_of_them(client: TestClient) -> None:
    found = {layer["id"]: layer["factors"] for layer in get(client, "/v1/layers")["layers"]}
    (police,) = found["police"]
    assert police["name"] == (
        "Comisarías: tiempo de viaje desde donde vive la gente, con aguas bajas"
    )
    assert police["name_en"] == "Police stations: travel time from where people live, at low water"
    assert police["unit"] == "min"
    assert police["measured"] == UNSAID | {
        "measure": "travel_time",
        "support": "population",
        "season": "low",
    }
    assert [len(found[name]) for name in ("mining", "rivers", "frontier")] == [1, 1, 0]


def test_a_run_tells_its_factors_by_name(client: TestClient) -> None:
    run = get(client, f"/v1/runs/{RUN_ID}")
    told = {factor["id"]: factor for factor in run["factors"]}
    assert list(told) == [factor["id"] for factor in FACTORS]
    for factor in FACTORS:
        assert told[factor["id"]].items() >= factor.items()
    assert (
        told["rivers__length_density__polygon"]["name_en"] == "Rivers: km per km², in the district"
    )
    assert get(client, "/v1/runs")["runs"] == [run]


def test_a_district_without_data_has_no_factors(client: TestClient) -> None:
    scores = get(client, f"/v1/districts/{CODES[NO_DATA]}")["scores"]
    assert {score["level"] for score in scores} == {"no_data"}
    assert [score["factors"] for score in scores] == [[], [], []]


def test_one_district_as_geojson(client: TestClient) -> None:
    feature = get(client, f"/v1/districts/{CODES[9]}?f=geojson")
    assert (feature["type"], feature["id"]) == ("Feature", CODES[9])
    assert feature["geometry"]["type"] in {"Polygon", "MultiPolygon"}
    assert feature["properties"] == get(client, f"/v1/districts/{CODES[9]}")
    assert get(client, f"/v1/districts/{CODES[NO_BOUNDARY]}?f=geojson")["geometry"] is None


def test_hostile_names_are_data(client: TestClient) -> None:
    names = {score["name"] for score in get(client, "/v1/districts?limit=1000")["scores"]}
    assert {IMG, SCRIPT, FORMULA} <= names
    assert "<" not in client.get("/v1/districts?f=geojson&limit=1000").text


def test_runs_are_those_that_are_or_were_published(client: TestClient) -> None:
    answer = get(client, "/v1/runs")
    assert answer["published"] == RUN_ID
    assert [run["id"] for run in answer["runs"]] == [RUN_ID]
    run = get(client, f"/v1/runs/{RUN_ID}")
    assert run == answer["runs"][0]
    assert (run["status"], run["target_year"]) == ("published", 2026)


def test_layers_say_whose_they_are(client: TestClient) -> None:
    found = {layer["id"]: layer for layer in get(client, "/v1/layers")["layers"]}
    assert set(found) == {layer.id for layer in LAYERS}
    assert found["mining"]["licence"] == "CC-BY-4.0"
    assert found["mining"]["geometry"] == "/v1/layers/mining"
    assert [found[id_]["shelf_life_years"] for id_ in ("mining", "rivers")] == [3, None]
    assert found["roads"]["withheld"] == "no_licence"
    assert found["roads"]["geometry"] is None


def test_a_layer_is_given_in_full_or_for_drawing(client: TestClient) -> None:
    full = get(client, "/v1/layers/mining")
    assert len(full["features"]) == 3
    assert full["licence"] == "CC-BY-4.0"
    assert [f["properties"]["from_year"] for f in full["features"]] == [2019, 2030, 2015]
    drawn = get(client, "/v1/layers/mining?detail=display")
    assert len(drawn["features"]) == 1
    yearly = get(client, "/v1/layers/mining?detail=years")["features"]
    found = [feature["properties"] for feature in yearly]
    assert found == [
        {"from_year": 2019, "until_year": None},
        {"from_year": 2015, "until_year": 2020},
    ]


def test_ways_are_given_where_their_licence_is_stated(tmp_path: Path) -> None:
    settings = published_project(tmp_path)
    publish_with_ways(settings)
    with TestClient(create_app(settings), base_url=HERE) as asked:
        assert set(get(asked, "/map/ways/rivers")) == {"corner", "step", "arcs"}
        for other in ("roads", "canals", "../rivers"):
            assert asked.get(f"/map/ways/{other}").status_code == 404
        assert "travel.ways" not in asked.get("/v1/layers").text


def test_no_count_of_cases_leaves(client: TestClient) -> None:
    paths = ["/v1/districts?limit=1000", f"/v1/districts/{CODES[9]}", "/v1/runs", "/v1/layers", "/"]
    for path in paths:
        keys = set(_keys(client.get(path).json())) if path != "/" else set()
        assert not keys & {"count", "cases", "observed", "reported", "discovered"}, path


def _keys(content: Any) -> list[str]:
    if isinstance(content, dict):
        return [*content, *(key for value in content.values() for key in _keys(value))]
    if isinstance(content, list):
        return [key for value in content for key in _keys(value)]
    return []


def test_openapi_names_every_route_with_examples(client: TestClient) -> None:
    said = get(client, "/openapi.json")
    documented = DOCS.read_text(encoding="utf-8")
    for path in said["paths"]:
        assert f"`{path}`" in documented, path
    assert set(said["paths"]) >= {"/", "/health", "/ready", "/v1/districts", "/v1/runs"}
    schemas = said["components"]["schemas"]
    assert math.isfinite(schemas["Score"]["examples"][0]["rate"])
    assert Measured(**schemas["Measured"]["examples"][0]).season == "low"
    assert set(Measured.model_fields) == {f.name for f in fields(geo.factor.Factor)} - {"layer"}
    for path, methods in said["paths"].items():
        more = {"/v1/plans": {"post"}, "/v1/plans/{plan_id}": {"get", "delete"}}
        more["/v1/plans/itineraries"] = {"post"}
        more |= {"/v1/runs": {"get", "post"}, "/v1/trainings/{training_id}": {"get", "delete"}}
        assert set(methods) == more.get(path, {"get"}), path
        for method in methods.values():
            assert list(method["responses"]["422"]["content"]) == ["application/problem+json"]


def test_every_parameter_and_warning_is_documented(client: TestClient) -> None:
    of_ogc = DOCS.with_name("ogc.md").read_text(encoding="utf-8")
    documented = DOCS.read_text(encoding="utf-8") + of_ogc
    paths = get(client, "/openapi.json")["paths"].values()
    for method in (one for methods in paths for one in methods.values()):
        for parameter in method.get("parameters", []):
            if parameter["in"] == "query" and parameter["name"] != "lang":
                assert (
                    f"`{parameter['name']}`" in documented or f"?{parameter['name']}=" in documented
                )
    for key in ("synthetic", "not_trafficking", "untested", "worse_than_baseline"):
        assert f"`{key}`" in documented


def test_there_is_no_page_that_needs_a_cdn(client: TestClient) -> None:
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404
    assert "cdn" not in client.get("/").text.lower()


def test_the_map_is_served_in_two_languages(client: TestClient) -> None:
    assert '<html lang="es">' in client.get("/").text
    assert '<html lang="en">' in client.get("/?lang=en").text
    assert client.get("/?lang=fr").status_code == 422


def test_shapes_are_loaded_once_and_rows_when_asked_for(client: TestClient) -> None:
    page = client.get("/").text
    (address,) = {
        part.split('"')[0] for part in page.split('="') if part.startswith("/map/shapes/")
    }
    assert address in client.get("/?lang=en").text
    shapes = client.get(address)
    assert len(shapes.json()["shapes"]) > len(region.districts())
    assert shapes.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert client.get("/map/shapes/0000000000000000").status_code == 404
    for language, said in (("es", "Falta información de"), ("en", "is missing")):
        rows = client.get(f"/map/rows/{RUN_ID}/recruitment?lang={language}")
        assert len(rows.json()) == len(region.districts())
        assert said in rows.json()[region.NO_DATA][3]
        known = {"If-None-Match": rows.headers["etag"]}
        again = client.get(f"/map/rows/{RUN_ID}/recruitment?lang={language}", headers=known)
        assert again.status_code == 304
    assert client.get(f"/map/rows/{RUN_ID}/no_such").status_code == 404
    assert client.get("/map/rows/0000000000000000/recruitment").status_code == 410


def test_static_files_are_those_of_the_page(client: TestClient) -> None:
    page = client.get("/").text
    addresses = {part.split('"')[0] for part in page.split('="')[1:] if part.startswith("/static/")}
    assert len(addresses) == 4
    for address in sorted(addresses):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get("/static/leaflet/images/layers.png").headers["content-type"] == "image/png"


def test_answers_are_strict_json(client: TestClient) -> None:
    text = client.get("/v1/districts?limit=1000").text
    assert "NaN" not in text
    json.loads(text, parse_constant=pytest.fail)
