"""Risk terrains of simulated districts whose true bands are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.challengers.terrain import RiskTerrain
from models.forecast import Floats
from tests.models.checks import checks_of
from vigia.errors import ModelError

NAMES = ["mine_m", "ports", "noise_a", "noise_b", "noise_c", "noise_d"]
SIGNS = {"mine_m": -1, "ports": 1}
RISK_NEAR_MINES, RISK_AT_PORTS = 3.0, 2.0


@pytest.mark.parametrize(("estimator", "check"), checks_of(RiskTerrain()))
def test_scikit_learn_takes_it_for_an_estimator(estimator: Any, check: Any) -> None:
    check(estimator)


def simulated(seed: int = 1, rows: int = 400) -> tuple[pd.DataFrame, Floats, Floats, Floats]:
    """Factors, recorded rates, people, true rates.

    Within 25 km of mines the rate is three times, where ports are dense twice as high; a quarter
    and a tenth of the people live there. About 10 cases in a district.
    """
    random = np.random.default_rng(seed)
    factors = pd.DataFrame(random.uniform(0, 1, (rows, len(NAMES))), columns=NAMES)
    factors["mine_m"] *= 100_000
    people = random.uniform(2e4, 6e4, rows)
    near = factors["mine_m"].to_numpy() <= 25_000
    dense = factors["ports"].to_numpy() >= 0.9
    truth = 15 * np.where(near, RISK_NEAR_MINES, 1.0) * np.where(dense, RISK_AT_PORTS, 1.0)
    return factors, random.poisson(truth * people / 1e5) / people * 1e5, people, truth


def test_planted_bands_are_found_with_their_relative_risks() -> None:
    factors, rates, people, truth = simulated()
    model = RiskTerrain(SIGNS).fit(factors, rates, people)
    assert [(NAMES[b.factor], b.direction) for b in model.bands_] == [("mine_m", -1), ("ports", 1)]
    assert model.bands_[0].threshold == pytest.approx(25_000, rel=0.15)
    assert model.bands_[1].threshold == pytest.approx(0.9, abs=0.03)
    mines, ports = model.relative_risks_.values()
    assert mines == pytest.approx(RISK_NEAR_MINES, rel=0.1)
    assert ports == pytest.approx(RISK_AT_PORTS, rel=0.15)
    assert model.lowest_rate_ == pytest.approx(15, rel=0.1)
    assert np.corrcoef(np.log(model.predict(factors)), np.log(truth))[0, 1] > 0.95
    np.testing.assert_allclose(model.predict(factors) / model.relative_risk(factors), 15, rtol=0.1)
    assert model.relative_risk(factors).min() == 1


def test_noise_is_mostly_not_chosen_and_what_matters_is() -> None:
    """30 repeats: four factors that do nothing, on either side, and two that do."""
    chosen = np.zeros(len(NAMES))
    for seed in range(30):
        factors, rates, people, _ = simulated(seed + 100)
        for band in RiskTerrain(SIGNS, random_state=seed).fit(factors, rates, people).bands_:
            chosen[band.factor] += 1
    assert (chosen[:2] == 30).all()
    assert chosen[2:].mean() / 30 < 0.15  # BIC lets a factor of eight bands by in about a tenth


def test_without_anything_to_find_the_rate_is_the_overall_one() -> None:
    factors, _, people, _ = simulated()
    flat = np.full(400, 20.0)
    model = RiskTerrain().fit(factors, flat, people)
    assert model.bands_ == []
    np.testing.assert_allclose(model.predict(factors), 20)


def test_stated_distances_are_the_thresholds() -> None:
    factors, rates, people, _ = simulated()
    stated = {"mine_m": [10_000, 25_000, 60_000]}
    model = RiskTerrain(SIGNS, thresholds=stated).fit(factors, rates, people)
    assert "mine_m <= 25000" in model.relative_risks_
    edge = factors.iloc[[0, 0]].assign(mine_m=[25_000, 25_001])
    inside, outside = model.predict(edge)
    assert inside / outside == pytest.approx(model.relative_risks_["mine_m <= 25000"])


def test_a_band_against_the_expected_sign_is_not_chosen() -> None:
    """Cases are near mines; told that far ones matter, the model chooses none of theirs."""
    factors, rates, people, _ = simulated()
    model = RiskTerrain({"mine_m": 1, "ports": 1}).fit(factors, rates, people)
    assert all(band.factor != 0 for band in model.bands_)


def test_one_band_at_most_is_chosen_of_a_factor_that_works_in_steps() -> None:
    factors, _, people, _ = simulated()
    distance = factors["mine_m"].to_numpy()
    steps = 10 * np.select([distance < 10_000, distance < 50_000], [9.0, 3.0], 1.0)
    model = RiskTerrain(SIGNS).fit(factors, steps, people)
    assert [band.factor for band in model.bands_] == [0]
    assert len([name for name in model.screened_ if name.startswith("mine_m")]) > 1


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False), st.floats(1e-3, 1e3))
def test_neither_the_order_of_rows_nor_the_unit_of_factors_matters(
    random: Any, scale: float
) -> None:
    factors, rates, people, _ = simulated(rows=150)
    order = list(range(150))
    random.shuffle(order)
    one = RiskTerrain(SIGNS).fit(factors, rates, people)
    other = RiskTerrain(SIGNS).fit(factors.iloc[order] * scale, rates[order], people[order])
    assert [b[:2] for b in other.bands_] == [b[:2] for b in one.bands_]
    np.testing.assert_allclose(other.predict(factors * scale), one.predict(factors), rtol=1e-6)


def test_years_of_a_district_are_one_place() -> None:
    factors, rates, people, _ = simulated(rows=150)
    twice = pd.concat([factors, factors])
    one = RiskTerrain(SIGNS).fit(factors, rates, people)
    split = RiskTerrain(SIGNS).fit(twice, np.tile(rates, 2), np.tile(people / 2, 2))
    assert split.relative_risks_ == pytest.approx(one.relative_risks_)


def test_all_cases_within_a_band_leave_the_rate_finite() -> None:
    factors, _, people, _ = simulated()
    inside = factors["ports"].to_numpy() >= 0.5
    model = RiskTerrain(SIGNS).fit(factors, np.where(inside, 40.0, 0.0), people)
    assert np.isfinite(model.predict(factors)).all()
    assert (model.predict(factors) > 0).all()
    assert model.predict(factors[inside]).mean() == pytest.approx(40, rel=0.02)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (RiskTerrain({"mien": -1}), "No factor is called mien"),
        (RiskTerrain(thresholds={"mien": [1.0]}), "which thresholds names"),
        (RiskTerrain(shares=(0.1, 25)), "shares has one outside"),
        (RiskTerrain(share_l1=0), "share_l1 is 0"),
        (RiskTerrain(folds=1), "folds is 1"),
    ],
)
def test_what_makes_no_sense_is_refused(model: RiskTerrain, said: str) -> None:
    factors, rates, people, _ = simulated(rows=30)
    with pytest.raises(ModelError, match=said):
        model.fit(factors, rates, people)


def test_years_in_the_same_bands_are_one_place() -> None:
    """Factors that move a little from year to year, within their bands, change nothing."""
    random = np.random.default_rng(5)
    factors = pd.DataFrame(random.integers(0, 4, (120, 2)).astype(float), columns=["a", "b"])
    people = random.uniform(1e4, 1e5, 120)
    rates = random.poisson(people / 1e5 * 20 * np.exp(0.8 * (factors["a"] > 2))) / people * 1e5
    model = RiskTerrain({"a": 1, "b": 1}, thresholds={"a": [1, 2, 3], "b": [1, 2, 3]})
    once = model.fit(factors, rates, people).relative_risks_
    halves = pd.concat([factors, factors + random.uniform(0, 0.9, factors.shape)])
    twice = model.fit(halves, np.tile(rates, 2), np.tile(people / 2, 2)).relative_risks_
    assert once
    assert twice == pytest.approx(once)


def test_of_many_bands_the_strongest_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(6)
    factors = pd.DataFrame(random.normal(size=(400, 6)), columns=list("abcdef"))
    people = np.full(400, 1e5)
    rates = random.poisson(10 * np.exp(1.5 * (factors["e"] > 1))).astype(float)
    whole = RiskTerrain().fit(factors, rates, people)
    monkeypatch.setattr("models.challengers.terrain.MOST_BANDS", 5)
    few = RiskTerrain().fit(factors, rates, people)
    assert len(few.screened_) <= 5
    assert few.relative_risks_
    assert {band.factor for band in few.bands_} == {4} <= {band.factor for band in whole.bands_}
