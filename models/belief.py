"""What was believed before any case was read, what the cases made of it, and what hangs on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from models.forecast import Floats
from models.metrics import rank_correlation
from models.scores import INTERVAL
from models.settings import TrainSettings
from models.stage import StageModel
from models.transit import TransitModel

NORMAL_95 = 1.959963984540054
DOUBTS = ((0.5, 1.0), (2.0, 1.0), (1.0, 0.5), (1.0, 2.0))
TOP = 0.1  # of districts: those that a plan would begin with

Model = StageModel | TransitModel


def reporting(parts: Sequence[StageModel], settings: TrainSettings) -> dict[str, Any] | None:
    """Prior and posterior of the register: JSON-able; None without detection columns.

    ``told`` is what share of the doubt about the level the cases took away. Counts hardly tell
    many cases of which few are recorded from few of which many are, so it is near 0, unless
    detection varies so much that the bend of the logistic curve shows, which is to trust its form.
    """
    names = parts[0].columns.detection
    if not names:
        return None
    believed = settings.reporting
    signs = np.array([parts[0].columns.signs.get(name, 1) for name in names])
    level, slope = (
        np.concatenate(draws) for draws in zip(*(_of(p, signs) for p in parts), strict=True)
    )
    signed = np.array([name in parts[0].columns.signs for name in names])
    mean = believed.slope * signed.mean()
    at = logit(believed.share)
    away = NORMAL_95 * believed.share_sd
    return {
        "share": {
            "prior": _interval_of(believed.share, expit(at - away), expit(at + away)),
            "posterior": _interval(expit(level)),
        },
        "slope": {
            "prior": _interval_of(
                mean, mean - NORMAL_95 * believed.slope_sd, mean + NORMAL_95 * believed.slope_sd
            ),
            "posterior": _interval(slope),
        },
        "told": float(np.clip(1 - level.std() / believed.share_sd, 0, 1)),
    }


def _of(part: StageModel, signs: Floats) -> tuple[Floats, Floats]:
    """Draws of the level, and of the slope of all columns together in the expected direction."""
    draws = part.areal_.detection_draws_
    return draws[0], np.asarray(signs @ draws[1:])


def sensitivity(
    refit: Callable[[TrainSettings], Model],
    ahead: pd.DataFrame,
    rates: Floats,
    settings: TrainSettings,
) -> list[dict[str, float]]:
    """What becomes of the estimate when the belief about the register is off.

    Parameters
    ----------
    refit : callable
        The model, fitted anew under other settings.
    ahead : DataFrame
        Rows of the target year; ``rates`` (mean rates, shape (districts,)) are theirs.

    Returns
    -------
    list of dict
        ``share`` and ``slope``: what the odds of being recorded, and their fall, were multiplied
        by; ``rank_correlation`` of the rates with those of the run; ``top_kept``, the share of
        its first tenth of districts that stays in the first tenth; ``level_ratio``, the mean rate
        of people over that of the run.
    """
    believed, found = settings.reporting, []
    people = np.nan_to_num(ahead["people"].to_numpy(dtype=float))
    first = max(int(np.ceil(TOP * len(rates))), 1)
    top = set(np.argsort(-rates, kind="stable")[:first])
    for share, slope in DOUBTS:
        odds = share * believed.share / (1 - believed.share)
        other = replace(believed, share=odds / (1 + odds), slope=slope * believed.slope)
        changed = refit(replace(settings, reporting=other)).rates(ahead).mean(axis=1)
        kept = top & set(np.argsort(-changed, kind="stable")[:first])
        found.append(
            {
                "share": share,
                "slope": slope,
                "rank_correlation": rank_correlation(changed, rates),
                "top_kept": len(kept) / first,
                "level_ratio": float(changed @ people / (rates @ people)),
            }
        )
    return found


def inference(parts: Sequence[StageModel]) -> dict[str, Any]:
    """How the answer was come by: JSON-able."""
    models = [part.areal_ for part in parts]
    effective = [one.effective_ for one in models if one.effective_ is not None]
    mixes = [one.mix_draws_ for one in models if one.mix_draws_ is not None]
    return {
        "family": models[0].family,
        "draws": int(sum(one.coefficient_draws_.shape[1] for one in models)),
        "effective": float(min(effective)) if effective else None,
        "settled": all(one.settled_ for one in models),
        "exact": all(one.exact_ for one in models),
        "spread": _interval(np.concatenate([one.spread_draws_ for one in models])),
        "structured": _interval(np.concatenate(mixes)) if mixes else None,
    }


def _interval(draws: Floats) -> dict[str, float]:
    low, high = np.quantile(draws, INTERVAL)
    return _interval_of(float(np.median(draws)), low, high)


def _interval_of(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": float(value), "low": float(low), "high": float(high)}
