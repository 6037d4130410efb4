"""Rows whose true distribution is known, and contenders who know it, or not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.honesty.forecasts import Contender, Forecast

DISPERSION = 0.3


def rows_of(
    *, districts: int = 120, provinces: int = 24, years: int = 5, rate: float = 30.0, seed: int = 1
) -> pd.DataFrame:
    """Negative binomial counts around rates of two factors, one of which moves from year to year.

    Districts are in the order of their codes, those of a province together. ``truth`` is the
    expected count.
    """
    random = np.random.default_rng(seed)
    code = [f"{number:05d}" for number in range(districts)]
    province = np.arange(districts) * provinces // districts
    people = np.round(random.lognormal(9.5, 0.6, districts)) + 100
    stays = random.normal(size=districts)
    tables = []
    for year in range(2018, 2018 + years):
        moves = random.normal(size=districts)
        truth = people / 1e5 * rate * np.exp(0.6 * stays + 0.8 * moves)
        rates = truth * random.gamma(1 / DISPERSION, DISPERSION, districts)
        tables.append(
            pd.DataFrame(
                {
                    "code": code,
                    "year": year,
                    "province": [f"{number:03d}" for number in province],
                    "people": people,
                    "count": random.poisson(rates).astype(float),
                    "stays": stays,
                    "moves": moves,
                    "truth": truth,
                }
            )
        )
    return pd.concat(tables, ignore_index=True).sort_values(["code", "year"], ignore_index=True)


def knowing(factor: float = 1.0, *, draws: int = 1, sd: float = 0.0) -> Contender:
    """A contender who knows the truth, times a factor, with lognormal doubt between draws."""

    def contender(train: pd.DataFrame, ahead: pd.DataFrame) -> Forecast:
        doubt = np.random.default_rng(1).normal(0, sd, (draws, 1))
        return Forecast(factor * ahead["truth"].to_numpy() * np.exp(doubt), np.array(DISPERSION))

    return contender


def silent(label: str, done: int, total: int) -> None:
    """Progress that nobody looks at."""
