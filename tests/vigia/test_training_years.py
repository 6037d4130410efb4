"""The year that rates are for, those in which factors are needed, and what is past its time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests import tiny_project
from tests.vigia.four_districts import (
    A,
    case,
    known,
    project,
)
from vigia import pipeline
from vigia.errors import MissingStepError, ModelError
from vigia.project import load_project, parse_settings
from vigia.training_table import (
    feature_years,
    fitted_registers,
    people_of,
    refuse_stale,
    target_year,
)


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
