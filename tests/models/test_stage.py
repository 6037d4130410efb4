"""One stage's model: detection is told from risk; totals, raids and years teach what they can."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from models.settings import Reporting, TrainSettings
from models.stage import Columns, StageModel
from models.tables import checked
from tests.models.simulated import World, world
from vigia.errors import ModelError

FEW = TrainSettings(draws=200, family="poisson", weighed=False)
HOURS = "post__travel_time__population"


def rows_of(w: World) -> pd.DataFrame:
    return checked(w.counts, w.target, w.columns).rows


def watched(
    seed: int = 1, slope: float = -1.2, rate_per_100k: float = 200
) -> tuple[World, Columns, np.ndarray]:
    """A world in which posts far away record less; and the share that each district records."""
    w = world(districts=150, provinces=15, years=4, rate_per_100k=rate_per_100k, seed=seed)
    random = np.random.default_rng(seed)
    hours = random.normal(size=len(w.target))
    share = expit(-0.4 + slope * hours)
    of_code = dict(zip(w.target["code"], hours, strict=True))
    for table in (w.counts, w.target):
        table[HOURS] = table["code"].map(of_code)
    thinned = random.binomial(w.counts["count"].astype(int), expit(-0.4 + slope * w.counts[HOURS]))
    w.counts["count"] = thinned.astype(float)
    return w, Columns(tuple(w.factors), (HOURS,), {HOURS: -1}), share


def test_what_posts_record_is_told_from_what_happens() -> None:
    w, columns, share = watched()
    tables = checked(w.counts, w.target, columns)
    model = StageModel(w.places, columns, replace(FEW, reporting=Reporting(share=0.4))).fit(
        tables.rows
    )
    rates = model.rates(tables.target)
    low, high = np.quantile(rates, [0.025, 0.975], axis=1)
    assert ((low < w.true_rate) & (w.true_rate < high)).mean() > 0.85
    slope = model.areal_.detection_draws_[1].mean() / model.areal_.detection_scale_.sd[0]
    assert slope == pytest.approx(-1.2, abs=0.3)
    recorded = np.asarray(model.recorded(tables.target)).mean(axis=1)
    assert np.corrcoef(recorded, share)[0, 1] > 0.98
    naive = StageModel(w.places, w.columns, FEW).fit(tables.rows)
    far = tables.target[HOURS] > 1
    ratio = naive.rates(tables.target).mean(axis=1) / w.true_rate
    assert ratio[far].mean() < 0.6 * ratio[~far].mean()
    assert naive.recorded(tables.target) == 1.0


def test_a_forecast_is_of_what_will_be_recorded() -> None:
    w, columns, share = watched()
    tables = checked(w.counts, w.target, columns)
    model = StageModel(w.places, columns, FEW).fit(tables.rows)
    expected = model.forecast(tables.target).expected
    true = w.true_rate * share * w.target["people"] / 1e5
    assert expected.sum() == pytest.approx(true.sum(), rel=0.15)
    assert np.corrcoef(np.log(expected), np.log(true))[0, 1] > 0.95


def test_totals_teach_what_their_districts_together_are() -> None:
    w = world(districts=60, provinces=12, years=2, rate_per_100k=300)
    province = pd.factorize(w.counts["province"])[0]
    totals = np.bincount(province, w.counts["count"]).astype(float)
    counts = w.counts.assign(count=np.nan, total=province)
    tables = checked(counts, w.target, w.columns, totals)
    model = StageModel(w.places, w.columns, FEW).fit(tables.rows, tables.totals)
    people = tables.target["people"].to_numpy()
    found = np.bincount(
        pd.factorize(tables.target["province"])[0],
        model.rates(tables.target).mean(axis=1) * people / 1e5 * 2,
    )
    np.testing.assert_allclose(found, totals, rtol=0.35)
    assert model.areal_.effective_ is not None


def test_a_total_of_years_is_the_sum_of_its_rows_however_they_are_laid_out() -> None:
    w = world(districts=24, provinces=6, years=2, rate_per_100k=300)
    province = pd.factorize(w.counts["province"])[0]
    totals = np.bincount(province, w.counts["count"]).astype(float)
    rows = checked(w.counts.assign(count=np.nan, total=province), w.target, w.columns, totals).rows
    model = StageModel(w.places, w.columns, FEW)
    model.fit(rows, totals)
    merged = model._merged(rows)
    assert len(merged) == 24  # factors are the same in both years
    assert merged["people"].sum() == pytest.approx(rows["people"].sum())
    assert set(merged["period"]) == {rows["year"].max()}
    known = rows.assign(total=np.where(rows["code"] == rows["code"].iloc[0], -1, rows["total"]))
    assert model._merged(known)["period"].tolist() == known["year"].tolist()


def test_totals_of_years_forecast_from_their_own_years() -> None:
    """Rates rise by a quarter a year; of half of the districts only two early years are known."""
    w = world(districts=40, provinces=8, years=8, rate_per_100k=300, slopes=(0.0, 0.0))
    years = w.counts["year"] - w.counts["year"].min()
    random = np.random.default_rng(3)
    mean = 300 / 1e5 * w.counts["people"] * np.exp(0.25 * years)
    counts = w.counts.assign(count=random.poisson(mean).astype(float))
    codes = sorted(counts["code"].unique())
    early = counts["code"].isin(codes[::2]) & (years < 2)
    known = early | counts["code"].isin(codes[1::2])
    number = pd.factorize(counts["code"])[0]
    totals = np.bincount(number[early], counts["count"][early], minlength=len(codes))
    used = pd.unique(number[early])
    total = np.where(early, np.searchsorted(np.sort(used), number), -1)
    rows = counts.assign(count=counts["count"].mask(early), total=total)[known]
    last = counts[years == 7]
    table = checked(rows, last, w.columns, totals[np.sort(used)]).rows
    model = StageModel(w.places, w.columns, FEW).fit(table, totals[np.sort(used)])
    rates = model.rates(last).mean(axis=1)
    alone = last["code"].isin(codes[::2]).to_numpy()
    assert rates[alone].mean() / rates[~alone].mean() == pytest.approx(1, abs=0.15)


def test_a_year_after_the_only_one_that_was_counted_is_a_step_away() -> None:
    w = world(districts=40, provinces=8, years=1, rate_per_100k=500)
    model = StageModel(w.places, w.columns, FEW).fit(rows_of(w))
    now = w.target.assign(year=w.counts["year"].max())
    step = np.log(model.rates(w.target)) - np.log(model.rates(now))
    assert np.ptp(step, axis=0).max() < 1e-9  # all districts take the same
    assert step[0].std() == pytest.approx(FEW.year_sd, rel=0.3)


def test_raids_do_not_move_what_factors_are_measured_from() -> None:
    w = world(districts=60, provinces=6, rate_per_100k=60)
    raids = w.target.head(5).assign(year=2021, total=-1, effort=5_000.0, count=0.0)
    rows = rows_of(w)
    plain = StageModel(w.places, w.columns, FEW).fit(rows)
    raided = StageModel(w.places, w.columns, FEW).fit(pd.concat([rows, raids], ignore_index=True))
    assert raided.areal_.scale_.mean == pytest.approx(plain.areal_.scale_.mean)
    assert raided.areal_.scale_.sd == pytest.approx(plain.areal_.scale_.sd)


def test_raids_teach_by_their_effort() -> None:
    w = world(districts=100, provinces=10, rate_per_100k=60, district_sd=0.7)
    rows = rows_of(w)
    random = np.random.default_rng(5)
    visited = w.target.sample(60, random_state=5).index
    unlike = np.exp(random.normal(0, 0.7, len(visited)))  # the factors: only raids can tell
    found = w.target.loc[visited].assign(
        year=2021, total=-1, effort=random.integers(5, 30, len(visited)).astype(float)
    )
    per_day = 0.05
    cases = w.true_rate[visited] * unlike * found["people"] / 1e5 * found["effort"] * per_day
    found["count"] = random.poisson(cases).astype(float)
    reported = rows[~rows["code"].isin(found["code"])]
    model = StageModel(w.places, w.columns, FEW).fit(
        pd.concat([reported, found], ignore_index=True)
    )
    low, high = np.quantile(np.exp(model.areal_.coefficient_draws_[-1]), [0.005, 0.995])
    assert low < per_day < high
    learnt = np.log(model.rates(w.target.loc[visited]).mean(axis=1) / w.true_rate[visited])
    assert np.corrcoef(learnt, np.log(unlike))[0, 1] > 0.6


def test_years_have_an_effect_in_common_and_a_new_one_is_drawn() -> None:
    w = world(districts=80, provinces=8, years=4, rate_per_100k=200)
    w.counts.loc[w.counts["year"] == 2021, "count"] *= 2
    model = StageModel(w.places, w.columns, replace(FEW, year_sd=0.5)).fit(rows_of(w))
    seen = [model.rates(w.target.assign(year=year)) for year in (2020, 2021)]
    assert np.median(seen[1] / seen[0]) == pytest.approx(2, rel=0.15)
    new = np.log(model.rates(w.target)).std(axis=1).mean()
    assert new > np.log(seen[0]).std(axis=1).mean() + 0.2


def test_more_scatter_than_a_poisson_is_found_and_none_where_there_is_none() -> None:
    auto = replace(FEW, family="auto")
    calm = world(districts=80, provinces=8, rate_per_100k=200, district_sd=0.3)
    wild = world(districts=80, provinces=8, rate_per_100k=200, year_sd=0.8)
    families = [
        StageModel(w.places, w.columns, auto).fit(rows_of(w)).areal_.family for w in (calm, wild)
    ]
    assert families == ["poisson", "negative_binomial"]


def test_a_district_that_is_no_place_is_refused() -> None:
    w = world(districts=20, provinces=4)
    strange = rows_of(w).replace({"code": {w.target["code"][0]: "999999"}})
    with pytest.raises(ModelError, match="999999 is not among the places"):
        StageModel(w.places, w.columns, FEW).fit(strange)
