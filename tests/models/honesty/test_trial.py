from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from models.honesty.contenders import NoPastError
from models.honesty.folds import Fold, Split, held_out_splits
from models.honesty.forecasts import Forecast
from models.honesty.trial import Trial, tried
from tests.models.honesty.worlds import DISPERSION, knowing, rows_of, silent
from vigia.errors import ModelError


def _trial(rows: pd.DataFrame, name: str = "rolling_origin") -> Trial:
    splits, _ = held_out_splits(rows, seed=1)
    held_out = tried(rows, {"model": knowing()}, splits, seed=1, progress=silent)
    return held_out.trials[name]


def _totals(rows: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    total = rows["province"].astype(int) // 4
    counts = rows["count"].groupby(total).sum().to_numpy()
    return rows.assign(total=total, count=np.nan), counts


def test_scores_are_those_of_the_true_distribution() -> None:
    rows = rows_of()
    trial = _trial(rows)
    units, scores = trial.units, trial.scores["model"]
    truth = rows.set_index(["code", "year"])["truth"]
    mean = truth.loc[list(zip(units["code"], units["year"], strict=True))].to_numpy()
    size = 1 / DISPERSION
    known = stats.nbinom(size, size / (size + mean))
    counts = units["count"].to_numpy()
    np.testing.assert_allclose(scores["expected"], mean)
    np.testing.assert_allclose(scores["variance"], known.var())
    np.testing.assert_allclose(scores["log_probability"], known.logpmf(counts))
    np.testing.assert_allclose(scores["below"], known.cdf(counts - 1), atol=1e-12)
    np.testing.assert_allclose(scores["up_to"], known.cdf(counts))
    for level in ("50%", "80%", "95%"):
        share = float(level[:-1]) / 100
        low, high = known.ppf((1 - share) / 2), known.ppf((1 + share) / 2)
        assert (scores[f"covered_{level}"] == ((low <= counts) & (counts <= high))).all()
        assert (scores[f"width_{level}"] == high - low).all()
        promised = known.cdf(high) - known.cdf(low - 1)
        assert scores[f"promised_{level}"].mean() == pytest.approx(promised.mean(), abs=0.01)


def test_crps_is_that_of_the_distribution() -> None:
    trial = _trial(rows_of())
    mean, counts = trial.scores["model"]["expected"].to_numpy(), trial.units["count"].to_numpy()
    size = 1 / DISPERSION
    cases = np.arange(600)[:, None]
    up_to = stats.nbinom.cdf(cases, size, size / (size + mean))
    exact = ((up_to - (cases >= counts)) ** 2).sum(axis=0)
    assert trial.scores["model"]["crps"].mean() == pytest.approx(exact.mean(), rel=0.02)


def test_counts_held_out_are_not_seen() -> None:
    rows = rows_of()
    splits, _ = held_out_splits(rows, seed=1)
    seen: list[tuple[pd.DataFrame, pd.DataFrame]] = []

    def looks(train: pd.DataFrame, ahead: pd.DataFrame) -> Forecast:
        seen.append((train, ahead))
        return knowing()(train, ahead)

    tried(rows, {"model": looks}, splits, seed=1, progress=silent)
    folds = [fold for split in splits for fold in split.folds]
    assert len(seen) == len(folds) == 8
    for (train, ahead), fold in zip(seen, folds, strict=True):
        assert ahead["count"].isna().all()
        assert train["count"].notna().all()
        assert set(ahead["truth"]) == set(rows["truth"][fold.held_out])
        assert not set(ahead["truth"]) & set(train["truth"])


def test_of_totals_the_sum_is_forecast_and_hidden() -> None:
    rows, counts = _totals(rows_of())
    splits, _ = held_out_splits(rows, seed=1)
    seen: list[tuple[pd.DataFrame, pd.DataFrame]] = []

    def looks(train: pd.DataFrame, ahead: pd.DataFrame) -> Forecast:
        seen.append((train, ahead))
        return knowing()(train, ahead)

    held_out = tried(rows, {"model": looks}, splits, seed=1, progress=silent, totals=counts)
    trial = held_out.trials["totals"]
    assert trial.units["count"].tolist() == counts.tolist()
    assert trial.units["people"].tolist() == rows.groupby("total")["people"].sum().tolist()
    np.testing.assert_allclose(
        trial.scores["model"]["expected"], rows.groupby("total")["truth"].sum()
    )
    for number, (train, ahead) in enumerate(seen):
        assert ahead[["count", "total_count"]].isna().all(axis=None)
        assert (train["total_count"] == counts[train["total"]]).all()
        assert set(ahead["total"]) == {number}


def test_totals_need_their_counts() -> None:
    rows, _ = _totals(rows_of())
    splits, _ = held_out_splits(rows, seed=1)
    with pytest.raises(ValueError, match="totals must be given"):
        tried(rows, {"model": knowing()}, splits, seed=1, progress=silent)


def test_who_fails_in_one_fold_has_failed_and_stops_nobody() -> None:
    rows = rows_of()
    splits, _ = held_out_splits(rows, seed=1)
    asked = []

    def fails_second(train: pd.DataFrame, ahead: pd.DataFrame) -> Forecast:
        asked.append(len(train))
        if len(asked) == 2:
            raise ModelError("No solution for district 00017.")
        return knowing()(train, ahead)

    def has_no_past(train: pd.DataFrame, ahead: pd.DataFrame) -> Forecast:
        raise NoPastError("Nothing is known.")

    def goes_wild(train: pd.DataFrame, ahead: pd.DataFrame) -> Forecast:
        return Forecast(np.full((1, len(ahead)), np.inf), np.array(0.1))

    told: list[tuple[int, int]] = []
    contenders = {"first": fails_second, "past": has_no_past, "wild": goes_wild, "last": knowing()}
    held_out = tried(
        rows,
        contenders,
        splits,
        seed=1,
        progress=lambda label, done, all_: told.append((done, all_)),
    )
    rolling, spatial = held_out.trials["rolling_origin"], held_out.trials["spatial"]
    assert rolling.failed == {
        "first": "training_part_cannot_be_fitted",
        "past": "no_past_counts",
        "wild": "training_part_cannot_be_fitted",
    }
    assert list(rolling.scores) == ["last"]
    assert list(spatial.scores) == ["first", "last"]  # another split is another chance
    assert all(len(table) == len(spatial.units) for table in spatial.scores.values())
    assert told == [(done, 32) for done in range(33)]


def test_other_errors_are_not_swallowed() -> None:
    def broken(train: pd.DataFrame, ahead: pd.DataFrame) -> Forecast:
        return Forecast(np.ones((1, 3)), np.array(0.1))

    rows = rows_of()
    split = Split("rolling_origin", (Fold(np.arange(5), np.arange(5, 15)),))
    with pytest.raises(ValueError, match="rows were forecast"):
        tried(rows, {"model": broken}, [split], seed=1, progress=silent)
