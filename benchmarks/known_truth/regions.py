"""A simulated region gone all the way from its files to the tables that a training fits."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from data.synthetic import SyntheticParams, simulate, write_project
from models.flows import Gravity
from models.settings import TrainSettings
from models.stage import Places
from models.tables import Tables, checked
from tests.truth.region import Truth, load_truth
from vigia import pipeline
from vigia.errors import ProjectError
from vigia.flowing import district_gravity
from vigia.project import load_project
from vigia.train_settings import train_settings
from vigia.training import modelled_columns, places_of
from vigia.training_table import Known, outcome_tables

DRAWS = 500  # enough for the ends of a 95 % interval


@dataclass(frozen=True)
class Prepared:
    """What a training of the region would fit, and the truth behind it.

    Attributes
    ----------
    tables : dict of str to Tables
        By stage.
    settings : TrainSettings
        Of the project file, with fewer draws.
    """

    truth: Truth
    tables: dict[str, Tables]
    places: Places
    settings: TrainSettings
    gravity: Gravity


@lru_cache(maxsize=1)
def prepared(params: SyntheticParams) -> Prepared:
    """Write the region, ingest it, measure its factors and put its tables together.

    The last one is kept: both parts that use it can ask for it in turn.
    """
    with tempfile.TemporaryDirectory() as folder:
        return _prepared(params, Path(folder) / "region")


def _prepared(params: SyntheticParams, folder: Path) -> Prepared:
    write_project(simulate(params), folder)
    project = load_project(folder)
    pipeline.ingest(project)
    features = pipeline.build_features(project)
    with pipeline.open_store(project) as store:
        snapshot = pipeline.stored_snapshot(project, store)
        known = Known.of(store, snapshot, features.table)
        gravity = district_gravity(project.settings, store, snapshot)
    if gravity is None:
        raise ProjectError("The example region has lost its [travel].", hint="Correct its project.")
    columns = modelled_columns(features)
    return Prepared(
        load_truth(folder),
        {
            table.stage or table.outcome: checked(table.counts, table.target, columns, table.totals)
            for table in outcome_tables(project.settings, known)
        },
        places_of(project.settings, known.districts),
        replace(train_settings(project.settings), draws=DRAWS),
        gravity,
    )
