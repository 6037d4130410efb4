"""Which counts reach the model, and beside which factors and people."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.vigia.four_districts import (
    CODES,
    FACTOR,
    MINING,
    PEOPLE,
    A,
    B,
    case,
    counts,
    known,
    only,
    over,
    parts,
    project,
)
from vigia.errors import MissingStepError
from vigia.training_table import (
    INDEX,
    feature_years,
    outcome_tables,
    target_year,
)


@pytest.mark.parametrize(("absent", "expected"), [("zero", 0.0), ("unobserved", np.nan)])
def test_absent_districts_are_zero_or_unknown_as_the_register_says(
    absent: str, expected: float
) -> None:
    tables = known(case("010101", 2021, 4.0), case("010102", 2022, np.nan))
    table = only(project(f'{A}\nabsent = "{absent}"'), tables)
    rows = table.counts.set_index(["code", "year"])["count"]
    assert set(rows.index) == over(CODES, 2021, 2022)
    assert rows["010101", 2021] == 4.0
    assert np.isnan(rows["010102", 2022])  # said to be unknown, which is not absent
    others = rows.drop([("010101", 2021), ("010102", 2022)])
    np.testing.assert_equal(others.to_numpy(), np.full(6, expected))
    assert (table.outcome, table.stage, table.totals) == ("trafficking", "transit", ())


def test_people_and_factors_stand_beside_each_count() -> None:
    """Factors are those at the end of the year before, of counts and of the target alike."""
    table = only(project(A), known(case("010101", 2021, 4.0), case("010201", 2022, 1.0)))
    for rows in (table.counts, table.target):
        place = rows["code"].map(CODES.index)
        np.testing.assert_array_equal(rows[FACTOR], place * 10_000.0 + rows["year"] - 1)
        np.testing.assert_array_equal(rows["people"], np.array(PEOPLE)[place])
        assert rows["province"].tolist() == [code[:4] for code in rows["code"]]
    assert table.target["code"].tolist() == CODES
    assert set(table.target["year"]) == {2023}


def test_factors_may_stand_still() -> None:
    settings = project(A, model="factors_as_of = 2019\n")
    tables = known(case("010101", 2021, 4.0), case("010101", 2023, 4.0))
    assert feature_years(settings, tables.cases) == [2019]
    table = only(settings, tables)
    for rows in (table.counts, table.target):
        place = rows["code"].map(CODES.index)
        np.testing.assert_array_equal(rows[FACTOR], place * 10_000.0 + 2019)
    assert set(table.target["year"]) == {2024}


@pytest.mark.parametrize(
    ("total", "members"),
    [
        (case("0101", 2021, 7.0, area_type="province"), over(CODES[:2], 2021)),
        (case("01", 2021, 7.0, area_type="department"), over(CODES[:3], 2021)),
        (case("010201", 2019, 7.0, year_to=2021), over(["010201"], 2019, 2020, 2021)),
        (
            case("01", 2020, 7.0, year_to=2021, area_type="department"),
            over(CODES[:3], 2020, 2021),
        ),
    ],
)
def test_a_total_is_of_all_its_districts_and_years(
    total: dict[str, Any], members: set[tuple[str, int]]
) -> None:
    table = only(project(f'{A}\nabsent = "zero"'), known(total))
    assert table.totals == (7.0,)
    assert parts(table) == {0: members}
    assert table.counts["count"].isna().all()  # no district is zero because a total was told
    assert len(table.counts) == len(members)
    assert table.warnings == ()
    assert table.counts["people"].notna().all()
    assert table.counts[FACTOR].notna().all()


def test_a_total_of_an_area_follows_its_crosswalk_through_the_years() -> None:
    def part(code: str, first: int | None, last: int | None, area: str = "north") -> dict[str, Any]:
        return {
            "area_type": "judicial", "area": area, "code": code,
            "year_from": first, "year_to": last,
        }  # fmt: skip

    walk = [
        part("010101", None, None),
        part("010102", None, 2020),
        part("010201", 2021, None),
        part("020101", None, None, area="south"),
    ]
    tables = known(
        case("north", 2020, 9.0, year_to=2021, area_type="judicial"),
        case("south", 2020, 5.0, area_type="judicial"),
        crosswalks=walk,
    )
    table = only(project(A), tables)
    assert table.totals == (9.0, 5.0) or table.totals == (5.0, 9.0)
    members = {table.totals[number]: of for number, of in parts(table).items()}
    assert members == {
        9.0: {("010101", 2020), ("010101", 2021), ("010102", 2020), ("010201", 2021)},
        5.0: {("020101", 2020)},
    }


def test_no_case_is_counted_twice() -> None:
    """A total of which any part is counted already is left out whole, and that is told."""
    tables = known(
        case("010101", 2021, 4.0),
        case("0101", 2021, 6.0, area_type="province"),  # has 010101 in it
        case("0102", 2021, 2.0, area_type="province"),
        case("02", 2021, 3.0, area_type="department"),
        case("020101", 2021, 8.0, year_to=2022),  # 2021 is in the one before
    )
    table = only(project(A), tables)
    assert counts(table) == {("010101", 2021): 4.0}
    members = {table.totals[number]: of for number, of in parts(table).items()}
    assert members == {2.0: over(["010201"], 2021), 3.0: over(["020101"], 2021)}
    assert table.warnings == ("totals_overlap_left_out",)


def test_an_unknown_total_is_none() -> None:
    tables = known(case("010101", 2021, 4.0), case("0102", 2021, np.nan, area_type="province"))
    table = only(project(A), tables)
    assert (table.totals, table.warnings) == ((), ())


def visit(code: str, date: str, days: float, found: float, **more: Any) -> dict[str, Any]:
    usual = {"method": "raid", "outcome": "trafficking"}
    return usual | {
        "code": code, "date": pd.Timestamp(date), "team_days": days, "found": found
    } | more  # fmt: skip


EFFORT = [
    visit("010102", "2022-12-31", 1.5, 3.0),
    visit("010101", "2021-05-01", 2.0, 0.0),
    visit("010101", "2021-06-01", 2.0, np.nan),  # nobody knows what it found
    visit("010101", "2021-07-01", np.nan, 5.0),  # or what it took
    visit("010101", "2021-08-01", 0.0, 5.0),
    visit("010101", "2021-09-01", 2.0, 5.0, outcome="other"),
    visit("010101", "2030-01-01", 2.0, 5.0),  # years after the counts
]


def test_effort_teaches_where_it_is_asked_to() -> None:
    tables = known(case("010101", 2021, 4.0), case("010101", 2022, 1.0), effort=EFFORT)
    silent = only(project(A), tables)
    assert silent.counts["effort"].isna().all()
    table = only(project(A, model="discovered = true\n"), tables)
    found = table.counts[table.counts["effort"].notna()]
    assert found[["code", "year", "count", "effort"]].to_numpy().tolist() == [
        ["010101", 2021, 0.0, 2.0],
        ["010102", 2022, 3.0, 1.5],
    ]
    assert found[FACTOR].tolist() == [2020.0, 12021.0]
    assert found["people"].tolist() == PEOPLE[:2]
    assert (found["total"] == -1).all()
    assert counts(table) == counts(silent)  # a raid adds nothing to what was reported


@pytest.mark.parametrize(
    ("model", "effort", "told"),
    [
        ("", EFFORT, True),  # they stay out of the fit
        ("discovered = true\n", [], True),  # what they took is not known
        ("discovered = true\n", EFFORT, False),  # they are in it, by the effort that found them
    ],
)
def test_discovered_cases_that_stay_out_are_told_of(
    model: str, effort: list[dict[str, Any]], told: bool
) -> None:
    tables = known(
        case("010101", 2021, 4.0),
        case("010101", 2021, 9.0, detection="discovered", dataset="b"),
        effort=effort,
    )
    table = only(project(A, f'{B}\ndetection = "discovered"', model=model), tables)
    assert counts(table) == {("010101", 2021): 4.0}
    assert ("discovered_cases_left_out" in table.warnings) == told


def test_registers_are_never_added() -> None:
    """The first with counts of districts is fitted, or the first with any; others stand beside."""
    of_district = case("010101", 2021, 5.0, dataset="b")
    of_province = case("0101", 2021, 7.0, area_type="province")
    table = only(project(A, B), known(case("010101", 2021, 4.0), of_district))
    assert counts(table) == {("010101", 2021): 4.0}
    assert [one.id for one in table.beside] == ["b"]
    assert table.warnings == ("other_registers_left_out",)
    table = only(project(A, B), known(of_province, of_district))
    assert (counts(table), table.totals) == ({("010101", 2021): 5.0}, ())
    assert [one.id for one in table.beside] == ["a"]
    table = only(project(A), known(of_province))
    assert table.totals == (7.0,)


def test_a_register_may_be_put_beside_the_fit() -> None:
    tables = known(case("010101", 2021, 4.0), case("010101", 2022, 5.0, dataset="b"))
    settings = project(f"{A}\nbeside = true", B)
    table = only(settings, tables)
    assert counts(table) == {("010101", 2022): 5.0}
    assert [one.id for one in table.beside] == ["a"]
    with pytest.raises(MissingStepError, match="nothing to train on"):
        outcome_tables(project(f"{A}\nbeside = true"), tables)


def test_each_outcome_is_a_table_of_its_own() -> None:
    other = 'id = "b"\noutcome = "complaints"'
    tables = known(
        case("010101", 2021, 4.0), case("010102", 2022, 5.0, dataset="b", outcome="complaints")
    )
    first, second = outcome_tables(project(A, other), tables)
    assert [(first.outcome, first.stage), (second.outcome, second.stage)] == [
        ("complaints", None),
        ("trafficking", "transit"),
    ]
    assert counts(first) == {("010102", 2022): 5.0}
    assert counts(second) == {("010101", 2021): 4.0}
    assert set(first.target["year"]) == set(second.target["year"]) == {2023}
    (chosen,) = outcome_tables(project(A, other, model='outcomes = ["complaints"]\n'), tables)
    assert chosen.outcome == "complaints"


def test_without_cases_experts_weights_make_an_index() -> None:
    settings = project(layers=MINING, model="target_year = 2022\n")
    table = only(settings, known())
    assert (table.outcome, table.stage, table.warnings) == (INDEX, None, ("expert_index",))
    assert (table.totals, table.beside) == ((), ())
    for rows in (table.counts, table.target):
        assert rows["code"].tolist() == CODES
        assert set(rows["year"]) == {2022}
        assert rows[FACTOR].tolist() == [2021.0, 12021.0, 22021.0, 32021.0]
    assert table.counts["count"].isna().all()
    assert feature_years(settings, known().cases) == [2021]
    with pytest.raises(MissingStepError, match="nothing tells which year") as missing:
        target_year(project(layers=MINING), known().cases)
    assert "target_year" in str(missing.value.hint)
