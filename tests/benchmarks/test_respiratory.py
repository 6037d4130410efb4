"""The respiratory panel: real rows, real neighbours, and forecasts that do not look ahead."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from benchmarks import respiratory
from models.honesty.forecasts import Forecast

FEW = 100  # draws


@pytest.fixture(scope="module")
def panel(peru: Path) -> tuple[pd.DataFrame, csr_array]:
    rows, neighbours = respiratory.load(peru)
    return rows.assign(count=rows["neumonias_men5"].astype(float)), neighbours


@pytest.mark.peru
def test_the_panel_is_complete_and_its_districts_touch(
    panel: tuple[pd.DataFrame, csr_array],
) -> None:
    rows, neighbours = panel
    assert rows.groupby("code")["year"].apply(list).tolist() == [list(range(2010, 2024))] * 38
    assert rows[list(respiratory.SIGNS)].notna().all(axis=None)
    assert rows["neumonias_men5"].sum() == 7_329  # as the files' own description says
    codes = sorted(rows["code"].unique())
    chiclayo, ortiz = codes.index("140101"), codes.index("140105")  # one town, two districts
    assert neighbours[chiclayo, ortiz] == 1
    assert neighbours.shape == (38, 38)


@pytest.mark.peru
def test_every_model_forecasts_the_last_year(panel: tuple[pd.DataFrame, csr_array]) -> None:
    rows, neighbours = panel
    trial = respiratory.held_out(rows, neighbours, origins=1, draws=FEW)
    assert trial.failed == {}
    assert set(trial.scores) == set(respiratory.LABELS)
    assert set(trial.units["year"]) == {2023}
    found = respiratory.judged(trial)
    assert found["model"]["model_ahead"] == [0, 0, 0]
    for of in found.values():
        assert of["log_score"][1] <= of["log_score"][0] <= of["log_score"][2] < 0
    wide, plain = (found[name]["covered_95"][0] for name in ("model_wide_years", "model"))
    assert wide >= plain


@pytest.mark.peru
def test_the_model_learns_what_it_is_given_and_no_more(
    panel: tuple[pd.DataFrame, csr_array],
) -> None:
    """Three times the cases: three times the forecast. The counts ahead are not looked at."""
    rows, neighbours = panel
    past, ahead = rows[rows["year"] < 2013], rows[rows["year"] == 2013]
    forecast = respiratory.model(neighbours, sorted(rows["code"].unique()), 0.2, FEW)
    plain = forecast(past, ahead)
    assert isinstance(plain, Forecast)
    blind = forecast(past, ahead.assign(count=np.nan))
    assert np.array_equal(plain.means, blind.means)
    more = forecast(past.assign(count=3 * past["count"]), ahead)
    assert more.expected.sum() == pytest.approx(3 * plain.expected.sum(), rel=0.15)
    assert np.corrcoef(plain.expected, past.groupby("code")["count"].mean())[0, 1] > 0.9


def test_the_table_has_a_line_for_each_model_with_its_lead() -> None:
    figures = {
        "log_score": [-2.5, -3.0, -2.0], "deviance": [10.0, 8.0, 12.0], "covered_80": [0.81, 0, 1],
        "covered_95": [0.95, 0, 1], "hit_rate": [0.7, 0, 1],
    }  # fmt: skip
    contenders = {
        "model": figures | {"model_ahead": [0.0, 0.0, 0.0]},
        "population": figures | {"model_ahead": [0.1, -0.2, 0.3]},
    }
    lines = respiratory.table({"neumonias_men5": {"contenders": contenders}}).splitlines()
    assert lines[4] == "| ArealRates, `period_sd=0.2` | -2.500 |  | 10.00 | 81% | 95% | 70% |"
    assert "| 0.100 (-0.200 to 0.300) |" in lines[5]
