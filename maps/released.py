"""A published run after disclosure: the one thing that pages, exports and routes are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from data.beside import Beside
from data.disclosure import may_be_served, release_contributions, release_run, release_scores
from data.records import LayerCredit, OutcomeLabel, PublishedRun
from maps.made import FLOW, flow_factor, is_trafficking, named

Rates = Literal["true", "recorded", "index", "burden"]


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
    beside : Beside
        What else is told of its districts; by default nothing is known of that.
    """

    facts: Mapping[str, Any]
    settings: Mapping[str, Any]
    published_at: str
    districts: gpd.GeoDataFrame
    scores: pd.DataFrame
    contributions: pd.DataFrame
    outcomes: tuple[OutcomeLabel, ...]
    layers: tuple[LayerCredit, ...]
    beside: Beside = field(default_factory=Beside)

    @property
    def run_id(self) -> str:
        return str(self.facts["id"])

    @property
    def target_year(self) -> int:
        return int(self.facts["target_year"])

    @property
    def layers_year(self) -> int:
        """The year at whose end the model looked at the layers."""
        fixed = self.settings.get("model", {}).get("factors_as_of")
        return self.target_year - 1 if fixed is None else int(fixed)

    @property
    def area(self) -> Mapping[str, Any]:
        """``[area]`` of the project file."""
        return dict(self.settings["area"])

    def area_name(self, language: str) -> str:
        """What the area is called in a language; in that of the country where it has no other."""
        english = language == "en" and self.area.get("name_en")
        return str(english or self.area["name"])

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
            *([] if is_trafficking(self.outcome(outcome)) else ["not_trafficking"]),
            *(["untested"] if not self.facts["tested"] else []),
            *(["worse_than_baseline"] if self.facts["beats_baseline"] is False else []),
            *self.facts["warnings"],
        )

    def validation_of(self, outcome: str) -> Mapping[str, Any]:
        """What is kept of how an outcome was tested; nothing of a run of an earlier version."""
        return self.facts["validation"].get(outcome) or {}

    def rates_of(self, outcome: str) -> Rates:
        """What the rates of an outcome are of.

        All cases ("true"), recorded ones alone, no case at all (an "index" of experts), or the
        stages together ("burden"). Earlier versions knew recorded ones alone.
        """
        return rates_kind(self.validation_of(outcome))

    def stages_of(self, outcome: str) -> dict[str, float]:
        """Outcomes that a composite is the sum of, with their weights; else nothing."""
        weights = self.validation_of(outcome).get("composite_of") or {}
        return {one.id: weights[one.stage] for one in self.outcomes if one.stage in weights}

    def ranked(self, outcome: str) -> int:
        """How many districts of the whole run have a rank, also where only a part is shown."""
        own = self.scores[self.scores["outcome"] == outcome]
        return int(own["rank"].notna().sum())

    def scores_of(self, outcome: str) -> pd.DataFrame:
        """One row per district, in the order of ``districts``."""
        rows = self.scores[self.scores["outcome"] == outcome].set_index("code")
        return rows.reindex(self.districts["code"])


def rates_kind(validation: Mapping[str, Any]) -> Rates:
    """``Released.rates_of`` by what is kept of how the outcome was tested."""
    if "composite_of" in validation:
        return "burden"
    told: Rates = validation.get("rates") or "recorded"
    return told


def release(run: PublishedRun, beside: Beside | None = None) -> Released:
    """Pass a published run through disclosure, and its boundaries through their licence."""
    settings = run.record.settings
    districts = run.districts.sort_values("code", kind="stable", ignore_index=True)
    districts["name"] = districts["name"].fillna(
        districts["code"]
    )  # a place must be called by something
    if not may_be_served(settings["districts"]["licence"]):
        districts = districts.set_geometry(gpd.GeoSeries([None] * len(districts), crs="EPSG:4326"))
    contributions = release_contributions(run.contributions)
    facts = _with_flow(release_run(run.record), contributions)
    stages = sum(outcome.stage is not None for outcome in run.outcomes)
    return Released(
        facts=facts,
        settings=settings,
        published_at=run.published_at,
        districts=districts,
        scores=release_scores(run.scores),
        contributions=contributions,
        outcomes=tuple(named(outcome, stages) for outcome in run.outcomes),
        layers=run.layers,
        beside=_beside(beside or Beside()),
    )


def _beside(beside: Beside) -> Beside:
    """Scores of earlier years go through the same door; counts were settled when they were told."""
    earlier = [replace(one, scores=release_scores(one.scores)) for one in beside.earlier]
    return replace(beside, earlier=tuple(earlier))


def _with_flow(facts: dict[str, Any], contributions: pd.DataFrame) -> dict[str, Any]:
    """The run with the factor that training made, where it weighs in any district."""
    known = {factor["id"] for factor in facts["factors"]}
    if FLOW in known or not (contributions["factor"] == FLOW).any():
        return facts
    return facts | {"factors": [*facts["factors"], flow_factor()]}
