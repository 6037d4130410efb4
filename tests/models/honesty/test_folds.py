from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from models.honesty.folds import Neighbours, held_out_splits
from tests.models.honesty.worlds import rows_of


def _chain(rows: pd.DataFrame) -> Neighbours:
    """Each district touches the next one."""
    codes = sorted(rows["code"].unique())
    at = np.arange(len(codes) - 1)
    ends = np.append(at, at + 1), np.append(at + 1, at)
    weights = csr_array((np.ones(2 * len(at)), ends), shape=(len(codes), len(codes)))
    return Neighbours(codes, weights)


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 7), st.integers(1, 5), st.integers(0, 99))
def test_origins_are_the_last_years_and_nothing_later_is_learnt_from(
    years: int, origins: int, seed: int
) -> None:
    rows = rows_of(districts=30, provinces=6, years=years, seed=seed)
    splits, reasons = held_out_splits(rows, seed=1, origins=origins)
    assert [split.name for split in splits] == ["rolling_origin", "spatial"]
    assert reasons == []
    held = []
    for fold in splits[0].folds:
        (year,) = rows.loc[fold.held_out, "year"].unique()
        held.append(int(year))
        assert set(rows.loc[fold.train, "year"]) == set(range(2018, year))
        assert len(fold.held_out) == 30
    assert held == sorted(rows["year"].unique())[-min(origins, years - 1) :]


def test_every_row_is_held_out_once_in_space_with_its_whole_province() -> None:
    rows = rows_of()
    (_, split), _ = held_out_splits(rows, seed=3)
    assert len(split.folds) == 5
    assert not split.buffer
    assert sorted(np.concatenate([fold.held_out for fold in split.folds])) == list(range(len(rows)))
    for fold in split.folds:
        inside, outside = set(rows.loc[fold.held_out, "province"]), rows.loc[fold.train, "province"]
        assert not inside & set(outside)
        assert len(fold.train) + len(fold.held_out) == len(rows)


def test_the_neighbours_of_what_is_held_out_are_not_learnt_from() -> None:
    rows = rows_of()
    (_, split), _ = held_out_splits(rows, seed=3, neighbours=_chain(rows))
    assert split.buffer
    for fold in split.folds:
        held = {int(code) for code in rows.loc[fold.held_out, "code"]}
        near = {code + step for code in held for step in (-1, 1)}
        learnt = {int(code) for code in rows.loc[fold.train, "code"]}
        assert learnt == set(range(120)) - held - near


def test_a_buffer_that_leaves_nothing_is_left_out() -> None:
    rows = rows_of(districts=4, provinces=2)
    everybody = Neighbours(sorted(rows["code"].unique()), csr_array(np.ones((4, 4)) - np.eye(4)))
    (_, split), _ = held_out_splits(rows, seed=3, neighbours=everybody)
    assert not split.buffer
    assert all(len(fold.train) for fold in split.folds)


def test_quick_is_one_origin_and_no_provinces() -> None:
    (split,), _ = held_out_splits(rows_of(), seed=1, quick=True)
    assert split.name == "rolling_origin"
    assert len(split.folds) == 1


def test_one_year_is_held_out_by_provinces_also_in_haste() -> None:
    for quick in (False, True):
        (split,), _ = held_out_splits(rows_of(years=1), seed=1, quick=quick)
        assert split.name == "spatial"


def test_one_year_of_one_province_cannot_be_tested() -> None:
    assert held_out_splits(rows_of(years=1, provinces=1), seed=1) == (
        [],
        ["one_year_and_one_province"],
    )


def test_one_province_is_held_out_in_bands_that_hang_together() -> None:
    rows = rows_of(years=1, provinces=1).sample(frac=1, random_state=1, ignore_index=True)
    (split,), reasons = held_out_splits(rows, seed=1, neighbours=_chain(rows))
    assert (split.name, len(split.folds), split.buffer, reasons) == ("spatial", 5, True, [])
    held = [sorted(int(code) for code in rows.loc[fold.held_out, "code"]) for fold in split.folds]
    assert sorted(held) == [list(range(first, first + 24)) for first in range(0, 120, 24)]
    for fold, codes in zip(split.folds, held, strict=True):
        learnt = {int(code) for code in rows.loc[fold.train, "code"]}
        assert not learnt & {codes[0] - 1, *codes, codes[-1] + 1}
        assert len(learnt) >= 94


def test_no_year_is_forecast_from_years_without_a_case() -> None:
    rows = rows_of(years=4)
    rows.loc[rows["year"] < 2020, "count"] = 0.0
    (split, _), _ = held_out_splits(rows, seed=1)
    assert [int(rows["year"][fold.held_out[0]]) for fold in split.folds] == [2021]


def test_what_was_not_counted_is_not_held_out() -> None:
    rows = rows_of()
    unknown = rows["code"] < "00010"
    rows.loc[unknown, "count"] = np.nan
    splits, _ = held_out_splits(rows, seed=1)
    for split in splits:
        for fold in split.folds:
            assert rows.loc[fold.held_out, "count"].notna().all()


@pytest.mark.parametrize(("quick", "folds"), [(False, 6), (True, 3)])
def test_totals_are_left_out_one_at_a_time(quick: bool, folds: int) -> None:
    rows = rows_of(years=2)
    rows["total"] = rows["province"].astype(int) // 4
    rows.loc[rows["year"] == 2018, "total"] = -1
    rows["count"] = np.nan
    (split,), reasons = held_out_splits(rows, seed=1, quick=quick)
    assert (split.name, len(split.folds), reasons) == ("totals", folds, [])
    for fold in split.folds:
        (number,) = rows.loc[fold.held_out, "total"].unique()
        assert number >= 0
        assert sorted([*fold.train, *fold.held_out]) == list(range(len(rows)))
        assert number not in set(rows.loc[fold.train, "total"])


def test_one_total_or_no_count_at_all_cannot_be_tested() -> None:
    rows = rows_of().assign(count=np.nan)
    assert held_out_splits(rows, seed=1) == ([], ["no_unit_to_hold_out"])
    assert held_out_splits(rows.assign(total=0), seed=1) == ([], ["no_unit_to_hold_out"])


def test_neighbours_are_looked_up_by_code() -> None:
    weights = csr_array(np.array([[0, 1, 0], [1, 0, 2], [0, 2, 0]]))
    near = Neighbours(["a", "b", "c"], weights)
    np.testing.assert_array_equal(
        near.among(["c", "unknown", "b"]).toarray(), [[0, 0, 2], [0, 0, 0], [2, 0, 0]]
    )
    assert near.beside(["a", "unknown"]) == {"b"}
