"""The baselines against closed forms, simulated truth and hand-made forecasts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from models.baselines import PopulationAlone, PriorCounts, RawPriorCounts
from tests.models.checks import checks_of
from vigia.errors import ModelError


# PriorCounts is left out: its X holds names of districts and years, and the checks feed numbers.
@pytest.mark.parametrize(
    ("estimator", "check"),
    checks_of(PopulationAlone()),
)
def test_scikit_learn_takes_it_for_an_estimator(estimator: Any, check: Any) -> None:
    check(estimator)


def panel(
    districts: int, years: int, *, shape: float, noise: float = 0.0, seed: int = 1
) -> pd.DataFrame:
    """Gamma rates of mean 30 per 100,000, counts scattered by ``noise`` between years."""
    random = np.random.default_rng(seed)
    people = random.uniform(5_000, 60_000, districts)
    rate = random.gamma(shape, 30 / shape, districts)
    table = pd.DataFrame(
        {
            "code": np.tile([f"{d:06d}" for d in range(districts)], years),
            "year": np.repeat(np.arange(years) + 2015, districts),
            "people": np.tile(people, years),
            "true_rate": np.tile(rate, years),
        }
    )
    spread = random.gamma(1 / noise, noise, len(table)) if noise else 1.0
    cases = random.poisson(table["true_rate"] * table["people"] / 1e5 * spread)
    return table.assign(rate=cases / table["people"] * 1e5)


def fitted(rows: pd.DataFrame) -> PriorCounts:
    return PriorCounts().fit(rows[["code", "year"]], rows["rate"], rows["people"])


def test_population_alone_is_all_cases_over_all_people() -> None:
    model = PopulationAlone().fit(np.zeros((2, 1)), [10.0, 40.0], [20_000, 10_000])
    np.testing.assert_allclose(model.predict(np.zeros((3, 1))), [20, 20, 20])


def test_population_alone_scores_counts_as_a_negative_binomial() -> None:
    random = np.random.default_rng(2)
    people = np.full(4000, 1e5)
    counts = random.poisson(random.gamma(2, 5, 4000)).astype(float)
    model = PopulationAlone().fit(np.zeros((4000, 1)), counts, people)
    assert model.dispersion_ == pytest.approx(0.5, rel=0.1)
    size = 1 / model.dispersion_
    by_hand = stats.nbinom.logpmf(3, size, size / (size + model.rate_))
    assert model.log_probability(np.zeros((1, 1)), [3.0], [1e5])[0] == pytest.approx(by_hand)


def test_a_district_is_drawn_to_the_mean_by_the_gamma_poisson_formula() -> None:
    rows = panel(300, 1, shape=2)
    model = fitted(rows)
    one = rows.set_index("code").loc["000007"]
    cases, person_years = one["rate"] * one["people"] / 1e5, one["people"] / 1e5
    rate = model.shape_ / model.mean_  # of the gamma, in 100,000 person-years
    ahead = pd.DataFrame({"code": ["000007", "unknown"], "year": [2018, 2018]})
    np.testing.assert_allclose(
        model.predict(ahead), [(model.shape_ + cases) / (rate + person_years), model.mean_]
    )


def test_without_scatter_between_years_the_forecast_is_that_of_the_gamma_poisson() -> None:
    rows = panel(300, 3, shape=2)
    model = fitted(rows)
    model.year_dispersion_ = 0.0
    cases = model.past_.loc["000007", "cases"]
    exposure = model.past_.loc["000007", "people"]
    a, b = model.shape_ + cases, model.shape_ / model.mean_ + exposure
    by_hand = stats.nbinom.logpmf(4, a, b / (b + 0.2))  # 20,000 people next year
    found = model.log_probability(
        pd.DataFrame({"code": ["000007"], "year": [2018]}), [20.0], [20_000]
    )
    assert found[0] == pytest.approx(by_hand)


@pytest.mark.parametrize(("shape", "noise"), [(0.7, 0.0), (3.0, 0.0), (1.5, 0.4)])
def test_the_prior_that_made_the_counts_is_found(shape: float, noise: float) -> None:
    model = fitted(panel(3000, 5, shape=shape, noise=noise))
    assert model.mean_ == pytest.approx(30, rel=0.07)
    assert model.shape_ == pytest.approx(shape, rel=0.15)
    assert model.year_dispersion_ == pytest.approx(noise, abs=0.08)


def test_the_forecast_counts_scatter_as_it_says() -> None:
    """Squared errors of a further year match the predicted variance, also with noisy years."""
    rows = panel(4000, 6, shape=1.5, noise=0.5)
    past, last = rows[rows["year"] < 2020], rows[rows["year"] == 2020]
    model = fitted(past)
    people = last["people"].to_numpy() / 1e5
    expected = model.predict(last) * people
    variance = expected + model.predict_dispersion(last) * expected**2
    squared = (last["rate"].to_numpy() * people - expected) ** 2
    assert (squared / variance).mean() == pytest.approx(1, abs=0.12)


def test_noisy_years_teach_less() -> None:
    """A district's past counts by 1 / (1 + scatter x expected cases) of each year."""
    rows = panel(500, 4, shape=1.5, noise=0.5)
    model = fitted(rows)
    one = rows[rows["code"] == "000007"]
    people = one["people"].to_numpy() / 1e5
    worth = 1 / (1 + model.year_dispersion_ * model.mean_ * people)
    cases, exposure = worth @ (one["rate"].to_numpy() * people), worth @ people
    rate = model.mean_ * (model.shape_ + cases) / (model.shape_ + model.mean_ * exposure)
    assert model.year_dispersion_ > 0.3
    assert model.predict(one)[0] == pytest.approx(rate)


def test_one_year_cannot_tell_scatter_of_years_from_that_of_districts() -> None:
    model = fitted(panel(2000, 1, shape=1.5, noise=0.4))
    assert model.year_dispersion_ == 0
    assert 1 / model.shape_ == pytest.approx(1 / 1.5 + 0.4 + 0.4 / 1.5, rel=0.25)


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False), st.floats(1e-2, 1e2))
def test_neither_the_order_of_rows_nor_the_unit_of_people_matters(
    random: Any, scale: float
) -> None:
    rows = panel(40, 3, shape=2)
    order = list(range(len(rows)))
    random.shuffle(order)
    other = rows.iloc[order]
    again = fitted(other.assign(people=other["people"] * scale, rate=other["rate"] / scale))
    np.testing.assert_allclose(again.predict(rows) * scale, fitted(rows).predict(rows), rtol=1e-4)


def test_a_district_without_any_case_so_far_may_have_one() -> None:
    rows = panel(50, 2, shape=1)
    rows.loc[rows["code"] == "000000", "rate"] = 0.0
    model = fitted(rows)
    score = model.log_probability(
        pd.DataFrame({"code": ["000000"], "year": [2017]}), [100.0], [10_000]
    )
    assert np.isfinite(score).all()
    assert model.predict(pd.DataFrame({"code": ["000000"], "year": [2017]}))[0] > 0


def test_no_case_is_an_error() -> None:
    with pytest.raises(ModelError, match="No case was recorded"):
        fitted(panel(5, 2, shape=1).assign(rate=0.0))


def test_raw_counts_are_those_of_the_district_and_half_a_case() -> None:
    rows = panel(200, 3, shape=2)
    model = RawPriorCounts().fit(rows[["code", "year"]], rows["rate"], rows["people"])
    overall = np.average(rows["rate"], weights=rows["people"])
    one = rows[rows["code"] == "000007"]
    people = one["people"].sum() / 1e5
    cases = float((one["rate"] * one["people"] / 1e5).sum())
    ahead = pd.DataFrame({"code": ["000007", "unknown"], "year": [2018, 2018]})
    by_hand = [(cases + 0.5) / (people + 0.5 / overall), overall]
    np.testing.assert_allclose(model.predict(ahead), by_hand)
    of_rate = 1 / (0.5 + np.array([cases, 0]))
    noise = model.year_dispersion_
    np.testing.assert_allclose(
        model.predict_dispersion(ahead), (1 + of_rate) * (1 + noise) - 1, rtol=1e-9
    )


@pytest.mark.parametrize(("noise", "least", "most"), [(0.0, 0.0, 0.03), (0.4, 0.3, 0.7)])
def test_the_scatter_of_years_around_raw_counts_is_found(
    noise: float, least: float, most: float
) -> None:
    rows = panel(3000, 6, shape=0.5, noise=noise)  # the shape that raw counts assume
    model = RawPriorCounts().fit(rows[["code", "year"]], rows["rate"], rows["people"])
    assert least <= model.year_dispersion_ <= most


def test_of_one_year_raw_counts_know_no_scatter_of_years() -> None:
    rows = panel(300, 1, shape=0.5, noise=0.4)
    model = RawPriorCounts().fit(rows[["code", "year"]], rows["rate"], rows["people"])
    assert model.year_dispersion_ == 0


def test_smoothing_beats_raw_counts_where_districts_are_alike() -> None:
    rows = panel(400, 5, shape=20)
    past, last = rows[rows["year"] < 2019], rows[rows["year"] == 2019]
    columns = ["code", "year"]
    scores = [
        model.fit(past[columns], past["rate"], past["people"])
        .log_probability(last[columns], last["rate"], last["people"])
        .mean()
        for model in (PriorCounts(), RawPriorCounts())
    ]
    assert scores[0] > scores[1] + 0.01
