"""One outcome's model: from tables of districts and years to draws of true and recorded rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from models.areal.rates import ArealRates
from models.forecast import RATE_UNIT, Floats
from models.honesty.forecasts import Forecast
from models.settings import TrainSettings
from models.shapes import Shapes
from vigia.errors import ModelError

Family = Literal["poisson", "negative_binomial"]

OVERDISPERSED = 1.645  # one-sided, 5 %


@dataclass(frozen=True)
class Columns:
    """Which columns say what.

    Attributes
    ----------
    factors : tuple of str
        That may move the true rate.
    detection : tuple of str
        That move the chance of being recorded and nothing else.
    signs : mapping of column to +1 or -1
        What is expected of it: more of it, more (or fewer) cases, or a better (or worse) record.
    weights : mapping of factor to float
        Expert weights: expected change of the log rate per standard deviation of the factor.
    banded : tuple of str
        Factors that are distances or travel times: how far they reach is asked in bands.
    """

    factors: tuple[str, ...]
    detection: tuple[str, ...] = ()
    signs: Mapping[str, int] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    banded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Places:
    """All districts, and which are neighbours.

    Attributes
    ----------
    codes : tuple of str
        In the order of ``neighbours``.
    neighbours : sparse matrix of shape (districts, districts)
    """

    codes: tuple[str, ...]
    neighbours: csr_array

    def rows(self, codes: pd.Series) -> np.ndarray:
        """Row of each code."""
        found = pd.Index(self.codes).get_indexer(pd.Index(codes))
        if (found < 0).any():
            raise ModelError(
                f"District {codes.iloc[int(np.argmin(found))]} is not among the places.",
                hint="Ingest the districts again, then make the feature table.",
            )
        return np.asarray(found, dtype=np.int64)


class StageModel:
    """``models.areal.rates.ArealRates`` for tables as ``models.tables`` leaves them.

    Tables have code, year, people (of which person-years are counted) and the columns named by
    ``columns``; to be fitted also count (NaN: not by itself), total (which of the totals the row
    is part of, or -1) and effort (team-days where cases were discovered, NaN where reported).

    Attributes
    ----------
    areal_ : ArealRates
    shapes_ : Shapes
        Of factors.
    """

    def __init__(self, places: Places, columns: Columns, settings: TrainSettings) -> None:
        self.places, self.columns, self.settings = places, columns, settings

    def fit(self, rows: pd.DataFrame, totals: Floats | None = None) -> Self:
        """Fit to rows, and to totals of which they are part."""
        people = rows["people"].to_numpy(dtype=float)
        self.shapes_ = Shapes.of(rows, self.columns.factors, people)
        self._watch = Shapes.of(rows, self.columns.detection, people)
        asked = self.settings.family
        self.areal_ = self._fitted("poisson" if asked == "auto" else asked, rows, totals)
        if asked == "auto" and self._scatters(rows):
            self.areal_ = self._fitted("negative_binomial", rows, totals)
        return self

    def _fitted(self, family: Family, rows: pd.DataFrame, totals: Floats | None) -> ArealRates:
        one, columns = self.settings, self.columns
        table = self._merged(rows)
        effort = table["effort"].to_numpy(dtype=float)
        found = ~np.isnan(effort)
        weights = [columns.weights.get(name, 0.0) for name in columns.factors]
        towards = np.array([columns.signs.get(name, 0) for name in columns.detection], float)
        shared = max(len(columns.detection), 1)
        return ArealRates(
            self.places.neighbours,
            family=family,
            spread_above=one.spread_above,
            coefficient_sd=one.coefficient_sd,
            coefficient_mean=weights if columns.weights else None,
            period_sd=one.year_sd,
            recorded_mean=one.reporting.share,
            recorded_sd=one.reporting.share_sd,
            detection_mean=one.reporting.slope * towards / shared,
            detection_sd=one.reporting.slope_sd / np.sqrt(shared),
            found_mean=one.found_share,
            found_sd=one.found_sd,
            weighed="auto" if totals is not None and len(totals) else one.weighed,
            draws=one.draws,
            seed=one.seed,
        ).fit(
            self._design(table),
            table["count"].to_numpy(dtype=float),
            exposure=table["people"].to_numpy(dtype=float) / RATE_UNIT * np.where(found, effort, 1),
            district=self.places.rows(table["code"]),
            period=table["period"].to_numpy(),
            detection=self._detection(table) if columns.detection else None,
            discovered=found,
            total=table["total"].to_numpy(),
            total_counts=totals,
        )

    def _scatters(self, rows: pd.DataFrame) -> bool:
        """Whether counts scatter by more than a Poisson (the score test of Dean 1992, JASA 87)."""
        single = rows[rows["count"].notna() & rows["effort"].isna()]
        if single.empty:
            return False
        count, expected = single["count"].to_numpy(dtype=float), self.forecast(single).expected
        statistic = ((count - expected) ** 2 - count).sum() / np.sqrt(2 * (expected**2).sum())
        return bool(statistic > OVERDISPERSED)

    def rates(self, rows: pd.DataFrame) -> Floats:
        """Draws of the true rate per 100,000 people per year, shape (rows, draws).

        Without detection columns it is the rate of recorded cases.
        """
        years = rows["year"].to_numpy(dtype=np.int64)
        return self.areal_.rates_at(self._design(rows), self.places.rows(rows["code"]), years)

    def recorded(self, rows: pd.DataFrame) -> Floats | float:
        """Draws of the chance that a case is recorded, shape (rows, draws); 1 without detection."""
        if not self.columns.detection:
            return 1.0
        return self.areal_.recorded_at(self._detection(rows))

    def forecast(self, rows: pd.DataFrame) -> Forecast:
        """Of the recorded count of each row."""
        people = rows["people"].to_numpy(dtype=float)[:, np.newaxis] / RATE_UNIT
        means = self.rates(rows) * self.recorded(rows) * people
        return Forecast(means.T, self.areal_.scatter_draws_[:, np.newaxis])

    @property
    def effects(self) -> Floats:
        """Draws of the change of the log rate per standard deviation, shape (factors, draws)."""
        return np.asarray(self.areal_.coefficient_draws_[1 : 1 + len(self.columns.factors)])

    def standardised(self, rows: pd.DataFrame) -> Floats:
        """Factors as the model has them, in standard deviations from the mean."""
        scale = self.areal_.scale_
        return np.asarray((self._design(rows) - scale.mean) / scale.sd)

    def _design(self, rows: pd.DataFrame) -> Floats:
        return self.shapes_.applied(rows, filled=True)

    def _detection(self, rows: pd.DataFrame) -> Floats:
        return self._watch.applied(rows, filled=True)

    def _merged(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows with their periods, which are their years.

        Where all there is are totals of the same several years, nothing tells these apart: rows of
        one total and district that are alike are made one, in the last year. That is the same
        likelihood, as the expectations of a total are added up anyway.
        """
        table = rows.assign(period=rows["year"].astype(np.int64))
        spans = rows.groupby("total")["year"].agg(frozenset)
        if (rows["total"] < 0).any() or spans.nunique() > 1 or len(spans.iloc[0]) == 1:
            return table
        table["period"] = int(rows["year"].max())
        same: Any = ["total", "code", *self.columns.factors, *self.columns.detection]
        first = {name: "first" for name in table.columns if name not in same}
        parts = table.groupby(same, dropna=False, sort=True, as_index=False)
        together = parts.agg(first | {"people": "sum"})
        return pd.DataFrame(together[table.columns])
