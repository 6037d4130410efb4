"""The honesty report as a JSON-able dict; docs/honesty.md says what each key means.

It may be published with the run: no count of cases can be worked out from it. So it has nothing
of single districts, no sums of cases, shares and ratios only of enough cases in enough districts,
and every number is rounded: a share of few cases, written out in full, is a fraction that gives
them away (3/28 = 0.10714...).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.honesty.folds import Neighbours
from models.honesty.gate import GATES, MODEL, difference, gate
from models.honesty.measures import Judge, Measures
from models.honesty.trial import HeldOut, Trial
from models.moran import morans_i
from models.resampling import Interval, Resamples

Json = dict[str, Any]

VERSION = 1
RULE = dict(GATES)  # by split, the challenger that decides there
LEAST_CASES = 10
LEAST_DISTRICTS = 5
LEAST_PROVINCES = 5  # for an interval, whose ends could tell of single ones


@dataclass(frozen=True)
class Verdict:
    """What came of the test.

    Attributes
    ----------
    tested : bool
    beats : bool or None
        Whether the model's log score is better than the baseline's; None where it is untested.
    report : dict
        JSON-able; holds both, and everything else.
    """

    tested: bool
    beats: bool | None
    report: Json


def judged(
    held_out: HeldOut,
    *,
    seed: int,
    reasons: Sequence[str] = (),
    neighbours: Neighbours | None = None,
    resamples: int = 999,
    level: float = 0.95,
) -> Verdict:
    """Measure all contenders and ask the gate.

    Parameters
    ----------
    held_out : HeldOut
        The contender called "model" is the one that is judged.
    seed : int
        Of resamples and permutations.
    reasons : sequence of str
        Why there are no more splits, from ``models.honesty.folds.held_out_splits``.
    neighbours : Neighbours, optional
        For Moran's I of the model's residuals.
    resamples, level
        Of all intervals.
    """
    drawn = {
        name: Resamples(
            trial.units["province"],
            seed=seed,
            resamples=resamples,
            level=level,
            least_clusters=LEAST_PROVINCES,
        )
        for name, trial in held_out.trials.items()
    }
    asked = gate(held_out.trials, drawn)
    beats = None if asked is None else asked.beats
    report: Json = {
        "version": VERSION,
        "tested": asked is not None,
        "beats": beats,
        "gate": None
        if asked is None
        else {
            "split": asked.split,
            "against": asked.against,
            "difference": _difference(held_out.trials[asked.split], asked.difference),
            "reasons": asked.reasons,
        },
        "level": level,
        "resamples": resamples,
        "splits": {
            name: _split(trial, drawn[name], held_out.contenders)
            for name, trial in held_out.trials.items()
        },
        "moran": _moran(held_out.trials.get("rolling_origin"), neighbours, seed),
        "reasons": [*reasons, *_failures(held_out)],
    }
    return Verdict(asked is not None, beats, report)


def _failures(held_out: HeldOut) -> list[str]:
    """A key for each split on which the model failed, or whom it is held against there did."""
    told = []
    for name, trial in held_out.trials.items():
        wrong = {who for who, key in trial.failed.items() if key != "no_past_counts"}
        told += [f"model_cannot_be_fitted:{name}"] if MODEL in wrong else []
        told += [f"challenger_cannot_be_fitted:{name}"] if RULE.get(name) in wrong else []
    return told


def _split(trial: Trial, resamples: Resamples, contenders: Sequence[str]) -> Json:
    units = trial.units
    dated = units.loc[units["year"] >= 0, "year"]
    judge = Judge(units, resamples)
    gains = {name: difference(trial, resamples, name) for name in contenders if name != MODEL}
    return {
        "folds": len(trial.split.folds),
        "held_out_years": sorted({int(year) for year in dated}),
        "unit": "district_year" if len(dated) else "total",
        "units": len(units),
        "districts": int(units["code"].nunique()),
        "clusters": resamples.clusters,
        "buffer": trial.split.buffer,
        "contenders": {
            name: {"failed": trial.failed[name]}
            if name in trial.failed
            else {"failed": None, **_measured(trial, judge.measures(trial.scores[name]))}
            for name in contenders
        },
        "differences": {
            name: _difference(trial, gain) for name, gain in gains.items() if gain is not None
        },
    }


def _measured(trial: Trial, measures: Measures) -> Json:
    hidden, few = not _places(trial), not _cases(trial, np.ones(len(trial.units), dtype=bool))
    spent = {key: f"{key[0]}_{key[1] * 100:.0f}" for key in measures.hit_rate}
    hits = {key: _interval(found, 2, hidden=few) for key, found in measures.hit_rate.items()}
    return {
        "log_score": _interval(measures.log_score, 3, hidden=hidden),
        "poisson_deviance": _interval(measures.poisson_deviance, 3, hidden=hidden),
        "crps": _interval(measures.crps, 3, hidden=hidden),
        "rank_correlation": _interval(measures.rank_correlation, 2, hidden=few),
        "hit_rate": {spent[key]: hit for key, hit in hits.items()},
        "pai": {spent[key]: _over(hit, key[1]) for key, hit in hits.items()},
        "pei": {
            spent[key]: _interval(found, 2, hidden=few)
            for key, found in measures.efficiency.items()
        },
        "pit": [_interval(share, 2, hidden=hidden) for share in measures.pit],
        "coverage": [
            {
                "level": one.level,
                "covered": _interval(one.covered, 2, hidden=hidden),
                "promised": None if hidden else _number(one.promised, 2),
                "width": None if hidden else _number(one.width, 2),
            }
            for one in measures.coverage
        ],
        "calibration": {
            "overall": _interval(measures.calibration, 2, hidden=few),
            "parts": [
                _interval(found, 2, hidden=not _cases(trial, rows))
                for rows, found in measures.parts
            ],
        },
    }


def _moran(trial: Trial | None, neighbours: Neighbours | None, seed: int) -> Json | None:
    """Of the Pearson residuals of the model in the last year held out."""
    if trial is None or neighbours is None or MODEL not in trial.scores:
        return None
    last = (trial.units["fold"] == trial.units["fold"].max()).to_numpy()
    units, scores = trial.units[last], trial.scores[MODEL][last]
    if units["code"].nunique() < LEAST_DISTRICTS:
        return None
    off = (units["count"] - scores["expected"].to_numpy()).to_numpy(dtype=float)
    spread = np.sqrt(scores["variance"].to_numpy(dtype=float))
    residuals = off / np.where(spread > 0, spread, 1)
    found = morans_i(residuals, neighbours.among(list(units["code"])), seed)
    return {
        "year": int(units["year"].iloc[0]),
        "value": _number(found.value, 3),
        "expectation": _number(found.expectation, 4),
        "p_value": _number(found.p_value, 3),
        "permutations": found.permutations,
    }


def _places(trial: Trial) -> bool:
    """Whether enough places were held out to show anything of them together."""
    return bool(trial.units["code"].nunique() >= LEAST_DISTRICTS)


def _cases(trial: Trial, rows: NDArray[np.bool_]) -> bool:
    """Whether units hold enough cases, in enough places, to show a share or a ratio of them."""
    units = trial.units[rows]
    enough = units["code"].nunique() >= LEAST_DISTRICTS and units["count"].sum() >= LEAST_CASES
    return bool(enough)


def _difference(trial: Trial, gain: Interval) -> Json:
    return _interval(gain, 4, hidden=not _places(trial))


def _interval(found: Interval, digits: int, *, hidden: bool) -> Json:
    numbers = {"value": found.value, "low": found.low, "high": found.high}
    return {key: None if hidden else _number(number, digits) for key, number in numbers.items()}


def _over(hit: Json, share: float) -> Json:
    """Rounded hit rates over the share: no more digits of them than are shown anyway."""
    return {
        key: None if number is None else round(number / share, 2) for key, number in hit.items()
    }


def _number(number: float, digits: int) -> float | None:
    return round(float(number), digits) + 0.0 if np.isfinite(number) else None
