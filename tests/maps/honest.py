"""What validation keeps of one outcome: the honesty report and what stands beside it, invented."""

from __future__ import annotations

from typing import Any

from data.disclosure import AT, CHALLENGERS

YEARS = [2023, 2024, 2025]
FACTOR = "mining__distance__capital"


def interval(value: float | None, by: float = 0.02) -> dict[str, float | None]:
    """A number with an interval around it."""
    if value is None:
        return {"value": None, "low": None, "high": None}
    return {"value": value, "low": value - by, "high": value + by}


def contender(log_score: float) -> dict[str, Any]:
    return {
        "failed": None,
        "log_score": interval(log_score),
        "poisson_deviance": interval(0.981234),
        "crps": interval(0.312345),
        "rank_correlation": interval(0.41),
        "hit_rate": {name: interval(0.3 + number / 10) for number, name in enumerate(AT)},
        "pai": {name: interval(3.0) for name in AT},
        "pei": {name: interval(0.7) for name in AT},
        "pit": [interval(0.08 + number / 225, 0.01) for number in range(10)],
        "coverage": [
            {"level": level, "covered": interval(level - 0.05), "promised": level, "width": 1.5}
            for level in (0.5, 0.8, 0.95)
        ],
        "calibration": {
            "overall": interval(1.03, 0.08),
            "parts": [interval(0.6 + number / 10, 0.1) for number in range(10)],
        },
    }


def split(**changes: Any) -> dict[str, Any]:
    tried = {name: contender(-0.63 - number / 100) for number, name in enumerate(CHALLENGERS)}
    known: dict[str, Any] = {
        "folds": 3,
        "held_out_years": YEARS,
        "unit": "district_year",
        "units": 72,
        "districts": 24,
        "clusters": 6,
        "buffer": False,
        "contenders": {"model": contender(-0.612)} | tried,
        "differences": {
            name: interval(0.018 + number / 100, 0.01) for number, name in enumerate(CHALLENGERS)
        },
    }
    return known | changes


def spatial() -> dict[str, Any]:
    """Places held out: the past says nothing there, and one challenger could not be fitted."""
    known = split(folds=5, buffer=True)
    failed = {
        "prior_counts": "no_past_counts",
        "raw_prior_counts": "no_past_counts",
        "boosting": "training_part_cannot_be_fitted",
    }
    for name, why in failed.items():
        known["contenders"][name] = {"failed": why}
        del known["differences"][name]
    return known


def honesty(**changes: Any) -> dict[str, Any]:
    known: dict[str, Any] = {
        "version": 1,
        "tested": True,
        "beats": True,
        "gate": {
            "split": "rolling_origin",
            "against": "prior_counts",
            "difference": interval(0.018, 0.01),
            "reasons": ["beats_prior_counts"],
        },
        "level": 0.95,
        "resamples": 999,
        "splits": {"rolling_origin": split(), "spatial": spatial()},
        "moran": {
            "year": 2025,
            "value": 0.03,
            "expectation": -0.0435,
            "p_value": 0.04,
            "permutations": 999,
        },
        "reasons": [],
    }
    return known | changes


def untested() -> dict[str, Any]:
    return honesty(
        tested=False,
        beats=None,
        gate=None,
        splits={},
        moran=None,
        reasons=["one_year_and_one_province", "model_cannot_be_fitted:spatial"],
    )


def validation(**changes: Any) -> dict[str, Any]:
    """Of an outcome whose rates are corrected for what is not recorded."""
    known: dict[str, Any] = {
        "honesty": honesty(),
        "rates": "true",
        "reporting": {
            "share": {"prior": interval(0.4, 0.2), "posterior": interval(0.35, 0.15)},
            "slope": {"prior": interval(0.5, 0.9), "posterior": interval(0.8, 0.3)},
            "told": 0.04,
        },
        "sensitivity": [
            {
                "share": share,
                "slope": slope,
                "rank_correlation": 0.98,
                "top_kept": 0.9,
                "level_ratio": 1.1 / share,
            }
            for share, slope in ((2.0, 1.0), (0.5, 1.0), (1.0, 2.0), (1.0, 0.0))
        ],
        "inference": {
            "family": "negative_binomial",
            "draws": 1000,
            "effective": None,
            "settled": True,
            "exact": False,
            "spread": interval(0.6, 0.2),
            "structured": interval(0.7, 0.2),
        },
        "contradictions": [
            {"factor": "rivers__length_density__polygon", "expected": "+", "probability": 0.93}
        ],
        "effects": [
            {
                "factor": factor,
                "at": at,
                "value": 0.5 + at / 2,
                "relative_rate": interval(1.6 - at / 100, 0.2),
            }
            for factor in (FACTOR, "rivers__length_density__polygon")
            for at in (0, 10, 25, 50, 75, 90, 100)
        ],
        "selection": [{"factor": FACTOR, "frequency": 0.85}],
        "beside": [
            {
                "dataset": "cases/other",
                "label": "Denuncias de otro registro",
                "label_en": "Complaints of another register",
                "register_name": "Otro <i>registro</i>",
            }
        ],
    }
    return known | changes
