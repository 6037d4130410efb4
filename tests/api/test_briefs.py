"""Briefs over HTTP: as a page and as PDF, with the plans that the caller may know of."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader

from api.app import create_app
from api.service import ServiceSettings
from data.keys import add_key
from data.plans import save_plan
from data.records import PlanRecord
from data.store import Store
from maps.words import words
from tests.api.project import HERE, published_project, published_store
from tests.maps.html import Blocks
from tests.maps.plans import told_plan
from tests.maps.region import RUN_ID
from tests.postgis import Cluster

SPANISH = words("es")
PLACE = "010310"


def test_a_district_as_a_page(client: TestClient) -> None:
    answer = client.get(f"/brief/{PLACE}")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"  # plans are made at any time
    page = Blocks(answer.text)
    assert page.scripts == page.styles == []
    assert f"/brief/{PLACE}?f=pdf" in page.urls
    style = next(url for url in page.urls if "brief.css" in url)
    assert client.get(style).status_code == 200
    english = client.get(f"/brief/{PLACE}", params={"lang": "en"})
    assert words("en")("brief.caution") in english.text


@pytest.mark.parametrize("path", [f"/brief/{PLACE}", "/brief/province/0101"])
def test_as_pdf(client: TestClient, path: str) -> None:
    answer = client.get(path, params={"f": "pdf"})
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith('inline; filename="informe-01')
    assert len(PdfReader(BytesIO(answer.content)).pages) == 1
    assert client.get(path, headers={"Accept": "application/pdf"}).content == answer.content


@pytest.mark.parametrize("path", ["/brief/zz", "/brief/province/zz", "/brief/province/%3Cb%3E"])
def test_a_place_that_is_not_there(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_plans_are_told_to_those_to_whom_they_are_open(tmp_path: Path) -> None:
    settings: ServiceSettings = replace(published_project(tmp_path), public=False)
    told = told_plan()
    told["sites"][0]["code"] = PLACE
    with Store.open(settings.store_url) as store:
        save_plan(
            store, PlanRecord("0" * 16, "sites", RUN_ID, {}, told, "2026-11-24T00:00:00Z", {})
        )
        all_, map_ = (
            {"X-API-Key": add_key(store, "x", "viewer", collections=one)[1]}
            for one in ([], ["map"])
        )
    open_to_all = replace(settings, public=True)
    with TestClient(create_app(open_to_all), base_url=HERE) as client:
        assert "Boca del Tigre" in client.get(f"/brief/{PLACE}", headers=all_).text
        for headers in (map_, {}):  # where teams go next is not for all the world
            closed = client.get(f"/brief/{PLACE}", headers=headers).text
            assert "Boca del Tigre" not in closed
            assert SPANISH("brief.plans_closed") in closed


@pytest.mark.postgis
def test_with_the_store_away_the_brief_says_that_plans_could_not_be_read(
    postgis_cluster: Cluster,
) -> None:
    with postgis_cluster.database() as url:
        with Store.open(url) as store:
            published_store(store)
            key = add_key(store, "x", "viewer")[1]
        with TestClient(
            create_app(ServiceSettings(url)), base_url=HERE, headers={"X-API-Key": key}
        ) as client:
            assert SPANISH("brief.no_plans") in client.get(f"/brief/{PLACE}").text
            postgis_cluster.stop()
            try:
                answer = client.get(f"/brief/{PLACE}")
            finally:
                postgis_cluster.start()
    assert answer.status_code == 200
    assert SPANISH("brief.plans_away") in answer.text
    assert SPANISH("brief.no_plans") not in answer.text
