"""Text to numbers, years, dates and names."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.checks.values import as_text, dates, numbers, plain_name, years


def series(*texts: str) -> pd.Series:
    return pd.Series(list(texts), dtype="str")


@pytest.mark.parametrize(
    ("texts", "values", "comma"),
    [
        (("1", "-2.5", "1e3", ".5"), [1, -2.5, 1000, 0.5], False),
        (("1,5", "2"), [1.5, 2], True),
        (("1.234,5", "7"), [1234.5, 7], True),
        (("1,234.5", "7"), [1234.5, 7], False),
        (("1,25", "1,500"), [1.25, 1.5], True),  # the other one leaves no doubt
    ],
)
def test_numbers_as_people_write_them(
    texts: tuple[str, ...], values: list[float], comma: bool
) -> None:
    read = numbers(series(*texts))
    assert read.values.tolist() == values
    assert read.decimal_comma == comma
    assert not read.bad.any()


@pytest.mark.parametrize(
    "texts",
    [("1,500",), ("1,5", "2.5"), ("inf",), ("1e999",), ("0x10",), ("1_000",), ("1 2",), ("١",)],
)
def test_what_is_no_number_or_could_be_two_is_told(texts: tuple[str, ...]) -> None:
    read = numbers(series(*texts))
    assert read.bad.any()
    assert read.values[read.bad].isna().all()


def test_missing_is_neither_a_number_nor_bad() -> None:
    read = numbers(series("", "NA", "n/a", "NaN", "null", "None"))
    assert read.missing.all()
    assert not read.bad.any()
    assert read.values.isna().all()


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=False), min_size=1))
def test_floats_go_through_text_and_back_to_the_last_bit(values: list[float]) -> None:
    column = pd.Series(values, dtype="float64")
    np.testing.assert_array_equal(numbers(as_text(column)).values, column)


@settings(deadline=None)
@given(st.lists(st.integers(-(10**12), 10**12) | st.none(), min_size=1))
def test_codes_that_became_floats_are_codes_again(values: list[int | None]) -> None:
    texts = as_text(pd.Series(values, dtype="float64"))
    assert texts.tolist() == ["" if v is None else str(v) for v in values]


def test_years_are_whole_and_of_our_time() -> None:
    read = years(series("2019", "2019.0", "2019.5", "19", "3000", "", "x"))
    assert read.values.tolist()[:2] == [2019, 2019]
    assert read.bad.tolist() == [False, False, True, True, True, False, True]
    assert math.isnan(read.values[5])


def test_dates_of_two_forms() -> None:
    days, bad = dates(series("2020-05-31", "31/05/2020", "2020-05-31T10:00", "05/31/2020", ""))
    assert days[:3].dt.strftime("%Y-%m-%d").tolist() == ["2020-05-31"] * 3
    assert bad.tolist() == [False, False, False, True, False]


def test_names_are_compared_without_accents_case_and_signs() -> None:
    assert plain_name("  FERREÑAFE ") == plain_name("Ferrenafe")
    assert plain_name("Rupa-Rupa") == plain_name("RUPA RUPA")
    assert plain_name("San Juan") != plain_name("Sanjuan")
