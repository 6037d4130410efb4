"""Another published run on the served map: which there are, and that none is shown that may not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.service import ServiceSettings
from data.publish import as_published, beside, drawable_layers, publish, withdraw
from data.store import Store
from maps.against import against
from maps.page import offline_page
from maps.payload import as_block
from maps.released import release
from maps.words import words
from tests.api.project import (
    HERE,
    OTHER_RUN,
    publish_again,
    published_twice,
    save_again,
)
from tests.maps.html import Blocks
from tests.maps.region import RUN_ID

OUTCOME = "exploitation"
SAME_YEAR, DRAFT = "d" * 16, "f" * 16


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> ServiceSettings:
    """Three runs that were published, the one of ``tests.maps.region`` last, and a draft."""
    made = published_twice(tmp_path_factory.mktemp("against"))
    publish_again(made, SAME_YEAR, seed=5, at="2026-11-27T03:00:00Z")
    with Store.open(made.store_url) as store:
        publish(store, RUN_ID, at="2026-11-28T03:00:00Z")
        save_again(store, DRAFT)
    return replace(made, look_seconds=0.0)


@pytest.fixture
def client(settings: ServiceSettings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), base_url=HERE) as opened:
        yield opened


def offered(client: TestClient) -> list[tuple[str, str]]:
    data: dict[str, Any] = json.loads(Blocks(client.get("/").text).data["vigia-data"])
    own = {one["id"]: one["others"] for one in data["outcomes"]}
    return [(one["id"], one["group"]) for one in own[OUTCOME]]


def address(other: str, outcome: str = OUTCOME, run: str = RUN_ID) -> str:
    return f"/map/against/{run}/{other}/{outcome}"


def test_published_runs_are_offered_and_drafts_are_not(
    client: TestClient, settings: ServiceSettings
) -> None:
    assert offered(client) == [(OTHER_RUN, "year"), (SAME_YEAR, "run")]
    for other in (OTHER_RUN, SAME_YEAR):
        answer = client.get(address(other), params={"lang": "en"})
        with Store.open(settings.store_url) as store:
            sides = [release(as_published(store, one)) for one in (RUN_ID, other)]
        assert answer.text == as_block(against(sides[0], sides[1], OUTCOME, words("en")))
        assert answer.json()["told"]
        tag = {"If-None-Match": answer.headers["etag"]}
        again = client.get(address(other), params={"lang": "en"}, headers=tag)
        assert again.status_code == 304
    for other in (DRAFT, RUN_ID, "0" * 16):
        assert client.get(address(other)).status_code == 410
    assert client.get(address(OTHER_RUN, run=DRAFT)).status_code == 410
    assert client.get(address(OTHER_RUN, "no_such")).status_code == 404


def test_the_map_of_another_year_is_that_of_its_run(
    client: TestClient, settings: ServiceSettings
) -> None:
    answer = client.get(f"/map/year/{OTHER_RUN}")
    assert answer.status_code == 200
    with Store.open(settings.store_url) as store:
        now, then = (as_published(store, one) for one in (RUN_ID, OTHER_RUN))
        told = [beside(store, one.record) for one in (now, then)]
        layers = drawable_layers(store, then)
    page = offline_page(release(then, told[1]), layers, current=release(now, told[0]))
    assert answer.text == page.html
    first = Blocks(answer.text)
    assert first.data.keys() >= {"vigia-shapes", "vigia-beside", f"rows-{OUTCOME}"}
    assert json.loads(first.data["vigia-data"])["run"] == OTHER_RUN
    assert words("es")("page.other_year", year="2025", current="2026") in first.text
    assert answer.headers["content-security-policy"].startswith(page.csp)
    for other in (SAME_YEAR, RUN_ID, DRAFT, "0" * 16):
        assert client.get(f"/map/year/{other}").status_code == 410


def test_a_run_that_was_withdrawn_is_gone_from_the_list_and_from_what_was_kept(
    client: TestClient, settings: ServiceSettings
) -> None:
    """Also for who has the page of the run before."""
    assert client.get(address(OTHER_RUN)).status_code == 200
    publish_again(settings, "b" * 16, at="2026-11-29T03:00:00Z")
    assert client.get(address(OTHER_RUN)).status_code == 200  # RUN_ID is among those kept
    with Store.open(settings.store_url) as store:
        withdraw(store, OTHER_RUN, at="2026-11-30T03:00:00Z", why="it told too much", by="Ana")
    assert client.get(address(OTHER_RUN)).status_code == 410
    assert client.get(address(OTHER_RUN, run="b" * 16)).status_code == 410
    assert client.get(f"/map/year/{OTHER_RUN}").status_code == 410
    assert OTHER_RUN not in client.get("/").text
    assert [one for one, _ in offered(client)] == [RUN_ID, SAME_YEAR]
