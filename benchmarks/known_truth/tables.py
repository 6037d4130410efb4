"""The tables of docs/model.md, from the results of each region."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from benchmarks.known_truth.calibration import MOVES, OFF, RIGHT
from benchmarks.known_truth.figures import (
    Parts,
    calibration_rows,
    differences,
    interval_of_mean,
    loop_rows,
    ranking_rows,
    spread_of_mean,
)
from data.synthetic.params import BIASES, STAGES

CONTENDERS = {
    "truth": "the truth itself",
    "corrected": "corrected model",
    "without_flow": "the same, no flow",
    "naive": "naive model",
    "prior_counts": "prior counts, smoothed",
    "expert_index": "expert index",
    "risk_terrain": "risk terrain",
    "boosting": "boosting",
    "population": "population alone",
}
ARMS = {
    "corrected": "corrected; what is found has a likelihood of its own",
    "found_left_out": "corrected; what is found teaches nothing",
    "naive": "naive; what is found is added to the register",
}
WAYS = {
    "cases": "Where teams go to the tenth of districts with most cases to be expected:",
    "rate": "Where they go to the tenth with the highest score, the expected rank of the rate:",
}


def tables(parts: Parts) -> dict[str, str]:
    """By part, all that there are results for."""
    made = {"calibration": _calibration, "ranking": _ranking, "loop": _loop}
    return {part: make(parts[part]) for part, make in made.items() if parts.get(part)}


def _table(heading: list[str], rows: list[list[str]], texts: int = 1) -> str:
    rule = ["---"] * texts + ["---:"] * (len(heading) - texts)
    return "\n".join(f"| {' | '.join(row)} |" for row in (heading, rule, *rows))


def _calibration(results: dict[str, Any]) -> str:
    rows = calibration_rows(results)
    lines = []
    for belief in (RIGHT, *OFF, *MOVES):
        here = rows[rows["belief"] == belief]
        if here.empty:
            continue
        level = np.exp(here["log_level"].mean())
        lines.append(
            [
                "as the truth was drawn" if belief == RIGHT else belief,
                _percent(here["coverage95"]),
                _percent(here["coverage80"]),
                f"{level:.2f}",
                f"{here['rank'].mean():.2f}",
                str(len(here)),
            ]
        )
    cases = rows.loc[rows["belief"] == RIGHT, "recorded"]
    heading = ["what is believed", "95 % intervals hold", "80 % intervals hold"]
    heading += ["estimated over true level", "rank correlation", "regions"]
    return (
        f"{_table(heading, lines)}\n\n"
        "Share of districts whose interval of the target year holds the true rate, in percent; in "
        "brackets the standard error over regions. Levels are geometric means. A region has "
        f"{cases.median():.0f} recorded cases (median; {cases.min():.0f} to {cases.max():.0f})."
    )


def _percent(values: pd.Series) -> str:
    error = 100 * spread_of_mean(values)
    return f"{100 * values.mean():.1f}" + ("" if np.isnan(error) else f" ({error:.1f})")


def _ranking(results: dict[str, Any]) -> str:
    rows = ranking_rows(results)
    strong = rows[rows["bias"] == "strong"]
    counts = rows.groupby("bias")["region"].nunique()
    regions = ", ".join(f"{counts[bias]} with bias {bias}" for bias in BIASES if bias in counts)
    by_cases = "Percent of the true cases that the tenth of districts with most expected cases has:"
    paired = (
        "Under strong bias, corrected less the others, with 95 % intervals over regions; in bold "
        "where the corrected model is not better beyond doubt:"
    )
    told = [
        "Rank correlation (Spearman) of estimated and true rates:",
        _means(rows, "rank", 2),
        by_cases,
        _means(rows, "top", 1, 100),
        paired,
        _differences(strong),
        f"Means over regions: {regions}.",
    ]
    return "\n\n".join(told)


def _means(rows: pd.DataFrame, measure: str, digits: int, times: int = 1) -> str:
    shown = {k: v for k, v in CONTENDERS.items() if k in set(rows["contender"])}
    if measure == "rank":
        shown.pop("truth", None)
    lines = []
    for bias in BIASES:
        for stage in STAGES:
            here = rows[(rows["bias"] == bias) & (rows["stage"] == stage)]
            if here.empty:
                continue
            means = here.groupby("contender")[measure].mean().reindex(list(shown)) * times
            told = ["" if np.isnan(one) else f"{one:.{digits}f}" for one in means]
            lines.append([bias, stage, *told])
    return _table(["bias", "stage", *shown.values()], lines, 2)


def _differences(strong: pd.DataFrame) -> str:
    rank, top = differences(strong, "rank"), differences(strong, "top")
    lines = []
    for contender, name in CONTENDERS.items():
        if contender in ("truth", "corrected"):
            continue
        line = [name]
        for table, times, digits in ((rank, 1, 2), (top, 100, 1)):
            for stage in STAGES:
                at = table[(table["contender"] == contender) & (table["stage"] == stage)]
                line.append("" if at.empty else _difference(at, times, digits))
        lines.append(line)
    heading = ["corrected less", *(f"{stage}, rank" for stage in STAGES)]
    return _table([*heading, *(f"{stage}, % of cases" for stage in STAGES)], lines)


def _difference(one: pd.DataFrame, times: int, digits: int) -> str:
    mean, low, high = (float(one[name].iloc[0]) for name in ("mean", "low", "high"))
    told = f"{mean * times:+.{digits}f} ({low * times:+.{digits}f} to {high * times:+.{digits}f})"
    return told if low > 0 else f"**{told}**"


def _loop(results: dict[str, Any]) -> str:
    rows = loop_rows(results)
    heading = ["who decides", "visits in the right tenth, %", "the same, last round"]
    heading += ["the same, first half of the visits", "true cases there, % of those in the right"]
    told = []
    for way, title in WAYS.items():
        lines = [["the truth itself", "100", "100", "100", "100"]]
        for arm, name in ARMS.items():
            here = rows[(rows["way"] == way) & (rows["arm"] == arm)]
            low, high = interval_of_mean(100 * here["hit"].to_numpy())
            others = [
                f"{100 * here[column].mean():.0f}" for column in ("last", "first_half", "reach")
            ]
            hit = f"{100 * here['hit'].mean():.1f} ({low:.1f} to {high:.1f})"
            lines.append([name, hit, *others])
        told += [title, _table(heading, lines)]
    return "\n\n".join([*told, f"{rows['region'].nunique()} regions, ten rounds in each."])
