"""Counts over HTTP: suppressed as they were released, for who asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api import callers
from api.app import create_app
from api.service import ServiceSettings
from data.keys import add_key
from data.publish import publish, rollback, withdraw
from data.store import Store
from tests.api.project import HERE, published_project, save_again
from tests.data.counts.attacker import bounds
from tests.data.inputs import input_table
from tests.maps import region
from vigia.errors import PublicationRefusedError

OUTCOME = "recruitment"


def numbers(codes: list[str], more: int = 0) -> dict[str, int]:
    """Of every district; many are small."""
    return {code: (number * number) % 31 + more for number, code in enumerate(codes)}


def with_cases(store: Store, more: int = 0) -> None:
    codes = region.districts()["code"].tolist()
    rows = [
        {
            "outcome": OUTCOME, "area_type": "district", "area": code, "year_from": 2024,
            "year_to": 2024, "detection": "reported", "count": float(count), "observed": True,
        }
        for code, count in numbers(codes, more).items()
    ]  # fmt: skip
    item = input_table("cases/register", pd.DataFrame(rows), (2024,), content=str(more))
    store.ingest([item])


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> ServiceSettings:
    made = published_project(tmp_path_factory.mktemp("counts"))
    with Store.open(made.store_url) as store:
        with_cases(store)
        publish(store, save_again(store, "c" * 16), at="2026-11-25T03:00:00Z")
    return made


@pytest.fixture
def key(settings: ServiceSettings) -> dict[str, str]:
    with Store.open(settings.store_url) as store:
        return {"X-API-Key": add_key(store, "a partner")[1]}


@pytest.fixture
def client(settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(callers, "FRESH_SECONDS", 0.0)
    with TestClient(create_app(settings), base_url=HERE) as opened:
        yield opened


def everything(client: TestClient, **headers: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    while True:
        query = {"limit": 10, "offset": len(rows)}
        page = client.get("/v1/counts", params=query, headers=headers).json()
        rows += page["counts"]
        if len(rows) == page["total"]:
            return rows


def area(row: dict[str, Any]) -> str:
    return f"{row['level']}:{row['code'] or ''}"


def test_everybody_is_told_less_than_partners(client: TestClient, key: dict[str, str]) -> None:
    public, partner = everything(client), everything(client, **key)
    assert [area(row) for row in public] == [area(row) for row in partner]
    truth = numbers(region.districts()["code"].tolist())
    told = []
    for smallest, rows in ((11, public), (5, partner)):
        assert all(row["suppressed"] == (row["count"] is None) for row in rows)
        known = {row["code"]: row["count"] for row in rows if row["count"] is not None}
        assert min(known.values()) >= smallest
        told.append(set(known))
        for code, count in known.items():
            assert truth.get(code, count) == count
    assert told[0] < told[1]
    assert next(row for row in public if row["level"] == "whole")["count"] == sum(truth.values())
    assert client.get("/v1/counts").json()["audience"] == "public"
    assert client.get("/v1/counts", headers=key).json()["audience"] == "partner"


def test_no_filter_page_or_level_tells_what_is_suppressed(
    client: TestClient, key: dict[str, str]
) -> None:
    """Whoever asks for everything in every way still cannot work out a count."""
    table = region.districts()
    parents = {f"district:{r.code}": f"province:{r.province_code}" for r in table.itertuples()}
    parents |= {
        f"province:{r.province_code}": f"department:{r.department_code}" for r in table.itertuples()
    }
    parents |= dict.fromkeys({one for one in parents.values() if "department" in one}, "whole:")
    for headers, k in (({}, 11), (key, 5)):
        told: dict[str, int] = {}
        for query in (
            "",
            "?level=district",
            "?year=2024",
            f"?outcome={OUTCOME}",
            "?level=province",
        ):
            page = client.get(f"/v1/counts{query}", headers=headers).json()
            told |= {area(row): row["count"] for row in page["counts"] if row["count"] is not None}
        for row in everything(client, **headers):
            if row["suppressed"]:
                low, high = bounds(parents, told.items(), area(row))
                assert high - low >= k


def test_filters(client: TestClient) -> None:
    assert client.get("/v1/counts?year=2023").json()["total"] == 0
    rows = client.get("/v1/counts?level=department").json()["counts"]
    assert {row["level"] for row in rows} == {"department"}
    assert {row["name"] for row in rows} == {"Alto Río", "Bajo Río"}
    assert client.get("/v1/counts?outcome=none").status_code == 422
    assert client.get("/v1/counts?level=house").status_code == 422


def test_a_key_of_another_stage_is_told_nothing(
    settings: ServiceSettings, client: TestClient
) -> None:
    with Store.open(settings.store_url) as store:
        narrow = {"X-API-Key": add_key(store, "x", stages=["transit"])[1]}
        coarse = {"X-API-Key": add_key(store, "x", resolution="province")[1]}
    assert client.get("/v1/counts", headers=narrow).json()["total"] == 0
    assert client.get(f"/v1/counts?outcome={OUTCOME}", headers=narrow).status_code == 403
    assert client.get("/v1/counts", headers=coarse).status_code == 403


def test_corrections_and_rollbacks_tell_no_small_change(tmp_path: Path) -> None:
    made = published_project(tmp_path)
    answers = []
    with Store.open(made.store_url) as store:
        for number, more in enumerate((0, 1, 40)):
            with_cases(store, more)
            publish(store, save_again(store, f"{number:016x}"), at=f"2026-11-2{number}")
            with TestClient(create_app(made), base_url=HERE) as client:
                answers.append(everything(client))
        rollback(store, at="2026-11-30")
        with TestClient(create_app(made), base_url=HERE) as client:
            answers.append(everything(client))
    told = [{area(row): row["count"] for row in rows} for rows in answers]
    assert told[1] == told[0]  # one more in each district is a small change
    assert all(
        (after is None) == (told[0][one] is None) for one, after in told[2].items()
    )  # what was not told never is
    assert told[2] != told[0]
    assert told[3] == told[1]


def test_a_run_that_leaked_is_never_served_again(tmp_path: Path) -> None:
    made = published_project(tmp_path)
    with Store.open(made.store_url) as store:
        publish(store, save_again(store, "d" * 16), at="2026-11-25")
        with pytest.raises(PublicationRefusedError, match="is served now"):
            withdraw(store, "d" * 16, at="2026-11-26", why="It leaked.", by="A. Analyst")
        with pytest.raises(PublicationRefusedError, match="without a reason"):
            withdraw(store, region.RUN_ID, at="2026-11-26", why=" ", by="A. Analyst")
        with TestClient(create_app(made), base_url=HERE) as client:
            assert len(client.get("/v1/runs").json()["runs"]) == 2
            withdraw(store, region.RUN_ID, at="2026-11-26", why="It leaked.", by="A. Analyst")
            assert [run["id"] for run in client.get("/v1/runs").json()["runs"]] == ["d" * 16]
        with pytest.raises(PublicationRefusedError, match="was withdrawn"):
            publish(store, region.RUN_ID, at="2026-11-27")
        with pytest.raises(PublicationRefusedError, match="was withdrawn"):
            rollback(store, at="2026-11-27")


def test_a_run_of_an_earlier_version_has_no_counts_until_it_is_published_again(
    settings: ServiceSettings, tmp_path: Path
) -> None:
    from data.service_tables import releases  # noqa: PLC0415

    made = replace(published_project(tmp_path))
    with Store.open(made.store_url) as store:
        with store.writing() as connection:
            connection.execute(releases.delete())
        with TestClient(create_app(made), base_url=HERE) as client:
            answer = client.get("/v1/counts")
            assert answer.status_code == 404
            assert "vigia publish" in answer.json()["hint"]
            publish(store, region.RUN_ID, at="2026-11-25")
            assert client.get("/v1/counts").json()["total"] == 0
