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
    feature_years,
    fitted_registers,
    outcome_table,
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
DISTRICTS = pd.DataFrame(
    {"code": ["010101", "010102", "010201"], "province_code": ["0101"] * 2 + ["0102"]}
)


def project(*cases: str, model: str = "") -> ProjectSettings:
    sections = "".join(
        f'[[cases]]\nlabel = "l"\nlabel_en = "l"\narea = "c"\ncount = "n"\nyear_column = "y"\n'
        f"{SOURCE}{text}\n"
        for text in cases
    )
    return parse_settings(f"{BASE}{sections}{model}")


def case_rows(*rows: dict[str, Any]) -> pd.DataFrame:
    usual = {
        "dataset": "a",
        "outcome": "trafficking",
        "area_type": "district",
        "detection": "reported",
        "observed": True,
    }
    return pd.DataFrame([usual | {"year_to": row["year_from"]} | row for row in rows])


def test_absent_districts_are_zero_or_unknown_as_the_register_says() -> None:
    cases = case_rows(
        {"area": "010101", "year_from": 2021, "count": 4.0},
        {"area": "010102", "year_from": 2022, "count": np.nan, "observed": False},
    )
    features = pd.DataFrame(
        {"mining__distance__capital": np.arange(6.0)},
        index=pd.MultiIndex.from_product([DISTRICTS["code"], [2020, 2021]], names=["code", "year"]),
    )
    population = pd.DataFrame(
        {
            "area_type": "district",
            "area": DISTRICTS["code"],
            "year": 2020,
            "people": [100.0, 200.0, 300.0],
        }
    )
    for absent, expected in (("zero", 0.0), ("unobserved", np.nan)):
        text = f'id = "a"\noutcome = "trafficking"\nstage = "transit"\nabsent = "{absent}"'
        spec = project(text).cases[0]
        table = outcome_table(spec, cases, DISTRICTS, population, features, 2023)
        counts = table.counts.set_index(["code", "year"])
        assert counts.loc[("010101", 2021), "count"] == 4.0
        np.testing.assert_equal(counts.loc[("010201", 2021), "count"], expected)
        np.testing.assert_equal(counts.loc[("010102", 2022), "count"], np.nan)
        # The factors of a count are those at the end of the year before it.
        assert counts.loc[("010102", 2021), "mining__distance__capital"] == 2.0
        assert counts.loc[("010102", 2022), "mining__distance__capital"] == 3.0
        assert table.stage == "transit"
        assert table.target["people"].tolist() == [100.0, 200.0, 300.0]
        assert table.target["year"].unique().tolist() == [2023]
        assert table.target["mining__distance__capital"].isna().all()


def test_registers_are_never_added_and_what_stays_out_is_told() -> None:
    first = 'id = "a"\noutcome = "trafficking"'
    second = 'id = "b"\noutcome = "trafficking"'
    settings = project(first, second)
    cases = case_rows(
        {"area": "010101", "year_from": 2021, "count": 4.0},
        {"area": "010101", "year_from": 2021, "count": 5.0, "dataset": "b"},
        {"area": "010101", "year_from": 2021, "count": 9.0, "detection": "discovered"},
        {"area": "0101", "year_from": 2021, "count": 7.0, "area_type": "province"},
        {"area": "010102", "year_from": 2019, "year_to": 2021, "count": 7.0},
    )
    (spec,) = fitted_registers(settings, cases)
    assert spec.id == "a"
    features = pd.DataFrame(
        {"f": [0.0]}, index=pd.MultiIndex.from_tuples([("x", 1)], names=["code", "year"])
    )
    population = pd.DataFrame({"area_type": [], "area": [], "year": [], "people": []})
    table = outcome_table(spec, cases, DISTRICTS, population, features, 2022)
    assert table.counts["count"].sum() == 4.0
    assert set(table.warnings) == {
        "discovered_cases_left_out",
        "longer_periods_left_out",
        "other_registers_left_out",
        "wider_areas_left_out",
    }


def test_the_target_is_the_year_after_the_last_counts_unless_it_is_set() -> None:
    cases = case_rows(
        {"area": "010101", "year_from": 2019, "count": 1.0},
        {"area": "010101", "year_from": 2022, "count": 1.0},
    )
    text = 'id = "a"\noutcome = "trafficking"'
    assert target_year(project(text), cases) == 2023
    assert feature_years(project(text), cases) == [2018, 2021, 2022]
    assert target_year(project(text, model="[model]\ntarget_year = 2030\n"), cases) == 2030


def test_nothing_to_train_on_is_told() -> None:
    settings = project('id = "a"\noutcome = "trafficking"')
    wide = case_rows({"area": "0101", "area_type": "province", "year_from": 2020, "count": 1.0})
    with pytest.raises(MissingStepError, match="nothing to train on"):
        fitted_registers(settings, wide)


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
