"""Intervals from resampled provinces: do they cover, and do they own up to what went wrong?"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.poisson import PoissonRates
from models.refits import Refits, refit
from tests.models.simulated import World, world
from vigia.errors import ModelError


def silent(label: str, done: int, total: int) -> None:
    """Nobody watches."""


def refits(rows: pd.DataFrame, w: World, *, refits: int = 40, **fitting: Any) -> Refits:
    model = PoissonRates(**fitting).fit(
        rows[w.factors], rows["count"] / rows["people"] * 1e5, rows["people"]
    )
    return refit(model, rows, w.target, refits=refits, seed=1, progress=silent)


def test_intervals_from_whole_provinces_cover_and_those_from_districts_would_not() -> None:
    """How often 95 % intervals hold the true rate, where whole provinces depart from the line."""
    covered: dict[str, list[float]] = {"province": [], "code": []}
    for seed, cluster in product(range(10), covered):
        w = world(
            districts=240,
            provinces=30,
            years=1,
            slopes=(0.5,),
            rate_per_100k=150,
            province_sd=0.6,
            seed=seed,
        )
        rows = w.counts.assign(province=w.counts[cluster])
        low, high = np.quantile(refits(rows, w).rates, (0.025, 0.975), axis=0)
        covered[cluster].append(float(((low <= w.true_rate) & (w.true_rate <= high)).mean()))
    assert np.mean(covered["province"]) > 0.8
    assert np.mean(covered["code"]) < np.mean(covered["province"]) - 0.1


def test_every_refit_is_a_fit_to_its_resample() -> None:
    w = world(years=2)
    found = refits(w.counts, w, refits=5)
    assert found.rates.shape == (5, len(w.target))
    assert found.coefficients.shape == (5, len(w.factors))
    assert (found.resampled, found.clusters, found.drawn_again) == ("provinces", 12, 0)
    assert found.warnings == ()
    rates = np.exp(found.coefficients @ w.target[w.factors].to_numpy().T)
    ratio = found.rates / rates  # the intercept is all that is left, within what a resample saw
    usual = np.median(ratio, axis=1, keepdims=True)
    assert (np.isclose(ratio, usual, rtol=1e-9).mean(axis=1) > 0.85).all()


def test_no_refit_draws_its_line_beyond_what_its_resample_saw() -> None:
    """Huge mines in one province: a resample without it sees rates rise with small ones only."""
    w = world(districts=120, provinces=12, slopes=(0.3,))
    for table in (w.counts, w.target):
        table.loc[table["province"] == "0003", w.factors[0]] = 50.0
    found = refits(w.counts, w)
    observed = w.counts["count"] / w.counts["people"] * 1e5
    assert found.rates.max() < 10 * observed.max()


def test_few_provinces_are_told() -> None:
    w = world(provinces=4)
    assert refits(w.counts, w).warnings == ("few_provinces_resampled",)


def test_with_one_province_districts_are_resampled_and_that_is_told() -> None:
    w = world(provinces=1)
    found = refits(w.counts, w)
    assert (found.resampled, found.clusters) == ("districts", 60)
    assert found.warnings == ("one_province_districts_resampled",)
    assert np.ptp(found.rates, axis=0).min() > 0


def test_resamples_without_a_case_are_drawn_again_and_told() -> None:
    w = world()
    w.counts.loc[w.counts["province"] != "0003", "count"] = 0.0
    found = refits(w.counts, w)
    # (11/12)^12 = 35 % of resamples miss the only province with cases
    assert 8 <= found.drawn_again <= 40
    assert "refits_drawn_again" in found.warnings
    assert np.isfinite(found.rates).all()


def test_a_factor_of_one_province_alone_is_told() -> None:
    w = world()
    for table in (w.counts, w.target):
        table[w.factors[1]] = (table["province"] == "0003").astype(float)
    found = refits(w.counts, w)
    assert found.warnings == (f"factor_in_few_provinces:{w.factors[1]}",)
    assert (found.coefficients[:, 1] == 0).any()


def test_progress_is_told() -> None:
    w = world()
    calls = []
    model = PoissonRates().fit(w.counts[w.factors], w.counts["count"], w.counts["people"])
    refit(model, w.counts, w.target, refits=3, seed=1, progress=lambda *call: calls.append(call))
    assert calls == [("refits", 1, 3), ("refits", 2, 3), ("refits", 3, 3)]


def test_when_most_resamples_cannot_be_fitted_there_are_no_intervals() -> None:
    """One case, no ridge, five wild factors: the fit holds, those to resamples run away."""
    random = np.random.default_rng(0)
    factors = list("abcde")
    rows = pd.DataFrame(np.exp(random.normal(size=(60, 5)) * 3), columns=factors)
    people = np.exp(random.normal(size=60) * 4)
    rate = np.r_[1.0, np.zeros(59)]
    codes = [f"{number:02}" for number in range(60)]
    rows = rows.assign(code=codes, province="p", people=people, count=rate * people / 1e5)
    model = PoissonRates(ridge=0).fit(rows[factors], rate, people)
    with pytest.raises(ModelError, match="More than half"):
        refit(model, rows, rows, refits=20, seed=1, progress=silent)
