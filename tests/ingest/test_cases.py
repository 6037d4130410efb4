"""Counts: added up, sent where they belong, unobserved where nobody looked, never shown."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pyogrio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.records import InputTable
from tests import tiny_project
from tests.ingest import reading
from tests.ingest.reading import CASES_END, CREDIT

CHANGES = """
[[districts.changes]]
old = "010101"
new = "019901"
year = 2015

[population]"""


def cases(
    folder: Path, table: pd.DataFrame | str, keys: str = "", change: dict[str, str] | None = None
) -> InputTable:
    """The cases of the tiny project, with other rows and more keys."""
    reading.write(folder, change={CASES_END: CASES_END + keys, **(change or {})})
    reading.rows(folder, "cases.csv", table)
    return reading.read(folder)["cases/complaints"]


def counted(item: InputTable) -> dict[tuple[str, str, int], float]:
    table = item.table
    keys = zip(table["area_type"], table["area"], table["year_from"], strict=True)
    return dict(zip(keys, table["count"], strict=True))


def test_parts_are_added_up(tmp_path: Path) -> None:
    table = "code,year,station,count\n010101,2020,a,1\n010101,2020,b,2\n010102,2020,a,5\n"
    item = cases(tmp_path, table, 'grain = "part"\n')
    assert counted(item) == {
        ("district", "010101", 2020): 3,
        ("district", "010102", 2020): 5,
    }
    assert reading.account(item) == (3, 2, 0, 1, 0)


def test_a_part_without_a_count_adds_nothing_and_is_told(tmp_path: Path) -> None:
    table = "code,year,station,count\n010101,2020,a,1\n010101,2020,b,\n010102,2020,a,3\n"
    item = cases(tmp_path, table, 'grain = "part"\n')
    assert counted(item) == {("district", "010101", 2020): 1, ("district", "010102", 2020): 3}
    assert reading.codes(item) == {"missing_count": 1}
    assert reading.account(item) == (3, 2, 0, 0, 1)


def test_a_district_none_of_whose_parts_has_a_count_is_unknown_and_not_zero(
    tmp_path: Path,
) -> None:
    table = "code,year,station,count\n010101,2020,a,1\n010102,2020,a,\n010102,2020,b,\n"
    item = cases(tmp_path, table, 'grain = "part"\n')  # and absent = "zero"
    assert item.table["area"].tolist() == ["010101", "010102"]
    assert item.table["observed"].tolist() == [True, False]
    assert item.table["count"].isna().tolist() == [False, True]
    assert reading.codes(item) == {"missing_count": 2}
    assert reading.account(item) == (3, 2, 0, 1, 0)


def test_a_district_without_a_count_is_unobserved(tmp_path: Path) -> None:
    item = cases(tmp_path, "code,year,count\n010101,2020,\n010102,2020,4\n")
    assert item.table["observed"].tolist() == [False, True]
    assert item.table["count"].isna().tolist() == [True, False]
    assert reading.codes(item) == {"missing_count": 1}


@pytest.mark.parametrize("says", ["0", "", "0.0"])
def test_where_nobody_reports_the_count_is_unknown(says: str, tmp_path: Path) -> None:
    table = f"code,year,count,posts\n010101,2020,0,{says}\n010102,2020,0,2\n"
    item = cases(tmp_path, table, 'observed = "posts"\n')
    assert item.table["observed"].tolist() == [False, True]
    assert item.table["count"].isna().tolist() == [True, False]
    assert reading.codes(item) == {"unobserved_zero": 1}


def test_of_parts_some_observed_the_sum_is_a_lower_bound(tmp_path: Path) -> None:
    table = "code,year,count,posts\n010101,2020,3,1\n010101,2020,0,0\n"
    item = cases(tmp_path, table, 'observed = "posts"\ngrain = "part"\n')
    assert counted(item) == {("district", "010101", 2020): 3}
    assert item.table["observed"].all()
    assert reading.codes(item)["partly_observed"] == 1


def test_newer_districts_count_where_they_were_cut_from_or_with_their_province(
    tmp_path: Path,
) -> None:
    table = (
        "code,year,count\n010101,2020,1\n019901,2020,2\n"  # cut from 010101
        "010177,2020,4\n010178,2020,8\n"  # of the province 0101, not on the map
        "999999,2020,16\n,2020,32\n"
    )
    item = cases(tmp_path, table, change={"\n[population]": CHANGES})
    assert counted(item) == {("district", "010101", 2020): 3, ("province", "0101", 2020): 12}
    assert reading.codes(item) == {
        "district_change": 1,
        "district_not_on_map": 2,
        "unknown_district": 1,
        "missing_code": 1,
        "absence_not_sure": 1,
    }
    assert reading.account(item) == (6, 1, 1, 2, 2)


def test_a_block_that_stands_twice_is_told_as_one(tmp_path: Path) -> None:
    block = "".join(f"010101,2020,{item},1\n" for item in "abcdefghijkl")
    table = "code,year,station,count\n" + block + block + "010102,2020,a,1\n010102,2020,a,1\n"
    item = cases(tmp_path, table, 'grain = "part"\nexact_duplicates = "merge"\n')
    assert reading.codes(item) == {"duplicate_block": 12, "exact_duplicate": 1}
    (told,) = [f for f in item.report.findings if f.code == "duplicate_block"]
    assert (told.row, told.count) == (13, 12)
    assert counted(item) == {("district", "010101", 2020): 12, ("district", "010102", 2020): 1}
    assert reading.account(item) == (26, 2, 0, 24, 0)


def test_exact_duplicates_can_be_kept(tmp_path: Path) -> None:
    table = "code,year,count\n010101,2020,2\n010101,2020,2\n"
    item = cases(tmp_path, table, 'exact_duplicates = "keep"\n')
    assert counted(item) == {("district", "010101", 2020): 4}
    assert reading.codes(item) == {"exact_duplicate": 1}
    assert reading.account(item) == (2, 1, 0, 1, 0)


def test_zeros_in_a_block_are_told(tmp_path: Path) -> None:
    zeros = "".join(f"010101,2020,{item},0\n" for item in "abcdefghijkl")
    table = "code,year,station,count\n" + zeros + "010102,2020,a,0\n"
    item = cases(tmp_path, table, 'grain = "part"\n')
    assert reading.codes(item) == {"all_zero_block": 12}


@pytest.mark.parametrize(("absent", "told"), [("zero", 2), ("unobserved", 0)])
def test_zeros_that_may_be_none_are_told(absent: str, told: int, tmp_path: Path) -> None:
    table = "code,year,count\n010101,2020,1\n010102,2o2o,4\n,2020,2\n"
    reading.write(tmp_path, change={CASES_END: f'absent = "{absent}"\n'})
    reading.rows(tmp_path, "cases.csv", table)
    item = reading.read(tmp_path)["cases/complaints"]
    assert item.report.codes()["absence_not_sure"] == told


def names(folder: Path, table: str, columns: str, keys: str = "") -> InputTable:
    change = {'area = "code"\n': f"area_names = {columns}\n"}
    return cases(folder, table, keys, change)


def test_names_stand_for_codes(tmp_path: Path) -> None:
    table = (
        "dep,prov,dist,year,count\n"
        "DEPARTAMENTO 1,provincia 1,Distrito 1-1,2020,1\n"
        "departamento 2,Provincia 4,DISTRITO 4-3,2020,2\n"
        "Departamento 1,Provincia 4,Distrito 4-3,2020,4\n"  # not in that department
    )
    item = names(tmp_path, table, '["dep", "prov", "dist"]')
    assert counted(item) == {("district", "010101", 2020): 1, ("district", "020203", 2020): 2}
    assert reading.codes(item) == {"unknown_name": 1, "absence_not_sure": 1}


def test_a_name_of_two_districts_is_ambiguous_without_a_wider_one(tmp_path: Path) -> None:
    def twins(folder: Path) -> None:
        file = folder / "districts.geojson"
        file.write_text(file.read_text().replace("Distrito 4-3", "Distrito 1-1"))

    reading.write(tmp_path, change={'area = "code"\n': 'area_names = ["dist"]\n'})
    twins(tmp_path)
    reading.rows(
        tmp_path, "cases.csv", "dist,year,count\nDistrito 1-1,2020,1\nDistrito 1-2,2020,2\n"
    )
    item = reading.read(tmp_path)["cases/complaints"]
    assert reading.codes(item) == {"ambiguous_name": 1, "absence_not_sure": 1}
    assert counted(item) == {("district", "010102", 2020): 2}


def test_departments_by_name_and_by_code(tmp_path: Path) -> None:
    keys = 'area_type = "department"\n'
    item = names(tmp_path / "a", "dep,year,count\nDEPARTAMENTO 2,2020,7\n", '["dep"]', keys)
    assert counted(item) == {("department", "02", 2020): 7}
    item = cases(tmp_path / "b", "code,year,count\n2,2020,7\n020000,2020,8\n77,2020,1\n", keys)
    assert item.report.refused  # 2 and 020000 are the same department
    item = cases(tmp_path / "c", "code,year,count\n2,2020,7\n010000,2020,8\n77,2020,1\n", keys)
    assert counted(item) == {("department", "02", 2020): 7, ("department", "01", 2020): 8}
    assert reading.codes(item) == {"leading_zeros": 1, "padded_code": 1, "unknown_area": 1}


def test_areas_that_are_an_approximation_are_called_so(tmp_path: Path) -> None:
    item = cases(tmp_path, "code,year,count\n010101,2020,1\n", 'approximate = "By the seat."\n')
    (told,) = item.report.findings
    assert (told.code, told.severity) == ("approximate_areas", "info")
    assert told.message == "The areas are an approximation. By the seat."


def test_areas_of_a_type_that_nothing_explains_are_refused(tmp_path: Path) -> None:
    item = cases(tmp_path, "code,year,count\nA,2020,7\n", 'area_type = "court"\n')
    assert {f.code for f in item.report.findings if f.severity == "error"} == {"unknown_area_type"}


def test_areas_that_a_crosswalk_explains(tmp_path: Path) -> None:
    crosswalk = (
        '\n[[crosswalks]]\nid = "court"\npath = "courts.csv"\narea = "court"\ncode = "code"\n'
        + CREDIT
    )
    reading.write(
        tmp_path, change={CASES_END: CASES_END + 'area_type = "court"\n'}, extra=crosswalk
    )
    reading.rows(tmp_path, "courts.csv", "court,code\nA,010101\nA,10102\nB,010201\nB,990101\n")
    reading.rows(tmp_path, "cases.csv", "code,year,count\nA,2020,7\nC,2020,1\n")
    inputs = reading.read(tmp_path)
    assert inputs["crosswalks/court"].table["code"].tolist() == ["010101", "010102", "010201"]
    assert reading.codes(inputs["crosswalks/court"]) == {"leading_zeros": 1, "unknown_district": 1}
    assert counted(inputs["cases/complaints"]) == {("court", "A", 2020): 7}
    assert reading.codes(inputs["cases/complaints"]) == {"unknown_area": 1}


@pytest.mark.parametrize(("until", "refused"), [("2014", False), ("2015", True), ("", True)])
def test_a_district_is_in_one_area_of_a_type_at_a_time(
    until: str, refused: bool, tmp_path: Path
) -> None:
    crosswalk = (
        '\n[[crosswalks]]\nid = "court"\npath = "courts.csv"\narea = "court"\ncode = "code"\n'
        'year_from = "a"\nyear_to = "b"\n' + CREDIT
    )
    reading.write(tmp_path, extra=crosswalk)
    table = f"court,code,a,b\nA,010101,,{until}\nB,010101,2015,\nB,010102,,\n"
    reading.rows(tmp_path, "courts.csv", table)
    item = reading.read(tmp_path)["crosswalks/court"]
    assert item.report.refused == refused
    assert reading.codes(item) == ({"overlapping_areas": 1} if refused else {})


def test_periods_that_share_years_are_told(tmp_path: Path) -> None:
    table = "code,year,last,count\n010101,2010,2014,5\n010101,2013,2013,1\n010101,2015,2016,2\n"
    item = cases(tmp_path, table, 'year_to_column = "last"\n')
    assert reading.codes(item) == {"overlapping_periods": 1}
    (told,) = item.report.findings
    assert told.row == 2
    assert item.years == tuple(range(2010, 2017))


def test_periods_and_years_that_are_none(tmp_path: Path) -> None:
    table = (
        "code,year,last,count\n010101,2014,2010,5\n010101,soon,2013,1\n010101,,2016,2\n"
        "010101,2025,2030,1\n010102,2020,2020,3\n"
    )
    item = cases(tmp_path, table, 'year_to_column = "last"\n')
    assert reading.codes(item) == {
        "bad_period": 1,
        "bad_year": 1,
        "missing_year": 1,
        "future_date": 1,
        "absence_not_sure": 3,
    }
    assert counted(item) == {("district", "010102", 2020): 3}


def test_ways_of_detection_are_counted_apart(tmp_path: Path) -> None:
    table = (
        "code,year,how,count\n010101,2020,reported,1\n010101,2020,Discovered,20\n"
        "010102,2020,,2\n010102,2020,dreamt,4\n"
    )
    item = cases(tmp_path, table, 'detection_column = "how"\n')
    made = item.table.set_index(["area", "detection"])["count"].to_dict()
    assert made == {
        ("010101", "reported"): 1,
        ("010101", "discovered"): 20,
        ("010102", "reported"): 2,
    }
    assert reading.codes(item) == {"unknown_detection": 1, "absence_not_sure": 1}


def test_keep_leaves_rows_out_and_says_how_many(tmp_path: Path) -> None:
    table = "code,year,kind,count\n010101,2020,a,1\n010101,2020,b,-3\n010102,2021,a,2\n"
    item = cases(tmp_path, table, 'keep = [{ kind = "a", year = 2020 }, { year = 2021 }]\n')
    assert counted(item) == {("district", "010101", 2020): 1, ("district", "010102", 2021): 2}
    assert reading.codes(item) == {"left_out_by_keep": 1}
    assert reading.account(item) == (3, 2, 0, 0, 1)


def test_long_lists_are_told_by_their_count(tmp_path: Path) -> None:
    rows = "".join(f"99{number:04},2020,1\n" for number in range(300))
    item = cases(tmp_path, "code,year,count\n010101,2020,1\n" + rows)
    assert reading.codes(item) == {"unknown_district": 300}
    assert len(item.report.findings) == 51
    assert item.report.findings[0].row == 2


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    table = (
        "code,year,count\n010101,2020,-98765\n010102,2020,43210.5\n010103,2020,sesenta\n"
        "010201,2020,1e300\n"
    )
    item = cases(tmp_path, table)
    assert reading.codes(item) == {
        "negative_count": 1,
        "fractional_count": 1,
        "not_a_number": 1,
        "impossible_count": 1,
    }
    told = repr(item.report)
    for value in ("98765", "43210", "sesenta"):
        assert value not in told


def test_two_columns_of_one_name_are_refused_only_where_they_are_read(tmp_path: Path) -> None:
    item = cases(tmp_path / "a", "code,year,count,count\n010101,2020,1,2\n")
    assert reading.codes(item) == {"duplicate_column": 1}
    item = cases(tmp_path / "b", "code,year,count,x,x\n010101,2020,1,2,3\n")
    assert not reading.codes(item)


def test_a_file_of_which_nothing_is_left_is_refused(tmp_path: Path) -> None:
    item = cases(tmp_path, "code,year,count\n999999,2020,1\n")
    assert reading.codes(item) == {"unknown_district": 1, "no_rows_left": 1}
    assert item.report.refused


def test_names_of_a_case_file_are_never_told(tmp_path: Path) -> None:
    item = names(tmp_path, "dist,year,count\nVillarriba,2020,1\nDistrito 1-1,2020,1\n", '["dist"]')
    assert "illarriba" not in repr(item.report)


@pytest.mark.parametrize("row", ["010101,2020,77", "LORETO;2020;77", "010101\t2020\t77"])
def test_values_that_stand_where_names_should_are_never_told(row: str, tmp_path: Path) -> None:
    item = cases(tmp_path, f"{row}\n{row}\n", 'delimiter = ","\n')
    assert "missing_column" in reading.codes(item)
    assert "77" not in repr([finding.message for finding in item.report.findings])


def test_what_gdal_quotes_of_a_case_file_is_not_repeated(tmp_path: Path) -> None:
    change = {'path = "cases.csv"': 'path = "cases.gpkg"'}
    reading.write(tmp_path, change=change)
    file = tmp_path / "cases.gpkg"
    table = tiny_project.cases().assign(day=pd.Timestamp("2021-01-01"))
    pyogrio.write_dataframe(table, file)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE cases SET day = 'Villarriba 77' WHERE fid = 1")
    told = pyogrio.read_info(file)  # the file is good but for that day
    assert told["features"] == len(table)
    item = reading.read(tmp_path)["cases/complaints"]
    assert reading.codes(item) == {"reader_warning": 1}
    assert "77" not in repr([finding.message for finding in item.report.findings])


CODES = [*tiny_project.districts()["code"], "019901", "010177", "999999", "", "10101"]
KINDS = ["1", "2", "7", "", "0"]
YEARS = ["2019", "2020", "2090"]
ROWS = st.lists(
    st.tuples(st.sampled_from(CODES), st.sampled_from(YEARS), st.sampled_from(KINDS)),
    min_size=1,
    max_size=25,
)


@given(rows=ROWS)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_case_is_lost_or_counted_twice(rows: list[tuple[str, str, str]], tmp_path: Path) -> None:
    """Whatever the rows: what is counted is what the file has, but for rows that are rejected."""
    table = pd.DataFrame(rows, columns=["code", "year", "count"]).assign(part=range(len(rows)))
    item = cases(tmp_path / "p", table, 'grain = "part"\n', {"\n[population]": CHANGES})
    placed = table[(table["year"] != "2090") & ~table["code"].isin(["", "999999"])]
    if placed.empty:
        assert item.report.refused
        return
    usable = placed[placed["count"] != ""]
    moved = {"10101": "010101", "019901": "010101", "010177": "0101"}
    where = placed["code"].replace(moved) + placed["year"]
    bare = (placed["count"] == "") & where.isin(where[usable.index])
    assert item.table["count"].sum() == usable["count"].astype(int).sum()
    keys = ["area_type", "area", "year_from", "year_to", "detection"]
    assert not item.table.duplicated(keys).any()
    assert item.table["observed"].sum() == where[usable.index].nunique()
    assert item.report.rejected == len(table) - len(placed) + bare.sum()
    assert item.report.kept + item.report.repaired == len(item.table)
