"""The held-out test: what is held out, who wins when the truth is known, what cannot be tested."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from models import validation
from models.settings import TrainSettings
from models.validation import Validation, validate
from tests.models.simulated import World, world

SETTINGS = TrainSettings()


def judged(w: World) -> Validation:
    rows = w.counts.sort_values(["code", "year"]).reset_index(drop=True)
    return validate(rows, w.factors, SETTINGS, lambda label, done, total: None)


def test_factors_that_explain_beat_prior_counts_of_few_cases() -> None:
    found = judged(world(districts=200, years=2, rate_per_100k=8, slopes=(1.0, -0.8, 0.0)))
    assert found.tested
    assert found.beats_baseline
    assert found.report["split"] == "last_year"
    assert found.report["held_out_year"] == 2021
    assert found.report["held_out_rows"] == 200
    assert found.report["baseline"] == "prior_counts"
    assert found.report["reasons"] == ["beats_prior_counts", "beats_population"]


def test_what_factors_do_not_tell_is_known_better_by_prior_counts() -> None:
    w = world(districts=200, years=6, rate_per_100k=100, slopes=(0.1,), district_sd=1.0)
    found = judged(w)
    assert found.tested
    assert found.beats_baseline is False
    assert "loses_to_prior_counts" in found.report["reasons"]


@pytest.mark.parametrize("year_sd", [0.0, 0.8])
def test_overdispersion_alone_decides_nothing(year_sd: float) -> None:
    """Without any risk to tell apart, all three come out level, however counts scatter."""
    w = world(districts=400, years=6, rate_per_100k=100, slopes=(0.0,), year_sd=year_sd)
    scores = [of["log_score"] for of in judged(w).report["metrics"].values()]
    assert len(scores) == 3
    assert np.ptp(scores) < 0.02


def test_with_one_year_whole_provinces_are_held_out_against_population_alone() -> None:
    w = world(districts=200, years=1, rate_per_100k=100)
    found = judged(w)
    assert found.beats_baseline
    assert found.report["split"] == "provinces"
    assert found.report["held_out_year"] is None
    assert found.report["folds"] == 5
    assert found.report["held_out_rows"] == 200
    assert found.report["baseline"] == "population"
    assert set(found.report["metrics"]) == {"model", "population"}


def test_factors_that_tell_nothing_do_not_win_on_held_out_provinces() -> None:
    w = world(
        districts=60, provinces=6, years=1, slopes=(0.0,) * 6, province_sd=1.0, rate_per_100k=100
    )
    found = judged(w)
    assert found.beats_baseline is False
    assert found.report["reasons"] == ["loses_to_population"]


def test_where_no_past_of_the_held_out_is_known_the_baseline_is_population_alone() -> None:
    w = world(districts=80, years=2)
    first = w.counts["code"] < w.target["code"].iloc[40]
    found = judged(replace(w, counts=w.counts[first == (w.counts["year"] == 2020)]))
    assert found.report["split"] == "last_year"
    assert found.report["baseline"] == "population"


def test_one_year_and_one_province_cannot_be_tested() -> None:
    found = judged(world(provinces=1, years=1))
    assert (found.tested, found.beats_baseline) == (False, None)
    assert found.report["reasons"] == ["one_year_and_one_province"]
    assert found.report["metrics"] == {}


@pytest.mark.parametrize("years", [1, 2])
def test_without_a_case_in_the_training_part_it_cannot_be_tested(years: int) -> None:
    w = world(years=years)
    everywhere_else = w.counts["year"] == 2020 if years == 2 else w.counts["province"] != "0003"
    w.counts.loc[everywhere_else, "count"] = 0.0
    found = judged(w)
    assert found.tested is False
    assert found.report["reasons"] == ["training_part_cannot_be_fitted"]


def test_a_held_out_year_without_cases_has_scores_but_no_hit_rate() -> None:
    w = world(years=3)
    w.counts.loc[w.counts["year"] == 2022, "count"] = 0.0
    found = judged(w)
    assert found.tested
    model = found.report["metrics"]["model"]
    assert model["hit_rate_districts_10"] is None
    assert model["rank_correlation"] is None
    assert np.isfinite(model["log_score"])


def test_metrics_of_population_alone_by_hand() -> None:
    """Four districts, two years: every number of the simplest forecast."""
    w = world(districts=4, provinces=2, years=2)
    people = np.array([1e5, 1e5, 1e5, 2e5])
    w.counts["people"] = np.tile(people, 2)
    w.counts["count"] = [3.0, 5, 4, 8, 6, 1, 5, 8]  # 20 in 500,000 person-years: 4 per 100,000
    found = judged(w).report["metrics"]["population"]
    last, expected = np.array([6.0, 1, 5, 8]), np.array([4.0, 4, 4, 8])
    # 3, 5, 4, 8 scatter less than Poisson around 4, 4, 4, 8, so the forecast is Poisson
    assert found["log_score"] == pytest.approx(
        stats.poisson.logpmf(last, expected).mean(), abs=1e-4
    )
    deviance = 2 * (last * np.log(last / expected) - last + expected).mean()
    assert found["poisson_deviance"] == pytest.approx(deviance)
    # 10 % of four districts are 0.4 of the one with most expected cases
    assert found["hit_rate_districts_10"] == pytest.approx(0.4 * 8 / 20)
    assert found["hit_rate_people_20"] == pytest.approx(0.2)
    assert found["rank_correlation"] is None


def test_the_difference_comes_with_its_standard_error_by_provinces() -> None:
    w = world(districts=200, years=2, rate_per_100k=8, slopes=(1.0, -0.8, 0.0))
    report = judged(w).report
    scores = report["metrics"]
    assert report["difference"]["log_score"] == pytest.approx(
        scores["model"]["log_score"] - scores["prior_counts"]["log_score"]
    )
    assert 0 < report["difference"]["standard_error"] < 1


def test_of_one_province_the_difference_has_no_standard_error() -> None:
    report = judged(world(provinces=1, years=2)).report
    assert report["difference"]["standard_error"] is None


@pytest.mark.parametrize("years", [1, 2])
def test_the_report_is_json_and_holds_no_case_count(years: int) -> None:
    w = world(years=years)
    report = judged(w).report
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    told = json.dumps(report)
    assert str(int(w.counts["count"].sum())) not in told


def test_progress_is_told() -> None:
    w = world(years=1)
    rows = w.counts.sort_values(["code", "year"])
    calls = []
    validate(rows, w.factors, SETTINGS, lambda *call: calls.append(call))
    assert calls == [("held-out test", done, 5) for done in range(6)]


def test_to_beat_prior_counts_alone_is_not_enough() -> None:
    """Made-up forecasts: better than prior counts, worse than population alone."""
    told = pd.DataFrame({"code": list("abcd"), "province": list("ppqq"), "fold": 0})
    told = told.assign(people=1000.0, count=[0.0, 1, 2, 3])
    for name, log_probability in (("model", -2.0), ("prior_counts", -3.0), ("population", -1.0)):
        told[f"{name}_rate"] = told[f"{name}_expected"] = [1.0, 2, 3, 4]
        told[f"{name}_log_probability"] = log_probability
    found = validation._judged(told, {"split": "last_year", "held_out_year": 2021, "folds": 1})
    assert found.report["reasons"] == ["beats_prior_counts", "loses_to_population"]
    assert found.beats_baseline is False
