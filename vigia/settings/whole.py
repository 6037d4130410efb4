"""The whole project file."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from vigia.settings.background import MapSettings
from vigia.settings.base import Frozen, Slug, Stage, TimeZone, Year
from vigia.settings.cases import CasesInput, EffortInput
from vigia.settings.layers import LayerInput
from vigia.settings.places import (
    AreaInput,
    ContactsInput,
    CrosswalkInput,
    DistrictsInput,
    PopulationInput,
)
from vigia.settings.serve import ServeSettings
from vigia.settings.travel import TravelSettings

RESERVED = ("composite", "expert_index")  # outcomes that are made, not counted


class Area(Frozen):
    """The region as a whole."""

    name: str
    name_en: str = ""
    timezone: TimeZone = "America/Lima"
    synthetic: bool = False  # the banner DATOS SINTÉTICOS
    metric_crs: str = "auto"
    measured: Literal["geodesic", "plane"] = "geodesic"  # lengths, areas and distances
    outside_km: float = Field(default=150, ge=0)  # features farther out than this are left aside


class ReportingSettings(Frozen):
    """What is believed of the register before any case is read; of use with detection layers."""

    share: float = Field(default=0.4, gt=0, lt=1)  # of cases recorded, where detection is average
    share_sd: float = Field(default=0.5, gt=0, le=5)  # of its logit
    slope: float = Field(default=0.5, ge=0, le=5)  # by one sd of detection factors, as signs expect
    slope_sd: float = Field(default=0.5, gt=0, le=5)


class ModelSettings(Frozen):
    """How a run is trained."""

    seed: int = Field(default=1, ge=0, le=2**32 - 1)
    outcomes: tuple[Slug, ...] = ()  # default: every outcome with counts
    target_year: Year | None = None  # default: the first year after the last counts
    factors_as_of: Year | None = None  # in every year as at the end of this one, not as they were
    draws: int = Field(default=1000, ge=100, le=20_000)
    family: Literal["auto", "poisson", "negative_binomial"] = "auto"
    coefficient_sd: float = Field(default=0.5, gt=0, le=10)  # of the log rate, by one sd
    year_sd: float = Field(default=0.2, gt=0, le=5)  # of the step from a year to the next
    spread_above: float = Field(default=1.0, gt=0, le=10)  # of districts: 1 % chance of more
    reporting: ReportingSettings = ReportingSettings()
    discovered: bool = False  # cases found with recorded effort teach: raids that no tip led to
    found_share: float = Field(default=0.03, gt=0, lt=1)  # of a year's cases, by one team-day
    found_sd: float = Field(default=1.0, gt=0, le=5)  # of its log
    flows: int = Field(default=6, ge=1, le=100)  # draws of the flow for which transit is fitted
    gravity_hours: float = Field(default=14.0, gt=0, le=1000)  # over which pull falls to 37 %
    weights: dict[Stage, float] = Field(default_factory=dict)  # of the composite; default 1
    origins: int = Field(default=3, ge=1, le=20)  # years held out one after another
    spatial_folds: int = Field(default=5, ge=2, le=50)


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


class CountsSettings(Frozen):
    """Which recorded counts are told, and to whom."""

    public: int = Field(default=11, ge=2)  # the smallest count that everybody is told
    partner: int = Field(default=5, ge=2)  # and those who have a key, or logged in
    years: int = Field(default=1, ge=1, le=20)  # that are added up

    @model_validator(mode="after")
    def _partners_know_more(self) -> Self:
        if self.partner > self.public:
            raise ValueError("partner is above public: whoever is known is told no less")
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
    contacts: tuple[ContactsInput, ...] = ()
    travel: TravelSettings | None = None
    model: ModelSettings = ModelSettings()
    publish: PublishSettings = PublishSettings()
    counts: CountsSettings = CountsSettings()
    store: StoreSettings = StoreSettings()
    serve: ServeSettings = ServeSettings()
    map: MapSettings = MapSettings()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for section in ("layers", "areas", "crosswalks", "cases", "effort", "contacts"):
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
    def _composite_is_no_outcome(self) -> Self:
        for section in self.cases:
            if section.outcome in RESERVED:
                raise ValueError(
                    f"[[cases]] {section.id!r}: the outcome {section.outcome!r} is made by "
                    "training; give yours another name"
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
