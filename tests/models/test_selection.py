"""The choice of layers, on simulated districts of which it is known what matters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.challengers.poisson_net import Penalty, fit_net
from models.forecast import Floats
from models.influence import Influence
from models.selection import GroupSelection
from models.splits import ProvinceFolds
from tests.models.checks import checks_of
from vigia.errors import ModelError

FACTORS = ["mines", "river", "border", "roads", "ports", "towns"]


@pytest.mark.parametrize(("estimator", "check"), checks_of(GroupSelection(bootstraps=2)))
def test_scikit_learn_takes_it_for_an_estimator(estimator: Any, check: Any) -> None:
    check(estimator)


def simulated(
    seed: int = 1, districts: int = 400, effect: float = 0.9
) -> tuple[pd.DataFrame, Floats, Floats, NDArray[np.str_]]:
    """Distances, rates, people, provinces.

    Mines within 15 km and the border within 20 raise the rate; the other four do nothing, and lie
    near each other by province as all do. Provinces differ beyond that. About 13 cases a district.
    """
    random = np.random.default_rng(seed)
    province = np.arange(districts) // 8
    own = random.normal(0, 1, (province.max() + 1, len(FACTORS)))
    near = (own[province] + random.normal(0, 1, (districts, len(FACTORS)))) / np.sqrt(2)
    factors = pd.DataFrame(20 * np.exp(near), columns=FACTORS)
    people = random.uniform(1e4, 9e4, districts)
    log = effect * ((factors["mines"] <= 15).to_numpy() + 0.7 * (factors["border"] <= 20))
    log = log + random.normal(0, 0.25, province.max() + 1)[province]
    rates = random.poisson(10 * np.exp(log) * people / 1e5) / people * 1e5
    return factors, rates, people, np.char.mod("p%03d", province)


def banded(factors: pd.DataFrame, people: Floats) -> tuple[pd.DataFrame, tuple[str, ...]]:
    model = Influence(dict.fromkeys(FACTORS, "bands")).set_output(transform="pandas")
    columns = model.fit_transform(factors, sample_weight=people)
    return columns, model.groups_


def test_what_matters_is_found_and_most_of_what_does_not_is_left_out() -> None:
    found = dict.fromkeys(FACTORS, 0)
    for seed in range(20):
        factors, rates, people, provinces = simulated(seed)
        columns, groups = banded(factors, people)
        model = GroupSelection(groups, bootstraps=0).fit(columns, rates, people, provinces)
        for name in model.selected_:
            found[name] += 1
    assert found.pop("mines") == found.pop("border") == 20
    assert sum(found.values()) / (4 * 20) < 0.2


def test_nothing_is_found_where_nothing_matters() -> None:
    chosen = 0
    for seed in range(20):
        factors, rates, people, provinces = simulated(seed, effect=0.0)
        columns, groups = banded(factors, people)
        model = GroupSelection(groups, bootstraps=0).fit(columns, rates, people, provinces)
        chosen += len(model.selected_)
    assert chosen / (6 * 20) < 0.15


def test_frequencies_tell_what_chance_has_chosen() -> None:
    factors, rates, people, provinces = simulated()
    columns, groups = banded(factors, people)
    model = GroupSelection(groups, bootstraps=10).fit(columns, rates, people, provinces)
    frequency = dict(model.frequency_)
    assert list(frequency) == FACTORS
    assert frequency.pop("mines") == frequency.pop("border") == 1
    assert 0 < np.mean(list(frequency.values())) < 0.6
    assert {round(10 * share, 9) % 1 for share in frequency.values()} == {0}
    plain = GroupSelection(groups, bootstraps=0).fit(columns, rates, people, provinces)
    assert plain.frequency_ == {}
    assert plain.selected_ == model.selected_


def test_effects_have_the_sign_and_the_order_that_was_planted() -> None:
    factors, rates, people, provinces = simulated(districts=1000)
    columns, groups = banded(factors, people)
    model = GroupSelection(groups, bootstraps=0).fit(columns, rates, people, provinces)
    near = model.predict(columns)[(factors["mines"] <= 15).to_numpy()]
    far = model.predict(columns)[(factors["mines"] > 15).to_numpy()]
    assert 1.5 < near.mean() / far.mean() < np.exp(0.9) * 1.2
    assert np.average(model.predict(columns), weights=people) == pytest.approx(
        np.average(rates, weights=people)
    )
    norms = model.path_.set_index("strength").loc[model.strength_, FACTORS]
    assert {name for name in FACTORS if norms[name] > 0} == set(model.selected_)
    assert norms.idxmax() == "mines"


@pytest.mark.parametrize("strength", [0.01, 0.05])
def test_columns_by_themselves_are_a_lasso_of_standardised_ones(strength: float) -> None:
    factors, rates, people, _ = simulated()
    overall = np.average(rates, weights=people)
    model = GroupSelection(strength=strength, bootstraps=0).fit(factors, rates, people)
    mean = np.average(factors, axis=0, weights=people)
    sd = np.sqrt(np.average((factors - mean) ** 2, axis=0, weights=people))
    standardised = ((factors - mean) / sd).to_numpy()
    lasso = fit_net(
        standardised, rates * people / 1e5, overall * people / 1e5, Penalty(strength, 1.0)
    )
    np.testing.assert_allclose(model.coef_ * sd, lasso[1:], atol=1e-6)
    expected = overall * np.exp(lasso[0] + standardised @ lasso[1:])
    np.testing.assert_allclose(model.predict(factors), expected, rtol=1e-5)
    assert model.selected_ == [name for name, b in zip(FACTORS, lasso[1:], strict=True) if b != 0]


def test_conditions_of_optimality_in_the_columns_as_they_are() -> None:
    """In a group that is in, residuals lie along its part of the log rate, times the penalty."""
    factors, rates, people, _ = simulated()
    columns, groups = banded(factors, people)
    model = GroupSelection(groups, strength=0.02, bootstraps=0).fit(columns, rates, people)
    share = people / people.sum()
    residual = (rates - model.predict(columns)) * people / (rates @ people)
    assert residual.sum() == pytest.approx(0, abs=1e-7)
    for name in FACTORS:
        own = np.array(groups) == name
        away = columns.to_numpy()[:, own] - share @ columns.to_numpy()[:, own]
        part = away @ model.coef_[own]
        limit = 0.02 * np.sqrt(own.sum())
        if name in model.selected_:
            norm = np.sqrt(share @ part**2)
            assert norm == pytest.approx(model.path_[name][0], rel=1e-6)
            np.testing.assert_allclose(
                residual @ away, limit * (share * part) @ away / norm, atol=1e-6
            )
        else:  # as hard as it can pull with a part of unit spread
            metric = away.T @ (share[:, np.newaxis] * away)
            pull = residual @ away
            assert np.sqrt(pull @ np.linalg.solve(metric, pull)) <= limit + 1e-6


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_neither_units_nor_how_bands_are_told_nor_the_order_of_rows_matter(
    seed: int, shuffler: Any
) -> None:
    factors, rates, people, provinces = simulated(districts=160)
    columns, groups = banded(factors, people)
    told = columns.to_numpy().copy()
    random = np.random.default_rng(seed)
    for name in FACTORS:  # rings instead of circles, in odd units, from an odd origin
        own = np.array(groups) == name
        turn = random.normal(0, 1, (own.sum(), own.sum())) + 3 * np.eye(own.sum())
        told[:, own] = told[:, own] @ turn * 1000 + 7
    order = list(range(160))
    shuffler.shuffle(order)
    model = GroupSelection(groups, bootstraps=0)
    one = model.fit(columns.to_numpy(), rates, people, provinces)
    selected, predicted = one.selected_, one.predict(columns.to_numpy())
    other = model.fit(told[order], rates[order], people[order], provinces[order])
    assert other.selected_ == selected
    np.testing.assert_allclose(other.predict(told), predicted, rtol=1e-4)


def test_years_of_a_district_and_rows_without_people_change_nothing() -> None:
    factors, rates, people, provinces = simulated(districts=160)
    columns, groups = banded(factors, people)
    model = GroupSelection(groups, bootstraps=3)
    one = model.fit(columns, rates, people, provinces)
    path, frequency = one.path_, one.frequency_
    thrice = pd.concat([columns, columns, columns * 0])
    weights = np.concatenate([people / 2, people / 2, np.zeros(160)])
    other = model.fit(thrice, np.tile(rates, 3), weights, np.tile(provinces, 3))
    pd.testing.assert_frame_equal(other.path_, path, rtol=1e-6, atol=1e-9)
    assert other.frequency_ == frequency


def test_a_column_that_is_always_the_same_or_said_twice_changes_nothing() -> None:
    factors, rates, people, provinces = simulated(districts=160)
    columns, groups = banded(factors, people)
    more = columns.assign(always=0.1, twice=columns.iloc[:, 0])
    one = GroupSelection(groups, bootstraps=0).fit(columns, rates, people, provinces)
    labels = [*groups, "always", groups[0]]
    other = GroupSelection(labels, bootstraps=0).fit(more, rates, people, provinces)
    assert other.selected_ == one.selected_
    np.testing.assert_allclose(other.predict(more), one.predict(columns), rtol=1e-5)


def test_same_seed_same_bytes_and_another_draws_others() -> None:
    factors, rates, people, provinces = simulated(districts=160)
    columns, groups = banded(factors, people)
    models = [
        GroupSelection(groups, bootstraps=6, seed=seed).fit(columns, rates, people, provinces)
        for seed in (1, 1, 2)
    ]
    assert models[0].coef_.tobytes() == models[1].coef_.tobytes()
    assert models[0].path_.to_numpy().tobytes() == models[1].path_.to_numpy().tobytes()
    assert models[0].frequency_ == models[1].frequency_
    assert models[0].frequency_ != models[2].frequency_


def test_folds_are_of_whole_clusters() -> None:
    factors, rates, people, provinces = simulated(districts=160)
    columns, groups = banded(factors, people)

    class Watched(ProvinceFolds):
        def split(self, X: Any, y: Any = None, groups: Any = None) -> Any:  # noqa: N803
            for train, held in super().split(X, y, groups):
                assert not set(groups[train]) & set(groups[held])
                assert len(set(groups)) == 20
                yield train, held

    one = GroupSelection(groups, bootstraps=0, folds=4, seed=3)
    other = GroupSelection(groups, bootstraps=0, folds=Watched(4, seed=3))
    one.fit(columns, rates, people, provinces)
    other.fit(columns, rates, people, provinces)
    pd.testing.assert_frame_equal(one.path_, other.path_)


def test_rates_that_are_all_the_same_leave_nothing_to_choose() -> None:
    factors, _, people, provinces = simulated(districts=80)
    columns, groups = banded(factors, people)
    model = GroupSelection(groups, bootstraps=2).fit(columns, np.full(80, 9.0), people, provinces)
    assert model.selected_ == []
    assert set(model.frequency_.values()) == {0.0}
    np.testing.assert_allclose(model.predict(columns), 9)


def test_all_cases_in_one_province_leave_rates_finite() -> None:
    factors, rates, people, provinces = simulated(districts=80)
    columns, groups = banded(factors, people)
    there = np.where(provinces == "p003", rates, 0.0)
    model = GroupSelection(groups, bootstraps=3).fit(columns, there, people, provinces)
    assert np.isfinite(model.predict(columns)).all()


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"groups": ["a", "b"]}, "2 groups for 6 columns"),
        ({"groups": {"mines": "a"}}, "river is in no group"),
        ({"folds": 1}, "folds is 1"),
        ({"bootstraps": -1}, "bootstraps is -1"),
        ({"strength": 0.0}, "strength is 0.0"),
    ],
)
def test_what_makes_no_sense_is_refused(given_: dict[str, Any], said: str) -> None:
    factors, rates, people, provinces = simulated(districts=40)
    with pytest.raises(ModelError, match=said):
        GroupSelection(**given_).fit(factors, rates, people, provinces)


@pytest.mark.parametrize(
    ("clusters", "said"), [(np.zeros(40), "of one cluster"), (None, "Not every row")]
)
def test_clusters_that_cannot_be_held_out_are_refused(clusters: Any, said: str) -> None:
    factors, rates, _, provinces = simulated(districts=40)
    given_ = provinces[:30] if clusters is None else clusters
    with pytest.raises(ModelError, match=said):
        GroupSelection(bootstraps=1).fit(factors, rates, None, given_)


def test_a_splitter_that_leaves_no_case_is_refused() -> None:
    factors, rates, people, provinces = simulated(districts=40)

    class Everything:
        def split(self, X: Any, y: Any = None, groups: Any = None) -> Any:  # noqa: N803
            yield np.arange(0), np.arange(len(X))

    with pytest.raises(ModelError, match="no case is left"):
        GroupSelection(folds=Everything(), bootstraps=0).fit(factors, rates, people, provinces)
