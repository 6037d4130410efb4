"""Hostile names in every format, injections by path and query; and docs/attacks.md beside tests."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.service import ServiceSettings
from tests.api.project import HERE
from tests.maps import region

ROOT = Path(__file__).parents[2]
ITEMS = "/ogc/collections/scores_recruitment/items"
HOSTILE = {region.IMG, region.SCRIPT, region.FORMULA}
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


@pytest.mark.parametrize("form", ["gpkg", "fgb", "parquet"])
def test_hostile_names_arrive_as_they_are_where_nothing_runs_them(
    client: TestClient, tmp_path: Path, form: str
) -> None:
    path = tmp_path / f"x.{form}"
    path.write_bytes(client.get(f"{ITEMS}?f={form}").content)
    read = gpd.read_parquet if form == "parquet" else pyogrio.read_dataframe
    assert set(read(path)["name"]) >= HOSTILE


@pytest.mark.parametrize(
    "path",
    ["/v1/districts?limit=1000", "/v1/districts?limit=1000&f=geojson", f"{ITEMS}?limit=1000",
     f"{ITEMS}?limit=1000&f=jsonfg", "/v1/districts/010101/history", "/v1/layers/police"],
)  # fmt: skip
def test_hostile_names_end_no_script_that_json_is_in(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "json" in answer.headers["content-type"]
    json.loads(answer.text)


def test_hostile_names_are_in_no_counter_and_no_log(
    settings: ServiceSettings, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    written = replace(settings, access_folder=tmp_path)
    with TestClient(create_app(written), base_url=HERE) as client:
        for form in ("json", "csv", "gpkg", "html"):
            assert client.get(f"{ITEMS}?f={form}").status_code == 200
        assert client.get("/v1/districts/010101").status_code == 200
    said = "".join(path.read_text("ascii") for path in tmp_path.glob("*.jsonl"))
    said += "".join(capfd.readouterr())
    assert said.count("\n") >= 5
    assert not [name for name in HOSTILE if name in said or json.dumps(name)[1:-1] in said]


INJECTED = [
    "' OR '1'='1", "1; DROP TABLE runs; --", "1 UNION SELECT sha256 FROM keys",
    "{{7777*7777}}", "${jndi:ldap://127.0.0.1/x}", "$(id)", "../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd", "\x00", "010101\x00", "\r\nSet-Cookie: x=y",
    "\x1b[2J", "\u202e010101", "<!ENTITY x SYSTEM 'file:///etc/passwd'>",
    "__class__", "9" * 400, "NaN", "é" * 3000,
]  # fmt: skip
LEAKED = ("root:", "uid=", "60481729", "Traceback", "sqlalchemy", "OperationalError")
NAMED = {
    "/v1/districts": ("outcome", "stage", "level", "department", "province", "code", "lon", "limit",
                      "offset", "run", "after", "asof", "f"),
    "/v1/districts/010101/history": ("limit", "after", "outcome"),
    "/v1/changes": ("since", "limit", "run", "after"),
    "/v1/counts": ("outcome", "level", "parent", "limit", "offset"),
    ITEMS: ("filter", "filter-lang", "filter-crs", "crs", "bbox", "bbox-crs", "datetime", "sortby",
            "properties", "limit", "after", "run", "name", "code", "f"),
    "/": ("lang",),
}  # fmt: skip
PLACES = (
    "/v1/districts/{}", "/v1/districts/{}/history", "/v1/runs/{}", "/v1/layers/{}", "/v1/plans/{}",
    "/v1/trainings/{}", "/static/{}", "/ogc/collections/{}", "/ogc/collections/{}/items",
    f"{ITEMS}/{{}}", "/ogc/collections/scores_recruitment/tiles/{}/0/0/0",
    "/ogc/collections/scores_recruitment/tiles/WebMercatorQuad/{}/0/0",
)  # fmt: skip


@pytest.mark.parametrize("text", INJECTED)
def test_what_is_injected_is_a_word_that_fits_nothing(client: TestClient, text: str) -> None:
    before = client.get(f"{ITEMS}?limit=1000").content
    answers = [
        client.get(path, params={name: text}) for path, names in NAMED.items() for name in names
    ]
    answers += [client.get(place.format(_quoted(text))) for place in PLACES]
    for answer in answers:
        assert answer.status_code in (200, 400, 401, 403, 404, 405, 410, 422), answer.request.url
        assert "x" not in answer.cookies
        for leaked in LEAKED:
            assert leaked not in answer.text.replace(text, ""), answer.request.url
    assert client.get(f"{ITEMS}?limit=1000").content == before


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def test_every_attack_of_the_table_is_tried() -> None:
    """A test that is renamed or deleted is missed here."""
    table = (ROOT / "docs" / "attacks.md").read_text(encoding="utf-8")
    rows = [row for row in ROW.findall(table) if "`test_" in row[2]]
    assert len(rows) > 25
    assert len(rows) == len(re.findall(r"^\| (?!attack |---)", table, re.MULTILINE))
    written = {path: path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
    there = {
        f"{path.relative_to(ROOT / 'tests')}: {name}"
        for path, text in written.items()
        for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE)
    }
    named = set()
    for *_, tests in rows:
        for file, names in re.findall(r"([\w/]+\.py): ((?:`test_\w+`(?:, )?)+)", tests):
            named |= {f"{file}: {name}" for name in re.findall(r"`(\w+)`", names)}
    assert named <= there, named - there
    assert len(named) == len(re.findall(r"`test_\w+`", table))
