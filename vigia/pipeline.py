"""The only place where the steps are wired together: files -> store -> features -> run -> served.

Each function takes a project and does one step. Each step is all-or-nothing, and each gives the
same answer for the same inputs, configuration and seed. A step imports what it works with, so that
commands which only read the store load no compiler and no model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from data import publish as publishing
from data.beside import Beside
from data.clock import stamp
from data.lock import project_lock
from data.records import InputReport, PublishedRun, RunRecord
from data.store import FeatureSet, Snapshot, Store
from vigia.errors import InputRefusedError, MissingStepError
from vigia.project import Project

if TYPE_CHECKING:
    from vigia.training import FittedOutcome

Progress = Callable[[str, int, int], None]

NOT_OF_A_RUN = {"serve", "map", "counts", "contacts"}  # what is asked when a run is there already
KEPT_OF_A_RUN = 3  # raised when runs come to keep more: then they are trained anew

LIBRARIES_THAT_MOVE_NUMBERS = (
    "exactextract",
    "geopandas",
    "numba",
    "numpy",
    "pandas",
    "pyproj",
    "qdldl",
    "scikit-learn",
    "scipy",
    "shapely",
)


def silent(label: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def open_store(project: Project) -> Store:
    """The project's store, made when there is none."""
    return Store.open(project.store_url())


def ingest(project: Project, progress: Progress = silent) -> tuple[InputReport, ...]:
    """Read, check, repair and store every input of the project file.

    Raises
    ------
    InputRefusedError
        When any file is refused; ``reports`` has what was found, and the store is as it was.
    """
    from data.ingest import read_inputs

    with project_lock(project):
        inputs = read_inputs(project, progress)
        reports = tuple(item.report for item in inputs)
        refused = [report for report in reports if report.refused]
        if not refused:
            with open_store(project) as store:
                reports = store.ingest(inputs)
        save_reports(project, reports)
    if refused:
        raise IngestRefusedError(reports, refused)
    return reports


class IngestRefusedError(InputRefusedError):
    """At least one file was refused, so nothing was stored."""

    def __init__(self, reports: tuple[InputReport, ...], refused: list[InputReport]) -> None:
        names = ", ".join(sorted({report.file for report in refused}))
        super().__init__(
            f"Nothing was stored, because these files were refused: {names}.",
            hint="The report above says what and where; correct the files and run ingest again.",
        )
        self.reports = reports


def save_reports(project: Project, reports: tuple[InputReport, ...]) -> None:
    """Keep the last ingest report as JSON beside the store, whether the ingest was taken or not."""
    path = project.var / "ingest-report.json"
    half = path.with_suffix(".half")
    half.write_text(
        json.dumps([report.to_json() for report in reports], ensure_ascii=False, indent=1) + "\n",
        encoding="utf-8",
    )
    half.replace(path)


def build_features(
    project: Project, progress: Progress = silent, *, scheduler: str | None = None
) -> FeatureSet:
    """The district x factor table of what is stored, for every year that training needs.

    ``scheduler`` is the address of a Dask scheduler that measures it, such as
    ``tcp://127.0.0.1:8786``; it changes no number.
    """
    from geo.features import feature_table  # and with it the compiler, which few commands need
    from vigia.measuring import factor_list, ways_of_measuring, what_is_measured
    from vigia.service_times import minutes_of, service_factors
    from vigia.training_table import feature_years

    with project_lock(project), open_store(project) as store:
        snapshot = stored_snapshot(project, store)
        settings = project.settings
        years = feature_years(settings, store.cases(snapshot))
        services = service_factors(settings)
        it = what_is_measured(settings, store, snapshot, also=services)
        table = feature_table(
            it.region, it.layers, it.factors, years, it.metric, progress,
            network=it.network, scheduler=scheduler,
        )  # fmt: skip
        meta: dict[str, Any] = {
            "factors": factor_list(settings),
            "years": years,
            "metric_crs": it.metric.to_json(),
            "measuring": ways_of_measuring(settings),
            "network": None if it.network is None else it.network.report.to_json(),
            "services": [factor.id for factor in services],
        }
        identity = digest({"inputs": geographic(snapshot), "meta": meta, "vigia": version("vigia")})
        meta["service_minutes"] = minutes_of(services, table)
        own = [factor["id"] for factor in meta["factors"]]
        return store.save_features(identity, snapshot, table[own], meta)


def train(project: Project, progress: Progress = silent, *, quick: bool = False) -> RunRecord:
    """Fit and validate one run of every outcome; a draft until it is published.

    The same inputs, configuration and seed are the same run: it is not trained twice. A ``quick``
    one is tested on the last year alone, and cannot be published.
    """
    from vigia.service_times import service_table
    from vigia.training import fitted_outcomes  # models are loaded by those who train

    with project_lock(project), open_store(project) as store:
        snapshot = stored_snapshot(project, store)
        features = current_features(project, store, snapshot)
        identity = run_identity(project, features, snapshot, quick=quick)
        known = store.find_run(identity)
        if known is not None:
            return known
        fits = fitted_outcomes(project, store, features, snapshot, progress, quick=quick)
        record = run_record(project, identity, features, snapshot, store, fits)
        store.save_run(
            record,
            scores=stacked(fits, "scores"),
            contributions=stacked(fits, "contributions"),
            coefficients=stacked(fits, "coefficients"),
            draws={fit.outcome: fit.result.draws for fit in fits},
            coefficient_draws={
                fit.outcome: fit.result.coefficient_draws
                for fit in fits
                if fit.result.coefficient_draws.size
            },
            service_times=service_table(features),
        )
        return record


def honesty_report(project: Project, run: str) -> Path:
    """Write the honesty report of a run as a page beside the store, in Spanish; where it is.

    ``vigia runs report`` writes it elsewhere, and in English.
    """
    from maps.report import write_report

    with open_store(project) as store:
        told = publishing.as_published(store, run)
    folder = project.var / "reports"
    folder.mkdir(exist_ok=True)
    path = folder / f"{told.record.id}.html"
    write_report(told, path)
    return path


def current_features(project: Project, store: Store, snapshot: Snapshot) -> FeatureSet:
    """The last feature table, if it still is that of what is stored."""
    from vigia.measuring import factor_list, ways_of_measuring
    from vigia.service_times import service_factors
    from vigia.training_table import feature_years

    features = store.latest_features()
    if features is None:
        raise MissingStepError("There is no feature table yet.", hint="Run vigia features.")
    needed = feature_years(project.settings, store.cases(snapshot))
    if (
        geographic(features.snapshot) != geographic(snapshot)
        or features.meta["factors"] != factor_list(project.settings)
        or features.meta.get("measuring") != ways_of_measuring(project.settings)
        or (features.meta.get("services") or [])
        != [factor.id for factor in service_factors(project.settings)]
        or not set(needed) <= set(features.meta["years"])
    ):
        raise MissingStepError(
            "Files or vigia.toml changed after the feature table was made.",
            hint="Run vigia features again.",
        )
    return features


def run_identity(
    project: Project, features: FeatureSet, snapshot: Snapshot, *, quick: bool = False
) -> str:
    """Hash of inputs and configuration."""
    return digest(
        {
            "features": features.id,
            "inputs": snapshot.to_json(),
            "settings": project.settings.model_dump(mode="json", exclude={"store", *NOT_OF_A_RUN}),
            "vigia": version("vigia"),
            "kept": KEPT_OF_A_RUN,
            **({"quick": True} if quick else {}),
        }
    )


def run_record(
    project: Project,
    identity: str,
    features: FeatureSet,
    snapshot: Snapshot,
    store: Store,
    fits: list[FittedOutcome],
) -> RunRecord:
    """What is kept of a training beside its tables."""
    from vigia.training_table import target_year

    beaten = [fit.result.beats_baseline for fit in fits if fit.result.tested]
    warnings = {w for fit in fits for w in (*fit.warnings, *fit.result.warnings)}
    return RunRecord(
        id=identity,
        status="draft",
        created_at=stamp(),
        seed=project.settings.model.seed,
        target_year=target_year(project.settings, store.cases(snapshot)),
        outcomes=tuple(fit.outcome for fit in fits),
        tested=all(fit.result.tested for fit in fits),
        beats_baseline=all(beaten) if beaten else None,
        inputs=store.provenance(snapshot),
        settings=project.settings.model_dump(mode="json", exclude=NOT_OF_A_RUN),
        versions={
            "vigia": version("vigia"),
            "python": python_version(),
            **{name: version(name) for name in LIBRARIES_THAT_MOVE_NUMBERS},
        },
        validation={fit.outcome: fit.result.validation for fit in fits},
        factors=tuple(features.meta["factors"]),
        warnings=tuple(sorted(warnings)),
    )


def stacked(fits: list[FittedOutcome], name: str) -> pd.DataFrame:
    """One table of all outcomes, with outcome and stage in front."""
    tables = []
    for fit in fits:
        table: pd.DataFrame = getattr(fit.result, name).copy()
        table.insert(0, "outcome", fit.outcome)
        table.insert(1, "stage", fit.stage)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def publish(
    project: Project, run: str, *, accept_worse: str | None = None, by: str | None = None
) -> RunRecord:
    """Make ``run`` (an id, the beginning of one, or "latest") the one that api and maps serve."""
    from api.told import frozen  # who publishes or goes back needs it alone

    with project_lock(project), open_store(project) as store:
        return publishing.publish(
            store,
            store.run(run).id,
            at=stamp(),
            accept_worse=accept_worse,
            by=by,
            rules=project.settings.counts,
            freeze=frozen,
        )


def rollback(project: Project) -> RunRecord:
    """Serve the run that was published before the present one."""
    from api.told import frozen

    with project_lock(project), open_store(project) as store:
        return publishing.rollback(store, at=stamp(), freeze=frozen)


def withdraw(project: Project, run: str, *, why: str, by: str) -> RunRecord:
    """Never serve a run again, since it told what it should not have."""
    with project_lock(project), open_store(project) as store:
        return publishing.withdraw(store, store.run(run).id, at=stamp(), why=why, by=by)


def published(project: Project) -> PublishedRun:
    """The run that is served.

    Raises
    ------
    MissingStepError
        When nothing has been published yet.
    """
    with open_store(project) as store:
        run = publishing.published(store)
    if run is None:
        raise MissingStepError(
            "No run has been published yet.", hint="Run vigia train, then vigia publish latest."
        )
    return run


def beside(project: Project, run: PublishedRun) -> Beside:
    """What is told beside the scores of a run."""
    with open_store(project) as store:
        return publishing.beside(store, run.record, [one.id for one in project.settings.contacts])


def other_years(project: Project, run: PublishedRun, beside: Beside) -> list[PublishedRun]:
    """Runs that were published for other years, the last one first: a map's file compares them."""
    year = run.record.target_year
    others = [one for one in beside.others if one.target_year != year]
    with open_store(project) as store:
        return [publishing.as_published(store, one.run) for one in reversed(others)]


def drawable_layers(project: Project, run: PublishedRun) -> dict[str, gpd.GeoDataFrame]:
    """Geometry of the layers that a run may show, as its inputs were."""
    with open_store(project) as store:
        return publishing.drawable_layers(store, run)


def stored_snapshot(project: Project, store: Store) -> Snapshot:
    """What is stored now of the inputs that the project file names, if anything is.

    A section that was taken out of the file keeps its rows in the store; no run rests on them.
    None rests on who answers for a district either: a telephone may change without a training.
    """
    from data.checks.sections import inputs_of

    stored = store.snapshot().entries
    named = [key for key, _ in inputs_of(project.settings) if not key.startswith("contacts/")]
    if not any(key in stored for key in named):
        raise MissingStepError("The store is empty.", hint="Run vigia ingest first.")
    return Snapshot({key: stored[key] for key in named if key in stored})


def geographic(snapshot: Snapshot) -> dict[str, Any]:
    """The inputs that the feature table rests on: all but cases and effort."""
    return {
        key: items
        for key, items in snapshot.to_json().items()
        if not key.startswith(("cases/", "effort/"))
    }


def digest(content: Mapping[str, Any]) -> str:
    """Sixteen hex digits of the SHA-256 of canonical JSON: short enough to say over a telephone."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
