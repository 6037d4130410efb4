"""The model against its baselines on what it has not seen.

With counts of two years or more, the last year is held out; with one year, whole provinces are,
in folds. Model and baselines learn from the same rows, forecast the same held-out rows, and are
all scored as negative binomials (``models.forecast`` says why). The model has to beat both: the
smoothed prior counts, where the past of any held-out district is known, and population alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from models.baselines import PopulationAlone, PriorCounts
from models.forecast import RATE_UNIT, CountForecast
from models.metrics import (
    cases_reached,
    clustered_standard_error,
    poisson_deviance,
    rank_correlation,
)
from models.poisson import PoissonRates
from models.settings import TrainSettings
from models.splits import LastYearOut, ProvinceFolds
from vigia.errors import ModelError

PERCENTS = (10, 20)  # of districts, or of people, that a plan could reach


@dataclass(frozen=True)
class Validation:
    """What came of the test.

    Attributes
    ----------
    tested : bool
    beats_baseline : bool or None
        Whether the model's log score is better than that of every baseline; None where it is
        untested.
    report : dict
        JSON-able; no case count is in it. split ("last_year", "provinces" or None),
        held_out_year, folds, held_out_rows, baseline, metrics (by forecast), difference (of log
        scores, model minus baseline, with its standard error by provinces), reasons (keys).
    """

    tested: bool
    beats_baseline: bool | None
    report: dict[str, Any]


def validate(
    rows: pd.DataFrame,
    factors: Sequence[str],
    settings: TrainSettings,
    progress: Callable[[str, int, int], None],
) -> Validation:
    """Test the model on held-out rows.

    Parameters
    ----------
    rows : DataFrame
        code, year, province, people, count and factors; all known, sorted by code and year.
    """
    years, provinces = rows["year"].to_numpy(), rows["province"].to_numpy()
    if rows["year"].nunique() > 1:
        split, parts = "last_year", list(LastYearOut().split(rows, groups=years))
    elif rows["province"].nunique() > 1:
        folds = ProvinceFolds(settings.holdout_folds, settings.seed)
        split, parts = "provinces", list(folds.split(rows, groups=provinces))
    else:
        return _untested("one_year_and_one_province")
    tested = []
    for number, (train, test) in enumerate(parts):
        progress("held-out test", number, len(parts))
        try:
            forecasts = _forecast(rows.iloc[train], rows.iloc[test], factors, settings)
        except ModelError:
            return _untested("training_part_cannot_be_fitted")
        tested.append(forecasts.assign(fold=number))
    progress("held-out test", len(parts), len(parts))
    held_out = pd.concat(tested)
    year = int(years.max()) if split == "last_year" else None
    return _judged(held_out, {"split": split, "held_out_year": year, "folds": len(parts)})


def _forecast(
    train: pd.DataFrame, test: pd.DataFrame, factors: Sequence[str], settings: TrainSettings
) -> pd.DataFrame:
    """Held-out rows with rate, expected cases and log probability of each forecast."""
    past_known = test["code"].isin(set(train["code"])).any()
    forecasts: dict[str, tuple[CountForecast, list[str]]] = {
        "model": (PoissonRates(settings.ridge, with_dispersion=True), list(factors)),
        "population": (PopulationAlone(), ["people"]),
        **({"prior_counts": (PriorCounts(), ["code", "year"])} if past_known else {}),
    }
    told = test[["code", "province", "people", "count"]].copy()
    for name, (forecast, columns) in forecasts.items():
        forecast.fit(train[columns], _rate(train), train["people"])
        told[f"{name}_rate"] = forecast.predict(test[columns])
        told[f"{name}_expected"] = told[f"{name}_rate"] * test["people"] / RATE_UNIT
        told[f"{name}_log_probability"] = forecast.log_probability(
            test[columns], _rate(test), test["people"]
        )
    return told


def _rate(rows: pd.DataFrame) -> pd.Series:
    return rows["count"] / rows["people"] * RATE_UNIT


def _judged(held_out: pd.DataFrame, split: dict[str, Any]) -> Validation:
    names = ("model", "prior_counts", "population")
    present = [name for name in names if f"{name}_expected" in held_out.columns]
    metrics = {name: _metrics(held_out, name) for name in present}
    baseline = present[1]
    gain = held_out["model_log_probability"] - held_out[f"{baseline}_log_probability"]
    beats = {
        name: metrics["model"]["log_score"] > metrics[name]["log_score"] for name in present[1:]
    }
    report = {
        **split,
        "held_out_rows": len(held_out),
        "baseline": baseline,
        "metrics": {name: _jsonable(values) for name, values in metrics.items()},
        "difference": _jsonable(
            {
                "log_score": float(gain.mean()),
                "standard_error": clustered_standard_error(gain, held_out["province"]),
            }
        ),
        "reasons": [f"{'beats' if won else 'loses_to'}_{name}" for name, won in beats.items()],
    }
    return Validation(tested=True, beats_baseline=all(beats.values()), report=report)


def _metrics(held_out: pd.DataFrame, name: str) -> dict[str, float]:
    """Each measure over all held-out rows; what needs an order is ordered within its fold."""
    folds = [fold for _, fold in held_out.groupby("fold")]
    counts, expected = held_out["count"], held_out[f"{name}_expected"]
    return {
        "log_score": float(held_out[f"{name}_log_probability"].mean()),
        "poisson_deviance": poisson_deviance(counts, expected),
        **{
            f"hit_rate_{spent}_{percent}": _hit_rate(folds, name, percent / 100, spent)
            for spent in ("districts", "people")
            for percent in PERCENTS
        },
        "rank_correlation": _mean_rank_correlation(folds, name),
    }


def _hit_rate(folds: list[pd.DataFrame], name: str, share: float, spent: str) -> float:
    """Share of held-out cases in the districts that the forecast puts first.

    A share of districts is spent on those with most expected cases, a share of people on those
    with most expected cases per person.
    """
    reached = 0.0
    for fold in folds:
        order = fold[f"{name}_rate" if spent == "people" else f"{name}_expected"]
        costs = fold["people"] if spent == "people" else np.ones(len(fold))
        reached += cases_reached(fold["count"], order, costs, share)
    cases = sum(fold["count"].sum() for fold in folds)
    return reached / cases if cases else float("nan")


def _mean_rank_correlation(folds: list[pd.DataFrame], name: str) -> float:
    """By rate, weighted by rows over the folds in which it is defined."""
    pairs = [
        (
            rank_correlation(fold[f"{name}_rate"], fold["count"] / fold["people"]),
            len(fold),
        )
        for fold in folds
    ]
    defined = [(value, rows) for value, rows in pairs if not np.isnan(value)]
    if not defined:
        return float("nan")
    values, weights = zip(*defined, strict=True)
    return float(np.average(values, weights=weights))


def _jsonable(values: dict[str, float]) -> dict[str, float | None]:
    return {key: None if np.isnan(value) else value for key, value in values.items()}


def _untested(reason: str) -> Validation:
    report: dict[str, Any] = {
        "split": None,
        "held_out_year": None,
        "folds": 0,
        "held_out_rows": 0,
        "baseline": None,
        "metrics": {},
        "difference": None,
        "reasons": [reason],
    }
    return Validation(tested=False, beats_baseline=None, report=report)
