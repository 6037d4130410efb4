"""Plans as features: what each has, to whom they are open, and that new ones come at the end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.service import ServiceSettings
from data.keys import add_key
from data.publish import withdraw
from data.records import RunRecord
from data.store import Store
from tests.api.ogc.plans import ITINERARIES, MADE_AT, SITES, save_itineraries, save_sites
from tests.api.project import HERE, publish_again, published_project, save_again
from tests.maps.region import FORMULA, IMG, RUN_ID

PLANS, STOPS = "/ogc/collections/plans", "/ogc/collections/plans_stops"
READERS = {"csv": pd.read_csv, "parquet": gpd.read_parquet}
WITH_SHAPES = ("gpkg", "parquet", "fgb")


def service_with_plans(folder: Path) -> ServiceSettings:
    """A closed service with two plans."""
    settings = replace(published_project(folder), public=False)
    with Store.open(settings.store_url) as store:
        save_sites(store)
        save_itineraries(store)
    return settings


@contextmanager
def opened(settings: ServiceSettings, **narrow: Any) -> Iterator[TestClient]:
    """A client with a key."""
    with Store.open(settings.store_url) as store:
        said = {"X-API-Key": add_key(store, "desk", **narrow)[1]}
    with TestClient(create_app(settings), base_url=HERE, headers=said) as client:
        yield client


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Two plans that stay as they are."""
    with opened(service_with_plans(tmp_path_factory.mktemp("plans"))) as client:
        yield client


@pytest.fixture
def settings(tmp_path: Path) -> ServiceSettings:
    return service_with_plans(tmp_path)


@pytest.fixture
def client(settings: ServiceSettings) -> Iterator[TestClient]:
    with opened(settings) as found:
        yield found


def features(client: TestClient, address: str, **asked: str) -> list[dict[str, Any]]:
    answer = client.get(address, params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["features"]
    return found


def test_a_plan_is_where_teams_go_and_what_they_reach(desk: TestClient) -> None:
    sites, itineraries = features(desk, f"{PLANS}/items")
    assert [sites["id"], itineraries["id"]] == [SITES, ITINERARIES]
    told = sites["properties"]
    assert {name: told[name] for name in ("plan", "kind", "run", "teams", "stops")} == {
        "plan": SITES,
        "kind": "sites",
        "run": RUN_ID,
        "teams": 1,
        "stops": 1,
    }
    assert told["created_at"] == MADE_AT
    ends = [told[f"cases_reached{end}"] for end in ("_low", "", "_high")]
    assert ends == [4.0, 12.3, 25.1]
    assert told["notes"] == ["rates_true", "reached_not_prevented"]
    for one in (sites, itineraries):
        assert one["geometry"] == {"type": "MultiPoint", "coordinates": [[-73.1, -4.2]]}
    assert itineraries["properties"]["teams"] == 1


def test_stops_say_what_they_are_in_their_plan(desk: TestClient) -> None:
    found = features(desk, f"{STOPS}/items")
    states = [(one["properties"]["plan"], one["properties"]["state"]) for one in found]
    assert states == [(SITES, "chosen"), (SITES, "nearly")] + [
        (ITINERARIES, state) for state in ("visit", "home", "left")
    ]
    chosen, _, visit, home, left = (one["properties"] for one in found)
    assert chosen["name"] == IMG
    assert (visit["team"], visit["day"], visit["arrives"]) == (IMG, 1, "2027-03-01T08:00")
    assert home["cases_reached"] is None
    assert found[3]["geometry"]["coordinates"] == [-73.5, -4.2]
    assert (left["place"], left["reason"], left["day"]) == ("010102", "no_time", None)
    one = desk.get(f"{STOPS}/items/{ITINERARIES}-1").json()
    assert one["properties"] == home


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"plan": SITES}, ["chosen", "nearly"]),
        ({"state": "visit"}, ["visit"]),
        ({"filter": "cases_reached_low > 3 AND day = 1"}, ["visit"]),
        ({"filter": "S_INTERSECTS(geometry, BBOX(-73.6,-5,-73.4,-4))"}, ["home"]),
        ({"bbox": "-73.6,-5,-73.4,-4"}, ["home"]),
        ({"sortby": "-kind,-state", "limit": "2"}, ["nearly", "chosen"]),
        ({"datetime": "2027-01-01/.."}, []),
    ],
)
def test_stops_are_filtered_as_all_features_are(
    desk: TestClient, asked: dict[str, str], wanted: list[str]
) -> None:
    found = features(desk, f"{STOPS}/items", **asked)
    assert [one["properties"]["state"] for one in found] == wanted


def test_plans_are_found_by_when_they_were_made(desk: TestClient) -> None:
    for after, count in (("2026-11-25T09:59:59Z", 2), (MADE_AT, 0)):
        asked = {"filter": f"created_at > TIMESTAMP('{after}')"}
        assert len(features(desk, f"{PLANS}/items", **asked)) == count
    (row, _) = features(desk, f"{PLANS}/items", properties="cases_reached")
    assert list(row["properties"]) == [f"cases_reached{end}" for end in ("", "_low", "_high")]
    mercator = "http://www.opengis.net/def/crs/EPSG/0/3857"
    moved = features(desk, f"{PLANS}/items", crs=mercator)[0]["geometry"]["coordinates"]
    assert moved[0][0] == pytest.approx(-73.1 * 20037508.342789244 / 180)


def test_without_a_plan_there_is_the_same_to_ask_for(desk: TestClient, tmp_path: Path) -> None:
    with opened(replace(published_project(tmp_path), public=False)) as empty:
        for address in (PLANS, STOPS):
            told = desk.get(f"{address}/queryables").json()
            assert empty.get(f"{address}/queryables").json() == told
            assert features(empty, f"{address}/items", filter="cases_reached > 1") == []
            for form in ("csv", *WITH_SHAPES, "html"):
                assert empty.get(f"{address}/items", params={"f": form}).status_code == 200


@pytest.mark.parametrize("form", ["csv", *WITH_SHAPES])
def test_files_have_them_all_and_run_no_cell(desk: TestClient, tmp_path: Path, form: str) -> None:
    for address, count in ((PLANS, 2), (STOPS, 5)):
        path = tmp_path / f"{count}.{form}"
        path.write_bytes(desk.get(f"{address}/items", params={"f": form}).content)
        table = READERS.get(form, pyogrio.read_dataframe)(path)
        assert len(table) == count
        if form != "csv":
            assert table.geometry.notna().all()
    departments = set(table["department"])
    assert (f"'{FORMULA}" if form == "csv" else FORMULA) in departments


def test_hostile_names_are_text_on_pages(desk: TestClient) -> None:
    for address in (f"{STOPS}/items", f"{STOPS}/items/{SITES}-0"):
        page = desk.get(address, params={"f": "html"}).text
        assert "&lt;img" in page
        assert "<img" not in page


def test_new_plans_come_at_the_end_at_once(client: TestClient, settings: ServiceSettings) -> None:
    first = client.get(f"{STOPS}/items", params={"limit": 4})
    assert "etag" not in first.headers  # it is another answer tomorrow
    assert first.headers["cache-control"] == "no-store"
    page = first.json()
    publish_again(settings)
    with Store.open(settings.store_url) as store:
        save_sites(store, "0" * 16)
    (following,) = [one["href"] for one in page["links"] if one["rel"] == "next"]
    rest = client.get(following).json()
    ids = [one["id"] for answer in (page, rest) for one in answer["features"]]
    assert len(ids) == len(set(ids)) == 7
    assert ids[-2:] == [f"{'0' * 16}-0", f"{'0' * 16}-1"]
    assert (page["numberMatched"], rest["numberMatched"]) == (5, 7)


def test_plans_of_runs_that_cannot_be_read_are_not_listed(
    client: TestClient, settings: ServiceSettings
) -> None:
    with Store.open(settings.store_url) as store:
        draft = save_again(store, "d" * 16)
        save_sites(store, "0" * 16, run=draft)
        known: RunRecord = store.run(draft)
    assert known.status == "draft"
    assert len(features(client, f"{PLANS}/items")) == 2
    publish_again(settings)
    with Store.open(settings.store_url) as store:
        withdraw(store, RUN_ID, at=MADE_AT, why="a leak", by="eva")
    assert features(client, f"{PLANS}/items") == []
    assert client.get(f"{PLANS}/items/{SITES}").status_code == 404


def test_with_the_store_away_they_are_as_they_were(client: TestClient, tmp_path: Path) -> None:
    before = features(client, f"{STOPS}/items")
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    assert features(client, f"{STOPS}/items") == before
    assert client.get("/ready").json()["status"] == "degraded"


OPENS: list[tuple[dict[str, Any], int]] = [
    ({"role": "partner"}, 200),
    ({"collections": ("plans",)}, 200),
    ({"collections": ("districts",)}, 403),
    ({"stages": ("recruitment",)}, 403),
    ({"resolution": "province"}, 403),
]


def test_who_may_see_plans_sees_them_listed(settings: ServiceSettings) -> None:
    for narrow, status in OPENS:
        with opened(settings, **narrow) as client:
            listed = client.get("/ogc/collections").json()["collections"]
            assert ({"plans", "plans_stops"} <= {one["id"] for one in listed}) == (status == 200)
            for address in (PLANS, STOPS, f"{PLANS}/items", f"{STOPS}/queryables"):
                assert client.get(address).status_code == status


def test_plans_are_not_listed_to_all_the_world(settings: ServiceSettings) -> None:
    with TestClient(create_app(replace(settings, public=True)), base_url=HERE) as public:
        assert public.get(f"{PLANS}/items").status_code == 403
        assert "plans" not in public.get("/ogc/collections").text
        assert "plans" not in public.get("/ogc/api").text
