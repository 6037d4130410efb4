"""How a district's rate went over the years for which runs were published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from maps.pictures import ROOM, Picture, rate_picture
from maps.released import Released, rates_kind
from maps.words import Words


@dataclass(frozen=True)
class YearFact:
    """One year's rate with the ends of its interval; without a score it has only the year."""

    year: str
    rate: str = ""
    low: str = ""
    high: str = ""
    picture: Picture | None = None


Rates = tuple[float, float, float]
COLUMNS = ("rate", "rate_low", "rate_high")


def trends(released: Released, outcome: str, words: Words) -> Mapping[str, tuple[YearFact, ...]]:
    """By code, years in order with the present one last; nothing where there is only that.

    Years whose rates are of something else (all cases, or recorded ones alone) are left out: they
    cannot be compared.
    """
    kind = released.rates_of(outcome)
    if kind == "index":
        return {}
    years = [
        (str(one.target_year), _rates(one.scores, outcome))
        for one in released.beside.earlier
        if rates_kind(one.validation.get(outcome) or {}) == kind
    ]
    years = [(year, rates) for year, rates in years if rates]
    if not years:
        return {}
    years.append((str(released.target_year), _rates(released.scores, outcome)))
    codes = released.districts["code"]
    return {
        code: _facts([(year, rates.get(code)) for year, rates in years], words) for code in codes
    }


def _rates(scores: pd.DataFrame, outcome: str) -> dict[str, Rates]:
    """By code, of those that have a rate."""
    rows = scores[(scores["outcome"] == outcome) & scores["rate"].notna()]
    return {
        code: (rate, low, high) for code, rate, low, high in rows[["code", *COLUMNS]].to_numpy()
    }


def _facts(years: list[tuple[str, Rates | None]], words: Words) -> tuple[YearFact, ...]:
    top = ROOM * max((rates[2] for _, rates in years if rates), default=0.0)
    return tuple(_fact(year, rates, top, words) for year, rates in years)


def _fact(year: str, rates: Rates | None, top: float, words: Words) -> YearFact:
    if rates is None:
        return YearFact(year)
    rate, low, high = (words.number(float(one)) for one in rates)
    return YearFact(year, rate, low, high, rate_picture(*rates, top=top))
