"""A simulated region gone all the way from its files to the tables that a training fits."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from data.synthetic import SyntheticParams, simulate, write_project
from geo.geodesy import Floats, Ints
from models.flows import Gravity
from models.settings import TrainSettings
from models.stage import Places
from models.tables import Tables, checked
from tests.truth.region import Truth, load_truth
from vigia import pipeline
from vigia.errors import ProjectError
from vigia.flowing import district_gravity
from vigia.measuring import metric_of, network_of
from vigia.project import Project, load_project
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


@dataclass(frozen=True)
class Ground:
    """Where people live, and how long a team takes to them.

    Attributes
    ----------
    district : array of int, shape (points,)
        Row of each settlement's district, in the order of codes.
    people : array of shape (points,)
    minutes : array of shape (districts, points)
        From the capital of each district, at low water.
    """

    district: Ints
    people: Floats
    minutes: Floats


@lru_cache(maxsize=1)
def prepared(params: SyntheticParams) -> Prepared:
    """Write the region, ingest it, measure its factors and put its tables together.

    The last one is kept: both parts that use it can ask for it in turn.
    """
    return prepared_with_ground(params, travels=False)[0]


def prepared_with_ground(
    params: SyntheticParams, *, travels: bool = True
) -> tuple[Prepared, Ground | None]:
    """The same, with where people live and the ways to them, if they are asked for."""
    with tempfile.TemporaryDirectory() as folder:
        project = _written(params, Path(folder) / "region")
        return _prepared(project), _ground(project) if travels else None


def _written(params: SyntheticParams, folder: Path) -> Project:
    write_project(simulate(params), folder)
    project = load_project(folder)
    pipeline.ingest(project)
    return project


def _ground(project: Project) -> Ground:
    settings = project.settings
    with pipeline.open_store(project) as store:
        snapshot = pipeline.stored_snapshot(project, store)
        districts = store.districts(snapshot)
        network = network_of(settings, store, snapshot, districts, metric_of(settings, districts))
        points, capitals = store.points(snapshot), store.capitals(snapshot)
    if network is None:
        raise ProjectError("The example region has lost its [travel].", hint="Correct its project.")
    codes = pd.Index(districts["code"].sort_values())
    places = capitals.set_index("code").geometry.reindex(codes)
    return Ground(
        codes.get_indexer(points["code"]).astype(np.intp),
        points["people"].to_numpy(dtype=float),
        network.matrix(places, points.geometry, "low").minutes,
    )


def _prepared(project: Project) -> Prepared:
    features = pipeline.build_features(project)
    with pipeline.open_store(project) as store:
        snapshot = pipeline.stored_snapshot(project, store)
        known = Known.of(store, snapshot, features.table)
        gravity = district_gravity(project.settings, store, snapshot)
    if gravity is None:
        raise ProjectError("The example region has lost its [travel].", hint="Correct its project.")
    columns = modelled_columns(features)
    return Prepared(
        load_truth(project.folder),
        {
            table.stage or table.outcome: checked(table.counts, table.target, columns, table.totals)
            for table in outcome_tables(project.settings, known)
        },
        places_of(project.settings, known.districts),
        replace(train_settings(project.settings), draws=DRAWS),
        gravity,
    )
