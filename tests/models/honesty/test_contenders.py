from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from models.baselines import PriorCounts
from models.honesty.contenders import NoPastError, challengers
from models.honesty.forecasts import Contender
from tests.models.honesty.worlds import rows_of
from vigia.errors import ModelError

SIGNS = {"stays": 1, "moves": 0}
NAMES = [
    "prior_counts",
    "raw_prior_counts",
    "population",
    "expert_index",
    "risk_terrain",
    "boosting",
]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return rows_of()


@pytest.fixture(scope="module")
def contenders() -> dict[str, Contender]:
    return challengers(["stays", "moves"], SIGNS, 1)


def _parts(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    past = rows["year"] < rows["year"].max()
    return rows[past].reset_index(drop=True), rows[~past].reset_index(drop=True)


def _totals(rows: pd.DataFrame) -> pd.DataFrame:
    """Counts by groups of provinces only."""
    total = rows["province"].astype(int) // 2
    return rows.assign(
        total=total, total_count=rows["count"].groupby(total).transform("sum"), count=np.nan
    )


def test_all_are_there(contenders: dict[str, Contender]) -> None:
    assert list(contenders) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_counts_to_be_forecast_change_nothing(
    name: str, rows: pd.DataFrame, contenders: dict[str, Contender]
) -> None:
    train, ahead = _parts(rows)
    plain = contenders[name](train, ahead)
    shuffled = ahead.assign(count=np.random.default_rng(1).permutation(ahead["count"]))
    again = contenders[name](train, shuffled)
    np.testing.assert_array_equal(again.means, plain.means)
    np.testing.assert_array_equal(again.dispersion, plain.dispersion)
    assert plain.means.shape == (1, len(ahead))


@pytest.mark.parametrize("name", NAMES)
def test_rows_without_a_count_teach_nothing(
    name: str, rows: pd.DataFrame, contenders: dict[str, Contender]
) -> None:
    train, ahead = _parts(rows)
    unknown = train.assign(count=np.nan, moves=9.0, people=1e9)
    plain = contenders[name](train, ahead)
    with_unknown = contenders[name](pd.concat([train, unknown], ignore_index=True), ahead)
    np.testing.assert_allclose(with_unknown.means, plain.means)


def test_people_are_the_exposure_and_rates_are_per_100_000(
    rows: pd.DataFrame, contenders: dict[str, Contender]
) -> None:
    train, ahead = _parts(rows)
    rate = train["count"].sum() / train["people"].sum()
    found = contenders["population"](train, ahead)
    np.testing.assert_allclose(found.expected, ahead["people"] * rate)
    more = contenders["boosting"](train, ahead.assign(people=3 * ahead["people"]))
    np.testing.assert_allclose(more.expected, 3 * contenders["boosting"](train, ahead).expected)


def test_the_past_is_that_of_prior_counts(
    rows: pd.DataFrame, contenders: dict[str, Contender]
) -> None:
    train, ahead = _parts(rows)
    columns = ["code", "year"]
    model = PriorCounts().fit(
        train[columns], train["count"] / train["people"] * 1e5, train["people"]
    )
    rates = ahead["count"] / ahead["people"] * 1e5
    np.testing.assert_allclose(
        contenders["prior_counts"](train, ahead).log_probability(ahead["count"]),
        model.log_probability(ahead[columns], rates, ahead["people"]),
    )


def test_an_unknown_direction_is_taken_from_training(rows: pd.DataFrame) -> None:
    train, ahead = _parts(rows)
    train, ahead = (part.assign(falls=-part["moves"]) for part in (train, ahead))
    unknown = challengers(["falls"], {}, 1)["expert_index"](train, ahead)
    stated = challengers(["falls"], {"falls": -1}, 1)["expert_index"](train, ahead)
    wrong = challengers(["falls"], {"falls": 1}, 1)["expert_index"](train, ahead)
    np.testing.assert_array_equal(unknown.means, stated.means)
    rates = ahead["truth"] / ahead["people"]
    assert stats.spearmanr(unknown.expected / ahead["people"], rates).statistic > 0.5
    assert stats.spearmanr(wrong.expected / ahead["people"], rates).statistic < -0.5


@pytest.mark.parametrize("name", NAMES[:2])
def test_those_who_live_of_the_past_say_where_there_is_none(
    name: str, rows: pd.DataFrame, contenders: dict[str, Contender]
) -> None:
    half = rows["province"] < "012"
    with pytest.raises(NoPastError) as told:
        contenders[name](rows[half], rows[~half])
    assert told.value.key == "no_past_counts"
    totals = _totals(rows)
    with pytest.raises(NoPastError):
        contenders[name](totals[totals["total"] > 0], totals[totals["total"] == 0])


@pytest.mark.parametrize("name", NAMES)
def test_without_a_case_nobody_forecasts(
    name: str, rows: pd.DataFrame, contenders: dict[str, Contender]
) -> None:
    train, ahead = _parts(rows)
    with pytest.raises(ModelError):
        contenders[name](train.assign(count=0.0), ahead)


@pytest.mark.parametrize("name", NAMES[2:])
def test_totals_are_learnt_from_as_places(
    name: str, rows: pd.DataFrame, contenders: dict[str, Contender]
) -> None:
    totals = _totals(rows)
    train = totals[totals["total"] > 0].reset_index(drop=True)
    ahead = totals[totals["total"] == 0].assign(total_count=np.nan).reset_index(drop=True)
    forecast = contenders[name](train, ahead)
    counts, people = train.groupby("total")["total_count"].first(), train["people"].sum()
    everything = contenders[name](train, train)
    assert everything.expected.sum() == pytest.approx(counts.sum())
    if name == "population":
        np.testing.assert_allclose(forecast.expected, ahead["people"] * counts.sum() / people)


def test_the_scatter_of_totals_does_not_cancel_out_within_one(
    rows: pd.DataFrame, contenders: dict[str, Contender]
) -> None:
    """A forecast of a total by population alone is the negative binomial fitted to totals."""
    totals = _totals(rows)
    train = totals[totals["total"] > 0].reset_index(drop=True)
    ahead = totals[totals["total"] == 0].reset_index(drop=True)
    together = contenders["population"](train, ahead).summed(np.zeros(len(ahead), dtype=int), 1)
    units = train.groupby("total").agg({"people": "sum", "total_count": "first"})
    mean = units["total_count"].sum() / units["people"].sum() * units["people"]

    def score(dispersion: float) -> float:
        size = 1 / dispersion
        log = stats.nbinom.logpmf(units["total_count"], size, size / (size + mean))
        return float(np.sum(log))

    best = max(np.geomspace(1e-3, 3, 400), key=score)
    expected = together.expected[0]
    variance = together.variance[0]
    assert variance == pytest.approx(expected + best * expected**2, rel=0.05)
    truth = stats.nbinom(1 / best, 1 / (1 + best * expected))
    for count in truth.ppf([0.05, 0.3, 0.5, 0.8, 0.95]):
        assert together.cdf([count])[0] == pytest.approx(truth.cdf(count), abs=0.01)
