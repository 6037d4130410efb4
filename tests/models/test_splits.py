"""What is held out and what is drawn again."""

from __future__ import annotations

from itertools import islice
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.dummy import DummyRegressor
from sklearn.model_selection import cross_val_score

from models.splits import ProvinceFolds, RollingOrigin, resampled
from vigia.errors import ModelError

PROVINCES = np.repeat([f"{number:04d}" for number in range(7)], [3, 5, 1, 4, 2, 6, 2])


YEARS = np.array([2021, 2018, 2020, 2021, 2018, 2023, 2019])


@pytest.mark.parametrize(
    ("horizon", "least_years", "splits"),
    [
        (1, 3, [({2018, 2019, 2020}, {2021}), ({2018, 2019, 2020, 2021}, {2023})]),
        (2, 2, [({2018, 2019}, {2020, 2021}), ({2018, 2019, 2020}, {2021, 2023})]),
        (4, 1, [({2018}, {2019, 2020, 2021, 2023})]),
    ],
)
def test_the_origin_rolls_over_the_years(
    horizon: int, least_years: int, splits: list[tuple[set[int], set[int]]]
) -> None:
    origins = RollingOrigin(horizon, least_years)
    found = list(origins.split(YEARS, groups=YEARS))
    assert [(set(YEARS[train]), set(YEARS[test])) for train, test in found] == splits
    assert origins.get_n_splits(groups=YEARS) == len(splits)
    for train, test in found:  # all rows of these years, each once
        assert len(train) == np.isin(YEARS, YEARS[train]).sum()
        assert len(test) == np.isin(YEARS, YEARS[test]).sum()


@given(st.lists(st.integers(2010, 2016), min_size=2).filter(lambda years: len(set(years)) > 1))
def test_the_last_origin_holds_out_the_last_year(years: list[int]) -> None:
    *_, (train, test) = RollingOrigin().split(years, groups=years)
    rows = np.array(years)
    assert train.tolist() == np.flatnonzero(rows < rows.max()).tolist()
    assert test.tolist() == np.flatnonzero(rows == rows.max()).tolist()


@given(
    st.lists(st.integers(2010, 2019), min_size=1, max_size=30),
    st.integers(1, 4),
    st.integers(1, 4),
    st.randoms(),
)
def test_no_origin_learns_from_what_comes_after_it_in_any_order_of_rows(
    years: list[int], horizon: int, least_years: int, random: Random
) -> None:
    origins = RollingOrigin(horizon, least_years)

    def held_out(groups: list[int]) -> list[tuple[list[int], list[int]]]:
        rows = np.array(groups)
        return [(sorted(rows[a]), sorted(rows[b])) for a, b in origins.split(rows, groups=rows)]

    if len(set(years)) < horizon + least_years:
        with pytest.raises(ModelError, match=f"at least {horizon + least_years} years"):
            held_out(years)
        return
    found = held_out(years)
    assert len(found) == len(set(years)) - horizon - least_years + 1
    for train, test in found:
        assert max(train) < min(test)
        assert len(set(train)) >= least_years
        assert len(set(test)) == horizon
        between = {year for year in years if min(train) <= year <= max(test)}
        assert between == {*train, *test}
    shuffled = random.sample(years, len(years))
    assert held_out(shuffled) == found


@pytest.mark.parametrize("splitter", [RollingOrigin(horizon=0), RollingOrigin(least_years=0)])
def test_an_origin_needs_years_on_both_sides(splitter: RollingOrigin) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        splitter.get_n_splits(groups=YEARS)


def test_every_row_is_held_out_once_and_provinces_stay_whole() -> None:
    held_out = []
    for train, test in ProvinceFolds(3, seed=4).split(PROVINCES, groups=PROVINCES):
        assert not set(PROVINCES[train]) & set(PROVINCES[test])
        assert sorted([*train, *test]) == list(range(len(PROVINCES)))
        held_out += list(test)
    assert sorted(held_out) == list(range(len(PROVINCES)))


@settings(deadline=None)
@given(st.permutations(range(len(PROVINCES))))
def test_which_provinces_share_a_fold_does_not_depend_on_the_order_of_rows(
    order: list[int],
) -> None:
    def folds(provinces: np.ndarray) -> list[set[str]]:
        return [
            set(provinces[test])
            for _, test in ProvinceFolds(3, seed=4).split(provinces, groups=provinces)
        ]

    assert folds(PROVINCES[order]) == folds(PROVINCES)


def test_the_seed_decides() -> None:
    def first(seed: int) -> list[int]:
        return next(iter(ProvinceFolds(3, seed).split(PROVINCES, groups=PROVINCES)))[1].tolist()

    assert first(1) == first(1)
    assert len({tuple(first(seed)) for seed in range(8)}) > 1


def test_there_are_no_more_folds_than_provinces() -> None:
    assert ProvinceFolds(50).get_n_splits(groups=PROVINCES) == 7
    assert ProvinceFolds(2).get_n_splits(groups=PROVINCES) == 2


SPLITTERS = [ProvinceFolds(3), RollingOrigin(), RollingOrigin(2, 2)]
Splitter = ProvinceFolds | RollingOrigin


@pytest.mark.parametrize("splitter", SPLITTERS)
def test_scikit_learn_can_use_them(splitter: Splitter) -> None:
    rows = np.arange(len(PROVINCES), dtype=float)[:, None]
    years = np.arange(len(PROVINCES)) % 4
    groups = PROVINCES if isinstance(splitter, ProvinceFolds) else years
    scores = cross_val_score(DummyRegressor(), rows, rows.ravel(), cv=splitter, groups=groups)
    assert len(scores) == splitter.get_n_splits(rows, None, groups)


@pytest.mark.parametrize("splitter", SPLITTERS)
def test_one_group_cannot_be_split(splitter: Splitter) -> None:
    with pytest.raises(ModelError, match="at least"):
        list(splitter.split([1, 2], groups=["a", "a"]))
    with pytest.raises(ValueError, match="groups must be given"):
        list(splitter.split([1, 2]))


def test_a_resample_draws_as_many_whole_clusters_as_there_are() -> None:
    for times in islice(resampled(PROVINCES, seed=3), 50):
        by_province = {p: set(times[p == PROVINCES]) for p in set(PROVINCES)}
        assert all(len(drawn) == 1 for drawn in by_province.values())
        assert sum(drawn.pop() for drawn in by_province.values()) == 7


def test_every_cluster_is_drawn_once_on_average() -> None:
    mean = np.mean(list(islice(resampled(PROVINCES, seed=3), 4000)), axis=0)
    np.testing.assert_allclose(mean, 1, atol=0.06)


def test_resamples_repeat_with_the_seed() -> None:
    def drawn(seed: int) -> list[list[int]]:
        return [times.tolist() for times in islice(resampled(PROVINCES, seed), 5)]

    assert drawn(1) == drawn(1) != drawn(2)
