"""The regression against closed forms, brute force and scikit-learn's own checks."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.poisson import PoissonRates
from tests.models.checks import checks_of
from tests.models.simulated import world
from vigia.errors import ModelError


@pytest.mark.parametrize(
    ("estimator", "check"),
    checks_of(PoissonRates(), PoissonRates(ridge=0.1, with_dispersion=True)),
)
def test_scikit_learn_takes_it_for_an_estimator(estimator: Any, check: Any) -> None:
    check(estimator)


def rates(counts: np.ndarray, people: np.ndarray) -> np.ndarray:
    return counts / people * 1e5


def test_one_binary_factor_gives_the_rates_of_the_two_groups() -> None:
    mining = np.array([0.0, 0, 0, 1, 1])
    people = np.array([10_000.0, 50_000, 40_000, 20_000, 30_000])
    counts = np.array([1.0, 3, 2, 9, 6])  # 6 in 100,000 people without, 15 in 50,000 with
    model = PoissonRates(ridge=0).fit(mining[:, None], rates(counts, people), people)
    np.testing.assert_allclose(model.predict([[0.0], [1.0]]), [6, 30], rtol=1e-9)
    assert model.coef_[0] == pytest.approx(np.log(5), rel=1e-9)
    assert np.exp(model.intercept_) == pytest.approx(6, rel=1e-9)


def test_without_ridge_expected_cases_add_up_to_recorded_ones_by_factor() -> None:
    w = world(years=1)
    x, people = w.counts[w.factors].to_numpy(), w.counts["people"].to_numpy()
    counts = w.counts["count"].to_numpy()
    expected = PoissonRates(ridge=0).fit(x, rates(counts, people), people).predict(x) * people / 1e5
    assert expected.sum() == pytest.approx(counts.sum(), rel=1e-9)
    np.testing.assert_allclose(expected @ x, counts @ x, rtol=1e-7)


def test_known_slopes_are_found() -> None:
    w = world(districts=600, provinces=60, rate_per_100k=200, slopes=(0.7, -0.5, 0.0))
    model = PoissonRates().fit(
        w.counts[w.factors], rates(w.counts["count"], w.counts["people"]), w.counts["people"]
    )
    np.testing.assert_allclose(model.coef_, [0.7, -0.5, 0.0], atol=0.02)
    np.testing.assert_allclose(model.predict(w.target[w.factors]), w.true_rate, rtol=0.1)


@settings(max_examples=25, deadline=None)
@given(
    people_scale=st.floats(1e-3, 1e3),
    factor_scale=st.floats(1e-3, 1e3),
    shift=st.floats(-100, 100),
)
def test_units_do_not_matter(people_scale: float, factor_scale: float, shift: float) -> None:
    w = world(years=1)
    x, people = w.counts[w.factors].to_numpy(), w.counts["people"].to_numpy()
    counts = w.counts["count"].to_numpy()
    plain = PoissonRates(ridge=0.05).fit(x, rates(counts, people), people)
    more = people * people_scale
    other = PoissonRates(ridge=0.05).fit(x * factor_scale + shift, rates(counts, more), more)
    np.testing.assert_allclose(
        other.predict(x * factor_scale + shift) * people_scale, plain.predict(x), rtol=1e-6
    )


def test_drawing_a_row_twice_is_weighting_it_twice() -> None:
    w = world(years=1)
    x, people = w.counts[w.factors].to_numpy(), w.counts["people"].to_numpy()
    y = rates(w.counts["count"].to_numpy(), people)
    times = np.random.default_rng(3).integers(0, 3, len(x))
    weighted = PoissonRates().fit(x, y, people * times)
    repeated = PoissonRates().fit(
        np.repeat(x, times, axis=0), np.repeat(y, times), np.repeat(people, times)
    )
    np.testing.assert_allclose(weighted.predict(x), repeated.predict(x), rtol=1e-9)


def test_a_warm_start_ends_where_a_cold_one_does() -> None:
    w = world(years=1)
    x, people = w.counts[w.factors].to_numpy(), w.counts["people"].to_numpy()
    y = rates(w.counts["count"].to_numpy(), people)
    warm = PoissonRates(warm_start=True).fit(x, y, people)
    times = np.random.default_rng(3).integers(0, 3, len(x))
    cold = PoissonRates().fit(x, y, people * times)
    np.testing.assert_allclose(warm.fit(x, y, people * times).coef_, cold.coef_, rtol=1e-8)


@pytest.mark.parametrize("ridge", [0.0, 1e-3])
def test_a_factor_that_is_constant_in_a_resample_has_no_effect(ridge: float) -> None:
    x = np.c_[np.r_[np.zeros(20), np.ones(5)], np.random.default_rng(1).normal(size=25)]
    y = np.r_[np.full(20, 4.0), np.full(5, 40.0)]
    model = PoissonRates(ridge, warm_start=True).fit(x, y)
    assert model.coef_[0] > 2
    again = deepcopy(model).fit(x, y, np.r_[np.ones(20), np.zeros(5)])
    assert again.coef_[0] == 0
    assert again.varies_.tolist() == [False, True]
    assert again.predict([[1.0, 0.0]])[0] == pytest.approx(4, rel=1e-6)


def test_ridge_keeps_a_separated_factor_finite_and_a_collinear_pair_equal() -> None:
    x = np.r_[np.zeros(20), np.ones(20)]
    y = np.r_[np.zeros(20), np.full(20, 5.0)]
    model = PoissonRates().fit(np.c_[x, x], y)
    assert 0 < model.predict([[0.0, 0.0]])[0] < 0.5
    assert model.coef_[0] == pytest.approx(model.coef_[1])


def test_the_dispersion_is_that_of_the_counts() -> None:
    w = world(districts=2000, provinces=40, years=1, rate_per_100k=200, district_sd=0.6)
    counts, people = w.counts["count"].to_numpy(), w.counts["people"].to_numpy()
    model = PoissonRates(with_dispersion=True).fit(
        w.counts[w.factors], rates(counts, people), people
    )
    assert model.dispersion_ == pytest.approx(np.exp(0.36) - 1, rel=0.2)
    assert model.predict_dispersion(w.target[w.factors]).shape == (2000,)


def test_no_case_is_an_error() -> None:
    with pytest.raises(ModelError, match="No case was recorded"):
        PoissonRates().fit([[1.0], [2.0]], [0.0, 0.0])


def test_what_the_solver_cannot_settle_is_an_error_and_never_a_wrong_answer() -> None:
    """One case, no ridge, five wild factors: it often runs away."""
    unsettled = 0
    for seed in range(10):
        random = np.random.default_rng(seed)
        wild, people = np.exp(random.normal(size=(60, 5)) * 3), np.exp(random.normal(size=60) * 4)
        case = np.r_[1.0, np.zeros(59)]
        try:
            expected = PoissonRates(ridge=0).fit(wild, case, people).predict(wild) @ people
            assert expected == pytest.approx(people[0], rel=1e-4)  # as the likelihood demands
        except ModelError:
            unsettled += 1
        assert np.isfinite(PoissonRates().fit(wild, case, people).coef_).all()
    assert unsettled > 0


def test_beyond_what_was_seen_the_line_is_not_drawn_on() -> None:
    """Nor does a misplaced decimal point make an infinite rate."""
    model = PoissonRates().fit([[0.0], [0.5], [1.0]], [1.0, 3.0, 10.0])
    inside = model.predict([[0.0], [0.25], [1.0]])
    assert (np.diff(inside) > 0).all()
    assert model.predict([[-7.0], [0.25], [1e6]]).tolist() == inside.tolist()
