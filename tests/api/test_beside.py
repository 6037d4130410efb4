"""What the served map says of contacts and recorded cases: as stored now, and as everybody may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api import callers
from api.app import create_app
from api.service import ServiceSettings
from data.beside import CONTACTS
from data.keys import add_key
from data.store import Store
from tests.api.project import HERE, published_project, with_settlements
from tests.api.test_counts import OUTCOME, numbers, with_cases
from tests.data.inputs import input_table
from tests.maps import region
from tests.maps.region import IMG

CODES = sorted(region.districts()["code"])
RUN = "c" * 16


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> ServiceSettings:
    made = published_project(tmp_path_factory.mktemp("beside"))
    with Store.open(made.store_url) as store:
        with_cases(store)
        with_settlements(store, RUN)
        tell(store, IMG)
    return replace(made, contacts=("who",))


@pytest.fixture
def client(settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(callers, "FRESH_SECONDS", 0.0)
    with TestClient(create_app(settings), base_url=HERE) as opened:
        yield opened


def tell(store: Store, institution: str, key: str = "who") -> None:
    """Store another table of contacts."""
    rows = [("district", CODES[0], institution, "065"), ("province", CODES[0][:4], "Otra", None)]
    table = pd.DataFrame(rows, columns=CONTACTS)
    store.ingest([input_table(f"contacts/{key}", table, content=institution)])


def beside(client: TestClient) -> dict[str, Any]:
    answer = client.get(f"/map/beside/{RUN}")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def test_contacts_are_those_that_stand_now(client: TestClient, settings: ServiceSettings) -> None:
    first = client.get(f"/map/beside/{RUN}")
    told = first.json()
    who = [told["contacts"][number] for number in told["who"][0]]
    assert who == [[IMG, "065", "district"], ["Otra", "", "province"]]
    same_province = [code[:4] == CODES[0][:4] for code in CODES]
    assert [len(one) > 0 for one in told["who"]] == same_province
    with Store.open(settings.store_url) as store:
        tell(store, "Fiscalía")
        tell(store, "De otro proyecto", "strange")
    known = {"If-None-Match": first.headers["etag"]}
    assert client.get(f"/map/beside/{RUN}", headers=known).status_code == 200
    assert [one[0] for one in beside(client)["contacts"]] == ["Fiscalía", "Otra"]
    assert client.get("/map/beside/0000000000000000").status_code == 410


def test_services_without_a_layer_are_named_as_that(client: TestClient) -> None:
    told = beside(client)
    assert len(told["services"]) == 4
    assert told["texts"] == ["no hay capa"]
    assert told["times"] == [[0, 0, 0, 0]] * len(CODES)


def test_settlements_are_names_and_their_districts(client: TestClient) -> None:
    answer = client.get(f"/map/settlements/{RUN}")
    assert answer.json()["names"] == [IMG, "Puerto Callado"]
    assert [CODES[row] for row in answer.json()["districts"]] == [CODES[8], CODES[9]]
    assert set(answer.json()) == {"names", "districts", "at"}
    known = {"If-None-Match": answer.headers["etag"]}
    assert client.get(f"/map/settlements/{RUN}", headers=known).status_code == 304
    assert client.get("/map/settlements/0000000000000000").status_code == 410
    assert 'id="settlements"' in client.get("/").text


def test_cases_on_the_map_are_those_that_everybody_is_told(
    client: TestClient, settings: ServiceSettings
) -> None:
    """Also for those who have a key, and would be told more: a page is passed on."""
    with Store.open(settings.store_url) as store:
        key = {"X-API-Key": add_key(store, "a partner")[1]}
    public = client.get("/v1/counts?level=district&limit=1000").json()["counts"]
    wanted = {row["code"]: row["count"] for row in public}
    partner = client.get("/v1/counts?level=district&limit=1000", headers=key).json()["counts"]
    assert sum(row["suppressed"] for row in partner) < sum(row["suppressed"] for row in public)
    rows = client.get(f"/map/rows/{RUN}/{OUTCOME}", headers=key).json()
    truth = numbers(region.districts()["code"].tolist())
    for code, row in zip(CODES, rows, strict=True):
        cases, withheld = row[-2:]
        count = wanted[code]
        assert cases == ([] if count is None else [["2024", str(count)]])
        assert withheld == (count is None)
        assert count in (None, truth[code])
