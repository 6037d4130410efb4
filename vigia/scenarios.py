"""What a run's model says if a front closed, moved or opened, or a river ran low.

A scenario of the model, and no effect of a cause (``models.scenario``). Factors that hang on what
changes are measured again, before and after alike, on the inputs and settings of the run itself.
All else is held: counts, people, deviations of districts, what the fit has learnt, and the expected
flow between recruitment and exploitation, though it would follow from both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pydantic import ValidationError

from data.publish import as_published, served_run
from data.records import PublishedRun, RunRecord
from data.snapshot import Snapshot
from data.store import Store
from geo.geodesy import Floats
from maps.made import COMPOSITE, FLOW
from models.scenario import FactorColumns, burden, changed_factors, compare_scores, scenario_rates
from vigia.errors import MissingStepError
from vigia.measuring import factors_of
from vigia.project import Project
from vigia.scenario_file import Scenario
from vigia.scenario_world import Progress, measured_twice
from vigia.settings import ProjectSettings
from vigia.settings.layers import OF_RASTERS
from vigia.train_settings import train_settings
from vigia.training_table import factor_year, people_of


@dataclass(frozen=True)
class OutcomeScenario:
    """One outcome before and after.

    Attributes
    ----------
    rates : str
        What they are of: "true", "recorded", "index" or "burden".
    before, after : array of shape (draws, districts)
        Rates, districts by code: what a plan is made of.
    scores : DataFrame
        As ``models.scenario.compare_scores``, with ``moved`` (whether the rate is another) and
        ``beyond_seen`` (ids of factors that left what the fit saw, joined by commas). Of an index
        rates are missing.
    """

    outcome: str
    stage: str | None
    rates: str
    before: Floats
    after: Floats
    scores: pd.DataFrame


@dataclass(frozen=True)
class Worked:
    """A scenario, worked out.

    Attributes
    ----------
    year : int
        At whose end factors were looked at.
    factors : DataFrame
        code, factor, before and after (in the factor's unit) of what changed, as far as some
        outcome's fit knows it.
    outcomes : tuple of OutcomeScenario
    notes : tuple of str
        Message keys, with what they speak of after a colon: what is held, and what is doubtful.
    """

    run: PublishedRun
    scenario: Scenario
    year: int
    factors: pd.DataFrame
    outcomes: tuple[OutcomeScenario, ...]
    notes: tuple[str, ...]


def work_out(
    project: Project,
    scenario: Scenario,
    run: str | None = None,
    progress: Progress = lambda label, done, total: None,
) -> Worked:
    """Hold a run against itself with some of its layers or ways changed.

    Parameters
    ----------
    run : str, optional
        An id, the beginning of one, or "latest"; without it the published run, else the latest.

    Raises
    ------
    ScenarioError
        When the scenario names what the run does not have, or changes nothing that it looks at.
    MissingStepError
        When the run was trained by an earlier version.
    """
    with Store.open(project.store_url()) as store:
        record = None if run else served_run(store)
        return _worked_out(store, record or store.run(run or "latest"), scenario, progress)


def settings_of(record: RunRecord) -> ProjectSettings:
    """The project file as it was when the run was trained.

    Raises
    ------
    MissingStepError
        When it is of a version that knew other keys.
    """
    kept = dict(record.settings)
    kept["layers"] = [
        # Kept with all their defaults; but of layers that are no raster nobody may say such keys.
        {
            key: value
            for key, value in layer.items()
            if layer["kind"] == "raster" or key not in OF_RASTERS
        }
        for layer in record.settings["layers"]
    ]
    try:
        return ProjectSettings.model_validate_json(json.dumps(kept))
    except ValidationError:
        raise MissingStepError(
            f"The settings of run {record.id} are those of another version.",
            hint="Train again: vigia train.",
        ) from None


def _worked_out(store: Store, record: RunRecord, scenario: Scenario, progress: Progress) -> Worked:
    settings = settings_of(record)
    snapshot = Snapshot.from_json(record.inputs)
    year = factor_year(settings, record.target_year)
    single = [one for one in record.outcomes if one != COMPOSITE]
    columns = {one: FactorColumns.of_run(record.validation, one) for one in single}
    before, after = measured_twice(store, snapshot, settings, scenario, year, progress)
    stages = store.scores(record.id).drop_duplicates("outcome").set_index("outcome")["stage"]
    people = people_of(store.population(snapshot), before.index.tolist(), record.target_year)
    found = {
        one: _outcome(store, record, one, stages[one], columns[one], before, after, people)
        for one in single
    }
    if COMPOSITE in record.outcomes:
        found[COMPOSITE] = _composite(store, record, found, people)
    known = [name for name in after.columns if any(name in one.names for one in columns.values())]
    factors = _changes(before[known], after[known])
    return Worked(
        as_published(store, record.id),
        scenario,
        year,
        factors,
        tuple(found.values()),
        _notes(store, record, settings, scenario, after, known, tuple(found.values())),
    )


def _outcome(
    store: Store,
    record: RunRecord,
    outcome: str,
    stage: str | None,
    columns: FactorColumns,
    before: pd.DataFrame,
    after: pd.DataFrame,
    people: pd.Series,
) -> OutcomeScenario:
    scores = _scores(store, record, outcome)
    codes = scores["code"].tolist()
    rates = store.draws(record.id, outcome)
    coefficients = store.coefficient_draws(record.id, outcome)
    there, beyond = scenario_rates(
        rates, coefficients, columns, before.loc[codes], after.loc[codes]
    )
    told = str(record.validation[outcome]["rates"])
    names = np.asarray(beyond.columns, dtype=object)
    flags = [",".join(names[row]) for row in beyond.to_numpy(dtype=bool)]
    return _compared(record, (outcome, stage, told), (rates, there), scores, people, flags)


def _composite(
    store: Store, record: RunRecord, found: Mapping[str, OutcomeScenario], people: pd.Series
) -> OutcomeScenario:
    weights: Mapping[str, float] = record.validation[COMPOSITE]["composite_of"]
    by_stage = {one.stage: one for one in found.values() if one.stage is not None}
    of = [by_stage[stage] for stage in weights]  # in the order in which training added them up
    before, after = (
        burden({str(one.stage): getattr(one, side) for one in of}, weights)
        for side in ("before", "after")
    )
    scores = _scores(store, record, COMPOSITE)
    flags = [
        ",".join(dict.fromkeys(name for flag in row for name in flag.split(",") if name))
        for row in zip(*(one.scores["beyond_seen"] for one in of), strict=True)
    ]
    told = (COMPOSITE, None, "burden")
    return _compared(record, told, (before, after), scores, people, flags)


def _scores(store: Store, record: RunRecord, outcome: str) -> pd.DataFrame:
    scores = store.scores(record.id)
    return scores[scores["outcome"] == outcome].reset_index(drop=True)


def _compared(
    record: RunRecord,
    what: tuple[str, str | None, str],
    sides: tuple[Floats, Floats],
    scores: pd.DataFrame,
    people: pd.Series,
    beyond: list[str],
) -> OutcomeScenario:
    outcome, stage, told = what
    before, after = sides
    codes = scores["code"].tolist()
    table = compare_scores(
        before,
        after,
        codes,
        people.reindex(codes).to_numpy(dtype=float),
        scores["no_data_reason"].tolist(),
        train_settings(settings_of(record)),
    )
    same = (before == after) | (np.isnan(before) & np.isnan(after))
    table = table.assign(moved=~same.all(axis=0), beyond_seen=beyond)
    if told == "index":  # experts' weights tell no rate, only how it compares
        of_rates = table.columns.str.match(r"rate_(?!ratio)")
        table.loc[:, of_rates] = np.nan
    return OutcomeScenario(outcome, stage, told, before, after, table)


def _changes(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    changed = changed_factors(before, after).to_numpy(dtype=bool)
    row, column = np.nonzero(changed)
    return pd.DataFrame(
        {
            "code": before.index.to_numpy()[row],
            "factor": np.asarray(after.columns, dtype=object)[column],
            "before": before.to_numpy()[row, column],
            "after": after.to_numpy()[row, column],
        }
    )


def _notes(
    store: Store,
    record: RunRecord,
    settings: ProjectSettings,
    scenario: Scenario,
    after: pd.DataFrame,
    known: list[str],
    outcomes: tuple[OutcomeScenario, ...],
) -> tuple[str, ...]:
    """What must be said beside the numbers."""
    roles = {factor.id: layer.role for layer, _, factor in factors_of(settings)}
    unheard = [name for name in after.columns if name not in known]
    only = [name for name in unheard if roles[name] == "detection"]
    idle = [name for name in unheard if roles[name] != "detection"]
    flowing = FLOW in set(store.coefficients(record.id)["factor"])
    beyond = int(np.any([one.scores["beyond_seen"] != "" for one in outcomes], axis=0).sum())
    lost = int(
        np.any(
            [
                (one.scores["level_after"] == "no_data") & (one.scores["level_before"] != "no_data")
                for one in outcomes
            ],
            axis=0,
        ).sum()
    )
    return (
        "rest_is_held",
        *(["flow_is_held"] if flowing else []),
        "levels_compare",
        "applicability_not_judged",
        *([f"detection_only:{','.join(only)}"] if only else []),
        *([f"factor_not_in_fit:{','.join(idle)}"] if idle else []),
        *([f"beyond_seen:{beyond}"] if beyond else []),
        *([f"data_lost:{lost}"] if lost else []),
        *(["nothing_moves"] if not any(one.scores["moved"].any() for one in outcomes) else []),
    )
