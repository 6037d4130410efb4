"""What passes between ingest, store, pipeline and readers: plain frozen records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from data.grids import Grid

Fate = Literal["kept", "repaired", "merged", "rejected"]


@dataclass(frozen=True)
class Finding:
    """One thing that ingest saw in a file.

    ``row`` counts data rows from 1 (the header is row 0); None speaks of the file as a whole.
    ``message`` never holds a value of a case file. ``count`` is the rows it stands for.
    """

    code: str
    severity: Literal["info", "warning", "error"]
    message: str
    row: int | None = None
    column: str | None = None
    fate: Fate | None = None
    count: int = 1


@dataclass(frozen=True)
class InputReport:
    """What happened to every row of one file: read = kept + repaired + merged + rejected."""

    key: str
    file: str
    sha256: str
    rows_read: int
    kept: int
    repaired: int
    merged: int
    rejected: int
    findings: tuple[Finding, ...] = ()
    changes: Mapping[str, int] = field(default_factory=dict)  # rows added, changed, removed
    unchanged: bool = False  # the same file with the same settings was there already

    def __post_init__(self) -> None:
        total = self.kept + self.repaired + self.merged + self.rejected
        if total != self.rows_read:
            raise ValueError(f"{self.file}: {self.rows_read} rows read, {total} accounted for")

    @property
    def refused(self) -> bool:
        return any(f.severity == "error" for f in self.findings)

    def codes(self) -> Counter[str]:
        """Findings by code, in rows."""
        return Counter({f.code: 0 for f in self.findings}) + Counter(
            code for f in self.findings for code in [f.code] * f.count
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class InputTable:
    """One file, read and checked: a canonical table (docs/ingest.md) with its report.

    ``years`` are the years that the table speaks of; empty for tables that know no year. A newer
    input of the same key takes over the years it speaks of and leaves the others standing.
    """

    key: str  # "districts", "population", "layers/mining", "cases/reported" ...
    file: str
    sha256: str  # of the file's bytes
    settings_sha256: str  # of the part of vigia.toml that says how to read it
    table: pd.DataFrame
    years: tuple[int, ...]
    source: str
    date: str
    licence: str
    attribution: str
    note: tuple[str, ...]
    report: InputReport
    grid: Grid | None = None  # of a raster; its table has one row

    @property
    def kind(self) -> str:
        return self.key.split("/", 1)[0]


RunStatus = Literal["draft", "published", "retired"]


@dataclass(frozen=True)
class RunRecord:
    """One training as the store knows it; immutable but for ``status``."""

    id: str  # hash of inputs and configuration
    status: RunStatus
    created_at: str  # UTC, ISO 8601
    seed: int
    target_year: int
    outcomes: tuple[str, ...]
    tested: bool
    beats_baseline: bool | None
    inputs: Mapping[str, Any]  # dataset key -> list of {input_id, file, sha256, years}
    settings: Mapping[str, Any]  # the project file as it was
    versions: Mapping[str, str]  # vigia, python and the libraries that move numbers
    validation: Mapping[str, Any]  # outcome -> metrics of model and baselines
    factors: tuple[Mapping[str, Any], ...]  # id, layer, measure, support, unit, role, labels
    warnings: tuple[str, ...]  # message keys, shown wherever the run is shown
    accepted_worse: str | None = None  # why somebody signed for it, and who
    accepted_by: str | None = None


@dataclass(frozen=True)
class LayerCredit:
    """Whose a layer is, how old, and whether its geometry may leave the store."""

    id: str
    label: str
    label_en: str
    role: str
    source: str
    date: str
    licence: str  # "" = none stated: feeds factors, its geometry is neither served nor exported
    attribution: str
    note: tuple[str, ...]
    draw: bool
    shown: bool = False  # on the map from the start
    shelf_life_years: int | None = None  # from ``date``; None: no end is set
    service: str | None = None  # what people find there

    def label_in(self, language: str) -> str:
        """What it is called in a language: "es" or "en"."""
        return self.label if language == "es" else self.label_en


@dataclass(frozen=True)
class OutcomeLabel:
    """What an outcome counts. ``stage`` is None for what is no trafficking (misdemeanours)."""

    id: str
    label: str
    label_en: str
    stage: str | None

    def label_in(self, language: str) -> str:
        """What it is called in a language: "es" or "en"."""
        return self.label if language == "es" else self.label_en


@dataclass(frozen=True)
class PublishedRun:
    """Everything that api and maps may know of a run. No case count is in it.

    Attributes
    ----------
    districts : GeoDataFrame
        code, name, province_code, province, department_code, department, geometry (EPSG:4326,
        None where the map has no boundary); sorted by code.
    scores : DataFrame
        outcome, stage, code and the columns of ``models.train.OutcomeFit.scores``.
    contributions : DataFrame
        outcome, code, factor, value (in the factor's unit), contribution (to the log rate).
    """

    record: RunRecord
    published_at: str  # UTC, ISO 8601; of the switch that made it the served one
    districts: gpd.GeoDataFrame
    scores: pd.DataFrame
    contributions: pd.DataFrame
    outcomes: tuple[OutcomeLabel, ...]
    layers: tuple[LayerCredit, ...]


@dataclass(frozen=True)
class PlanRecord:
    """A plan as it was made; immutable.

    Attributes
    ----------
    id : str
        Sixteen hex digits: the hash of request, run, inputs and versions.
    run : str
        The id of the run whose rates it rests on.
    result : mapping
        What a planner may see, and no more: it passed ``data.disclosure`` before it came here.
    created_at : str
        UTC, ISO 8601.
    versions : mapping
        Solver -> version.
    """

    id: str
    kind: Literal["sites", "itineraries"]
    run: str
    request: Mapping[str, Any]
    result: Mapping[str, Any]
    created_at: str
    versions: Mapping[str, str]


JobState = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class JobProgress:
    """How far a job has come."""

    done: int
    total: int
    label: str


@dataclass(frozen=True)
class JobFailure:
    """Why a job failed; ``type`` is the name of an error of ``vigia.errors``, ``about`` its own."""

    type: str
    message: str
    hint: str | None
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class JobRecord:
    """A job as it stood when it was read. Times are UTC, ISO 8601.

    Attributes
    ----------
    cancelling : bool
        Whoever runs it was told to stop.
    result : str, optional
        The id of what it made.
    attempts, deaths : int
        How often it was taken up, and how often whoever had it died.
    """

    id: str
    kind: str
    request: Mapping[str, Any]
    state: JobState
    cancelling: bool
    progress: JobProgress | None
    error: JobFailure | None
    result: str | None
    attempts: int
    deaths: int
    created_at: str
    started_at: str | None
    ended_at: str | None
    heartbeat: str | None
    host: str | None
    pid: int | None
