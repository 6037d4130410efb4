"""Raids, which find many cases at once, and visits of prevention teams, which hear of a few."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.synthetic.districts import Districts
from data.synthetic.params import SyntheticParams
from data.synthetic.reporting import Recorded

FINDS = {"raid": "exploitation", "checkpoint": "transit", "visit": "recruitment"}
RAIDS_AT_CHECKPOINTS = 0.3
TEAM_DAYS = {"raid": (6, 25), "checkpoint": (4, 16), "visit": (2, 9)}


def make_effort(
    params: SyntheticParams, districts: Districts, recorded: Recorded, random: np.random.Generator
) -> pd.DataFrame:
    """Every raid, checkpoint and visit, in order of date.

    Returns
    -------
    DataFrame
        row (of the district), code, date, year, method, stage, team_days, unrecorded_before, found.
        A place has no two of one method in a year, so that nothing is found twice.
    """
    raids = max(1, round(params.raids_per_year * len(districts) * (1 - RAIDS_AT_CHECKPOINTS)))
    checks = max(1, round(params.raids_per_year * len(districts) * RAIDS_AT_CHECKPOINTS))
    visits = max(1, round(params.visits_per_year * len(districts)))
    people = districts.people.astype(float)
    parts = []
    for column, year in enumerate(params.counted_years):
        for method, count in (("raid", raids), ("checkpoint", checks), ("visit", visits)):
            stage = FINDS[method]
            left = recorded.unrecorded(stage)[:, column]
            appeal = people**0.3 if method == "visit" else (left + 0.05) ** 1.2
            rows = np.sort(
                random.choice(len(people), min(count, len(people)), False, appeal / appeal.sum())
            )
            days = random.integers(*TEAM_DAYS[method], len(rows))
            share = found_share(params, method, days, random)
            day = random.integers(0, 365, len(rows))
            parts.append(
                pd.DataFrame(
                    {
                        "row": rows,
                        "code": districts.code[rows],
                        "date": np.datetime64(f"{year}-01-01", "s") + day.astype("timedelta64[D]"),
                        "year": year,
                        "method": method,
                        "stage": stage,
                        "team_days": days,
                        "unrecorded_before": left[rows],
                        "found": random.binomial(left[rows], share),
                    }
                )
            )
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values(["date", "code", "method"], ignore_index=True)


def found_share(
    params: SyntheticParams, method: str, days: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Share of a place's unrecorded cases that comes to light."""
    if method == "visit":
        return np.asarray(1 - (1 - params.visit_find_per_day) ** days)
    a = 4.0
    return np.asarray(random.beta(a, a / params.raid_find - a, len(days)))
