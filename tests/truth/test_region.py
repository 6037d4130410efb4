"""The truth tables are whole, and the files add up to them when the software reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.ingest import read_inputs
from data.records import InputTable
from data.synthetic import VERSION, SyntheticParams, simulate, write_project
from tests.truth.region import Truth, load_truth
from vigia.project import load_project

STAGES = ("recruitment", "transit", "exploitation")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("truth") / "project"
    write_project(simulate(SyntheticParams(districts=60, seed=11)), folder)
    return folder


@pytest.fixture(scope="module")
def truth(project: Path) -> Truth:
    return load_truth(project)


@pytest.fixture(scope="module")
def read(project: Path) -> dict[str, InputTable]:
    return {t.key: t for t in read_inputs(load_project(project), lambda *_: None)}


def test_every_district_year_and_stage_has_a_rate(truth: Truth) -> None:
    codes = truth.rates["code"].nunique()
    assert codes == 60
    years = truth.rates["year"].nunique()
    assert years == truth.drawn["params"]["years"] + 1
    assert len(truth.rates) == codes * years * len(STAGES)
    assert not truth.rates.duplicated(["code", "year", "stage"]).any()
    assert truth.rates["rate_per_100k"].gt(0).all()
    ahead = truth.rates["year"] == truth.target_year
    assert truth.rates.loc[ahead, "cases"].isna().all()
    assert truth.rates.loc[~ahead].notna().all(axis=None)
    assert truth.drawn["version"] == VERSION


def test_each_true_case_has_one_fate(truth: Truth) -> None:
    counted = truth.rates[truth.rates["year"] < truth.target_year]
    known = counted[["at_district", "at_province", "at_department", "found"]].sum(axis=1)
    assert (known <= counted["cases"]).all()
    found = truth.effort.groupby(["code", "year", "stage"])["found"].sum()
    cells = counted.set_index(["code", "year", "stage"])["found"]
    assert cells[cells > 0].astype(int).to_dict() == found[found > 0].astype(int).to_dict()


def test_rates_follow_from_the_other_tables(truth: Truth) -> None:
    for stage in STAGES:
        rows = truth.rates[truth.rates["stage"] == stage].merge(truth.factors, on=["code", "year"])
        field = truth.fields[truth.fields["stage"] == stage].set_index("code")["field"]
        years = sorted(truth.rates["year"].unique())
        effect = dict(zip(years, truth.drawn["year_effect"][stage], strict=True))
        log = truth.drawn["intercept"][stage] + rows["code"].map(field) + rows["year"].map(effect)
        for name, slope in truth.drawn["coefficients"][stage].items():
            log = log + slope * rows[name]
        np.testing.assert_allclose(rows["rate_per_100k"], 1e5 * np.exp(log), rtol=1e-9)


def test_no_file_of_the_example_is_refused(read: dict[str, InputTable]) -> None:
    assert not [key for key, table in read.items() if table.report.refused]


DEFECTS = {
    "districts": "invalid_geometry",
    "points": "swapped_coordinates",
    "layers/women_centres": "swapped_coordinates",
    "layers/police": "outside_area",
    "areas/province": "name_code_mismatch",
    "cases/recruitment_district": "exact_duplicate",
    "cases/transit_district": "leading_zeros",
    "cases/exploitation_district": "unknown_district",
}


@pytest.mark.parametrize("key", DEFECTS)
def test_each_defect_is_found(key: str, read: dict[str, InputTable]) -> None:
    assert read[key].report.codes()[DEFECTS[key]] > 0


def counts(table: pd.DataFrame) -> dict[tuple[str, int], int]:
    found = table[table["count"] > 0]
    years = found["year_from"].astype(int)
    return dict(
        zip(zip(found["area"], years, strict=True), found["count"].astype(int), strict=True)
    )


def true_counts(rows: pd.DataFrame, area: pd.Series, column: str) -> dict[tuple[str, int], int]:
    total = rows.groupby([area, "year"])[column].sum()
    return {(a, int(year)): int(n) for (a, year), n in total.items() if n > 0}


@pytest.mark.parametrize("stage", STAGES)
def test_counts_come_out_as_they_were_hidden(
    stage: str, truth: Truth, read: dict[str, InputTable]
) -> None:
    """Doubled blocks, lost zeros, stray codes and encodings change no count."""
    rows = truth.rates[(truth.rates["stage"] == stage) & (truth.rates["year"] < truth.target_year)]
    code = rows["code"]
    for level, area in (
        ("district", code),
        ("province", code.str[:4]),
        ("department", code.str[:2]),
    ):
        assert counts(read[f"cases/{stage}_{level}"].table) == true_counts(
            rows, area.rename("area"), f"at_{level}"
        ), level


def test_people_come_out_as_they_were(truth: Truth, read: dict[str, InputTable]) -> None:
    table = read["population"].table
    people = {(a, int(y)): int(n) for a, y, n in table[["area", "year", "people"]].to_numpy()}
    for code, year, true in truth.rates[["code", "year", "people"]].drop_duplicates().to_numpy():
        if year < truth.target_year:
            assert people[code, int(year)] == true
