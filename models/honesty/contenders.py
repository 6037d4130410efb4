"""Who the model is tested against, each as a contender: learns from rows, forecasts other rows.

Rates are per 100,000 people and year, people are the exposure, and rows whose count is unknown
teach nothing. Where only totals were counted (``models.honesty.folds``), a total is learnt from as
if it were one place: its people added, its factors averaged over them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.special import gammainc, gammaincinv

from models.baselines import PopulationAlone, PriorCounts, RawPriorCounts
from models.challengers.boosting import MonotonicBoosting
from models.challengers.expert_index import ExpertIndex
from models.challengers.terrain import RiskTerrain
from models.forecast import RATE_UNIT, CountForecast, Floats
from models.honesty.forecasts import Contender, Forecast
from models.metrics import rank_correlation
from vigia.errors import ModelError

SHARED_DRAWS = 200


class NoPastError(ModelError):
    """Nothing is known of the past of any district that is to be forecast."""

    key: ClassVar[str] = "no_past_counts"


def challengers(
    factors: Sequence[str], signs: Mapping[str, int], seed: int
) -> dict[str, Contender]:
    """All challengers by name, in the order in which they are reported.

    Parameters
    ----------
    factors : sequence of str
        Columns that may move risk; known in every row.
    signs : mapping of factor to sign
        +1 where more of it is expected to mean more cases, -1 where less is, 0 (or absent) where
        nobody knows. An index cannot do without a direction: it takes an unknown one from the
        training rows, as the sign of the rank correlation of factor and rate.
    seed : int
        Of the parts of cross-validation and of the trees.
    """
    known = {factor: int(signs.get(factor, 0)) for factor in factors}

    def index(units: pd.DataFrame) -> CountForecast:
        return ExpertIndex(_directions(units, known))

    def terrain(units: pd.DataFrame) -> CountForecast:
        return RiskTerrain(known, random_state=seed)

    def boosting(units: pd.DataFrame) -> CountForecast:
        return MonotonicBoosting(known, random_state=seed)

    return {
        "prior_counts": _Past(PriorCounts),
        "raw_prior_counts": _Past(RawPriorCounts),
        "population": _Regression(lambda units: PopulationAlone(), ("people",)),
        "expert_index": _Regression(index, tuple(factors)),
        "risk_terrain": _Regression(terrain, tuple(factors)),
        "boosting": _Regression(boosting, tuple(factors)),
    }


@dataclass(frozen=True)
class _Past:
    """Forecasts from what was counted in the same districts before."""

    make: Callable[[], PriorCounts]

    def __call__(self, train: pd.DataFrame, ahead: pd.DataFrame) -> Forecast:
        columns = ["code", "year"]
        counted = train[train["count"].notna()]
        if not ahead["code"].isin(counted["code"]).any():
            raise NoPastError(
                "No district that is held out has a count of its own to go by.",
                hint="Prior counts can be tested where there are counts of several years.",
            )
        model = self.make().fit(counted[columns], _rates(counted), counted["people"])
        return _forecast(model, ahead, columns)


@dataclass(frozen=True)
class _Regression:
    """Forecasts from columns of the rows themselves."""

    make: Callable[[pd.DataFrame], CountForecast]
    columns: tuple[str, ...]

    def __call__(self, train: pd.DataFrame, ahead: pd.DataFrame) -> Forecast:
        columns = list(self.columns)
        of_totals = "total_count" in train.columns
        units = _totals(train, columns) if of_totals else train[train["count"].notna()]
        model = self.make(units)
        model.fit(units[columns], _rates(units), units["people"])
        forecast = _forecast(model, ahead, columns)
        if not of_totals:
            return forecast
        learnt_from = train[train["total_count"].notna()]
        level = units["count"].sum() / _forecast(model, learnt_from, columns).expected.sum()
        return _shared(forecast, level)


def _rates(units: pd.DataFrame) -> pd.Series:
    return units["count"] / units["people"] * RATE_UNIT


def _forecast(model: CountForecast, ahead: pd.DataFrame, columns: list[str]) -> Forecast:
    means = model.predict(ahead[columns]) * ahead["people"].to_numpy(dtype=float) / RATE_UNIT
    return Forecast(means[None, :], model.predict_dispersion(ahead[columns]))


def _directions(units: pd.DataFrame, signs: Mapping[str, int]) -> dict[str, int]:
    rates = _rates(units)
    return {
        factor: sign or (-1 if rank_correlation(units[factor], rates) < 0 else 1)
        for factor, sign in signs.items()
    }


def _totals(train: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """One row for each total that may be learnt from, with people, count and columns."""
    rows = train[train["total_count"].notna()]
    people = rows.groupby("total")["people"].sum()
    units = pd.DataFrame({"people": people, "count": rows.groupby("total")["total_count"].first()})
    for column in columns:
        if column not in units:
            sums = (rows[column] * rows["people"]).groupby(rows["total"]).sum()
            units[column] = sums / people
    return units.reset_index(drop=True)


def _shared(forecast: Forecast, level: float) -> Forecast:
    """All rows higher or lower together, at a level that gives back the totals learnt from.

    The scatter was learnt from totals; were it each district's own, it would cancel out in a sum.
    A gamma distribution cut into slices of equal probability, each at its mean, gives the draws.
    The level has to be set anew, as the mean of a curve is not the curve of the mean.
    """
    shape = 1 / float(np.max(forecast.dispersion))
    edges = gammaincinv(shape, np.linspace(0, 1, SHARED_DRAWS + 1))
    slices: Floats = np.diff(gammainc(shape + 1, edges)) * SHARED_DRAWS
    return Forecast(level * forecast.means * slices[:, None], np.array(0.0))
