"""Every table that cannot be fitted gives its clear error; what can be left out is told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from models.settings import TrainSettings
from models.stage import Columns
from models.tables import checked
from tests.models.simulated import world
from vigia.errors import ModelError

Edit = Callable[[pd.DataFrame, pd.DataFrame, list[str]], None]


def spoil(column: str, value: object, row: int = 3) -> Edit:
    def edit(counts: pd.DataFrame, target: pd.DataFrame, factors: list[str]) -> None:
        counts.loc[row, column] = value

    return edit


def spoil_target(column: str, value: object, row: int = 3) -> Edit:
    def edit(counts: pd.DataFrame, target: pd.DataFrame, factors: list[str]) -> None:
        target.loc[row, column] = value

    return edit


def spoil_all(column: str, value: object) -> Edit:
    return spoil(column, value, slice(None))  # type: ignore[arg-type]


def leave_no_factor(counts: pd.DataFrame, target: pd.DataFrame, factors: list[str]) -> None:
    factors.clear()


def lose_a_column(counts: pd.DataFrame, target: pd.DataFrame, factors: list[str]) -> None:
    del counts["people"]


def lose_a_factor(counts: pd.DataFrame, target: pd.DataFrame, factors: list[str]) -> None:
    del target[factors[1]]


def repeat_a_district(counts: pd.DataFrame, target: pd.DataFrame, factors: list[str]) -> None:
    target.loc[3, "code"] = target.loc[4, "code"]


def repeat_a_year(counts: pd.DataFrame, target: pd.DataFrame, factors: list[str]) -> None:
    counts["year"] = 2020


def make_all_constant(counts: pd.DataFrame, target: pd.DataFrame, factors: list[str]) -> None:
    counts[factors] = 1.0


def lose_factors_ahead(counts: pd.DataFrame, target: pd.DataFrame, factors: list[str]) -> None:
    target[factors[0]] = np.nan


def lose_people_ahead(counts: pd.DataFrame, target: pd.DataFrame, factors: list[str]) -> None:
    target["people"] = np.nan


def put_cases_where_a_factor_is_missing(
    counts: pd.DataFrame, target: pd.DataFrame, factors: list[str]
) -> None:
    counts.loc[counts["count"] > 0, factors[0]] = np.nan


F1 = "layer1__distance__capital"

BAD: dict[str, tuple[Edit, str]] = {
    "negative count": (spoil("count", -1.0), "district 000104, year 2020 is negative"),
    "infinite count": (spoil("count", np.inf), "negative or infinite"),
    "no observed count": (spoil_all("count", np.nan), "No district has an observed count"),
    "only zeros": (spoil_all("count", 0.0), "All observed counts are zero"),
    "zero people": (spoil("people", 0.0), "people of district 000104 are zero"),
    "negative people": (spoil("people", -5.0), "zero, negative or infinite"),
    "infinite people": (spoil("people", np.inf), "zero, negative or infinite"),
    "zero people ahead": (spoil_target("people", 0.0), "people of district 000104 are zero"),
    "no people ahead": (lose_people_ahead, "people of the target year are unknown"),
    "no province": (spoil("province", None), "district 000104 has no province"),
    "infinite factor": (spoil(F1, -np.inf), f"{F1} is infinite, or as good as, in district 000104"),
    "absurd factor": (spoil_target(F1, 1e200), "infinite, or as good as"),
    "no factor": (leave_no_factor, "no factor"),
    "constant factors": (make_all_constant, "same value wherever cases were counted"),
    "missing everywhere": (spoil_all(F1, np.nan), rf"most often missing is {F1} \(100%\)"),
    "missing ahead": (lose_factors_ahead, "every district lacks a factor"),
    "cases without factors": (put_cases_where_a_factor_is_missing, "All cases are in districts"),
    "lost column": (lose_a_column, "counts has no column people"),
    "lost factor": (lose_a_factor, f"target has no column {F1}"),
    "same district twice": (repeat_a_district, "district 000105 is there more than once"),
    "same year twice": (repeat_a_year, "district 000101, year 2020 is there more than once"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_table_that_cannot_be_fitted_gives_its_error(name: str) -> None:
    edit, message = BAD[name]
    w = world()
    factors = list(w.factors)
    edit(w.counts, w.target, factors)
    with pytest.raises(ModelError, match=message) as caught:
        checked(w.counts, w.target, Columns(tuple(factors)))
    assert caught.value.hint


def test_rates_that_would_be_the_counts_are_refused() -> None:
    """With as many coefficients as districts, rate x people gives every count away."""
    w = world()
    codes = sorted(w.target["code"])[: len(w.factors) + 2]
    few = w.target[w.target["code"].isin(codes)]
    one_year = w.counts[w.counts["year"] == w.counts["year"].max()].assign(count=3.0)
    kept = checked(one_year[one_year["code"].isin(codes)], few, w.columns)
    assert kept.rows["code"].nunique() == len(codes)
    with pytest.raises(ModelError, match="would only repeat the counts") as caught:
        checked(one_year[one_year["code"].isin(codes[1:])], few, w.columns)
    assert caught.value.hint


def test_errors_hold_no_count() -> None:
    w = world()
    w.counts.loc[3, "count"] = -987.0
    with pytest.raises(ModelError) as caught:
        checked(w.counts, w.target, w.columns)
    assert "987" not in str(caught.value)


def test_levels_must_not_cross() -> None:
    with pytest.raises(ModelError, match="below high_multiple"):
        TrainSettings(high_multiple=2, very_high_multiple=1.5)


def test_good_tables_are_sorted_and_kept_whole() -> None:
    w = world()
    tables = checked(w.counts.sample(frac=1, random_state=1), w.target[::-1], w.columns)
    assert tables.rows[["code", "year"]].to_numpy().tolist() == sorted(
        w.counts[["code", "year"]].to_numpy().tolist()
    )
    assert tables.target["code"].tolist() == sorted(w.target["code"])
    assert tables.columns.factors == tuple(w.factors)
    assert tables.warnings == ()
    assert set(tables.target["reason"]) == {""}
    assert "reason" not in w.target.columns


def test_a_constant_factor_is_dropped_and_told_and_missed_by_nobody() -> None:
    w = world()
    for table in (w.counts, w.target):
        table[F1] = 4.0
    w.target.loc[0, F1] = np.nan
    tables = checked(w.counts, w.target, w.columns)
    assert tables.columns.factors == (w.factors[0], w.factors[2])
    assert tables.warnings == (f"factor_constant:{F1}",)
    assert set(tables.target["reason"]) == {""}


def test_collinear_factors_are_named() -> None:
    w = world()
    for table in (w.counts, w.target):
        table[w.factors[2]] = 5 - 2 * table[w.factors[0]]
    tables = checked(w.counts, w.target, w.columns)
    assert tables.warnings == (f"factors_collinear:{w.factors[0]},{w.factors[2]}",)


def test_a_single_factor_is_collinear_with_nothing() -> None:
    w = world(slopes=(0.7,))
    assert checked(w.counts, w.target, w.columns).warnings == ()


def test_rows_of_which_something_is_unknown_are_left_out_and_told() -> None:
    w = world()
    w.counts.loc[0, w.factors[0]] = np.nan
    w.counts.loc[1, "people"] = np.nan
    w.counts.loc[2, "count"] = np.nan
    tables = checked(w.counts, w.target, w.columns)
    assert len(tables.rows) == len(w.counts) - 3
    assert tables.warnings == ("people_unknown", "counts_without_factors_left_out")


def test_each_missing_factor_of_a_district_is_named() -> None:
    w = world()
    w.target.loc[0, [w.factors[0], w.factors[2]]] = np.nan
    tables = checked(w.counts, w.target, w.columns)
    assert tables.target["reason"][0] == f"missing_factor:{w.factors[0]},{w.factors[2]}"
    assert set(tables.target["reason"][1:]) == {""}


def test_a_district_counted_in_one_year_is_observed() -> None:
    w = world()
    first, second = w.target["code"][:2]
    w.counts.loc[w.counts["code"] == first, "count"] = np.nan
    of_second = w.counts.index[w.counts["code"] == second]
    w.counts.loc[of_second[1:], "count"] = np.nan
    tables = checked(w.counts, w.target, w.columns)
    assert first not in tables.observed
    assert second in tables.observed
