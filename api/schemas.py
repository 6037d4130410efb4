"""What the answers look like, with examples. A number that is not known is null, never 0."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Level = Literal["very_high", "high", "medium", "low", "no_data"]
Rate = Annotated[
    float | None,
    Field(
        description="Cases per 100,000 people a year: all cases where the project has detection "
        "layers (`rates` of the outcome's validation is `true`), recorded ones otherwise "
        "(`recorded`). null of an experts' index, which has none. Of a composite, the weighted "
        "sum of its stages' rates: a burden, not persons."
    ),
]
Rank = Annotated[int | None, Field(description="1 is the highest rate.")]
Ratio = Annotated[float | None, Field(description="Rate over the area's person-weighted mean.")]
Probability = Annotated[float | None, Field(ge=0, le=1)]

EXAMPLE_SCORE: dict[str, Any] = {
    "code": "010203",
    "name": "Puerto Ejemplo",
    "province_code": "0102",
    "province": "Ribera",
    "department_code": "01",
    "department": "Alto Río",
    "outcome": "recruitment",
    "outcome_label": "Captación",
    "stage": "recruitment",
    "level": "high",
    "no_data_reason": None,
    "no_records": False,
    "rate": 12.4,
    "rate_low": 7.9,
    "rate_high": 20.3,
    "rank": 14,
    "rank_low": 5,
    "rank_high": 41,
    "relative_risk": 1.8,
    "rr_low": 1.2,
    "rr_high": 2.9,
    "score": 91.9,
    "p_above_mean": 0.97,
    "p_above_high": 0.31,
    "p_below_mean": 0.03,
    "p_above_threshold": None,
    "run": "a1b2c3d4e5f60718",
    "target_year": 2026,
    "warnings": ["synthetic", "level_is_prior"],
    "main_factors": [
        {
            "factor": "rivers__length_density__polygon",
            "name": "Ríos: km por km², en el distrito",
            "name_en": "Rivers: km per km², in the district",
            "direction": "up",
        }
    ],
}


EXAMPLE_MEASURED: dict[str, Any] = {
    "measure": "travel_time",
    "support": "population",
    "radius_km": None,
    "per": None,
    "weighted": False,
    "season": "low",
    "direction": None,
    "statistic": None,
    "classes": [],
}


Direction = Literal["up", "down", "none"]


class MainFactor(BaseModel):
    """A factor that moves a score more than most."""

    factor: str
    name: str = Field(description="In plain Spanish.")
    name_en: str = Field(description="In plain English.")
    direction: Direction


class Score(BaseModel):
    """Risk of one outcome in one district, with its doubt."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_SCORE]})

    code: str
    name: str
    province_code: str | None
    province: str | None
    department_code: str | None
    department: str | None
    outcome: str
    outcome_label: str
    stage: Literal["recruitment", "transit", "exploitation"] | None = Field(
        description="null: no stage of trafficking, but a composite of stages, an experts' index, "
        "or (`not_trafficking` in warnings) something else"
    )
    level: Level
    no_data_reason: str | None = Field(description="Why the numbers are null.")
    no_records: bool = Field(description="Estimated from factors alone: nothing was recorded here.")
    rate: Rate
    rate_low: Rate
    rate_high: Rate
    rank: Rank
    rank_low: Rank
    rank_high: Rank
    relative_risk: Ratio
    rr_low: Ratio
    rr_high: Ratio
    score: float | None = Field(ge=0, le=100, description="Percentile of the expected rank.")
    p_above_mean: Probability
    p_above_high: Probability
    p_below_mean: Probability
    p_above_threshold: Probability = Field(description="null where no threshold is set.")
    run: str
    target_year: int
    warnings: list[str] = Field(description="Keys; docs/api.md says what each means.")
    main_factors: list[MainFactor] = Field(
        description="At most three, those that move it most first; all at /v1/districts/{code}."
    )


class Measured(BaseModel):
    """How a layer becomes a number; docs/measures.md says what each word means."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_MEASURED]})

    measure: str
    support: str = Field(description="polygon, capital or population: where in the district.")
    radius_km: float | None = Field(None, description="Around it; of a kernel, its bandwidth.")
    per: str | None = Field(None, description="area: 1,000 km²; people: 10,000 people.")
    weighted: bool = Field(False, description="Features count with their value.")
    season: str | None = Field(None, description="high or low water, for travel.")
    direction: str | None = Field(None, description="Of travel: to the layer, or from it.")
    statistic: str | None = Field(None, description="mean, sum or share of a raster's cells.")
    classes: list[float] = Field([], description="Values of the raster that the share is of.")


class Factor(BaseModel):
    """What is measured of a layer, and what it is called. No two have one name."""

    factor: str
    name: str = Field(description="In plain Spanish.")
    name_en: str = Field(description="In plain English.")
    unit: str = Field(description='"" where the data have a unit of their own.')
    measured: Measured


class FactorWeight(Factor):
    """How a factor moves the rate of a district, against the mean of the area."""

    label: str = Field(description="Of the layer.")
    label_en: str
    value: float | None
    contribution: float | None = Field(description="To the logarithm of the rate.")
    direction: Direction


class ExplainedScore(Score):
    """A score with the factors behind it, those that weigh most first."""

    factors: list[FactorWeight]


class District(BaseModel):
    """One district with its score for every outcome."""

    code: str
    name: str
    province: str | None
    department: str | None
    run: str
    target_year: int
    attribution: str
    licence: str
    scores: list[ExplainedScore]


class Scores(BaseModel):
    """A page of scores, sorted by outcome and code."""

    run: str
    target_year: int
    published_at: str
    attribution: str
    licence: str
    total: int = Field(description="Scores that fit the filters, on all pages.")
    limit: int
    offset: int
    next: str | None = Field(description="Address of the next page, of the same run.")
    unknown: list[str] = Field(description="Codes that were asked for and are not in this run.")
    scores: list[Score]


class Published(BaseModel):
    """Scores of a district as they were at one publication."""

    run: str
    published_at: str
    target_year: int
    scores: list[Score]


class History(BaseModel):
    """Scores of a district over publications, the last first; withdrawn runs are not in it."""

    code: str
    history: list[Published]


class Change(BaseModel):
    """A score that is not what it was; `before` is null of a new one, `after` of one that went."""

    outcome: str
    code: str
    before: Score | None
    after: Score | None


class Changes(BaseModel):
    """A page of scores that changed between two runs, sorted by outcome and code."""

    since: str
    run: str
    published_at: str
    total: int = Field(description="Scores that changed, on all pages.")
    limit: int
    next: str | None = Field(description="Address of the next page, between the same runs.")
    changes: list[Change]


class Layer(BaseModel):
    """Whose a layer is, how old, and whether its geometry may be fetched."""

    id: str
    label: str
    label_en: str
    role: Literal["risk", "detection", "context"]
    source: str
    date: str
    licence: str = Field(description='"" where none is stated')
    attribution: str
    shelf_life_years: int | None = Field(description="From date on; null where no end is set.")
    note: list[str]
    factors: list[Factor] = Field(description="What is measured of it.")
    geometry: str | None = Field(description="Address of the geometry; null where it is withheld.")
    withheld: Literal["no_licence", "no_geometry"] | None


class Layers(BaseModel):
    run: str
    layers: list[Layer]


class Runs(BaseModel):
    """Runs that are or were published, the newest first."""

    published: str | None
    runs: list[dict[str, Any]]


class Count(BaseModel):
    """Recorded cases of an outcome in an area, added up over whole years."""

    outcome: str
    first_year: int
    last_year: int
    level: Literal["whole", "department", "province", "district"]
    code: str | None = Field(description="null of the whole area.")
    name: str | None
    count: int | None = Field(description="null where it is suppressed, never 0.")
    suppressed: bool


class Counts(BaseModel):
    """A page of counts."""

    run: str
    audience: Literal["public", "partner"]
    smallest: int | None = Field(description="No smaller count is told.")
    total: int
    limit: int
    offset: int
    counts: list[Count]


class Health(BaseModel):
    status: Literal["ok"]
    version: str


class Ready(BaseModel):
    status: Literal["ready", "degraded"]
    run: str


class Asked(BaseModel):
    """Something that takes a while, and how far it has come."""

    id: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    done: int | None = None
    total: int | None = None
    error: str | None = None
    hint: str | None = None


class Training(Asked):
    """A training that was asked for. Times are UTC; its `run` is a draft."""

    label: str | None = Field(None, description="What is being done.")
    cancelling: bool = Field(False, description="It was told to stop, and will.")
    run: str | None = Field(None, description="What came of it: see /v1/runs.")
    created_at: str
    started_at: str | None = None
    ended_at: str | None = None


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:vigia:not-found",
                    "title": "Not Found",
                    "status": 404,
                    "detail": "There is no district '999999' in this run.",
                    "instance": "/v1/districts/999999",
                }
            ]
        },
    )

    type: str
    title: str
    status: int
    detail: str
    instance: str
    hint: str | None = None
