"""How well one contender forecast what was held out: every measure, with its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.calibration import LEVELS, parts_by_expected, pit_shares
from models.forecast import Floats
from models.metrics import (
    cases_reached_by_resample,
    poisson_deviances,
    rank_correlation_by_resample,
)
from models.resampling import Interval, Resamples, quotient
from models.splits import Rows

SHARES = (0.1, 0.2)  # of districts, or of people, that a plan could reach
PARTS = 10
LEAST_IN_PART = 5

Spent = tuple[str, float]


@dataclass(frozen=True)
class Coverage:
    """How often counts lay in the central interval of a level, and how often they should have."""

    level: float
    covered: Interval
    promised: float
    width: float


@dataclass(frozen=True)
class Measures:
    """Of one contender on one split.

    Attributes
    ----------
    log_score, poisson_deviance, crps, rank_correlation : Interval
    hit_rate, efficiency : dict of (spent, share) to Interval
        Cases reached, over all cases and over those that the best order would have reached, by
        what a share of is spent: "districts" or "people". The first over the share is the
        predictive accuracy index (PAI; Chainey, Tompson & Uhlig 2008, Security Journal 21:4-28),
        the second PEI* (Hunt 2016, Do crime hot spots move?, American University): the best order
        is by recorded cases per cost, as the last place counts in part (Dantzig 1957, Operations
        Research 5:266-288).
    pit : list of Interval
        Mean share in each of ten bins.
    coverage : list of Coverage
    calibration : Interval
        Recorded over expected cases.
    parts : list of (rows, Interval)
        The same from the units with the least expected to those with the most, and which of the
        units they are.
    """

    log_score: Interval
    poisson_deviance: Interval
    crps: Interval
    rank_correlation: Interval
    hit_rate: dict[Spent, Interval]
    efficiency: dict[Spent, Interval]
    pit: list[Interval]
    coverage: list[Coverage]
    calibration: Interval
    parts: list[tuple[NDArray[np.bool_], Interval]]


class Judge:
    """Measures contenders on one split; what is the same for all is computed once.

    Parameters
    ----------
    units : DataFrame
        As in ``models.honesty.trial.Trial``.
    resamples : Resamples
        Of the provinces of ``units``.
    """

    def __init__(self, units: pd.DataFrame, resamples: Resamples) -> None:
        self._resamples = resamples
        self._counts: Floats = units["count"].to_numpy(dtype=float)
        people: Floats = units["people"].to_numpy(dtype=float)
        self._costs = {"districts": np.ones(len(units)), "people": people}
        self._rounds = _rounds(units)
        self._cases = resamples.summed(self._counts)
        self._best: dict[Spent, Floats] = {}
        for spent, costs in self._costs.items():
            self._best |= self._reached(self._counts / costs, spent)

    def measures(self, scores: pd.DataFrame) -> Measures:
        """All of them.

        Parameters
        ----------
        scores : DataFrame
            One line for each unit, as in ``models.honesty.trial.Trial``.
        """
        over = self._resamples
        counts, expected = self._counts, scores["expected"].to_numpy()
        reached: dict[Spent, Floats] = {}
        for spent, costs in self._costs.items():
            reached |= self._reached(expected / costs, spent)
        return Measures(
            log_score=over.mean(scores["log_probability"]),
            poisson_deviance=over.mean(poisson_deviances(counts, expected)),
            crps=over.mean(scores["crps"]),
            rank_correlation=over.interval(self._rank_correlation(expected)),
            hit_rate={
                key: over.interval(quotient(cases, self._cases)) for key, cases in reached.items()
            },
            efficiency={
                key: over.interval(quotient(cases, self._best[key]))
                for key, cases in reached.items()
            },
            pit=[over.mean(share) for share in pit_shares(scores["below"], scores["up_to"])],
            coverage=[
                Coverage(
                    level=level,
                    covered=over.mean(scores[f"covered_{level:.0%}"]),
                    promised=float(scores[f"promised_{level:.0%}"].mean()),
                    width=float(scores[f"width_{level:.0%}"].mean()),
                )
                for level in LEVELS
            ],
            calibration=over.ratio(counts, expected),
            parts=self._parts(expected),
        )

    def _reached(self, order_by: Floats, spent: str) -> dict[Spent, Floats]:
        """Cases in the places put first, within each round, of all resamples and each share."""
        costs = self._costs[spent]

        def reached(times: Floats) -> Floats:
            cases = np.zeros((len(SHARES), len(times)))
            for rows in self._rounds:
                cases += cases_reached_by_resample(
                    self._counts[rows], order_by[rows], costs[rows], SHARES, times[:, rows]
                )
            return cases.T

        by_share = self._resamples.measured(reached).T
        return {(spent, share): cases for share, cases in zip(SHARES, by_share, strict=True)}

    def _rank_correlation(self, expected: Floats) -> Floats:
        """Of rates, weighted by units over the rounds in which it is defined."""
        people = self._costs["people"]

        def correlation(times: Floats) -> Floats:
            total, weight = np.zeros(len(times)), np.zeros(len(times))
            for rows in self._rounds:
                there = times[:, rows]
                found = rank_correlation_by_resample(
                    expected[rows] / people[rows], self._counts[rows] / people[rows], there
                )
                units = np.where(np.isnan(found), 0, there.sum(axis=1))
                total += np.nan_to_num(found) * units
                weight += units
            return quotient(total, weight)

        return self._resamples.measured(correlation)

    def _parts(self, expected: Floats) -> list[tuple[NDArray[np.bool_], Interval]]:
        number = min(PARTS, max(1, len(expected) // LEAST_IN_PART))
        part = parts_by_expected(expected, number)
        return [
            (rows, self._resamples.ratio(self._counts * rows, expected * rows))
            for rows in (part == at for at in range(1, number + 1))
        ]


def _rounds(units: pd.DataFrame) -> list[Rows]:
    """Units that compete for being first: districts of one year and fold; all totals."""
    dated = units["year"] >= 0
    keys = pd.DataFrame({"year": units["year"], "fold": units["fold"].where(dated, -1)})
    number = keys.groupby(["year", "fold"]).ngroup().to_numpy()
    return [np.flatnonzero(number == at) for at in range(number.max() + 1)]
