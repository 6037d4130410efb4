from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from api.app import create_app
from api.ogc.formats import FORMS
from api.ogc.forms import NAMES, form_of
from api.service import ServiceSettings
from data.rules import FORMULA_STARTS
from maps.table import COLUMNS
from tests.api.project import HERE, published_project
from tests.maps import region

ITEMS = "/ogc/collections/scores_recruitment/items"
ALL = sorted(region.districts()["code"])
WITH_SHAPES = ("gpkg", "parquet", "fgb")


def read(answer: Response, form: str, folder: Path) -> gpd.GeoDataFrame:
    """A file, as clients of others read it."""
    assert answer.status_code == 200, answer.text
    path = folder / f"features.{form}"
    path.write_bytes(answer.content)
    if form == "csv":
        return pd.read_csv(path, dtype={"code": str}, encoding="utf-8-sig")
    if form == "parquet":
        return gpd.read_parquet(path)
    return pyogrio.read_dataframe(path)


@pytest.mark.parametrize("form", FORMS)
def test_the_whole_collection_is_in_one_file(client: TestClient, tmp_path: Path, form: str) -> None:
    answer = client.get(f"{ITEMS}?f={form}")
    table = read(answer, form, tmp_path).sort_values("code", ignore_index=True)
    assert list(table["code"]) == ALL
    assert answer.headers["content-type"] == FORMS[form].media_type
    known = client.get(f"{ITEMS}?limit=10000").json()["features"]
    for name in set(COLUMNS) - {"warnings", "name"}:
        told = [one["properties"][name] for one in known]
        found = table[name].astype(object).where(table[name].notna(), None).tolist()
        for one, other in zip(told, found, strict=True):
            if isinstance(one, str):
                assert str(other).zfill(len(one)) == one
            else:
                assert other == (pytest.approx(one) if isinstance(one, float) else one)


@pytest.mark.parametrize("form", WITH_SHAPES)
def test_boundaries_are_those_of_the_collection(
    client: TestClient, tmp_path: Path, form: str
) -> None:
    table = read(client.get(f"{ITEMS}?f={form}"), form, tmp_path)
    assert table.crs.to_epsg() == 4326
    exact = region.districts().set_index("code").geometry
    for code, shape in zip(table["code"], table.geometry, strict=True):
        assert (shape is None) == (exact[code] is None)
        assert (
            shape is None
            or shape.normalize().equals_exact(exact[code].normalize(), 1e-9)
            or shape.symmetric_difference(exact[code]).area < 1e-12
        )


@pytest.mark.parametrize("form", FORMS)
def test_filters_and_limit_apply(client: TestClient, tmp_path: Path, form: str) -> None:
    answer = client.get(f"{ITEMS}?f={form}&department_code=01&limit=5")
    table = read(answer, form, tmp_path)
    assert sorted(table["code"]) == [code for code in ALL if code.startswith("01")][:5]
    (following,) = re.fullmatch(r'<(.*)>; rel="next"', answer.headers["link"]).groups()  # type: ignore[union-attr]
    rest = read(client.get(following), form, tmp_path)
    assert sorted(rest["code"]) == [code for code in ALL if code.startswith("01")][5:10]


@pytest.mark.parametrize("form", FORMS)
def test_nothing_that_fits_is_a_file_too(client: TestClient, tmp_path: Path, form: str) -> None:
    answer = client.get(f"{ITEMS}?f={form}&code=zzzz")
    assert len(read(answer, form, tmp_path)) == 0
    assert "link" not in answer.headers


@pytest.mark.parametrize("form", FORMS)
def test_the_same_run_gives_the_same_bytes(tmp_path: Path, client: TestClient, form: str) -> None:
    first = client.get(f"{ITEMS}?f={form}").content
    with TestClient(create_app(published_project(tmp_path)), base_url=HERE) as other:
        assert other.get(f"{ITEMS}?f={form}").content == first


def test_a_spreadsheet_runs_no_cell(client: TestClient, tmp_path: Path) -> None:
    table = read(client.get(f"{ITEMS}?f=csv"), "csv", tmp_path)
    texts = [cell for name in table for cell in table[name] if isinstance(cell, str)]
    assert f"'{region.FORMULA}" in texts
    assert not [text for text in texts if text.startswith(FORMULA_STARTS)]


def metadata(answer: Response, form: str, folder: Path) -> dict[str, Any]:
    read(answer, form, folder)
    path = folder / f"features.{form}"
    if form == "parquet":
        told: dict[str, Any] = json.loads(pq.read_schema(path).metadata[b"vigia"])
        return told
    if form == "csv":
        first = pd.read_csv(path, encoding="utf-8-sig").iloc[0]
        return {**first.to_dict(), "target_year": str(first["target_year"])}
    return dict(pyogrio.read_info(path)["layer_metadata"])


@pytest.mark.parametrize("form", FORMS)
def test_files_say_what_they_are_and_whose(client: TestClient, tmp_path: Path, form: str) -> None:
    told = metadata(client.get(f"{ITEMS}?f={form}"), form, tmp_path)
    assert told["run"] == region.RUN_ID
    assert told["licence"] == "CC0-1.0"
    assert told["attribution"] == "vigia"
    assert told["target_year"] == "2026"
    assert "synthetic" in told["warnings"]
    assert "misdemeanours" not in str(told["warnings"])


@pytest.mark.parametrize("form", FORMS)
def test_names_of_files_are_plain(client: TestClient, form: str) -> None:
    said = client.get(f"{ITEMS}?f={form}").headers["content-disposition"]
    assert said == f'attachment; filename="scores_recruitment_{region.RUN_ID}.{form}"'


@pytest.mark.parametrize(
    ("f", "accept", "form"),
    [
        (None, "", "json"),
        (None, "*/*", "json"),
        (None, "text/csv", "csv"),
        (None, "TEXT/CSV;q=0.4, application/flatgeobuf;q=0.7", "fgb"),
        (None, "text/csv;q=0, */*", "json"),
        (None, "application/geo+json, text/csv", "json"),
        (None, "application/vnd.apache.parquet, application/json;q=0.9", "parquet"),
        (None, "image/png, application/geopackage+sqlite3", "gpkg"),
        (None, "text/csv;q=many", "json"),
        (None, ";;,,q=", "json"),
        ("json", "text/csv", "json"),
        ("csv", "application/geo+json", "csv"),
    ],
)
def test_f_comes_before_accept(f: str | None, accept: str, form: str) -> None:
    assert form_of(f, accept) == form


def test_accept_is_heard_by_the_service(client: TestClient) -> None:
    answer = client.get(ITEMS, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert len(pd.read_csv(io.BytesIO(answer.content))) == len(ALL)
    for again in (answer, client.get(ITEMS)):
        assert "Accept" in again.headers["vary"]


def test_every_form_is_in_the_document_and_at_the_collection(client: TestClient) -> None:
    told = client.get("/ogc/collections/scores_recruitment").json()["links"]
    kinds = {link["type"] for link in told if link["rel"] == "items"}
    assert kinds == {
        "application/geo+json",
        "text/html",
        "application/fg+json",
        *(form.media_type for form in FORMS.values()),
    }
    document = client.get("/openapi.json").json()["paths"]
    asked = document["/ogc/collections/{collection}/items"]["get"]
    (f,) = [one for one in asked["parameters"] if one["name"] == "f"]
    assert f["schema"]["enum"] == list(NAMES)
    assert kinds <= set(asked["responses"]["200"]["content"])


def test_boundaries_without_a_licence_are_in_no_file(
    settings: ServiceSettings, tmp_path: Path
) -> None:
    with TestClient(create_app(settings), base_url=HERE) as client:
        serving = client.app.state.service.current()  # type: ignore[attr-defined]
        districts = serving.released.districts
        nowhere = gpd.GeoSeries([None] * len(districts), crs="EPSG:4326")
        serving.released = replace(serving.released, districts=districts.set_geometry(nowhere))
        for form in WITH_SHAPES:
            table = read(client.get(f"{ITEMS}?f={form}"), form, tmp_path)
            assert len(table) == len(ALL)
            assert "geometry" not in table or table["geometry"].isna().all()


def test_nothing_is_left_in_the_folder_for_passing_files(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for form in FORMS:
        assert client.get(f"{ITEMS}?f={form}&limit=3").status_code == 200
    assert list(tmp_path.iterdir()) == []
