"""Itineraries over HTTP: asked for, made by a worker, read, taken as files, and refused."""

from __future__ import annotations

from collections.abc import Iterator

import icalendar
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.service import ServiceSettings
from tests.api.listed import listed_stops
from tests.api.project import HERE
from vigia.project import Project
from vigia.worker import work

ASKED = {
    "teams": [{"name": "Norte", "base": "010101"}, {"name": "=1+1", "base": "030101"}],
    "first": "2027-03-01",
    "days": 2,
    "outcome": "exploitation",
    "tries": 100,
}
BEGINS = {"csv": b"\xef\xbb\xbfteam,", "xlsx": b"PK", "gpkg": b"SQLite format 3", "ics": b"BEGIN"}


@pytest.fixture(scope="module")
def client(own_example: Project) -> Iterator[TestClient]:
    with TestClient(
        create_app(ServiceSettings.of(own_example, public=True)), base_url=HERE
    ) as opened:
        yield opened


def test_they_are_asked_for_made_read_and_taken(client: TestClient, own_example: Project) -> None:
    asked = client.post("/v1/plans/itineraries", json=ASKED)
    assert asked.status_code == 202
    assert work(own_example, once=True) == 1
    told = client.get(asked.headers["location"]).json()
    plan = told["plan"]
    assert plan["kind"] == "itineraries"
    assert {visit["team"] for visit in plan["visits"]} == {"Norte", "=1+1"}
    assert len(told["said"]["teams"]) == 2
    assert "lunes, 1 de marzo de 2027" in str(told["said"]["teams"][0])
    for kind, begins in BEGINS.items():
        file = client.get(f"/v1/plans/{plan['id']}", params={"f": kind})
        assert file.status_code == 200
        assert file.content.startswith(begins)
        assert file.headers["content-disposition"].endswith(f'{plan["id"]}.{kind}"')
    calendar = icalendar.Calendar.from_ical(
        client.get(f"/v1/plans/{plan['id']}", params={"f": "ics"}).text
    )
    starts = [event.start.isoformat() for event in calendar.events]
    assert starts == [f"{visit['leaves']}:00-05:00" for visit in plan["visits"]]
    table = client.get(f"/v1/plans/{plan['id']}", params={"f": "csv"}).text
    assert "'=1+1" in table
    stops = [one["properties"] for one in listed_stops(own_example, plan["id"])]
    visits = [stop for stop in stops if stop["state"] != "left"]
    for name in ("team", "day", "leaves", "arrives"):
        assert [visit[name] for visit in visits] == [visit[name] for visit in plan["visits"]]
    left = [stop["reason"] for stop in stops if stop["state"] == "left"]
    assert left == [one["reason"] for one in plan["left"]]


def test_a_plan_of_sites_is_no_calendar(client: TestClient, own_example: Project) -> None:
    sites = {"teams": 1, "reach_minutes": 120, "outcome": "exploitation"}
    where = client.post("/v1/plans", json=sites).headers["location"]
    work(own_example, once=True)
    assert client.get(where, params={"f": "ics"}).status_code == 422


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"teams": []}, "teams"),
        ({"first": "someday"}, "first"),
        ({"forced": ["a"], "forbidden": ["a"]}, "both forced and forbidden"),
        ({"boats": 0}, "boats"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_what_makes_no_sense_is_refused(
    client: TestClient, change: dict[str, object], said: str
) -> None:
    refused = client.post("/v1/plans/itineraries", json=ASKED | change)
    assert refused.status_code == 422
    assert said in refused.text


def test_what_cannot_be_is_explained(client: TestClient, own_example: Project) -> None:
    """In the planner's language, with what would do."""
    asked = ASKED | {"day_minutes": 121, "forced": ["010111"]}
    where = client.post("/v1/plans/itineraries", json=asked).headers["location"]
    work(own_example, once=True)
    told = client.get(where).json()
    assert told["state"] == "failed"
    assert "alargar el día" in told["said"]["hint"]
    strange = ASKED | {"teams": [{"name": "Norte", "base": "nowhere"}]}
    where = client.post("/v1/plans/itineraries", json=strange).headers["location"]
    work(own_example, once=True)
    assert "nowhere" in client.get(where).json()["error"]
