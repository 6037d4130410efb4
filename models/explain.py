"""From a fitted model to the tables of a run: scores, effects, contributions, warnings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models import belief
from models.applicability import Applicability
from models.choosing import frequencies
from models.forecast import Floats
from models.honesty.report import Verdict
from models.kept import coefficient_draws, columns_of
from models.scores import INTERVAL, burden, scored
from models.settings import TrainSettings
from models.signs import contradictions, partial_effects
from models.stage import StageModel
from models.tables import Tables
from models.transit import FLOW, TransitModel
from vigia.errors import ModelError

Model = StageModel | TransitModel
Refit = Callable[[TrainSettings], Model]

COMPOSITE = "composite"
OUTSIDE = "outside_applicability"
INDEX = "index"  # no case was counted: experts' weights order the districts, and tell no rate
OF_RATES = ("rate", "rate_low", "rate_high", "p_above_threshold")
FEW_EFFECTIVE = 100.0  # weighed draws that are worth fewer than these are told of
LITTLE_TOLD = 0.5  # of the doubt about the level


@dataclass(frozen=True)
class OutcomeFit:
    """What came of fitting one outcome.

    Attributes
    ----------
    scores : DataFrame
        One row per district, sorted by code: code; rate with rate_low and rate_high (95 %), cases
        per 100,000 people per year in the target year (all cases where there are detection
        columns, recorded ones otherwise); relative_risk (rate over the person-weighted mean of
        all districts that have one) with rr_low and rr_high; rank by expected rank (1 = highest)
        with rank_low and rank_high; score (0-100, percentile of expected rank); p_above_mean,
        p_above_high (above very_high_multiple times the mean), p_below_mean, p_above_threshold
        (NaN without a threshold); level ("very_high", "high", "medium", "low", "no_data");
        no_data_reason ("", "missing_factor:" and factor ids, or "outside_applicability");
        no_records (factors but no observed count in any year). Of a no_data district all numbers
        are NaN.
    draws : array of shape (draws, districts)
        Rates per 100,000 people per year; NaN for no_data districts.
    coefficient_draws : array of shape (draws, factors)
        Coefficients of the draws in the same order, per standard deviation; the factors are those
        of ``validation["columns"]``, which a scenario reads. None of a composite.
    coefficients : DataFrame
        factor, coefficient (change of the log rate per standard deviation of the factor) with
        low and high (95 %), mean and sd of the factor (person-weighted, as ``models.shapes`` has
        it).
    contributions : DataFrame
        code, factor, value (in the factor's unit), contribution (to the log rate, against a place
        with the person-weighted mean of the factor); no row for no_data districts.
    validation : dict
        The honesty report; see docs/honesty.md.
    tested : bool
    beats_baseline : bool or None
        None where it is untested.
    warnings : tuple of str
        Message keys; what they speak of comes after a colon.
    """

    scores: pd.DataFrame
    draws: Floats
    coefficient_draws: Floats
    coefficients: pd.DataFrame
    contributions: pd.DataFrame
    validation: dict[str, Any]
    tested: bool
    beats_baseline: bool | None
    warnings: tuple[str, ...]


def explained(
    tables: Tables,
    model: Model,
    verdict: Verdict,
    settings: TrainSettings,
    refit: Refit | None = None,
) -> OutcomeFit:
    """Tables of a fitted and tested model.

    Parameters
    ----------
    verdict : Verdict
        Of the held-out test.
    refit : callable, optional
        The model fitted anew under other settings, to see what hangs on them.
    """
    parts = parts_of(model)
    target = _judged_applicable(tables, parts[0])
    known = target[target["reason"] == ""]
    if not known["people"].notna().any():
        raise ModelError(
            "No district with known people is like those that taught the model in the target year.",
            hint="Look whether a layer changed its unit or its meaning between the years.",
        )
    draws = model.rates(known).T
    factors = parts[0].columns.factors
    signs = {name: sign for name, sign in parts[0].columns.signs.items() if name in factors}
    contrary = contradictions(np.hstack([part.effects for part in parts]), factors, signs)
    by_weights = not tables.observed
    told = None if by_weights else belief.reporting(parts, settings)
    validation = {
        "honesty": verdict.report,
        "rates": INDEX if by_weights else "recorded" if told is None else "true",
        "reporting": told,
        "sensitivity": []
        if told is None or refit is None
        else belief.sensitivity(refit, known, _of_first_flow(model, known), settings),
        "inference": belief.inference(parts),
        "columns": columns_of(parts[0]).to_json(),
        "contradictions": [
            {
                "factor": name,
                "expected": "+" if signs[name] > 0 else "-",
                "probability": probability,
            }
            for name, probability in contrary
        ],
        "effects": _effects(model, parts, known),
        "selection": None
        if settings.quick
        else frequencies(
            tables.rows[tables.rows["effort"].isna()],
            tables.columns.factors,
            tables.columns.banded,
            settings.seed,
        ),
    }
    scores = scored(target, draws, settings)
    if by_weights:
        scores[list(OF_RATES)] = np.nan
    return OutcomeFit(
        scores=scores.assign(
            no_records=(target["reason"] == "") & ~target["code"].isin(tables.observed)
        ),
        draws=widened(draws, (target["reason"] == "").to_numpy()),
        coefficient_draws=coefficient_draws(parts),
        coefficients=_coefficients(parts),
        contributions=_contributions(model, parts, known),
        validation=validation,
        tested=verdict.tested and not settings.quick,
        beats_baseline=None if settings.quick else verdict.beats,
        warnings=(
            *tables.warnings,
            *_beyond(parts, known),
            *_of_inference(parts),
            *_of_belief(told, contrary),
            *(["quick_run"] if settings.quick else []),
        ),
    )


def _of_first_flow(model: Model, known: pd.DataFrame) -> Floats:
    """Mean rates, of transit for the one flow that refits have too: only beliefs may differ."""
    if isinstance(model, TransitModel):
        return np.asarray(model.models_[0].rates(model.with_flow(known, 0)).mean(axis=1))
    return np.asarray(model.rates(known).mean(axis=1))


def composite(
    stages: Mapping[str, OutcomeFit], target: pd.DataFrame, settings: TrainSettings
) -> OutcomeFit:
    """The weighted sum of the stages' rates, draw by draw: a burden, not persons.

    A district without data in any stage has none here.
    """
    fits = list(stages.values())
    weights = {stage: settings.weights.get(stage, 1.0) for stage in stages}
    draws = burden({stage: fit.draws for stage, fit in stages.items()}, weights)
    reasons = pd.DataFrame({stage: fit.scores["no_data_reason"] for stage, fit in stages.items()})
    reason = reasons.apply(lambda row: next((one for one in row if one), ""), axis=1)
    ahead = target.sort_values("code", kind="stable").reset_index(drop=True)
    scores = scored(ahead.assign(reason=reason), draws[:, (reason == "").to_numpy()], settings)
    beaten = [fit.beats_baseline for fit in fits if fit.tested]
    return OutcomeFit(
        scores=scores.assign(no_records=np.all([fit.scores["no_records"] for fit in fits], axis=0)),
        draws=draws,
        coefficient_draws=np.empty((len(draws), 0)),
        coefficients=fits[0].coefficients.iloc[:0],
        contributions=fits[0].contributions.iloc[:0],
        validation={"composite_of": weights},
        tested=all(fit.tested for fit in fits),
        beats_baseline=all(beaten) if beaten else None,
        warnings=(),
    )


def widened(rates: Floats, known: NDArray[np.bool_]) -> Floats:
    """Draws of all districts, NaN for those that have none."""
    draws = np.full((len(rates), len(known)), np.nan)
    draws[:, known] = rates
    return draws


def parts_of(model: Model) -> list[StageModel]:
    """The fits that are mixed; one alone but for transit."""
    return model.models_ if isinstance(model, TransitModel) else [model]


def _judged_applicable(tables: Tables, model: StageModel) -> pd.DataFrame:
    """The target, with a reason also for districts unlike all that taught the model."""
    target, factors = tables.target, list(tables.columns.factors)
    taught = tables.rows.dropna(subset=factors).drop_duplicates(factors)
    shapes = model.shapes_.of_some(factors)
    effects = np.abs(model.effects[: len(factors)].mean(axis=1))
    by = "province" if taught["province"].nunique() > 1 else "code"
    area = Applicability().fit(
        shapes.applied(taught),
        weights=effects,
        folds=taught[by].to_numpy(),
    )
    known = (target["reason"] == "").to_numpy()
    applies = area.applies(shapes.applied(target, held=False))
    return target.assign(reason=np.where(known & ~applies, OUTSIDE, target["reason"]))


def _coefficients(parts: list[StageModel]) -> pd.DataFrame:
    effects = np.hstack([part.effects for part in parts])
    low, high = np.quantile(effects, INTERVAL, axis=1)
    scales = [part.areal_.scale_ for part in parts]
    return pd.DataFrame(
        {
            "factor": list(parts[0].columns.factors),
            "coefficient": effects.mean(axis=1),
            "low": low,
            "high": high,
            "mean": np.mean([scale.mean for scale in scales], axis=0),
            "sd": np.mean([scale.sd for scale in scales], axis=0),
        }
    )


def _contributions(model: Model, parts: list[StageModel], known: pd.DataFrame) -> pd.DataFrame:
    factors = list(parts[0].columns.factors)
    people = np.nan_to_num(known["people"].to_numpy(dtype=float))
    value = np.zeros((len(known), len(factors)))
    contribution = np.zeros_like(value)
    for number, part in enumerate(parts):
        rows = model.with_flow(known, number) if isinstance(model, TransitModel) else known
        away = part.standardised(rows)
        away = away - np.average(away, axis=0, weights=people)
        value += rows[factors].to_numpy(dtype=float) / len(parts)
        contribution += away * part.effects.mean(axis=1) / len(parts)
    return pd.DataFrame(
        {
            "code": np.repeat(known["code"].to_numpy(), len(factors)),
            "factor": np.tile(np.asarray(factors, dtype=object), len(known)),
            "value": value.ravel(),
            "contribution": contribution.ravel(),
        }
    )


def _effects(model: Model, parts: list[StageModel], known: pd.DataFrame) -> list[dict[str, Any]]:
    """What a report draws of each factor; of the expected flow, that of the first draw."""
    part = parts[0]
    rows = model.with_flow(known, 0) if isinstance(model, TransitModel) else known
    table = partial_effects(
        rows[list(part.columns.factors)].to_numpy(dtype=float),
        part.effects,
        part.columns.factors,
        np.nan_to_num(known["people"].to_numpy(dtype=float)),
        design=part.standardised(rows),
    )
    return [
        {
            "factor": name,
            "at": round(100 * share),
            "value": value,
            "relative_rate": {"value": mean, "low": low, "high": high},
        }
        for name, share, value, mean, low, high in table.to_numpy().tolist()
    ]


def _of_belief(told: dict[str, Any] | None, contrary: list[tuple[str, float]]) -> list[str]:
    """What rests on belief rather than on cases, and what cases say against it."""
    names = ",".join(name for name, _ in contrary)
    return [
        *(["level_is_prior"] if told is not None and told["told"] < LITTLE_TOLD else []),
        *([f"sign_contradicted:{names}"] if names else []),
    ]


def _beyond(parts: list[StageModel], known: pd.DataFrame) -> list[str]:
    """Factors that lie, in some district, beyond all values that the model was fitted to."""
    names = [name for name in parts[0].shapes_.names if name != FLOW]
    found = parts[0].shapes_.of_some(names).beyond(known)
    return [f"factor_beyond_seen:{','.join(found)}"] if found else []


def _of_inference(parts: list[StageModel]) -> list[str]:
    """Where the approximation says of itself that it is one."""
    told = []
    if not all(part.areal_.settled_ for part in parts):
        told.append("fit_not_settled")
    if any((part.areal_.effective_ or np.inf) < FEW_EFFECTIVE for part in parts):
        told.append("few_effective_draws")
    return told
