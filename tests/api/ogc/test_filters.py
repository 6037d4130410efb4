"""CQL2 against plain Python over the same features."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient
from shapely.geometry import box, shape

ITEMS = "/ogc/collections/scores_recruitment/items"
MINING, RIVERS = "mining__distance__capital", "rivers__length_density__polygon"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
Feature = dict[str, Any]
WEST = box(-75, -9, -74, -8)
SQUARE = "POLYGON((-75 -9,-74 -9,-74 -8,-75 -8,-75 -9))"


def features(client: TestClient) -> list[Feature]:
    whole = client.get(f"{ITEMS}?limit=10000").json()["features"]
    return [
        one["properties"] | {"shape": one["geometry"] and shape(one["geometry"])} for one in whole
    ]


def found(client: TestClient, text: str, **more: str) -> list[str]:
    answer = client.get(ITEMS, params={"filter": text, "limit": "10000", **more})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["numberMatched"] == len(told["features"])
    return [one["id"] for one in told["features"]]


def known(name: str, test: Callable[[Any], bool]) -> Callable[[Feature], bool]:
    return lambda one: one[name] is not None and test(one[name])


def place(test: Callable[[Any], bool]) -> Callable[[Feature], bool]:
    return known("shape", lambda it: bool(test(it)))


CASES: dict[str, Callable[[Feature], bool]] = {
    # basic
    "level = 'low'": known("level", lambda it: it == "low"),
    "level <> 'low'": known("level", lambda it: it != "low"),
    "rate > 3": known("rate", lambda it: it > 3),
    "rate <= 3": known("rate", lambda it: it <= 3),
    "NOT rate > 3": known("rate", lambda it: it <= 3),
    "rate IS NULL": lambda one: one["rate"] is None,
    "rate IS NOT NULL": lambda one: one["rate"] is not None,
    "no_records": lambda one: one["no_records"],
    "no_records = FALSE": lambda one: not one["no_records"],
    "rate > 3 OR no_records": lambda one: one["no_records"] or (one["rate"] or 0) > 3,
    "rate > 3 AND NOT no_records": lambda one: (one["rate"] or 0) > 3 and not one["no_records"],
    "NOT (rate > 3 AND no_records)": lambda one: (
        not one["no_records"] or (one["rate"] is not None and one["rate"] <= 3)
    ),
    "TRUE": lambda one: True,
    "DATE('2020-01-01') < DATE('2021-01-01')": lambda one: True,
    "TIMESTAMP('2020-01-01T00:00:00Z') > TIMESTAMP('2021-01-01T00:00:00Z')": lambda one: False,
    # advanced comparison
    "name LIKE 'Distrito 1%'": known("name", lambda it: it.startswith("Distrito 1")),
    "name LIKE 'Distrito _'": known("name", lambda it: it[:9] == "Distrito " and len(it) == 10),
    "name NOT LIKE 'Distrito%'": known("name", lambda it: not it.startswith("Distrito")),
    "rate BETWEEN 2 AND 5": known("rate", lambda it: 2 <= it <= 5),
    "level IN ('low', 'high')": known("level", lambda it: it in ("low", "high")),
    "rank IN (1, 2, 5)": known("rank", lambda it: it in (1, 2, 5)),
    # without case, without accents
    "CASEI(name) = CASEI('DISTRITO 10')": known("name", lambda it: it == "Distrito 10"),
    "CASEI(name) IN (CASEI('distrito 9'), CASEI('x'))": known(
        "name", lambda it: it == "Distrito 9"
    ),
    "ACCENTI(name) LIKE ACCENTI('ñahuin del rio')": lambda one: False,
    "ACCENTI(CASEI(name)) LIKE 'nahuin del %'": known("name", lambda it: it.startswith("Ñahuín")),
    # arithmetic, and properties against properties
    "rate > 2 * rate_low - 0.001": lambda one: (
        one["rate"] is not None and one["rate"] > 2 * one["rate_low"] - 0.001
    ),
    "(rate_high - rate_low) / rate > 3": lambda one: False,
    "rank % 2 = 0": known("rank", lambda it: it % 2 == 0),
    "rank DIV 4 = 2": known("rank", lambda it: it // 4 == 2),
    "rank ^ 2 < 10": known("rank", lambda it: it**2 < 10),
    "rank / 0 > 1": lambda one: False,
    "rate < rate_high": known("rate", lambda it: True),
    "5 > rank": known("rank", lambda it: it < 5),
    "province_code = department_code": lambda one: False,
    # spatial
    "S_INTERSECTS(geometry, BBOX(-75, -9, -74, -8))": place(WEST.intersects),
    "S_INTERSECTS(geometry, POINT(-73.5 -8))": place(shapely.Point(-73.5, -8).intersects),
    f"S_DISJOINT(geometry, {SQUARE})": place(WEST.disjoint),
    f"NOT S_INTERSECTS(geometry, {SQUARE})": place(WEST.disjoint),
    f"S_WITHIN(geometry, {SQUARE})": place(WEST.contains),
    f"S_CONTAINS({SQUARE}, geometry)": place(WEST.contains),
    "S_CONTAINS(geometry, POINT(-73.5 -8))": place(shapely.Point(-73.5, -8).within),
    f"S_OVERLAPS(geometry, {SQUARE})": place(WEST.overlaps),
    "S_CROSSES(LINESTRING(-76 -8.5, -70 -8.5), geometry)": place(
        shapely.LineString([(-76, -8.5), (-70, -8.5)]).crosses
    ),
    f"S_TOUCHES(geometry, {SQUARE})": place(WEST.touches),
    f"S_EQUALS(geometry, {SQUARE})": place(WEST.equals),
    "S_INTERSECTS(geometry, geometry)": lambda one: one["shape"] is not None,
    "geometry IS NULL": lambda one: one["shape"] is None,
    # arrays
    f"A_CONTAINS(factors, ('{MINING}'))": lambda one: MINING in one["factors"],
    f"A_CONTAINS(factors, ('{MINING}', 'zzzz'))": lambda one: False,
    f"A_CONTAINEDBY(factors, ('{RIVERS}', 'zzzz'))": lambda one: set(one["factors"]) <= {RIVERS},
    f"A_OVERLAPS(factors, ('{RIVERS}', 'zzzz'))": lambda one: RIVERS in one["factors"],
    f"A_EQUALS(factors, ('{RIVERS}', '{MINING}'))": lambda one: (
        set(one["factors"]) == {MINING, RIVERS}
    ),
    "A_OVERLAPS(factors, warnings)": lambda one: False,
}


@pytest.mark.parametrize("text", CASES)
def test_text_finds_what_python_finds(client: TestClient, text: str) -> None:
    wanted = [one["code"] for one in features(client) if CASES[text](one)]
    assert found(client, text) == wanted


def test_the_cases_tell_something(client: TestClient) -> None:
    """Most find some and not all, or they would pass with any filter."""
    whole = features(client)
    sizes = [sum(map(bool, map(test, whole))) for test in CASES.values()]
    assert sum(0 < size < len(whole) for size in sizes) > 30


JSON_CASES: list[tuple[Any, str]] = [
    ({"op": "=", "args": [{"property": "level"}, "low"]}, "level = 'low'"),
    ({"op": "isNull", "args": [{"property": "rate"}]}, "rate IS NULL"),
    (
        {"op": "not", "args": [{"op": ">", "args": [{"property": "rate"}, 3]}]},
        "NOT rate > 3",
    ),
    ({"op": "in", "args": [{"property": "level"}, ["low", "high"]]}, "level IN ('low', 'high')"),
    ({"op": "between", "args": [{"property": "rate"}, 2, 5]}, "rate BETWEEN 2 AND 5"),
    (
        {"op": "like", "args": [{"op": "casei", "args": [{"property": "name"}]}, "distrito 1%"]},
        "name LIKE 'Distrito 1%'",
    ),
    (
        {"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": [-75, -9, -74, -8]}]},
        "S_INTERSECTS(geometry, BBOX(-75, -9, -74, -8))",
    ),
    (
        {
            "op": "s_within",
            "args": [{"property": "geometry"}, shapely.geometry.mapping(WEST)],
        },
        f"S_WITHIN(geometry, {SQUARE})",
    ),
    (
        {"op": "a_containedBy", "args": [{"property": "factors"}, [RIVERS, "zzzz"]]},
        f"A_CONTAINEDBY(factors, ('{RIVERS}', 'zzzz'))",
    ),
]


@pytest.mark.parametrize(("tree", "text"), JSON_CASES)
def test_json_finds_what_text_finds(client: TestClient, tree: Any, text: str) -> None:
    by_json = found(client, json.dumps(tree), **{"filter-lang": "cql2-json"})
    assert by_json == found(client, text)


def test_filters_may_be_in_other_systems(client: TestClient) -> None:
    wanted = found(client, "S_INTERSECTS(geometry, POINT(-73.5 -8))")
    assert len(wanted) == 1
    turned = found(
        client, "S_INTERSECTS(geometry, POINT(-8 -73.5))", **{"filter-crs": f"{EPSG}4326"}
    )
    metres = "S_INTERSECTS(geometry, POINT(-8181982.6 -893463.8))"
    assert turned == found(client, metres, **{"filter-crs": f"{EPSG}3857"}) == wanted


def test_filters_and_all_else_must_fit(client: TestClient) -> None:
    level, all_of_them = found(client, "level = 'low'"), found(client, "TRUE")
    assert 0 < len(level) < len(all_of_them)
    both = found(client, "level = 'low'", department_code="01")
    assert both == [code for code in level if code.startswith("01")]
    assert found(client, "level = 'low'", bbox="0,0,1,1") == []


WRONG = [
    "", "rate >", "zzzz = 1", "rate = 'a'", "rate", "'a'", "rate + 1", "name + 1 = 2",
    "rate = TRUE", "factors = 'a'", "geometry = 1", "zzzz(rate) = 1", "casei(rate) = 'a'",
    "name LIKE 3", "rate LIKE 'a'", "rate IN (1, 'a')", "name > 3", "no_records > 3",
    "T_AFTER(rate, DATE('2020-01-01'))", "rate > 1e400", "DATE('2020-13-01') = DATE('2020-01-01')",
    "S_INTERSECTS(name, POINT(1 1))", "S_INTERSECTS(geometry, 'POINT(1 1)')",
    "S_INTERSECTS(geometry, POLYGON((0 0,1 1,0 1,1 0,0 0)))", "S_BUFFER(geometry, 1) = 1",
    "S_INTERSECTS(geometry, BBOX(1, 9, 2, 3))", "A_CONTAINS(name, ('a'))",
    "A_CONTAINS(factors, (1))", "rate = 1; DROP TABLE runs",
]  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_what_makes_no_sense_is_refused(client: TestClient, text: str) -> None:
    answer = client.get(ITEMS, params={"filter": text})
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "text",
    [
        "{", "[]", "3", "{}", '{"op": "="}', '{"op": "=", "args": []}', '{"op": 3, "args": []}',
        '{"op": "and", "args": [true]}', '{"op": "in", "args": [{"property": "rate"}, 3]}',
        '{"op": ">", "args": [{"property": "rate"}, NaN]}',
        '{"op": "s_intersects", "args": [{"property": "geometry"}, {"type": "Point"}]}',
        '{"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": [1, 2]}]}',
        '{"op": "eval", "args": ["__import__(\'os\')"]}',
    ],
)  # fmt: skip
def test_json_that_makes_no_sense_is_refused(client: TestClient, text: str) -> None:
    answer = client.get(ITEMS, params={"filter": text, "filter-lang": "cql2-json"})
    assert answer.status_code == 400, answer.text


def nested(op: str, depth: int) -> str:
    return f'{{"op": "{op}", "args": [' * depth + "true" + "]}" * depth


BOMBS = {
    "brackets": ("(" * 4000 + "rate=1" + ")" * 4000, "cql2-text"),
    "brackets in texts": ("(a=')' AND " * 800 + "rate=1", "cql2-text"),
    "nots": ("NOT " * 2000 + "(rate=1)", "cql2-text"),
    "signs": ("rate=" + "-" * 8000 + "1", "cql2-text"),
    "functions": ("CASEI(" * 1500 + "name" + ")" * 1500 + "='x'", "cql2-text"),
    "sums": ("+".join(["rate"] * 1900) + "=1", "cql2-text"),
    "powers": ("^".join(["2"] * 3000) + "=1", "cql2-text"),
    "conditions": (" OR ".join(["rate=1"] * 900), "cql2-text"),
    "length": ("rate=1 " + " " * 20_000, "cql2-text"),
    "vertices": ("S_INTERSECTS(geometry, LINESTRING(" + "1 1," * 2400 + "2 2))", "cql2-text"),
    "nested json": (nested("not", 400), "cql2-json"),
    "lists": ("[" * 4900 + "]" * 4900, "cql2-json"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused(client: TestClient, name: str) -> None:
    text, language = BOMBS[name]
    answer = client.get(ITEMS, params={"filter": text, "filter-lang": language})
    assert answer.status_code == 400, answer.text
    assert client.get(f"{ITEMS}?limit=1").status_code == 200


def test_patterns_take_no_longer_than_texts_are_long(client: TestClient) -> None:
    """A pattern that backtracking would never come to an end of; else this never ends."""
    text = "name LIKE '" + "%i_%t" * 400 + "zzzz'"
    done: list[list[str]] = []
    thread = threading.Thread(target=lambda: done.append(found(client, text)), daemon=True)
    thread.start()
    thread.join(60)
    assert done == [[]]


def test_the_language_is_one_of_two(client: TestClient) -> None:
    for more in ("filter-lang=sql", "filter-crs=urn:none"):
        assert client.get(f"{ITEMS}?filter=rate=1&{more}").status_code == 400


def test_queryables_are_what_filters_may_name(client: TestClient) -> None:
    answer = client.get(ITEMS.replace("/items", "/queryables"))
    assert answer.headers["content-type"] == "application/schema+json"
    told = answer.json()
    assert told["$schema"].startswith("https://json-schema.org/draft/20")
    assert told["$id"].endswith("/queryables")
    assert told["type"] == "object"
    properties = client.get(f"{ITEMS}?limit=1").json()["features"][0]["properties"]
    assert set(told["properties"]) == {*properties, "geometry"}
    for name in set(told["properties"]) - {"factors", "warnings"}:
        found(client, f"{name} IS NOT NULL")


def test_collections_lead_to_their_queryables(client: TestClient) -> None:
    for one in client.get("/ogc/collections").json()["collections"]:
        (address,) = [link["href"] for link in one["links"] if link["rel"].endswith("/queryables")]
        assert client.get(address).status_code == 200
