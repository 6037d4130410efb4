"""Which factors would be chosen: those that matter, most of the time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.choosing import chosen_factors, frequencies
from models.honesty.contenders import challengers
from tests.models.simulated import world
from vigia.errors import ModelError

W = world(districts=200, provinces=20, rate_per_100k=120, slopes=(0.8, 0.0, -0.6, 0.0))
TRAIN = W.counts[W.counts["year"] < W.counts["year"].max()]
AHEAD = W.counts[W.counts["year"] == W.counts["year"].max()]


def test_what_matters_is_chosen_far_more_often_than_what_does_not() -> None:
    found = frequencies(W.counts, W.factors, {W.factors[0]}, seed=1)
    assert found is not None
    share = {one["factor"]: one["frequency"] for one in found}
    assert list(share) == W.factors
    assert min(share[W.factors[0]], share[W.factors[2]]) > 0.9
    assert max(share[W.factors[1]], share[W.factors[3]]) < 0.5


def test_one_province_or_no_case_tells_nothing() -> None:
    alone = W.counts[W.counts["province"] == "0001"]
    assert frequencies(alone, W.factors, (), seed=1) is None
    assert frequencies(W.counts.assign(count=0.0), W.factors, (), seed=1) is None


def test_the_choice_forecasts_better_than_population_and_never_sees_what_is_held_out() -> None:
    forecast = chosen_factors(W.factors, (W.factors[0],), seed=1)
    hidden = AHEAD.assign(count=np.nan)
    found = forecast(TRAIN, hidden)
    counts = AHEAD["count"].to_numpy()
    population = challengers(W.factors, {}, 1)["population"](TRAIN, hidden)
    gain = found.log_probability(counts).mean() - population.log_probability(counts).mean()
    assert gain > 0.1
    strange = forecast(TRAIN, AHEAD.assign(count=1e6))
    np.testing.assert_array_equal(strange.means, found.means)


def test_rows_that_were_not_counted_teach_nothing() -> None:
    unseen = TRAIN.assign(count=TRAIN["count"].where(TRAIN["year"] == 2020))
    counted = unseen.dropna(subset=["count"])
    both = [chosen_factors(W.factors, (), seed=1)(rows, AHEAD).means for rows in (unseen, counted)]
    np.testing.assert_array_equal(*both)
    assert isinstance(counted, pd.DataFrame)


def test_totals_alone_choose_nothing() -> None:
    with pytest.raises(ModelError, match="No district was counted by itself"):
        chosen_factors(W.factors, (), seed=1)(TRAIN.assign(count=np.nan), AHEAD)
