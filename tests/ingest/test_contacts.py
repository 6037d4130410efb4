"""Who answers for a district: a table by code, whose texts are taken as they are."""

from __future__ import annotations

from pathlib import Path

from data.records import InputTable
from tests.ingest import reading
from tests.ingest.reading import CREDIT

SECTION = """
[[contacts]]
id = "institutions"
path = "contacts.csv"
code = "code"
institution = "name"
phone = "phone"
"""
HOSTILE = "<script>alert(1)</script> =1+1"


def contacts(folder: Path, text: str, keys: str = "") -> InputTable:
    reading.write(folder, extra=SECTION + CREDIT + keys)
    reading.rows(folder, "contacts.csv", text)
    return reading.read(folder)["contacts/institutions"]


def test_rows_become_institutions_of_districts(tmp_path: Path) -> None:
    item = contacts(tmp_path, f"code,name,phone\n010101,{HOSTILE},065 1\n010102,Fiscalía,\n")
    assert item.table.values.tolist() == [
        ["district", "010101", HOSTILE, "065 1"],
        ["district", "010102", "Fiscalía", None],
    ]
    assert reading.account(item) == (2, 2, 0, 0, 0)
    assert item.years == ()


def test_wider_areas_have_codes_of_their_own(tmp_path: Path) -> None:
    item = contacts(
        tmp_path, "code,name,phone\n1,Dirección,1\n99,Nadie,2\n", 'level = "department"\n'
    )
    assert item.table.values.tolist() == [["department", "01", "Dirección", "1"]]
    assert reading.codes(item) == {"leading_zeros": 1, "unknown_area": 1}


def test_a_row_without_an_institution_is_left_out_and_told(tmp_path: Path) -> None:
    item = contacts(tmp_path, "code,name,phone\n010101,,1\n010102,Fiscalía,2\n,Otra,3\n")
    assert item.table["institution"].tolist() == ["Fiscalía"]
    assert reading.codes(item) == {"missing_value": 1, "missing_code": 1}
    assert item.report.rejected == 2


def test_a_missing_column_refuses_the_file(tmp_path: Path) -> None:
    item = contacts(tmp_path, "code,nombre,phone\n010101,Fiscalía,1\n")
    assert reading.codes(item) == {"missing_column": 1}
