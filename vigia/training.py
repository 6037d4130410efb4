"""From a project and its store to what ``models`` fits, and back with its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import geopandas as gpd

from data.store import FeatureSet, Snapshot, Store
from geo.neighbours import queen_neighbours
from models.train import (
    Columns,
    Given,
    OutcomeFit,
    Places,
    fit_outcomes,
)
from vigia.flowing import district_gravity
from vigia.measuring import metric_of
from vigia.project import Project
from vigia.settings import CasesInput, ProjectSettings
from vigia.train_settings import train_settings
from vigia.training_table import Known, outcome_tables, refuse_stale, target_year

Progress = Callable[[str, int, int], None]

REACHING = ("distance", "travel_time")
STAGES = {"recruitment", "transit", "exploitation"}


@dataclass(frozen=True)
class FittedOutcome:
    """What came of fitting one outcome, and what is known of it beside."""

    outcome: str
    stage: str | None
    result: OutcomeFit
    warnings: tuple[str, ...] = ()


def fitted_outcomes(
    project: Project,
    store: Store,
    features: FeatureSet,
    snapshot: Snapshot,
    progress: Progress,
    *,
    quick: bool = False,
) -> list[FittedOutcome]:
    """One fit per outcome, and of two stages or more their composite."""
    settings = project.settings
    known = Known.of(store, snapshot, features.table)
    modelled = {f["layer"] for f in features.meta["factors"]}
    dates = {layer: store.layer_date(snapshot, layer) for layer in sorted(modelled)}
    refuse_stale(settings, dates, target_year(settings, known.cases))
    tables = {table.outcome: table for table in outcome_tables(settings, known)}
    flows = {table.stage for table in tables.values()} >= STAGES
    fits = fit_outcomes(
        [
            Given(table.outcome, table.stage, table.counts, table.target, table.totals)
            for table in tables.values()
        ],
        modelled_columns(features),
        places_of(settings, known.districts),
        replace(train_settings(settings), quick=quick),
        gravity=district_gravity(settings, store, snapshot) if flows else None,
        progress=progress,
    )
    return [
        FittedOutcome(
            outcome,
            tables[outcome].stage,
            _beside(fit, tables[outcome].beside),
            tables[outcome].warnings,
        )
        if outcome in tables
        else FittedOutcome(outcome, None, fit)
        for outcome, fit in fits.items()
    ]


def places_of(settings: ProjectSettings, districts: gpd.GeoDataFrame) -> Places:
    """Districts, and which border on each other; islands on the nearest."""
    around = queen_neighbours(districts, metric_of(settings, districts))
    return Places(tuple(around.codes), around.adjacency)


def modelled_columns(features: FeatureSet) -> Columns:
    """Which factors move risk, and which the chance of being recorded."""
    factors = features.meta["factors"]
    risk, detection = (
        tuple(f["id"] for f in factors if f["role"] == role) for role in ("risk", "detection")
    )
    return Columns(
        risk,
        detection,
        {f["id"]: 1 if f["sign"] == "+" else -1 for f in factors if f["sign"]},
        {f["id"]: f["weight"] for f in factors if f["weight"] and f["role"] == "risk"},
        tuple(f["id"] for f in factors if f["measure"] in REACHING),
    )


def _beside(fit: OutcomeFit, registers: tuple[CasesInput, ...]) -> OutcomeFit:
    """The fit, with the registers that are known and not in it."""
    told = [
        {
            "dataset": one.id,
            "label": one.label,
            "label_en": one.label_en,
            "register_name": one.register_name,
        }
        for one in registers
    ]
    return replace(fit, validation=fit.validation | {"beside": told})
