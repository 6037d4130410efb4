"""Four districts with counts, for tests of what training is given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from vigia.project import parse_settings
from vigia.settings import ProjectSettings
from vigia.training_table import Known, OutcomeTable, outcome_tables

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
