"""Which counts reach the model, and beside which factors and people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests import tiny_project
from vigia import pipeline
from vigia.errors import MissingStepError, ModelError
from vigia.project import load_project, parse_settings
from vigia.settings import ProjectSettings
from vigia.training_table import (
    INDEX,
    Known,
    OutcomeTable,
    feature_years,
    fitted_registers,
    outcome_tables,
    people_of,
    refuse_stale,
    target_year,
)

SOURCE = 'source = "s"\ndate = "2020"\nlicence = ""\nattribution = "a"\npath = "p"\n'
BASE = (
    '[area]\nname = "a"\n'
    f'[districts]\ncode = "c"\nname = "n"\n{SOURCE}'
    f'[population]\ncode = "c"\npeople = "p"\nyear = 2020\n{SOURCE}'
)
MINING = (
    '[[layers]]\nid = "mining"\nlabel = "l"\nlabel_en = "l"\nrole = "risk"\n'
    f'factors = [{{ measure = "distance", weight = -0.5 }}]\n{SOURCE}'
)
FACTOR = "mining__distance__polygon"
CODES = ["010101", "010102", "010201", "020101"]
PEOPLE = [100.0, 200.0, 300.0, 400.0]
FIRST, LAST = 2018, 2024
A = 'id = "a"\noutcome = "trafficking"\nstage = "transit"'
B = 'id = "b"\noutcome = "trafficking"\nstage = "transit"'


def project(*cases: str, model: str = "", layers: str = "") -> ProjectSettings:
    sections = "".join(
        f'[[cases]]\nlabel = "l"\nlabel_en = "l"\narea = "c"\ncount = "n"\nyear_column = "y"\n'
        f"{SOURCE}{text}\n"
        for text in cases
    )
    return parse_settings(f"{BASE}{layers}{sections}[model]\n{model}")


def case(area: str, year: int, count: float, **more: Any) -> dict[str, Any]:
    usual = {
        "dataset": "a",
        "outcome": "trafficking",
        "area_type": "district",
        "detection": "reported",
        "observed": not np.isnan(count),
        "year_to": year,
    }
    return usual | {"area": area, "year_from": year, "count": count} | more


def known(
    *cases: dict[str, Any],
    crosswalks: list[dict[str, Any]] | None = None,
    effort: list[dict[str, Any]] | None = None,
) -> Known:
    """Four districts in three provinces of two departments; the factor tells code and year."""
    index = pd.MultiIndex.from_product([CODES, range(FIRST, LAST)], names=["code", "year"])
    return Known(
        cases=pd.DataFrame([case("", 0, 0.0), *cases]).iloc[1:],
        districts=pd.DataFrame(
            {
                "code": CODES,
                "province_code": [code[:4] for code in CODES],
                "department_code": [code[:2] for code in CODES],
            }
        ),
        population=pd.DataFrame(
            {"area_type": "district", "area": CODES, "year": 2020, "people": PEOPLE}
        ),
        crosswalks=pd.DataFrame(
            crosswalks or [], columns=["area_type", "area", "code", "year_from", "year_to"]
        ),
        effort=pd.DataFrame(
            effort or [], columns=["code", "date", "team_days", "method", "outcome", "found"]
        ),
        features=pd.DataFrame(
            {FACTOR: [CODES.index(code) * 10_000.0 + year for code, year in index]}, index=index
        ),
    )


def only(settings: ProjectSettings, tables: Known) -> OutcomeTable:
    (table,) = outcome_tables(settings, tables)
    return table


def counts(table: OutcomeTable) -> dict[tuple[str, int], float]:
    """Counts of single districts and years, as far as they are known."""
    rows = table.counts[table.counts["count"].notna() & table.counts["effort"].isna()]
    return {(row.code, row.year): row.count for row in rows.itertuples(name="Row")}  # type: ignore[misc]


def parts(table: OutcomeTable) -> dict[int, set[tuple[str, int]]]:
    """Districts and years of each total."""
    rows = table.counts[table.counts["total"] >= 0]
    found: dict[int, set[tuple[str, int]]] = {}
    for code, year, number in zip(rows["code"], rows["year"], rows["total"], strict=True):
        found.setdefault(number, set()).add((code, year))
    return found


def over(codes: list[str], *years: int) -> set[tuple[str, int]]:
    return {(code, year) for code in codes for year in years}


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


def test_the_target_is_the_year_after_the_last_counts_unless_it_is_set() -> None:
    cases = known(case("010101", 2019, 1.0), case("010101", 2022, 1.0)).cases
    assert target_year(project(A), cases) == 2023
    assert feature_years(project(A), cases) == [2018, 2021, 2022]
    assert target_year(project(A, model="target_year = 2030\n"), cases) == 2030
    period = known(case("010101", 2019, 1.0, year_to=2021)).cases
    assert target_year(project(A), period) == 2022
    assert feature_years(project(A), period) == [2018, 2019, 2020, 2021]


def test_nothing_to_train_on_is_told() -> None:
    found = known(case("010101", 2020, 1.0, detection="discovered"))
    with pytest.raises(MissingStepError, match="nothing to train on"):
        fitted_registers(project(A), found.cases)


@pytest.mark.parametrize(
    ("date", "years", "target", "stale"),
    [
        ("2020", 3, 2024, True),  # good to the last day of 2023
        ("2020", 3, 2023, False),
        ("2020-12", 3, 2024, True),
        ("2021-01-01", 3, 2024, False),  # and on the first day of the target year still
        ("2020-12-31", 3, 2024, True),
        ("1950", None, 2024, False),
    ],
)
def test_a_layer_past_its_shelf_life_is_unknown_in_the_target_year(
    date: str, years: int | None, target: int, stale: bool
) -> None:
    (mining,) = parse_settings(tiny_project.SETTINGS).layers
    layers = (
        mining.model_copy(update={"shelf_life_years": years}),
        mining.model_copy(update={"id": "posts", "shelf_life_years": 1}),  # none of the model's
    )
    settings = project().model_copy(update={"layers": layers})
    if not stale:
        refuse_stale(settings, {"mining": date}, target)
        return
    with pytest.raises(ModelError, match=rf"mining \(of {date}, good for 3 years\)\. ") as error:
        refuse_stale(settings, {"mining": date}, target)
    assert "posts" not in error.value.message


def test_no_run_rests_on_a_stale_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIGIA_STORE_URL", raising=False)
    for years, fits in ((3, False), (4, True)):  # the layer is of 2020, the target year is 2024
        text = tiny_project.SETTINGS.replace(
            'role = "risk"\n', f'role = "risk"\nshelf_life_years = {years}\n'
        )
        opened = load_project(tiny_project.write(tmp_path / "project", text))
        pipeline.ingest(opened)
        pipeline.build_features(opened)
        if fits:
            assert pipeline.train(opened).target_year == 2024
            continue
        with pytest.raises(ModelError, match="Past their shelf life when 2024 begins: mining"):
            pipeline.train(opened)
        with pipeline.open_store(opened) as store:
            assert store.runs() == ()


def test_people_of_a_year_are_the_latest_figure_known_by_then() -> None:
    population = pd.DataFrame(
        {
            "area_type": ["district"] * 4 + ["province"],
            "area": ["a", "a", "b", "b", "a"],
            "year": [2015, 2020, 2020, 2021, 2016],
            "people": [10.0, 20.0, 30.0, np.nan, 99.0],
        }
    )
    assert people_of(population, ["a", "b"], 2017).tolist() == [10.0, 30.0]
    assert people_of(population, ["a", "b"], 2025).tolist() == [20.0, 30.0]
    assert people_of(population, ["c"], 2020).isna().all()
