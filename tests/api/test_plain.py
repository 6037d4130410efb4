"""The plain API: who is asked for, pages over a publish, by day, over time, and what changed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import shapely
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from api import callers
from api.app import create_app
from api.asof import local_day
from api.schemas import Changes, District, History, Scores
from api.service import ServiceSettings
from api.told import frozen
from data.answers import all_publications
from data.keys import add_key
from data.publish import publish, rollback, withdraw
from data.store import Store
from tests.api.project import HERE, publish_again, published_project
from tests.maps import region
from tests.maps.region import NO_BOUNDARY, OUTCOMES, RUN_ID
from vigia.errors import PublicationRefusedError

CODES = region.districts()["code"].tolist()
ALL = "/v1/districts?limit=10000"


def get(client: TestClient, path: str, **more: Any) -> Any:
    answer = client.get(path, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def problem(client: TestClient, path: str, **more: Any) -> tuple[int, str]:
    answer = client.get(path, **more)
    return answer.status_code, answer.json()["detail"]


@pytest.fixture
def own(tmp_path: Path) -> ServiceSettings:
    return published_project(tmp_path)


@pytest.fixture
def service(own: ServiceSettings) -> Iterator[TestClient]:
    with TestClient(create_app(own), base_url=HERE) as opened:
        yield opened


# Who is asked for


def test_many_by_code(client: TestClient) -> None:
    found = get(client, f"{ALL}&code={CODES[3]},{CODES[1]},{CODES[1]}, 999999")
    assert {score["code"] for score in found["scores"]} == {CODES[1], CODES[3]}
    assert found["total"] == 2 * len(OUTCOMES)
    assert found["unknown"] == ["999999"]
    assert problem(client, f"{ALL}&code=999999")[0] == 422
    assert problem(client, f"{ALL}&code=")[0] == 422
    assert get(client, ALL)["unknown"] == []


def test_by_point_as_the_boundaries_say(client: TestClient) -> None:
    known = region.districts()
    for row, shape in enumerate(known.geometry):
        if row == NO_BOUNDARY:
            continue
        inside = shape.representative_point()
        found = get(client, f"{ALL}&lon={inside.x}&lat={inside.y}")
        assert {score["code"] for score in found["scores"]} == {CODES[row]}


def test_a_point_on_a_shared_border_belongs_to_the_lowest_code(client: TestClient) -> None:
    known, shared = region.districts(), 0
    for corner in {xy for shape in known.geometry if shape for xy in shape.exterior.coords}:
        touching = known[shapely.intersects(known.geometry.to_numpy(), shapely.Point(corner))]
        shared += len(touching) > 1
        found = get(client, f"{ALL}&lon={corner[0]!r}&lat={corner[1]!r}")
        assert {score["code"] for score in found["scores"]} == {touching["code"].min()}
    assert shared > 10


@pytest.mark.parametrize(
    ("query", "status", "word"),
    [
        ("lon=0&lat=0", 404, "No district is at"),
        ("lon=-74", 422, "both lon and lat"),
        ("lon=nan&lat=0", 422, "cannot be answered"),
        ("lon=-74&lat=91", 422, "cannot be answered"),
        ("province=Atlantis", 422, "no province"),
        ("asof=2026-02-30", 422, "There is no day"),
        ("asof=1700000000", 422, "cannot be answered"),
        ("asof=2026-11-24&f=geojson", 422, "JSON alone"),
        ("asof=2026-11-24&lon=-74&lat=-8", 422, "not answered together"),
        ("asof=2026-11-22", 404, "Nothing had been published by the end of 2026-11-22"),
        ("asof=0001-01-01", 404, "Nothing had been published"),
        ("asof=2026-11-24&run=zzz", 410, "not what was published then"),
        ("run=zzz", 410, "no longer served"),
    ],
)
def test_what_cannot_be_answered_is_said(
    client: TestClient, query: str, status: int, word: str
) -> None:
    found = problem(client, f"/v1/districts?{query}")
    assert found[0] == status
    assert word in found[1]


def test_by_province(client: TestClient) -> None:
    everything = get(client, ALL)["scores"]
    for name, value in (("province", "Provincia 1-2"), ("province_code", "0102")):
        found = get(client, f"{ALL}&province={value}")["scores"]
        assert found == [score for score in everything if score[name] == value] != []


def test_main_factors_are_those_that_weigh_most(client: TestClient) -> None:
    for score in get(client, f"/v1/districts/{CODES[9]}")["scores"]:
        moving = [one for one in score["factors"] if one["contribution"]]
        told = [(one["factor"], one["direction"]) for one in score["main_factors"]]
        assert told == [(one["factor"], one["direction"]) for one in moving[:3]] != []
    (listed, *_) = get(client, f"/v1/districts?code={CODES[9]}")["scores"]
    assert listed["main_factors"][0]["name_en"]
    feature = get(client, f"/v1/districts?code={CODES[9]}&f=geojson")["features"][0]
    assert feature["properties"] == listed


def test_answers_are_what_the_schemas_say(client: TestClient) -> None:
    for kind, path in (
        (Scores, ALL),
        (District, f"/v1/districts/{CODES[9]}"),
        (History, f"/v1/districts/{CODES[9]}/history"),
        (Changes, f"/v1/changes?since={RUN_ID}"),
    ):
        told = get(client, path)
        assert kind(**told).model_dump(mode="json") == told


# Pages


@examples(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(limit=st.integers(1, 80), outcome=st.sampled_from([None, *(one.id for one in OUTCOMES)]))
def test_every_score_is_on_exactly_one_page(
    client: TestClient, limit: int, outcome: str | None
) -> None:
    chosen = f"&outcome={outcome}" if outcome else ""
    address, found = f"/v1/districts?limit={limit}{chosen}", []
    while address:
        page = get(client, address)
        assert 0 < len(page["scores"]) <= limit
        found += page["scores"]
        address = page["next"]
    assert found == get(client, f"{ALL}{chosen}")["scores"]
    assert page["total"] == len(found) == len({(s["outcome"], s["code"]) for s in found})


def test_pages_stay_with_their_run_until_it_is_gone(
    own: ServiceSettings, service: TestClient
) -> None:
    before = get(service, ALL)["scores"]
    page = get(service, "/v1/districts?limit=50")
    publish_again(own, "b" * 16, seed=4)
    second = get(service, page["next"])
    assert page["scores"] + second["scores"] == before
    assert second["run"] == RUN_ID
    assert get(service, "/v1/districts")["run"] == "b" * 16
    for letter in "cd":
        publish_again(own, letter * 16, seed=5)
        get(service, "/v1/districts")
    assert problem(service, page["next"])[0] == 410


# By day


def days(own: ServiceSettings, service: TestClient) -> dict[str, dict[str, bytes]]:
    """Six publications on days of their own, one a rollback; what was answered after each."""
    paths = {"list": ALL, "one": f"/v1/districts/{CODES[9]}", "none": f"/v1/districts/{CODES[5]}"}
    answered = {}

    def note(day: str) -> None:
        answered[day] = {name: service.get(path).content for name, path in paths.items()}

    note("2026-11-23")  # 03:00 UTC of the 24th is the evening of the 23rd in Lima
    for number, (letter, day) in enumerate(zip("bcd", ("25", "26", "28"), strict=True)):
        publish_again(own, letter * 16, at=f"2026-11-{day}T12:00:00Z", seed=10 + number)
        note(f"2026-11-{day}")
    with Store.open(own.store_url) as store:
        rollback(store, at="2026-11-29T12:00:00Z", freeze=frozen)
    note("2026-11-29")
    publish_again(own, "e" * 16, at="2026-12-02T04:59:59Z", seed=20)  # a second before midnight
    note("2026-12-01")
    return answered


def test_a_day_answers_what_was_answered_then(own: ServiceSettings, service: TestClient) -> None:
    answered = days(own, service)
    assert len({one["one"] for one in answered.values()}) == 5  # the rollback answers as before
    last = ""
    for day in range((date(2026, 12, 4) - date(2026, 11, 23)).days):
        asked = (date(2026, 11, 23) + timedelta(day)).isoformat()
        last = asked if asked in answered else last
        told = service.get(f"{ALL}&asof={asked}")
        assert told.content == answered[last]["list"], asked
        assert (
            service.get(f"/v1/districts/{CODES[9]}?asof={asked}").content == answered[last]["one"]
        )
        assert (
            service.get(f"/v1/districts/{CODES[5]}?asof={asked}").content == answered[last]["none"]
        )
    assert service.get(f"{ALL}&asof=9999-12-31").content == answered["2026-12-01"]["list"]
    assert problem(service, "/v1/districts/999999?asof=2026-12-01")[0] == 404


def test_filters_and_pages_of_a_day(own: ServiceSettings, service: TestClient) -> None:
    days(own, service)
    whole = get(service, f"{ALL}&asof=2026-11-26&outcome=recruitment")["scores"]
    address, found = "/v1/districts?limit=7&asof=2026-11-26&outcome=recruitment", []
    while address:
        page = get(service, address)
        found += page["scores"]
        address = page["next"]
    assert found == whole
    assert {score["run"] for score in whole} == {"c" * 16}
    some = get(service, f"{ALL}&asof=2026-11-26&code={CODES[0]},x")
    assert some["scores"] == [s for s in get(service, f"{ALL}&asof=2026-11-26")["scores"]
                              if s["code"] == CODES[0]]  # fmt: skip
    assert some["unknown"] == ["x"]


@examples(max_examples=200)
@given(st.integers(-600_000_000, 4_000_000_000))
def test_days_end_where_the_project_is(seconds: int) -> None:
    at = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for name in ("America/Lima", "America/Santiago", "Pacific/Apia", "Europe/Madrid"):
        zone = ZoneInfo(name)
        day = local_day(at, zone)
        begins, ends = (
            datetime(one.year, one.month, one.day, tzinfo=zone).timestamp()
            for one in (day, day + timedelta(1))
        )
        assert begins <= seconds < ends


def test_a_run_of_an_earlier_version_kept_nothing(own: ServiceSettings) -> None:
    with Store.open(own.store_url) as store, store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM answers")
    with TestClient(create_app(own), base_url=HERE) as client:
        status, told = problem(client, f"/v1/districts/{CODES[9]}?asof=2026-11-30")
        assert (status, "was not kept" in told) == (404, True)
        assert get(client, f"/v1/districts/{CODES[9]}/history")["history"] == []
        assert problem(client, f"/v1/changes?since={RUN_ID}")[0] == 410


# Withdrawn


def test_a_withdrawn_run_is_gone(own: ServiceSettings, service: TestClient) -> None:
    page = get(service, "/v1/districts?limit=5")
    with Store.open(own.store_url) as store:
        with pytest.raises(PublicationRefusedError, match="is served now"):
            withdraw(store, RUN_ID, at="2026-11-25T00:00:00Z", why="leak", by="Ana")
        publish_again(own, seed=4)
        get(service, "/v1/districts")
        with pytest.raises(PublicationRefusedError, match="without a reason"):
            withdraw(store, RUN_ID, at="2026-11-26T00:00:00Z", why="leak", by=" ")
        for _ in range(2):
            withdraw(store, RUN_ID, at="2026-11-26T00:00:00Z", why="leak", by="Ana")
        with pytest.raises(PublicationRefusedError, match="was withdrawn"):
            publish(store, RUN_ID, at="2026-11-27T00:00:00Z")
        with pytest.raises(PublicationRefusedError, match="was withdrawn"):
            rollback(store, at="2026-11-27T00:00:00Z")
        with store.reading() as connection:
            left = connection.exec_driver_sql("SELECT publication FROM answers").scalars().all()
        assert set(left) == {2}
    for path in (
        page["next"],
        "/v1/districts?asof=2026-11-23",
        f"/v1/districts/{CODES[9]}?asof=2026-11-23",
        f"/v1/changes?since={RUN_ID}",
    ):
        assert problem(service, path)[0] == 410, path
    history = get(service, f"/v1/districts/{CODES[9]}/history")["history"]
    assert [one["run"] for one in history] == ["b" * 16]


# Over time


def test_history_has_every_publication(own: ServiceSettings, service: TestClient) -> None:
    answered = days(own, service)
    told = get(service, f"/v1/districts/{CODES[9]}/history")["history"]
    with Store.open(own.store_url) as store:
        log = [(one.run, one.at) for one in all_publications(store)]
    assert [(one["run"], one["published_at"]) for one in told] == log[::-1]
    assert len(log) == len(answered) == 6
    now = get(service, f"{ALL}&code={CODES[9]}")["scores"]
    assert told[0]["scores"] == now
    assert len(get(service, f"/v1/districts/{CODES[9]}/history?limit=2")["history"]) == 2
    assert problem(service, "/v1/districts/999999/history")[0] == 404


def test_changes_are_those_of_the_two_lists(own: ServiceSettings, service: TestClient) -> None:
    before = {(s["outcome"], s["code"]): s for s in get(service, ALL)["scores"]}
    assert get(service, f"/v1/changes?since={RUN_ID}")["changes"] == []
    second = publish_again(own, seed=3)  # the same scores: nothing changed but the run
    assert get(service, f"/v1/changes?since={RUN_ID}")["total"] == 0
    third = publish_again(own, "c" * 16, seed=9)
    after = {(s["outcome"], s["code"]): s for s in get(service, ALL)["scores"]}
    address, found = f"/v1/changes?since={second}&limit=11", []
    while address:
        page = get(service, address)
        found += page["changes"]
        address = page["next"]
        assert page["run"] == third
    apart = [
        place
        for place in sorted(before)
        if any(before[place][name] != after[place][name] for name in ("rate", "level", "score"))
    ]
    assert [(one["outcome"], one["code"]) for one in found] == apart
    assert page["total"] == len(apart) > 20
    for one in found:
        place = one["outcome"], one["code"]
        assert one["after"] == after[place]
        assert one["before"] == before[place] | {"run": second}
    assert problem(service, "/v1/changes?since=zzz")[0] == 410
    assert problem(service, "/v1/changes")[0] == 422


def test_narrow_keys_see_their_stages(
    own: ServiceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "FRESH_SECONDS", 0.0)
    publish_again(own, seed=9)
    with Store.open(own.store_url) as store:
        key = {"X-API-Key": add_key(store, "x", stages=["recruitment"])[1]}
        coarse = {"X-API-Key": add_key(store, "x", resolution="province")[1]}
    paths = (
        f"{ALL}&asof=2026-11-23",
        f"/v1/districts/{CODES[9]}?asof=2026-11-23",
        f"/v1/districts/{CODES[9]}/history",
        f"/v1/changes?since={RUN_ID}",
    )
    with TestClient(create_app(replace(own, public=False)), base_url=HERE) as client:
        for path in paths:
            told = client.get(path, headers=key).text
            assert '"recruitment"' in told
            assert '"exploitation"' not in told
            assert '"misdemeanours"' not in told
            assert client.get(path, headers=coarse).status_code == 403
        closed = f"{ALL}&asof=2026-11-24&stage=exploitation"
        assert client.get(closed, headers=key).status_code == 403


def test_without_the_store_a_day_is_503(own: ServiceSettings, tmp_path: Path) -> None:
    with TestClient(create_app(own), base_url=HERE) as client:
        get(client, ALL)
        shutil.rmtree(tmp_path)
        assert client.get("/v1/districts?asof=2026-11-24").status_code == 503
        get(client, ALL)
