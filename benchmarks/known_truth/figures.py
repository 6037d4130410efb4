"""Means over regions with their doubt, from the results of each region."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from benchmarks.known_truth.calibration import RIGHT
from benchmarks.known_truth.ranking import CORRECTED
from models.forecast import Floats

RESAMPLES = 4000
Parts = dict[str, dict[str, Any]]


def spread_of_mean(values: pd.Series) -> float:
    """Standard error of the mean over regions; NaN of one alone."""
    return float(values.std() / np.sqrt(len(values)))


def interval_of_mean(values: Floats) -> tuple[float, float]:
    """Middle 95 % of the means of regions drawn anew, with replacement."""
    rng = np.random.default_rng(len(values))
    means = rng.choice(values, (RESAMPLES, len(values))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def calibration_rows(results: dict[str, Any]) -> pd.DataFrame:
    """A row per region and belief."""
    return pd.DataFrame(
        [
            {"region": name, "belief": belief, **values}
            for name, beliefs in results.items()
            for belief, values in beliefs.items()
        ]
    )


def ranking_rows(results: dict[str, Any]) -> pd.DataFrame:
    """A row per region, stage and contender."""
    return pd.DataFrame(
        [
            {
                "bias": name.split("-")[0], "region": name,
                "stage": stage, "contender": contender, **values,
            }
            for name, stages in results.items()
            for stage, contenders in stages.items()
            for contender, values in contenders.items()
        ]
    )  # fmt: skip


def loop_rows(results: dict[str, Any]) -> pd.DataFrame:
    """A row per region, way of choosing and arm."""
    return pd.DataFrame(
        [
            {"region": name, "way": key.split()[0], "arm": key.split()[1], **values}
            for name, arms in results.items()
            for key, values in arms.items()
        ]
    )


def differences(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Corrected less each contender, paired by region: contender, stage, mean, low, high."""
    wide = rows.pivot_table(index=["stage", "region"], columns="contender", values=measure)
    found = []
    for stage in wide.index.unique("stage"):
        here = wide.loc[stage]
        for contender in here.columns.drop(CORRECTED):
            away = (here[CORRECTED] - here[contender]).dropna().to_numpy()
            if len(away):
                low, high = interval_of_mean(away)
                one = {"contender": contender, "stage": stage, "mean": away.mean()}
                found.append(one | {"low": low, "high": high})
    return pd.DataFrame(found)


def figures(parts: Parts) -> dict[str, Any]:
    """What ``--json`` prints: a number for each name."""
    told: dict[str, Any] = {}
    if parts.get("calibration"):
        told |= _calibration(calibration_rows(parts["calibration"]))
    if parts.get("ranking"):
        told |= _ranking(ranking_rows(parts["ranking"]))
    if parts.get("loop"):
        told |= _loop(loop_rows(parts["loop"]))
    return {name: _or_none(value) for name, value in told.items()}


def _calibration(rows: pd.DataFrame) -> dict[str, Any]:
    right = rows[rows["belief"] == RIGHT]
    told: dict[str, Any] = {"regions_calibration": len(right)}
    for name in ("coverage95", "coverage80"):
        told[name] = right[name].mean()
        told[f"{name}_se"] = spread_of_mean(right[name])
    return told


def _ranking(rows: pd.DataFrame) -> dict[str, Any]:
    """Under strong bias: means of the stages, by region."""
    strong = rows[rows["bias"] == "strong"]
    each = strong.groupby(["contender", "region"])[["rank", "top"]].mean()
    told: dict[str, Any] = {"regions_ranking": strong["region"].nunique()}
    for contender in each.index.unique("contender"):
        here = each.loc[contender]
        for name, measure in (("spearman", "rank"), ("top10", "top")):
            told[f"{name}_{contender}"] = here[measure].mean()
            told[f"{name}_{contender}_se"] = spread_of_mean(here[measure])
    return told


def _loop(rows: pd.DataFrame) -> dict[str, Any]:
    told: dict[str, Any] = {"regions_loop": rows["region"].nunique(), "closed_loop_oracle": 1.0}
    for (way, arm), here in rows.groupby(["way", "arm"], sort=False):
        low, high = interval_of_mean(here["hit"].to_numpy())
        name = f"closed_loop_{arm}" + ("" if way == "cases" else f"_by_{way}")
        told |= {name: here["hit"].mean(), f"{name}_low": low, f"{name}_high": high}
    return told


def _or_none(value: Any) -> Any:
    """JSON knows no NaN."""
    return None if isinstance(value, float) and not np.isfinite(value) else value
