"""Two runs side by side: where they differ by more than their doubt."""

from __future__ import annotations

from typing import Any

import pandas as pd

from maps.released import Released
from maps.table import RANKS, score_table

MOST_MOVED = 20


def compare(before: Released, after: Released) -> dict[str, Any]:
    """What changed from one run to another, for each outcome that both have.

    Returns
    -------
    dict
        JSON-able. Per outcome: ``districts`` with a rate in both; ``rank_correlation`` (Spearman,
        None where undefined); ``levels`` (districts by "level before > level after", changed ones
        only); ``moved``, the districts whose rank intervals do not overlap, those that moved
        farthest first, at most ``MOST_MOVED`` of them, and ``moved_in_all``, how many there are.
    """
    tables = [score_table(one).set_index(["outcome", "code"]) for one in (before, after)]
    both = tables[0].join(tables[1], how="inner", suffixes=("_before", "_after"))
    return {
        "before": before.run_id,
        "after": after.run_id,
        "outcomes": {
            str(outcome): _outcome(rows) for outcome, rows in both.groupby(level="outcome")
        },
    }


def _outcome(rows: pd.DataFrame) -> dict[str, Any]:
    known = rows[rows["rank_before"].notna() & rows["rank_after"].notna()]
    correlation = known["rank_before"].astype(float).corr(known["rank_after"].astype(float))
    apart = (known["rank_low_after"] > known["rank_high_before"]) | (
        known["rank_high_after"] < known["rank_low_before"]
    )
    moved = known[apart.astype(bool)]
    moved = moved.assign(by=(moved["rank_after"] - moved["rank_before"]).abs())
    moved = moved.sort_values("by", ascending=False, kind="stable")
    return {
        "districts": len(known),
        "rank_correlation": None if pd.isna(correlation) else round(float(correlation), 3),
        "levels": _levels(rows),
        "moved_in_all": len(moved),
        "moved": [_moved(row) for _, row in moved.head(MOST_MOVED).reset_index().iterrows()],
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
