"""Two runs side by side: where they differ by more than their doubt, and why."""

from __future__ import annotations

from typing import Any

import pandas as pd

from maps.differing import differing
from maps.moving import Reasons
from maps.released import Released
from maps.table import RANKS, score_table

MOST_MOVED = 20


def compare(before: Released, after: Released) -> dict[str, Any]:
    """What changed from one run to another, for each outcome that both have, and why.

    Returns
    -------
    dict
        JSON-able. ``differs``: what differs between the runs as a whole (``maps.differing``).
        Per outcome: ``districts`` with a rate in both; ``rank_correlation`` (Spearman, None where
        undefined); ``levels`` (districts by "level before > level after", changed ones only);
        ``moved``, the districts whose rank intervals do not overlap, those that moved farthest
        first, at most ``MOST_MOVED`` of them, each with ``why`` (``maps.moving``), and
        ``moved_in_all``, how many there are.
    """
    tables = [score_table(one).set_index(["outcome", "code"]) for one in (before, after)]
    both = tables[0].join(tables[1], how="inner", suffixes=("_before", "_after"))
    return {
        "before": before.run_id,
        "after": after.run_id,
        "differs": differing(before.facts, after.facts),
        "outcomes": {
            str(outcome): _outcome(rows, Reasons(before, after, str(outcome)))
            for outcome, rows in both.groupby(level="outcome")
        },
    }


def _outcome(rows: pd.DataFrame, reasons: Reasons) -> dict[str, Any]:
    known = rows[rows["rank_before"].notna() & rows["rank_after"].notna()]
    correlation = known["rank_before"].astype(float).corr(known["rank_after"].astype(float))
    apart = (known["rank_low_after"] > known["rank_high_before"]) | (
        known["rank_high_after"] < known["rank_low_before"]
    )
    moved = known[apart.astype(bool)]
    moved = moved.assign(by=(moved["rank_after"] - moved["rank_before"]).abs())
    moved = moved.sort_values("by", ascending=False, kind="stable")
    shown = moved.head(MOST_MOVED).reset_index()
    return {
        "districts": len(known),
        "rank_correlation": None if pd.isna(correlation) else round(float(correlation), 3),
        "levels": _levels(rows),
        "moved_in_all": len(moved),
        "moved": [_moved(row) | {"why": reasons.of(row)} for _, row in shown.iterrows()],
    }


def _levels(rows: pd.DataFrame) -> dict[str, int]:
    changed = rows[rows["level_before"] != rows["level_after"]]
    names = changed["level_before"] + " > " + changed["level_after"]
    return {str(name): int(count) for name, count in names.value_counts().sort_index().items()}


def _moved(row: pd.Series) -> dict[str, Any]:
    return {
        "code": row["code"],
        "name": row["name_after"],
        **{
            when: {"level": row[f"level_{when}"]}
            | {name: int(row[f"{name}_{when}"]) for name in RANKS}
            for when in ("before", "after")
        },
    }
