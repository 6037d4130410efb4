"""The gate: whether the model has beaten what it must beat, on what it has not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.honesty.trial import Trial
from models.resampling import Interval, Resamples

MODEL = "model"
# Where, and whom: first where the districts' own past is known.
GATES = (
    ("rolling_origin", "prior_counts"),
    ("spatial", "population"),
    ("totals", "population"),
)


@dataclass(frozen=True)
class Gate:
    """The comparison that decides.

    Attributes
    ----------
    split, against : str
        Where, and which challenger.
    difference : Interval
        Mean log score of the model minus the challenger's. The model has to be above 0 on all
        that was held out; the interval does not decide.
    """

    split: str
    against: str
    difference: Interval

    @property
    def beats(self) -> bool:
        return self.difference.value > 0

    @property
    def reasons(self) -> list[str]:
        """Keys: who won, and whether that can be chance, if that is known."""
        low, high = self.difference.low, self.difference.high
        won = f"{'beats' if self.beats else 'loses_to'}_{self.against}"
        if np.isnan(low):
            return [won, "chance_unknown"]  # too few provinces for an interval
        return [won, *(["within_chance"] if low <= 0 <= high else [])]


def gate(trials: Mapping[str, Trial], resamples: Mapping[str, Resamples]) -> Gate | None:
    """The first comparison that can be made; None where there is none.

    A model that could not be fitted where it should have been is not asked elsewhere.

    Parameters
    ----------
    trials, resamples : mappings by name of the split
    """
    for split, against in GATES:
        if split not in trials:
            continue
        if MODEL not in trials[split].scores:
            return None
        found = difference(trials[split], resamples[split], against)
        if found is not None:
            return Gate(split, against, found)
    return None


def difference(trial: Trial, resamples: Resamples, challenger: str) -> Interval | None:
    """Mean log score of the model minus that of a challenger; None where one has failed."""
    scores = trial.scores
    if MODEL not in scores or challenger not in scores:
        return None
    with np.errstate(invalid="ignore"):  # what both held for impossible
        gain = scores[MODEL]["log_probability"] - scores[challenger]["log_probability"]
    return resamples.mean(gain)
