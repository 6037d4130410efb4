"""Names that the search knows beside districts: of what is shown, and nothing but names."""

from __future__ import annotations

import json

import pytest

from data.beside import Beside
from data.records import PublishedRun
from maps.page import offline_page
from maps.parts import in_department
from maps.payload import as_block
from maps.released import Released, release
from maps.settlements import settlements_block, settlements_said
from maps.words import words
from tests.maps.html import Blocks
from tests.maps.region import IMG, settlements

SPANISH = words("es")


@pytest.fixture(scope="module")
def told(run: PublishedRun) -> Released:
    codes = sorted(run.districts["code"])
    return release(run, Beside(settlements=settlements(codes)))


def test_a_name_stands_with_its_district_and_a_rounded_place(told: Released) -> None:
    assert json.loads(settlements_block(told)) == {
        "names": [IMG, "Puerto Callado"],
        "districts": [8, 9],
        "at": [[-7.9, -74.0], [-7.51, -74.01]],
    }
    assert IMG not in settlements_block(told)  # its brackets are escaped


def test_which_are_found_is_said_where_there_are_any(told: Released, released: Released) -> None:
    page = Blocks(offline_page(told, {}).html)
    assert SPANISH("search.settlements", n="500") in page.text
    assert "img" not in page.tags
    assert settlements_said(released, SPANISH) == ""
    assert 'id="settlements"' not in offline_page(released, {}).html


def test_a_part_knows_its_own_alone(told: Released) -> None:
    where = told.beside.settlements.set_index("name")["code"]
    seen = []
    for department in sorted(set(told.districts["department"])):
        part, _ = in_department(told, {}, department)
        block = json.loads(settlements_block(part))
        for name, row in zip(block["names"], block["districts"], strict=True):
            assert part.districts["code"][row] == where[name]
            seen.append(name)
    assert sorted(seen) == sorted(where.index)


def test_none_is_no_error(released: Released) -> None:
    assert settlements_block(released) == as_block({"names": [], "districts": [], "at": []})
