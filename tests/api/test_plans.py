"""Plans over HTTP: asked for, made by a worker, read, called off, and refused."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from api.app import create_app
from api.service import ServiceSettings
from tests.api.listed import listed_stops
from tests.api.project import HERE
from vigia.project import Project
from vigia.worker import work

ASKED = {"teams": 2, "reach_minutes": 120, "outcome": "exploitation"}


@pytest.fixture(scope="module")
def client(own_example: Project) -> Iterator[TestClient]:
    with TestClient(
        create_app(ServiceSettings.of(own_example, public=True)), base_url=HERE
    ) as opened:
        yield opened


def test_a_plan_is_asked_for_made_and_read(client: TestClient, own_example: Project) -> None:
    asked = client.post("/v1/plans", json=ASKED)
    assert asked.status_code == 202
    where = asked.headers["location"]
    assert client.get(where).json()["state"] == "queued"
    assert work(own_example, once=True) == 1
    told = client.get(where).json()
    assert told["state"] == "done"
    plan = told["plan"]
    assert sum(site["chosen"] for site in plan["sites"]) == 2
    reached = plan["cases_reached"]
    assert reached["low"] <= reached["mean"] <= reached["high"]
    assert client.get(f"/v1/plans/{plan['id']}").json()["plan"] == plan
    stops = listed_stops(own_example, plan["id"])
    assert [one["properties"]["place"] for one in stops] == [site["id"] for site in plan["sites"]]
    assert [one["properties"]["state"] == "chosen" for one in stops] == [
        site["chosen"] for site in plan["sites"]
    ]
    again = client.post("/v1/plans", json=ASKED).headers["location"]
    work(own_example, once=True)
    assert client.get(again).json()["plan"] == plan


def test_a_plan_is_downloaded_as_a_file(client: TestClient, own_example: Project) -> None:
    where = client.post("/v1/plans", json=ASKED | {"teams": 1}).headers["location"]
    early = client.get(where, params={"f": "csv"})
    assert early.status_code == 404
    assert "not made" in early.json()["detail"]
    work(own_example, once=True)
    told = client.get(where).json()["plan"]
    begins = {"csv": b"\xef\xbb\xbfid,", "xlsx": b"PK", "gpkg": b"SQLite format 3"}
    for form, start in begins.items():
        answer = client.get(where, params={"f": form})
        assert answer.status_code == 200
        assert answer.content.startswith(start)
        name = f'attachment; filename="plan-{told["id"]}.{form}"'
        assert answer.headers["content-disposition"] == name
        assert answer.content == client.get(f"/v1/plans/{told['id']}", params={"f": form}).content
    assert client.get(where, params={"f": "exe"}).status_code == 422
    english = client.get(where, params={"f": "xlsx", "lang": "en"}).content
    assert load_workbook(BytesIO(english)).sheetnames == ["Where", "Limits", "Districts", "Notes"]


def test_one_that_waits_can_be_called_off(client: TestClient, own_example: Project) -> None:
    where = client.post("/v1/plans", json=ASKED | {"teams": 3}).headers["location"]
    assert client.delete(where).json()["state"] == "cancelled"
    assert work(own_example, once=True) == 0
    assert client.get(where).json()["state"] == "cancelled"


def test_limits_that_collide_are_told_by_the_plan(client: TestClient, own_example: Project) -> None:
    collide = ASKED | {"teams": 1, "forced": ["010101", "010102"]}
    where = client.post("/v1/plans", json=collide).headers["location"]
    work(own_example, once=True)
    told = client.get(where).json()
    assert told["state"] == "failed"
    assert "teams, forced" in told["error"]
    assert "2 teams" in told["hint"]
    said = told["said"]
    assert said["error"].endswith("el número de equipos y los lugares obligados.")
    assert "Se puede poner 2 equipos." in said["hint"]
    assert "dejar de obligar" in said["hint"]
    english = client.get(where, params={"lang": "en"}).json()["said"]
    assert "You can send 2 teams." in english["hint"]


ABSURD = {
    "no team": {"teams": 0},
    "negative reach": {"reach_minutes": -1},
    "a word": {"teams": "two"},
    "an unknown key": {"team": 2},
    "both forced and forbidden": {"forced": ["a"], "forbidden": ["a"]},
    "too many draws": {"draws": 10**9},
}


@pytest.mark.parametrize("name", ABSURD)
def test_what_nobody_can_mean_is_refused_at_once(name: str, client: TestClient) -> None:
    refused = client.post("/v1/plans", json=ASKED | ABSURD[name])
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["detail"]


def test_what_is_not_there_is_not_found(client: TestClient) -> None:
    assert client.get("/v1/plans/nothing").status_code == 404
    assert client.delete("/v1/plans/nothing").status_code == 404


def test_other_sites_pages_cannot_ask(client: TestClient) -> None:
    foreign = {"sec-fetch-site": "cross-site"}
    assert client.post("/v1/plans", json=ASKED, headers=foreign).status_code == 403
    text = {"content-type": "text/plain"}  # what a form of another page can send
    assert client.post("/v1/plans", content="{}", headers=text).status_code == 422


def test_no_more_wait_than_may(client: TestClient, own_example: Project) -> None:
    asked = [client.post("/v1/plans", json=ASKED | {"teams": 5 + n}) for n in range(22)]
    assert [one.status_code for one in asked].count(202) == 20
    assert asked[-1].status_code == 429
    for one in asked[:20]:
        client.delete(one.headers["location"])
