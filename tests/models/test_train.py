"""One outcome from tables to scores: what was true is found, and what is unknown is never low."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from threadpoolctl import threadpool_limits

from models.scores import NUMBERS
from models.stage import Columns
from models.train import Given, OutcomeFit, TrainSettings, fit_outcomes
from tests.models.simulated import World, world

QUICK = TrainSettings(draws=100, family="poisson", quick=True)


def fitted(w: World, training: TrainSettings = QUICK) -> OutcomeFit:
    given_ = [Given("complaints", None, w.counts, w.target)]
    return fit_outcomes(given_, w.columns, w.places, training)["complaints"]


def content(fit: OutcomeFit) -> tuple[Any, ...]:
    """Every byte of a fit."""
    return (
        fit.scores.to_csv(),
        fit.draws.tobytes(),
        fit.coefficient_draws.tobytes(),
        fit.coefficients.to_csv(),
        fit.contributions.to_csv(),
        json.dumps(fit.validation),
        fit.warnings,
    )


def test_known_rates_ranks_and_levels_are_found() -> None:
    w = world(districts=200, provinces=20, rate_per_100k=150)
    fit = fitted(w, TrainSettings(family="poisson"))
    scores = fit.scores
    np.testing.assert_allclose(scores["rate"], w.true_rate, rtol=0.2)
    inside = scores["rate_low"].le(w.true_rate) & scores["rate_high"].ge(w.true_rate)
    assert inside.mean() > 0.9
    multiple = w.true_rate / np.average(w.true_rate, weights=w.target["people"])
    by_level = pd.Series(multiple).groupby(scores["level"])
    assert by_level.min()["very_high"] > 1.8
    assert by_level.min()["high"] > 0.95
    assert by_level.max()["low"] < 1.05
    assert fit.tested
    assert fit.beats_baseline
    assert fit.warnings == ()
    honesty = fit.validation["honesty"]
    assert list(honesty["splits"]) == ["rolling_origin", "spatial"]
    assert all(
        one["failed"] is None for one in honesty["splits"]["rolling_origin"]["contenders"].values()
    )


def test_the_tables_have_the_columns_that_others_rely_on() -> None:
    w = world()
    fit = fitted(w)
    assert list(fit.scores.columns) == ["code", *NUMBERS, "level", "no_data_reason", "no_records"]
    assert fit.scores["code"].tolist() == sorted(w.target["code"])
    assert fit.draws.shape == (100, 60)
    assert list(fit.coefficients.columns) == ["factor", "coefficient", "low", "high", "mean", "sd"]
    assert list(fit.contributions.columns) == ["code", "factor", "value", "contribution"]
    assert len(fit.contributions) == 60 * 3
    assert fit.validation["rates"] == "recorded"
    assert fit.validation["reporting"] is None
    assert fit.validation["inference"]["draws"] == 100


def weighed(w: World) -> Columns:
    return Columns(tuple(w.factors), weights={w.factors[0]: 0.7, w.factors[1]: -0.5})


def test_without_a_case_table_experts_weights_order_the_districts_and_tell_no_rate() -> None:
    w = world()
    nothing = w.target.assign(count=np.nan)
    given_ = [Given("expert_index", None, nothing, w.target)]
    fit = fit_outcomes(given_, weighed(w), w.places, TrainSettings(draws=400))["expert_index"]
    values = w.target[w.factors].to_numpy()
    people = w.target["people"]
    mean = np.average(values, axis=0, weights=people)
    sd = np.sqrt(np.average((values - mean) ** 2, axis=0, weights=people))
    index = (values - mean) / sd @ [0.7, -0.5, 0.0]
    assert spearmanr(fit.scores["rank"], -index)[0] > 0.98
    assert fit.scores[["rate", "rate_low", "rate_high"]].isna().all(axis=None)
    assert fit.scores["relative_risk"].notna().all()
    assert fit.validation["rates"] == "index"
    assert (fit.tested, fit.beats_baseline) == (False, None)


def test_zeros_lower_the_rates_that_weights_alone_would_leave_open() -> None:
    w = world()
    none = [Given("cases", None, w.counts.assign(count=0.0), w.target)]
    few = w.counts.assign(count=0.0)
    few.loc[3, "count"] = 1.0
    one = [Given("cases", None, few, w.target)]
    rates = [
        fit_outcomes(g, weighed(w), w.places, QUICK)["cases"].scores["rate_high"].mean()
        for g in (none, one)
    ]
    assert rates[0] < 0.8 * rates[1]


def test_a_quick_run_is_untested() -> None:
    fit = fitted(world())
    assert (fit.tested, fit.beats_baseline) == (False, None)
    assert "quick_run" in fit.warnings
    assert list(fit.validation["honesty"]["splits"]) == ["rolling_origin"]


def test_a_district_that_lacks_a_factor_has_no_data_and_is_never_low() -> None:
    w = world()
    low = fitted(w).scores.query("level == 'low'")["code"].iloc[0]
    w.target.loc[w.target["code"] == low, w.factors[1]] = np.nan
    fit = fitted(w)
    row = fit.scores.set_index("code").loc[low]
    assert row["level"] == "no_data"
    assert row["no_data_reason"] == f"missing_factor:{w.factors[1]}"
    assert row[list(NUMBERS)].isna().all()
    assert not row["no_records"]
    column = w.target["code"].tolist().index(low)
    assert np.isnan(fit.draws[:, column]).all()
    assert np.isfinite(np.delete(fit.draws, column, axis=1)).all()
    assert low not in set(fit.contributions["code"])
    assert fit.scores["level"].eq("no_data").sum() == 1
    assert fit.scores["rank"].max() == 59


def test_a_district_without_records_is_estimated_and_flagged() -> None:
    w = world(districts=200, provinces=20, rate_per_100k=150)
    unseen = w.target["code"].iloc[7]
    w.counts.loc[w.counts["code"] == unseen, "count"] = np.nan
    row = fitted(w).scores.set_index("code").loc[unseen]
    assert row["no_records"]
    assert row["no_data_reason"] == ""
    assert row["level"] != "no_data"
    assert row["rate"] == pytest.approx(w.true_rate[7], rel=0.2)


def test_a_district_that_counts_do_not_even_name_is_without_records() -> None:
    w = world()
    unseen = w.target["code"].iloc[7]
    short = World(w.counts[w.counts["code"] != unseen], w.target, w.factors, w.true_rate)
    flagged = fitted(short).scores.query("no_records")
    assert flagged["code"].tolist() == [unseen]


def test_unknown_people_do_not_take_the_rate_away() -> None:
    w = world()
    w.target.loc[4, "people"] = np.nan
    fit = fitted(w)
    assert np.isfinite(fit.scores.loc[4, "rate"])
    assert "people_unknown" in fit.warnings


def test_contributions_are_effects_of_factors_against_the_average_place() -> None:
    w = world()
    fit = fitted(w)
    found = fit.contributions["contribution"].to_numpy().reshape(60, 3)
    values = fit.contributions["value"].to_numpy().reshape(60, 3)
    np.testing.assert_array_equal(values, w.target[w.factors].to_numpy())
    people = w.target["people"]
    np.testing.assert_allclose(np.average(found, axis=0, weights=people), 0, atol=1e-12)
    per_unit = (fit.coefficients["coefficient"] / fit.coefficients["sd"]).to_numpy()
    expected = (values - np.average(values, axis=0, weights=people)) * per_unit
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_coefficients_are_per_standard_deviation_with_intervals() -> None:
    w = world(districts=200, provinces=20, rate_per_100k=150, seed=2)
    table = fitted(w).coefficients.set_index("factor")
    per_unit = table["coefficient"] / table["sd"]
    np.testing.assert_allclose(per_unit.loc[w.factors], [0.7, -0.5, 0.0], atol=0.1)
    assert (table["low"] <= table["coefficient"]).all()
    assert (table["coefficient"] <= table["high"]).all()
    assert table.loc[w.factors[2], "low"] < 0 < table.loc[w.factors[2], "high"]
    weighted = np.average(w.counts[w.factors], axis=0, weights=w.counts["people"])
    np.testing.assert_allclose(table["mean"], weighted)


def test_the_threshold_of_ones_own_is_answered() -> None:
    w = world()
    fit = fitted(w, replace(QUICK, threshold_per_100k=30.0))
    expected = (fit.draws > 30).mean(axis=0)
    np.testing.assert_array_equal(fit.scores["p_above_threshold"], expected)


def test_one_year_of_one_province_is_tested_on_parts_of_the_map() -> None:
    fit = fitted(world(provinces=1, years=1), replace(QUICK, quick=False))
    assert fit.tested
    assert list(fit.validation["honesty"]["splits"]) == ["spatial"]


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    w = world(districts=80)
    first = content(fitted(w))
    assert first == content(fitted(w))
    assert first != content(fitted(w, replace(QUICK, seed=2)))


def test_the_number_of_threads_outside_does_not_matter() -> None:
    w = world(districts=400, provinces=40)
    with threadpool_limits(limits=2):
        two = content(fitted(w))
    with threadpool_limits(limits=1):
        assert content(fitted(w)) == two


def test_inputs_stay_as_they_were() -> None:
    w = world()
    before = (w.counts.copy(), w.target.copy())
    fitted(w)
    pd.testing.assert_frame_equal(w.counts, before[0])
    pd.testing.assert_frame_equal(w.target, before[1])


@settings(max_examples=2, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    w = world(districts=40, provinces=8)
    w.counts.loc[5, "count"] = np.nan
    w.target.loc[3, w.factors[0]] = np.nan
    mixed = World(
        w.counts.sample(frac=1, random_state=seed),
        w.target.sample(frac=1, random_state=seed),
        w.factors,
        w.true_rate,
    )
    assert content(fitted(mixed)) == content(fitted(w))


@settings(max_examples=2, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.sampled_from([0.01, 0.5, 3.0, 1000.0]))
def test_the_unit_of_people_moves_rates_and_nothing_else(scale: float) -> None:
    w = world(districts=40, provinces=8)
    plain = fitted(w).scores
    for table in (w.counts, w.target):
        table["people"] *= scale
    other = fitted(w).scores
    np.testing.assert_allclose(other["rate"] * scale, plain["rate"], rtol=1e-6)
    np.testing.assert_allclose(other["relative_risk"], plain["relative_risk"], rtol=1e-6)
    assert (other["level"] == plain["level"]).mean() > 0.97


def test_a_factor_beyond_all_that_was_seen_counts_as_the_edge_and_far_beyond_as_unknown() -> None:
    w = world(districts=120)
    row = int(w.target[w.factors[0]].argmax())
    edge = w.target.loc[row, w.factors[0]]
    at_edge = fitted(w)
    w.target.loc[row, w.factors[0]] = edge * 1.01
    little = fitted(w)
    assert little.warnings == (f"factor_beyond_seen:{w.factors[0]}", "quick_run")
    assert little.scores.to_csv() == at_edge.scores.to_csv()
    moved = [fit.contributions["contribution"].tolist() for fit in (at_edge, little)]
    assert moved[0] == moved[1]
    assert little.contributions["value"].max() == edge * 1.01  # what is shown is what is there
    w.target.loc[row, w.factors[0]] = edge * 1000
    beyond = fitted(w).scores.loc[row]
    assert at_edge.scores.loc[row, "no_data_reason"] == ""
    assert (beyond["no_data_reason"], beyond["level"]) == ("outside_applicability", "no_data")
