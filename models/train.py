"""Fit, test and explain one outcome: plain tables in, plain tables out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from models.forecast import RATE_UNIT, Floats
from models.poisson import PoissonRates
from models.refits import Refits, refit
from models.scores import INTERVAL, NUMBERS, summary
from models.settings import TrainSettings
from models.tables import Tables, checked
from models.validation import validate

__all__ = ["OutcomeFit", "TrainSettings", "fit_outcome"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class OutcomeFit:
    """What came of fitting one outcome.

    Attributes
    ----------
    scores : DataFrame
        One row per district, sorted by code: code; rate with rate_low and rate_high (95 %), of
        *recorded* cases per 100,000 people per year in the target year; relative_risk (rate over
        the person-weighted mean of all districts that have one) with rr_low and rr_high; rank by
        expected rank (1 = highest) with rank_low and rank_high; score (0-100, percentile of
        expected rank); p_above_mean, p_above_high (above very_high_multiple times the mean),
        p_below_mean, p_above_threshold (NaN without a threshold); level ("very_high", "high",
        "medium", "low", "no_data"); no_data_reason ("" or "missing_factor:" and factor ids);
        no_records (factors but no observed count in any year). Of a no_data district all numbers
        are NaN.
    draws : array of shape (refits, districts)
        Rates per 100,000 people per year; NaN for no_data districts.
    coefficients : DataFrame
        factor, coefficient (change of the log rate per standard deviation of the factor) with
        low and high (95 %), mean and sd of the factor (person-weighted, in its unit).
    contributions : DataFrame
        code, factor, value (in the factor's unit), contribution (to the log rate, against a place
        with the person-weighted mean of the factor); no row for no_data districts.
    validation : dict
        See ``models.validation.Validation.report``; ``intervals`` tells of the refits.
    tested : bool
    beats_baseline : bool or None
        None where it is untested.
    warnings : tuple of str
        Message keys; what they speak of comes after a colon.
    """

    scores: pd.DataFrame
    draws: Floats
    coefficients: pd.DataFrame
    contributions: pd.DataFrame
    validation: dict[str, Any]
    tested: bool
    beats_baseline: bool | None
    warnings: tuple[str, ...]


def fit_outcome(
    counts: pd.DataFrame,
    target: pd.DataFrame,
    factors: Sequence[str],
    settings: TrainSettings,
    progress: Progress | None = None,
) -> OutcomeFit:
    """Estimate rates of recorded cases in the target year, with doubt, and test the model.

    A Poisson regression of counts on factors with people as exposure. What the register leaves
    out is not corrected: where fewer cases are recorded than happen, the rate is too low. The
    intervals are a first approximation (``models.refits``): they hold the doubt about the
    regression, not the chance by which a single district departs from it.

    Parameters
    ----------
    counts : DataFrame
        code, year, province, people, count (NaN = unobserved) and a column per factor, as it
        stood at the end of the year before. One row per district and year, in any order.
    target : DataFrame
        code, people and a column per factor, for the target year. One row per district.
    factors : sequence of str
        Columns that may move risk.
    settings : TrainSettings
    progress : callable, optional
        ``progress(label, done, total)``.

    Raises
    ------
    ModelError
        When the tables cannot be fitted: negative counts, impossible people, no observed count,
        no case, no factor (that varies), no stable solution.
    """
    watch = progress or (lambda label, done, total: None)
    with threadpool_limits(limits=1):  # sums in parallel differ in the last bits
        tables = checked(counts, target, factors)
        names = list(tables.factors)
        rows = tables.rows
        model = PoissonRates(settings.ridge).fit(
            rows[names], rows["count"] / rows["people"] * RATE_UNIT, rows["people"]
        )
        validation = validate(rows, names, settings, watch)
        known = tables.target[tables.target["reason"] == ""]
        again = refit(
            model, rows, known, refits=settings.refits, seed=settings.seed, progress=watch
        )
        return OutcomeFit(
            scores=_scores(tables, model, again, settings),
            draws=_widened(again.rates, (tables.target["reason"] == "").to_numpy()),
            coefficients=_coefficients(model, again),
            contributions=_contributions(model, known),
            validation={**validation.report, "intervals": _told(again, settings)},
            tested=validation.tested,
            beats_baseline=validation.beats_baseline,
            warnings=(*tables.warnings, *_beyond(model, known), *again.warnings),
        )


def _scores(
    tables: Tables, model: PoissonRates, again: Refits, settings: TrainSettings
) -> pd.DataFrame:
    target = tables.target
    known = target[target["reason"] == ""]
    numbers = summary(
        model.predict(known[list(tables.factors)]),
        again.rates,
        known["people"].to_numpy(dtype=float),
        settings,
    ).set_index(known.index)
    scores = pd.DataFrame({"code": target["code"]}).join(numbers[list(NUMBERS)])
    return scores.assign(
        level=numbers["level"].reindex(target.index, fill_value="no_data"),
        no_data_reason=target["reason"],
        no_records=(target["reason"] == "") & ~target["code"].isin(tables.observed),
    )


def _widened(rates: Floats, known: np.ndarray) -> Floats:
    draws = np.full((len(rates), len(known)), np.nan)
    draws[:, known] = rates
    return draws


def _coefficients(model: PoissonRates, again: Refits) -> pd.DataFrame:
    estimate = model.coef_ * model.scale_
    low, high = np.quantile(again.coefficients * model.scale_, INTERVAL, axis=0)
    return pd.DataFrame(
        {
            "factor": model.feature_names_in_,
            "coefficient": estimate,
            "low": np.minimum(low, estimate),
            "high": np.maximum(high, estimate),
            "mean": model.mean_,
            "sd": model.scale_,
        }
    )


def _contributions(model: PoissonRates, known: pd.DataFrame) -> pd.DataFrame:
    factors = list(model.feature_names_in_)
    values = known[factors].to_numpy(dtype=float)
    people = np.nan_to_num(known["people"].to_numpy(dtype=float))
    held = model.held(values)
    away = held - np.average(held, axis=0, weights=people)
    return pd.DataFrame(
        {
            "code": np.repeat(known["code"].to_numpy(), len(factors)),
            "factor": np.tile(np.asarray(factors, dtype=object), len(known)),
            "value": values.ravel(),
            "contribution": (away * model.coef_).ravel(),
        }
    )


def _beyond(model: PoissonRates, known: pd.DataFrame) -> list[str]:
    """Factors that lie, in some district, beyond all values that the model was fitted to."""
    names = list(model.feature_names_in_)
    values = known[names].to_numpy(dtype=float)
    beyond = (model.held(values) != values).any(axis=0)
    found = [name for name, is_beyond in zip(names, beyond, strict=True) if is_beyond]
    return [f"factor_beyond_seen:{','.join(found)}"] if found else []


def _told(again: Refits, settings: TrainSettings) -> dict[str, Any]:
    return {
        "first_approximation": True,
        "refits": settings.refits,
        "resampled": again.resampled,
        "clusters": again.clusters,
        "drawn_again": again.drawn_again,
    }
