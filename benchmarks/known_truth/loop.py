"""Ten rounds of going where the model says, and of learning from what is found there.

The region is the simulator's, with strong reporting bias, eighteen years long: eight of them are
known at the start, and the register goes on with its bias through the other ten. Each year every
arm sends its teams to a tenth of the districts: those with most cases to be expected, or those
with the highest score (the expected rank of the rate). A team of ten days finds each case of that
district and year that no register has with the chance 1 - (1 - 0.02)^10, and what it finds is
recorded with its days. Then all is fitted anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from benchmarks.known_truth.regions import Prepared
from models.forecast import Floats
from models.stage import StageModel

STAGE = "exploitation"
KNOWN_YEARS, ROUNDS = 8, 10
TOP = 0.1  # of the districts: as many are visited, and as many are the right ones
TEAM_DAYS = 10.0
FOUND_PER_DAY = 0.02  # of the cases that no register has
REGISTERS = ("at_district", "at_province", "at_department")

Learnt = Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]


def taught(register: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """What teams found has a likelihood of its own, with their days."""
    return pd.concat([register, found], ignore_index=True)


def left_out(register: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """What teams found teaches nothing."""
    return register


def added(register: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """What teams found counts as if it had come to the register by itself."""
    key = ["code", "year"]
    more = pd.MultiIndex.from_frame(register[key]).map(found.set_index(key)["count"].to_dict())
    return register.assign(count=register["count"] + np.nan_to_num(more.to_numpy(dtype=float)))


@dataclass(frozen=True)
class Arm:
    """Who decides where teams go: what it learns from, and whether it knows of detection."""

    learnt: Learnt
    detection: bool


ARMS = {
    "corrected": Arm(taught, detection=True),
    "found_left_out": Arm(left_out, detection=True),
    "naive": Arm(added, detection=False),
}


def most_cases(rates: Floats, people: Floats) -> Floats:
    """Cases to be expected by district; from draws of rates, or the true ones as one draw."""
    return np.asarray(rates.mean(axis=1) * people)


def highest_rate(rates: Floats, people: Floats) -> Floats:
    """The expected rank of the rate by district: what the published score is a percentile of."""
    return np.asarray(rankdata(rates, axis=0).mean(axis=1))


WAYS = {"cases": most_cases, "rate": highest_rate}


def played(region: Prepared, seed: int, *, rounds: int = ROUNDS) -> dict[str, dict[str, float]]:
    """By way of choosing districts and arm (``"cases corrected"``), means over the rounds.

    Returns
    -------
    dict
        ``hit``: share of the visits in the tenth of districts that is truly first in that way of
        choosing, which is 1 for who knows the truth; ``first_half``: the same of the half of the
        visits that is put first; ``last``: ``hit`` in the last round; ``reach``: true cases to be
        expected in the visited districts, over those in the truly first.
    """
    found = {}
    for way in WAYS:
        for name, arm in ARMS.items():
            each = pd.DataFrame(_rounds(region, seed, arm, way, rounds))
            means = {str(column): float(value) for column, value in each.mean().items()}
            found[f"{way} {name}"] = means | {"last": float(each["hit"].iloc[-1])}
    return found


def _rounds(region: Prepared, seed: int, arm: Arm, way: str, rounds: int) -> list[dict[str, float]]:
    tables = region.tables[STAGE]
    columns = tables.columns if arm.detection else replace(tables.columns, detection=())
    first = int(tables.rows["year"].min()) + KNOWN_YEARS
    found = tables.rows.iloc[:0]
    results = []
    for year in range(first, first + rounds):
        past = tables.rows[tables.rows["year"] < year]
        ahead = tables.rows[tables.rows["year"] == year]
        rows = arm.learnt(past, found)
        model = StageModel(region.places, columns, region.settings).fit(rows)
        worth = WAYS[way](model.rates(ahead), ahead["people"].to_numpy(dtype=float))
        visited = ahead.iloc[np.argsort(-worth, kind="stable")[: round(TOP * len(ahead))]]
        results.append(_standing(region, visited["code"], way, year))
        found = pd.concat([found, _discovered(region, visited, seed)], ignore_index=True)
    return results


def _standing(region: Prepared, visited: pd.Series, way: str, year: int) -> dict[str, float]:
    truth = region.truth.of(STAGE, year)
    expected = truth["expected"]
    rates, people = (truth[name].to_numpy(dtype=float) for name in ("rate_per_100k", "people"))
    worth = pd.Series(WAYS[way](rates[:, None], people), truth.index)
    best = worth.sort_values(ascending=False, kind="stable").index[: len(visited)]
    right = visited.isin(best)
    return {
        "hit": float(right.mean()),
        "first_half": float(right.iloc[: len(visited) // 2].mean()),
        "reach": float(expected[visited].sum() / expected[best].sum()),
    }


def _discovered(region: Prepared, visited: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The visited rows, with what teams found there; the same for the same district and year."""
    year = int(visited["year"].iloc[0])
    truth = region.truth.of(STAGE, year)
    hidden = (truth["cases"] - truth[list(REGISTERS)].sum(axis=1)).astype(int)
    rng = np.random.default_rng([seed, year, *b"visits"])
    share = 1 - (1 - FOUND_PER_DAY) ** TEAM_DAYS
    found = pd.Series(rng.binomial(hidden, share), hidden.index)
    return visited.assign(count=visited["code"].map(found).astype(float), effort=TEAM_DAYS)
