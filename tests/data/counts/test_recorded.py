"""From rows of cases to counts of areas."""

from __future__ import annotations

from typing import Any

import pandas as pd

from data.counts.recorded import Period, counted
from data.counts.trees import WHOLE

DISTRICTS = pd.DataFrame(
    {
        "code": ["010101", "010102", "020101"],
        "province_code": ["0101", "0101", "0201"],
        "department_code": ["01", "01", "02"],
    }
)
SECTIONS: list[dict[str, Any]] = [
    {"id": "police", "outcome": "trafficking", "absent": "zero"},
    {"id": "courts", "outcome": "trafficking", "absent": "zero"},
    {"id": "beside", "outcome": "other", "beside": True},
]


def row(area: str, count: float, year: int = 2020, **more: Any) -> dict[str, Any]:
    kinds = {2: "department", 4: "province", 6: "district"}
    return {
        "dataset": "police", "outcome": "trafficking", "area_type": kinds[len(area)], "area": area,
        "year_from": year, "year_to": year, "detection": "reported", "count": count,
        "observed": True,
    } | more  # fmt: skip


def of(*rows: dict[str, Any], years: int = 1, absent: str = "zero") -> list[Any]:
    sections = [section | {"absent": absent} for section in SECTIONS]
    return list(counted(pd.DataFrame(rows), DISTRICTS, sections, years))


def test_districts_are_added_up() -> None:
    (one,) = of(row("010101", 3), row("020101", 4))
    assert (one.outcome, one.period) == ("trafficking", Period(2020, 2020))
    assert one.counts[WHOLE] == 7
    assert one.counts["province:0101"] == 3
    assert one.counts["district:010102"] == 0


def test_what_a_register_does_not_list_may_be_unknown() -> None:
    (one,) = of(row("010101", 3), row("020101", 4), absent="unobserved")
    assert one.counts["district:010102"] is None
    assert one.counts["province:0101"] is one.counts[WHOLE] is None
    assert one.counts["department:02"] == 4
    (one,) = of(row("010101", 3), row("010102", float("nan"), observed=False), row("020101", 4))
    assert one.counts["province:0101"] is None


def test_of_each_outcome_one_register_is_told_and_what_was_found_in_raids_is_not() -> None:
    (one,) = of(
        row("010101", 3),
        row("010101", 50, dataset="courts"),
        row("010101", 60, dataset="beside", outcome="other"),
        row("010101", 70, detection="discovered"),
        row("010101", 80, year_to=2021),
    )
    assert one.counts[WHOLE] == 3


def test_counts_of_departments_are_told_as_such() -> None:
    (one,) = of(row("01", 30), row("02", 4))
    assert one.counts[WHOLE] == 34
    assert set(one.tree.children) == {WHOLE, "department:01", "department:02"}


def test_a_year_counted_at_two_levels_or_in_unknown_areas_is_left_out() -> None:
    assert of(row("01", 30), row("020101", 4)) == []
    assert of(row("010101", 30), row("999999", 4)) == []
    assert of(row("010101", 3, area_type="comisaria")) == []


def test_periods_are_whole_and_never_overlap() -> None:
    rows = [row("010101", n, year=year) for n, year in enumerate(range(2018, 2026))]
    found = {one.period: one.counts[WHOLE] for one in of(*rows, years=4)}
    assert found == {Period(2020, 2023): 2 + 3 + 4 + 5}
    assert len(of(*rows)) == 8
