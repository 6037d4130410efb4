"""Fit, test and explain the outcomes of a project: plain tables in, plain tables out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from models.choosing import chosen_factors
from models.explain import COMPOSITE, Model, OutcomeFit, composite, explained, parts_of
from models.flows import Gravity
from models.forecast import Floats
from models.honesty.contenders import challengers
from models.honesty.folds import Neighbours, held_out_splits
from models.honesty.forecasts import Contender, Forecast
from models.honesty.report import Verdict, judged
from models.honesty.trial import tried
from models.settings import Reporting, TrainSettings
from models.stage import Columns, Places, StageModel
from models.tables import checked
from models.transit import LINKED, TransitModel

__all__ = [
    "COMPOSITE",
    "Columns",
    "Given",
    "OutcomeFit",
    "Places",
    "Reporting",
    "TrainSettings",
    "fit_outcomes",
]

Progress = Callable[[str, int, int], None]

TESTING_DRAWS = 300


@dataclass(frozen=True)
class Given:
    """What is known of one outcome.

    Attributes
    ----------
    outcome : str
    stage : str or None
    counts : DataFrame
        code, year, province, people, count (NaN = not by itself) and a column per factor and of
        detection, as it stood at the end of the year before. One row per district and year, in
        any order; besides these, rows with effort (team-days) are of cases that were discovered.
        total is the place in ``totals`` of the one that the row is part of, or -1.
    target : DataFrame
        code, people and the same columns for the target year. One row per district.
    totals : sequence of float
        Counts of many rows together.
    """

    outcome: str
    stage: str | None
    counts: pd.DataFrame
    target: pd.DataFrame
    totals: Sequence[float] = ()


def fit_outcomes(
    given: Sequence[Given],
    columns: Columns,
    places: Places,
    settings: TrainSettings,
    *,
    gravity: Gravity | None = None,
    progress: Progress | None = None,
) -> dict[str, OutcomeFit]:
    """Estimate rates in the target year, with doubt, and test the model, outcome by outcome.

    Transit comes with the expected flow between recruitment and exploitation as a factor, where
    all three are given and ``gravity`` is too. Where two stages or more are given, a composite
    follows: the weighted sum of their rates, draw by draw. It is a burden, not persons: one who
    was recruited, moved and exploited counts in each.

    Raises
    ------
    ModelError
        When the tables cannot be fitted: negative counts, impossible people, nothing observed and
        no expert weights, no factor (that varies).
    """
    watch = progress or (lambda label, done, total: None)
    with threadpool_limits(limits=1):  # sums in parallel differ in the last bits
        training = _Training(given, columns, places, settings, gravity)
        fits = {}
        for number, outcome in enumerate(training.order):
            watch(outcome, number, len(training.order))
            fits[outcome] = training.fitted(outcome, watch)
        stages = {one.stage: fits[one.outcome] for one in given if one.stage is not None}
        if len(stages) > 1:
            fits[COMPOSITE] = composite(stages, given[0].target, settings)
        return fits


class _Training:
    """All outcomes, as one needs the others."""

    def __init__(
        self,
        given: Sequence[Given],
        columns: Columns,
        places: Places,
        settings: TrainSettings,
        gravity: Gravity | None,
    ) -> None:
        self.places, self.settings, self.gravity = places, settings, gravity
        self.tables = {
            one.outcome: checked(one.counts, one.target, columns, one.totals) for one in given
        }
        self.outcome_of = {one.stage: one.outcome for one in given if one.stage is not None}
        self.flowing = self._flowing() if gravity is not None else None
        self.order = sorted(self.tables, key=lambda outcome: (outcome == self.flowing, outcome))
        self.models: dict[str, Model] = {}
        every = [table for one in given for table in (one.counts, one.target)]
        self.everywhere = pd.concat(every, ignore_index=True).drop_duplicates(["code", "year"])

    def _flowing(self) -> str | None:
        """The outcome to which a flow belongs: transit, where what it links was counted."""
        linked = [self.tables.get(self.outcome_of.get(stage, "")) for stage in LINKED]
        if any(one is None or one.rows["count"].notna().sum() == 0 for one in linked):
            return None
        return self.outcome_of.get("transit")

    def fitted(self, outcome: str, progress: Progress) -> OutcomeFit:
        """Fit, try and explain; those that transit links come before it."""
        tables, settings = self.tables[outcome], self.settings
        model = self.model(outcome, settings, self.models).fit(tables.rows, tables.totals)
        self.models[outcome] = model
        report = self.tried(outcome, progress)

        family = parts_of(model)[0].areal_.family

        def again(other: TrainSettings) -> Model:
            few = replace(other, draws=TESTING_DRAWS, flows=1, family=family, weighed=False)
            return self.model(outcome, few, self.models).fit(tables.rows, tables.totals)

        return explained(tables, model, report, settings, None if settings.quick else again)

    def tried(self, outcome: str, progress: Progress) -> Verdict:
        """The model and its challengers on what they have not seen."""
        tables, settings = self.tables[outcome], self.settings
        columns = tables.columns
        rows = _completed(tables.rows[tables.rows["effort"].isna()], columns)
        neighbours = Neighbours(self.places.codes, self.places.neighbours)
        splits, reasons = held_out_splits(
            rows,
            seed=settings.seed,
            origins=settings.origins,
            spatial_folds=settings.spatial_folds,
            neighbours=neighbours,
            quick=settings.quick,
        )
        contenders = {
            "model": self.contender(outcome),
            "chosen_factors": chosen_factors(columns.factors, columns.banded, settings.seed),
            **challengers(columns.factors, columns.signs, settings.seed),
        }
        held_out = tried(
            rows, contenders, splits, seed=settings.seed, progress=progress, totals=tables.totals
        )
        return judged(held_out, seed=settings.seed, reasons=reasons, neighbours=neighbours)

    def model(self, outcome: str, settings: TrainSettings, linked: Mapping[str, Model]) -> Model:
        """Of an outcome, not fitted yet; ``linked`` has those of the stages that transit links."""
        columns = self.tables[outcome].columns
        own = np.random.SeedSequence([settings.seed, *outcome.encode()]).generate_state(1)[0]
        settings = replace(settings, seed=int(own))  # outcomes have no chance in common
        if outcome != self.flowing or self.gravity is None:
            return StageModel(self.places, columns, settings)
        ends = {stage: linked[self.outcome_of[stage]] for stage in LINKED}
        return TransitModel(self.places, columns, settings, ends, self.everywhere, self.gravity)

    def contender(self, outcome: str) -> Contender:
        """The model as the honesty report tries it: neither it nor what it links sees more."""
        one = self.settings
        flows = max(one.flows // 3, 1)
        few = replace(one, draws=TESTING_DRAWS, flows=flows, weighed=False)
        everybody = set(self.tables[outcome].rows["code"])

        def forecast(train: pd.DataFrame, ahead: pd.DataFrame) -> Forecast:
            held, last = everybody - set(train["code"]), train["year"].max()

            def seen(other: str) -> pd.DataFrame:
                rows = self.tables[other].rows
                known = (rows["year"] <= last) & ~rows["code"].isin(held) & (rows["total"] < 0)
                return pd.DataFrame(rows[known])

            linked: dict[str, Model] = {}
            for other in (self.outcome_of[stage] for stage in LINKED if outcome == self.flowing):
                linked[other] = self.model(other, few, {}).fit(seen(other))
            found, asked = seen(outcome), _keys(ahead)
            found = found[~_keys(found).isin(asked)]
            rows, totals = _with_totals(train)
            rows = pd.concat([rows, found[found["effort"].notna()]], ignore_index=True)
            return self.model(outcome, few, linked).fit(rows, totals).forecast(ahead)

        return forecast


def _keys(rows: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(rows[["code", "year"]])


def _with_totals(train: pd.DataFrame) -> tuple[pd.DataFrame, Floats]:
    """Rows, and the totals that may be learnt from, numbered anew."""
    if "total_count" not in train:
        return train.assign(total=-1), np.empty(0)
    known = train["total_count"].notna()
    counts = train[known].groupby("total")["total_count"].first()
    number = pd.Series(range(len(counts)), counts.index)
    total = train["total"].map(number).fillna(-1).astype(int).where(known, -1)
    return train.assign(total=total), counts.to_numpy(dtype=float)


def _completed(rows: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Factors that rows of totals lack, as they are on average: challengers take no gap."""
    named = [*columns.factors, *columns.detection]
    people = rows["people"].to_numpy(dtype=float)
    return rows.assign(
        **{name: rows[name].fillna(_weighted_mean(rows[name], people)) for name in named}
    )


def _weighted_mean(values: pd.Series, people: Floats) -> float:
    known = values.notna().to_numpy()
    return float(np.average(values[known], weights=people[known]))
