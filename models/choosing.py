"""Which factors would be chosen, and how firmly: the choice is told, and tried beside the model.

Published rates rest on all factors under a shrinkage prior, not on those chosen: intervals that
take a choice as known are too narrow.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd

from models.forecast import RATE_UNIT
from models.honesty.forecasts import Contender, Forecast
from models.influence import Influence
from models.selection import GroupSelection
from vigia.errors import ModelError

BOOTSTRAPS = 50


def frequencies(
    rows: pd.DataFrame, factors: Sequence[str], banded: Collection[str], seed: int
) -> list[dict[str, Any]] | None:
    """Share of resamples of provinces in which each factor is chosen.

    None where too little was counted by single districts, or in one province alone.
    """
    counted = rows[rows["count"].notna()]
    if counted["province"].nunique() < 2 or counted["count"].sum() == 0:
        return None
    _, found = _chosen(counted, factors, banded, seed, BOOTSTRAPS)
    return [{"factor": name, "frequency": share} for name, share in found.frequency_.items()]


def chosen_factors(factors: Sequence[str], banded: Collection[str], seed: int) -> Contender:
    """A contender that chooses anew whatever it is given to learn from."""

    def forecast(train: pd.DataFrame, ahead: pd.DataFrame) -> Forecast:
        influence, found = _chosen(train[train["count"].notna()], factors, banded, seed, 0)
        rates = found.predict(influence.transform(_named(ahead, factors)))
        means = rates * ahead["people"].to_numpy(dtype=float) / RATE_UNIT
        return Forecast(means[np.newaxis], np.array(found.dispersion_))

    return forecast


def _chosen(
    rows: pd.DataFrame,
    factors: Sequence[str],
    banded: Collection[str],
    seed: int,
    bootstraps: int,
) -> tuple[Influence, GroupSelection]:
    if rows.empty:
        raise ModelError(
            "No district was counted by itself, so that no factor can be chosen.",
            hint="Bring counts by district; totals alone do not tell factors apart.",
        )
    people = rows["people"].to_numpy(dtype=float)
    influence = Influence({name: "bands" for name in factors if name in banded})
    columns = influence.fit_transform(_named(rows, factors), sample_weight=people)
    selection = GroupSelection(influence.groups_, bootstraps=bootstraps, seed=seed).fit(
        columns,
        rows["count"].to_numpy(dtype=float) / people * RATE_UNIT,
        sample_weight=people,
        clusters=rows["province"].to_numpy(),
    )
    return influence, selection


def _named(rows: pd.DataFrame, factors: Sequence[str]) -> pd.DataFrame:
    return rows[list(factors)].astype(np.float64).reset_index(drop=True)
