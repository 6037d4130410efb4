"""A published run after disclosure: the one thing that pages, exports and routes are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from data.disclosure import may_be_served, release_contributions, release_run, release_scores
from data.records import LayerCredit, OutcomeLabel, PublishedRun


@dataclass(frozen=True)
class Released:
    """What may be shown of a run.

    Attributes
    ----------
    facts : mapping
        The run as ``data.disclosure.release_run`` lets it out.
    districts : GeoDataFrame
        As in ``PublishedRun``; all geometries None where the licence of the boundaries is unstated.
    scores, contributions : DataFrame
        As in ``PublishedRun``, after disclosure.
    """

    facts: Mapping[str, Any]
    settings: Mapping[str, Any]
    published_at: str
    districts: gpd.GeoDataFrame
    scores: pd.DataFrame
    contributions: pd.DataFrame
    outcomes: tuple[OutcomeLabel, ...]
    layers: tuple[LayerCredit, ...]

    @property
    def run_id(self) -> str:
        return str(self.facts["id"])

    @property
    def target_year(self) -> int:
        return int(self.facts["target_year"])

    @property
    def area(self) -> Mapping[str, Any]:
        """``[area]`` of the project file."""
        return dict(self.settings["area"])

    @property
    def boundaries(self) -> Mapping[str, Any]:
        """``[districts]`` of the project file: source, date, licence and attribution."""
        return dict(self.settings["districts"])

    @property
    def newest_date(self) -> str:
        """Date of the newest file behind what is drawn: a clock that does not tick between runs."""
        return max([str(self.boundaries["date"]), *(layer.date for layer in self.layers)])

    def outcome(self, name: str) -> OutcomeLabel:
        """The label of an outcome."""
        return next(outcome for outcome in self.outcomes if outcome.id == name)

    def warnings_of(self, outcome: str) -> tuple[str, ...]:
        """What must be known with every score of an outcome, as keys of docs/api.md."""
        return (
            *(["synthetic"] if self.area["synthetic"] else []),
            *(["not_trafficking"] if self.outcome(outcome).stage is None else []),
            *(["untested"] if not self.facts["tested"] else []),
            *(["worse_than_baseline"] if self.facts["beats_baseline"] is False else []),
            "first_approximation",
            *self.facts["warnings"],
        )

    def scores_of(self, outcome: str) -> pd.DataFrame:
        """One row per district, in the order of ``districts``."""
        rows = self.scores[self.scores["outcome"] == outcome].set_index("code")
        return rows.reindex(self.districts["code"])


def release(run: PublishedRun) -> Released:
    """Pass a published run through disclosure, and its boundaries through their licence."""
    settings = run.record.settings
    districts = run.districts.sort_values("code", kind="stable", ignore_index=True)
    districts["name"] = districts["name"].fillna(
        districts["code"]
    )  # a place must be called by something
    if not may_be_served(settings["districts"]["licence"]):
        districts = districts.set_geometry(gpd.GeoSeries([None] * len(districts), crs="EPSG:4326"))
    return Released(
        facts=release_run(run.record),
        settings=settings,
        published_at=run.published_at,
        districts=districts,
        scores=release_scores(run.scores),
        contributions=release_contributions(run.contributions),
        outcomes=run.outcomes,
        layers=run.layers,
    )
