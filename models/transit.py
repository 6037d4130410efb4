"""Transit: its factors and the expected flow between recruitment and exploitation.

The flow follows from the rates of the other two stages, which are not known but drawn. So it is
worked out for several of their joint draws, transit is fitted for each, and the fits are mixed
alike: the doubt about the flow is in the doubt about transit, while transit's own counts teach
nothing back about the stages that it links (a cut; Plummer 2015, Stat. Comput. 25).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol, Self

import numpy as np
import pandas as pd

from models.flows import Gravity
from models.forecast import RATE_UNIT, Floats
from models.honesty.forecasts import Forecast
from models.settings import TrainSettings
from models.stage import Columns, Places, StageModel


class Fitted(Protocol):
    """What the flow needs of a fitted stage."""

    def rates(self, rows: pd.DataFrame) -> Floats:
        """Draws of the true rate, shape (rows, draws)."""


FLOW = "expected_flow"
LINKED = ("recruitment", "exploitation")


class TransitModel:
    """As ``models.stage.StageModel``, with the expected flow as one more factor.

    Parameters
    ----------
    linked : mapping of stage to fitted model
        Recruitment and exploitation, fitted; never to what is to be forecast.
    everywhere : DataFrame
        code, year, people and the factors of ``linked`` for every district and year that may be
        asked for.
    gravity : Gravity
        In the order of ``places.codes``.
    """

    def __init__(
        self,
        places: Places,
        columns: Columns,
        settings: TrainSettings,
        linked: Mapping[str, Fitted],
        everywhere: pd.DataFrame,
        gravity: Gravity,
    ) -> None:
        self.places, self.settings = places, settings
        self.columns = replace(columns, factors=(*columns.factors, FLOW))
        self._flows = _flows(places, settings.flows, linked, everywhere, gravity)

    def fit(self, rows: pd.DataFrame, totals: Floats | None = None) -> Self:
        """Fit to rows, once for each flow."""
        one = replace(self.settings, draws=-(-self.settings.draws // self.settings.flows))
        self.models_ = [
            StageModel(self.places, self.columns, replace(one, seed=one.seed + number)).fit(
                self.with_flow(rows, number), totals
            )
            for number in range(one.flows)
        ]
        return self

    def rates(self, rows: pd.DataFrame) -> Floats:
        """Draws of the true rate, shape (rows, draws)."""
        return np.hstack(
            [model.rates(self.with_flow(rows, k)) for k, model in enumerate(self.models_)]
        )

    def recorded(self, rows: pd.DataFrame) -> Floats | float:
        """Draws of the chance that a case is recorded."""
        if not self.columns.detection:
            return 1.0
        return np.hstack([np.asarray(model.recorded(rows)) for model in self.models_])

    def forecast(self, rows: pd.DataFrame) -> Forecast:
        """Of the recorded count of each row."""
        each = [model.forecast(self.with_flow(rows, k)) for k, model in enumerate(self.models_)]
        return Forecast(
            np.vstack([one.means for one in each]), np.vstack([one.dispersion for one in each])
        )

    def with_flow(self, rows: pd.DataFrame, number: int) -> pd.DataFrame:
        """The rows, with the flow of one draw."""
        key = pd.MultiIndex.from_frame(rows[["code", "year"]])
        return rows.assign(**{FLOW: self._flows[number].reindex(key).to_numpy()})


def _flows(
    places: Places,
    count: int,
    linked: Mapping[str, Fitted],
    everywhere: pd.DataFrame,
    gravity: Gravity,
) -> list[pd.Series]:
    """By draw: the factor by code and year."""
    parts = []
    for year, table in everywhere.groupby("year"):
        rows = table.set_index("code").reindex(places.codes).rename_axis("code").reset_index()
        rows["year"] = year
        people = np.nan_to_num(rows["people"].to_numpy(dtype=float)) / RATE_UNIT
        recruited, exploited = (
            _spread(linked[stage].rates(rows), count) * people[:, np.newaxis] for stage in LINKED
        )
        factor = gravity.factor(recruited, exploited, np.ones(len(people)))
        index = pd.MultiIndex.from_product([places.codes, [year]], names=["code", "year"])
        parts.append(pd.DataFrame(factor, index=index))
    whole = pd.concat(parts)
    return [whole[number] for number in range(count)]


def _spread(draws: Floats, count: int) -> Floats:
    """As many of the draws, evenly apart."""
    return np.asarray(draws[:, np.linspace(0, draws.shape[1] - 1, count).astype(int)])
