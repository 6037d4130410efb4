"""Another published run on the served map: which there are, and that none is shown that may not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.service import ServiceSettings
from data.publish import as_published, publish, withdraw
from data.store import Store
from maps.against import against
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
    page = client.get("/").text
    found = re.search(r'id="vigia-data">(.*?)</script>', page, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
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
    assert [one for one, _ in offered(client)] == [RUN_ID, SAME_YEAR]
