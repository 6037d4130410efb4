"""Rates and scores under other factors, held to closed forms and to fitted models themselves."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from models.kept import coefficient_draws, columns_of
from models.scenario import FactorColumns, changed_factors, compare_scores, scenario_rates
from models.settings import TrainSettings
from models.shapes import Shapes
from models.stage import StageModel
from models.tables import checked
from models.train import Columns, Given, fit_outcomes
from models.transit import FLOW
from tests.models.simulated import World, world
from tests.models.test_transit import QUICK, region
from vigia.errors import MissingStepError, ModelError

CODES = ("010101", "010102", "010103", "010104")
KM, HECTARES = "mining__distance__polygon", "mining__area"
SETTINGS = TrainSettings()


def columns() -> FactorColumns:
    """One factor as it is, from 0 to 100 km; one as a logarithm, from 0 to 1000 ha."""
    shapes = Shapes(
        (KM, HECTARES),
        np.array([0.0, 0.0]),
        np.array([100.0, 1000.0]),
        np.array([np.nan, 50.0]),
        np.array([40.0, 1.0]),
    )
    return FactorColumns(shapes, np.array([40.0, 1.0]), np.array([20.0, 0.5]))


def factors() -> pd.DataFrame:
    return pd.DataFrame({KM: [5.0, 20.0, 60.0, 90.0], HECTARES: [0.0, 50.0, 200.0, 900.0]}, CODES)


def drawn(draws: int = 40, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Rates of four districts and two coefficients."""
    random = np.random.default_rng(seed)
    return np.exp(random.normal(3, 1, (draws, 4))), random.normal(0, 0.5, (draws, 2))


def test_without_a_change_nothing_changes_to_the_last_bit() -> None:
    rates, coefficients = drawn()
    rates[:, 2] = np.nan
    before = factors()
    before.iloc[2, 0] = np.nan
    after, beyond = scenario_rates(rates, coefficients, columns(), before, before.copy())
    assert after.tobytes() == rates.tobytes()
    assert not beyond.to_numpy().any()


def test_a_change_multiplies_each_draw_by_its_own_coefficient() -> None:
    rates, coefficients = drawn()
    after = factors().assign(**{KM: [25.0, 20.0, 60.0, 90.0], HECTARES: [0.0, 50.0, 800.0, 900.0]})
    answer, beyond = scenario_rates(rates, coefficients, columns(), factors(), after)
    first = rates[:, 0] * np.exp(coefficients[:, 0] * (25 - 5) / 20)
    larger = (np.log1p(800 / 50) - np.log1p(200 / 50)) / 0.5
    third = rates[:, 2] * np.exp(coefficients[:, 1] * larger)
    np.testing.assert_allclose(answer[:, 0], first, rtol=1e-12)
    np.testing.assert_allclose(answer[:, 2], third, rtol=1e-12)
    assert answer[:, [1, 3]].tobytes() == rates[:, [1, 3]].tobytes()
    assert not beyond.to_numpy().any()


@given(st.lists(st.floats(0, 100), min_size=4, max_size=4))
@settings(deadline=None)
def test_there_and_back_is_where_one_was(km: list[float]) -> None:
    rates, coefficients = drawn()
    other = factors().assign(**{KM: km})
    there, _ = scenario_rates(rates, coefficients, columns(), factors(), other)
    back, _ = scenario_rates(there, coefficients, columns(), other, factors())
    np.testing.assert_allclose(back, rates, rtol=1e-9)


def test_beyond_what_was_seen_a_factor_counts_as_the_nearest_value_seen() -> None:
    rates, coefficients = drawn()
    far = factors().assign(**{KM: [1e6, 20.0, np.inf, 90.0]})
    edge = factors().assign(**{KM: [100.0, 20.0, 100.0, 90.0]})
    answer, beyond = scenario_rates(rates, coefficients, columns(), factors(), far)
    held, inside = scenario_rates(rates, coefficients, columns(), factors(), edge)
    assert answer.tobytes() == held.tobytes()
    assert beyond[KM].tolist() == [True, False, True, False]
    assert not inside.to_numpy().any()


def test_a_factor_that_lay_beyond_before_is_told_only_where_it_changes() -> None:
    rates, coefficients = drawn()
    before = factors().assign(**{KM: [150.0, 150.0, 60.0, 90.0]})
    after = before.assign(**{KM: [150.0, 200.0, 60.0, 90.0]})
    answer, beyond = scenario_rates(rates, coefficients, columns(), before, after)
    assert beyond[KM].tolist() == [False, True, False, False]
    assert answer.tobytes() == rates.tobytes()  # the fit knows no farther than 100 km


def test_what_becomes_unknown_is_never_low() -> None:
    rates, coefficients = drawn()
    after = factors().assign(**{KM: [np.nan, 20.0, 60.0, 90.0]})
    answer, _ = scenario_rates(rates, coefficients, columns(), factors(), after)
    assert np.isnan(answer[:, 0]).all()
    assert answer[:, 1:].tobytes() == rates[:, 1:].tobytes()
    table = compare(rates, answer)
    assert (table.loc[0, "level_after"], table.loc[0, "no_data_reason_after"]) == (
        "no_data",
        "missing_in_scenario",
    )
    assert table.loc[0, ["score_after", "rate_after", "score_change", "rate_change"]].isna().all()
    assert table["rate_before"].iloc[0] > 0


def test_a_district_without_data_has_none_afterwards_either() -> None:
    rates, coefficients = drawn()
    rates[:, 1] = np.nan
    before = factors()
    before.iloc[1, 0] = np.nan
    answer, _ = scenario_rates(rates, coefficients, columns(), before, factors())
    assert np.isnan(answer[:, 1]).all()
    reasons = ["", f"missing_factor:{KM}", "", ""]
    table = compare_scores(rates, answer, CODES, np.full(4, 1e4), reasons, SETTINGS)
    assert table.loc[1, "no_data_reason_after"] == f"missing_factor:{KM}"
    assert table["level_after"].eq("no_data").sum() == 1


def test_factors_that_the_fit_does_not_know_move_nothing() -> None:
    rates, coefficients = drawn()
    more = factors().assign(police=1.0)
    answer, beyond = scenario_rates(
        rates, coefficients, columns(), more, more[["police"]].assign(police=9.0)
    )
    assert answer.tobytes() == rates.tobytes()
    assert beyond.shape == (4, 0)


def test_rounding_is_no_change() -> None:
    before = pd.DataFrame({"a": [1.0, 0.0, np.nan, np.inf, np.inf, 5.0]})
    after = pd.DataFrame({"a": [1.0 + 1e-13, 0.0, np.nan, np.inf, 5.0, np.nan]})
    assert changed_factors(before, after)["a"].tolist() == [False, False, False, False, True, True]


def test_what_does_not_fit_together_is_refused() -> None:
    rates, coefficients = drawn()
    with pytest.raises(ModelError, match="draws of coefficients: 39, not 40"):
        scenario_rates(rates, coefficients[1:], columns(), factors(), factors())
    with pytest.raises(ModelError, match="districts after: 3, not 4"):
        scenario_rates(rates, coefficients, columns(), factors(), factors().iloc[1:])


def compare(before: np.ndarray, after: np.ndarray, people: Any = None) -> pd.DataFrame:
    people = np.full(4, 1e4) if people is None else people
    return compare_scores(before, after, CODES, people, [""] * 4, SETTINGS)


def test_the_same_on_both_sides_differs_by_nothing() -> None:
    rates, _ = drawn()
    table = compare(rates, rates.copy())
    for name in ("score", "rank", "rate", "rate_low", "rate_high", "relative_risk", "level"):
        assert table[f"{name}_before"].equals(table[f"{name}_after"].rename(f"{name}_before"))
    changes = [f"{name}{end}" for name in ("score_change", "rate_change") for end in ENDS]
    assert (table[changes] == 0).all(axis=None)
    assert (table[[f"rate_ratio{end}" for end in ENDS]] == 1).all(axis=None)


ENDS = ("", "_low", "_high")


def test_the_doubt_of_a_change_is_that_of_its_draws_and_not_of_both_sides() -> None:
    rates, _ = drawn(draws=400)
    after = rates * np.array([0.5, 1.0, 1.0, 1.0])
    table = compare(rates, after)
    np.testing.assert_allclose(
        table.loc[0, [f"rate_ratio{end}" for end in ENDS]].astype(float), 0.5
    )
    apart = after[:, 0] - rates[:, 0]
    low, high = np.quantile(apart, [0.025, 0.975])
    told = table.loc[0, [f"rate_change{end}" for end in ENDS]].astype(float)
    np.testing.assert_allclose(told, [apart.mean(), low, high])
    assert told["rate_change_high"] < 0
    assert table["rate_low_before"].iloc[0] < table["rate_high_after"].iloc[0]  # sides overlap


def test_a_change_of_score_is_that_of_the_scores_with_the_interval_of_percentiles() -> None:
    rates, _ = drawn(draws=200)
    after = rates * np.array([0.2, 1.0, 1.0, 1.0])
    table = compare(rates, after)
    change = table["score_after"] - table["score_before"]
    np.testing.assert_allclose(table["score_change"], change)
    moved = np.array(
        [rankdata(new) - rankdata(old) for old, new in zip(rates, after, strict=True)]
    ) * (100 / 3)
    low, high = np.quantile(moved, [0.025, 0.975], axis=0)
    np.testing.assert_allclose(table["score_change_low"], np.minimum(low, change))
    np.testing.assert_allclose(table["score_change_high"], np.maximum(high, change))


def test_levels_are_held_against_each_sides_own_mean() -> None:
    rates = np.full((50, 4), 10.0) * np.array([10.0, 1.0, 1.0, 1.0])
    after = rates * np.array([0.01, 1.0, 1.0, 1.0])
    table = compare(rates, after)
    assert table["level_before"].tolist() == ["very_high", "low", "low", "low"]
    assert table["level_after"].tolist() == ["low", "high", "high", "high"]
    assert table["rate_change"].tolist()[1:] == [0, 0, 0]  # and yet their level is another


def test_where_nothing_is_left_to_compare_a_sentence_says_so() -> None:
    rates, _ = drawn()
    with pytest.raises(ModelError, match="No district has data both before and after"):
        compare(rates, np.full_like(rates, np.nan))


def fitted() -> tuple[World, StageModel]:
    w = world(districts=40, provinces=8)
    w.counts[w.factors[1]] = np.exp(2 * w.counts[w.factors[1]])  # skewed: taken as a logarithm
    w.target[w.factors[1]] = np.exp(2 * w.target[w.factors[1]])
    tables = checked(w.counts, w.target, w.columns)
    few = TrainSettings(draws=50, family="poisson", weighed=False)
    return w, StageModel(w.places, tables.columns, few).fit(tables.rows)


def test_what_is_kept_says_what_the_fitted_model_would() -> None:
    w, model = fitted()
    target = w.target.sort_values("code", ignore_index=True)
    other = target.copy()
    other.loc[::3, w.factors[0]] += 0.7
    other.loc[::2, w.factors[1]] *= 30.0  # beyond what was seen for some
    kept = columns_of(model)
    assert np.isfinite(kept.shapes.typical[1])
    through_json = FactorColumns.from_json(json.loads(json.dumps(kept.to_json())))
    answer, beyond = scenario_rates(
        model.rates(target).T, coefficient_draws([model]), through_json, target, other[w.factors]
    )
    np.testing.assert_allclose(answer, model.rates(other).T, rtol=1e-10)
    assert beyond[w.factors[1]].any()


def test_columns_come_back_from_json_to_the_last_bit() -> None:
    _, model = fitted()
    kept = columns_of(model)
    back = FactorColumns.from_json(json.loads(json.dumps(kept.to_json())))
    assert back.names == kept.names
    for name in ("centre", "scale"):
        assert getattr(back, name).tobytes() == getattr(kept, name).tobytes()
    for name in ("least", "most", "typical", "mean"):
        np.testing.assert_array_equal(getattr(back.shapes, name), getattr(kept.shapes, name))


def test_a_run_of_an_earlier_version_says_that_it_has_to_be_trained_again() -> None:
    with pytest.raises(MissingStepError, match=r"earlier version.*vigia train"):
        FactorColumns.of_run({"trafficking": {"honesty": {}}}, "trafficking")


def test_detection_is_no_column_of_a_scenario() -> None:
    w = world()
    hours = np.random.default_rng(1).normal(size=len(w.target))
    of_code = dict(zip(w.target["code"], hours, strict=True))
    for table in (w.counts, w.target):
        table["hours"] = table["code"].map(of_code)
    given_ = [Given("complaints", None, w.counts, w.target)]
    seen = Columns(tuple(w.factors), ("hours",))
    fit = fit_outcomes(given_, seen, w.places, TrainSettings(draws=40, quick=True))["complaints"]
    kept = FactorColumns.of_run({"complaints": fit.validation}, "complaints")
    assert kept.names == tuple(w.factors)
    assert fit.coefficient_draws.shape == (len(fit.draws), len(w.factors))


def test_mixed_fits_keep_all_draws_in_order_and_leave_the_flow_alone() -> None:
    w, counts, gravity = region()
    given_ = [Given(f"of_{stage}", stage, table, w.target) for stage, table in counts.items()]
    columns_ = Columns(tuple(w.factors))
    fits = fit_outcomes(given_, columns_, w.places, QUICK, gravity=gravity)
    fit = fits["of_transit"]
    kept = FactorColumns.of_run({"t": fit.validation}, "t")
    assert FLOW not in kept.names
    assert fit.coefficient_draws.shape == (len(fit.draws), len(kept.names))
    table = fit.coefficients.set_index("factor")["coefficient"]
    np.testing.assert_allclose(
        fit.coefficient_draws.mean(axis=0), table[list(kept.names)], rtol=1e-9
    )
    assert fits["composite"].coefficient_draws.size == 0
