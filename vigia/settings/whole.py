"""The whole project file."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from vigia.settings.base import Frozen, Slug, Stage, TimeZone, Year
from vigia.settings.cases import CasesInput, EffortInput
from vigia.settings.layers import LayerInput
from vigia.settings.places import AreaInput, CrosswalkInput, DistrictsInput, PopulationInput
from vigia.settings.travel import TravelSettings


class Area(Frozen):
    """The region as a whole."""

    name: str
    name_en: str = ""
    timezone: TimeZone = "America/Lima"
    synthetic: bool = False  # the banner DATOS SINTÉTICOS
    metric_crs: str = "auto"
    measured: Literal["geodesic", "plane"] = "geodesic"  # lengths, areas and distances
    outside_km: float = Field(default=150, ge=0)  # features farther out than this are left aside


class ModelSettings(Frozen):
    """How a run is trained."""

    seed: int = Field(default=1, ge=0, le=2**32 - 1)
    outcomes: tuple[Slug, ...] = ()  # default: every outcome with district counts
    target_year: Year | None = None  # default: the first year after the last counts
    refits: int = Field(default=200, ge=20, le=5000)
    ridge: float = Field(default=1e-3, ge=0, allow_inf_nan=False)
    holdout_folds: int = Field(default=5, ge=2, le=50)


class PublishSettings(Frozen):
    """Where the levels begin; multiples of the area's person-weighted mean rate."""

    high_multiple: float = Field(default=1.0, gt=0)
    very_high_multiple: float = Field(default=2.0, gt=0)
    probability: float = Field(default=0.8, gt=0.5, lt=1)
    threshold_per_100k: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _very_high_is_above_high(self) -> Self:
        if self.very_high_multiple < self.high_multiple:
            raise ValueError("very_high_multiple is below high_multiple")
        return self


class StoreSettings(Frozen):
    """Where tables live. The address of a PostGIS comes from the environment alone."""

    path: str = "var/store.sqlite"
    url_env: str = "VIGIA_STORE_URL"


class ProjectSettings(Frozen):
    """The whole project file."""

    area: Area
    districts: DistrictsInput
    population: PopulationInput
    layers: tuple[LayerInput, ...] = ()
    areas: tuple[AreaInput, ...] = ()
    crosswalks: tuple[CrosswalkInput, ...] = ()
    cases: tuple[CasesInput, ...] = ()
    effort: tuple[EffortInput, ...] = ()
    travel: TravelSettings | None = None
    model: ModelSettings = ModelSettings()
    publish: PublishSettings = PublishSettings()
    store: StoreSettings = StoreSettings()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for section in ("layers", "areas", "crosswalks", "cases", "effort"):
            ids = [item.id for item in getattr(self, section)]
            twice = sorted({i for i in ids if ids.count(i) > 1})
            if twice:
                raise ValueError(f"[[{section}]] has the id {twice[0]!r} more than once")
        return self

    @model_validator(mode="after")
    def _ports_are_a_layer(self) -> Self:
        if self.travel is None or self.travel.ports is None:
            return self
        named = [layer for layer in self.layers if layer.id == self.travel.ports]
        if not named or named[0].kind != "geometry":
            raise ValueError(
                f"[travel] ports names {self.travel.ports!r}, which is no layer with geometry"
            )
        return self

    @model_validator(mode="after")
    def _an_outcome_has_one_stage(self) -> Self:
        stages: dict[str, Stage | None] = {}
        for section in self.cases:
            known = stages.setdefault(section.outcome, section.stage)
            if known != section.stage:
                raise ValueError(
                    f"[[cases]] {section.id!r} counts {section.outcome!r} in the stage "
                    f"{section.stage!r}, another section in {known!r}: give them different outcomes"
                )
        return self
