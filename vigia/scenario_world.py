"""What is measured of a project as it is and as a scenario has it: what hangs on the change."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import pandas as pd

from data.snapshot import Snapshot
from data.store import Store
from geo.factor import Factor
from geo.features import feature_table
from vigia.errors import ScenarioError
from vigia.measuring import (
    Measured,
    factors_of,
    measured_table,
    network_of,
    travel_rules,
    travels,
    ways_of,
    what_is_measured,
)
from vigia.scenario_changes import (
    ChangedLayer,
    changed_layer,
    changed_ways,
    layers_of,
    refuse_unknown_ways,
)
from vigia.scenario_file import Scenario
from vigia.settings import ProjectSettings

Progress = Callable[[str, int, int], None]


def measured_twice(
    store: Store,
    snapshot: Snapshot,
    settings: ProjectSettings,
    scenario: Scenario,
    year: int,
    progress: Progress,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Factors that hang on what changes, by code: as they are, and as they would be."""
    factors = hanging_on(settings, scenario)
    if not factors:  # nothing but the plan hangs on it
        codes = sorted(store.districts(snapshot)["code"])
        return pd.DataFrame(index=codes), pd.DataFrame(index=codes)
    it = what_is_measured(settings, store, snapshot, factors)
    later = changed_world(store, snapshot, settings, scenario, it, year)
    return _measured(it, year, progress), _measured(later, year, progress)


def _measured(it: Measured, year: int, progress: Progress) -> pd.DataFrame:
    table = feature_table(
        it.region, it.layers, it.factors, [year], it.metric, progress, network=it.network
    )
    return table.droplevel("year")


def hanging_on(settings: ProjectSettings, scenario: Scenario) -> list[Factor]:
    """Factors of the layers that change and, where ways or ports do, all that travel.

    Raises
    ------
    ScenarioError
        When there is none, and no plan hangs on the change either.
    """
    names = {layer.id for layer in layers_of(settings, scenario)}
    refuse_unknown_ways(settings, scenario)
    found = [
        factor
        for _, _, factor in factors_of(settings)
        if factor.layer in names or (rebuilds(settings, scenario) and travels(factor))
    ]
    if not found and not _plan_hangs(settings, scenario):
        what = "the ways" if scenario.travel else ", ".join(sorted(names))
        raise ScenarioError(
            f"No factor of the run hangs on {what}: the model cannot tell what would change.",
            hint="Give the layer factors in vigia.toml and train again, or change another layer.",
        )
    return found


def _plan_hangs(settings: ProjectSettings, scenario: Scenario) -> bool:
    """Whether a plan would change though no factor does: on its places or on its ways."""
    plan = scenario.plan
    return plan is not None and (
        rebuilds(settings, scenario)
        or not {plan.candidates, plan.existing}.isdisjoint(scenario.layers)
    )


def rebuilds(settings: ProjectSettings, scenario: Scenario) -> bool:
    """Whether the network is another."""
    ports = None if settings.travel is None else settings.travel.ports
    return bool(scenario.travel) or ports in scenario.layers


def changed_world(
    store: Store,
    snapshot: Snapshot,
    settings: ProjectSettings,
    scenario: Scenario,
    it: Measured,
    year: int,
) -> Measured:
    """What is measured, with the scenario's layers, and the network where it is another.

    Raises
    ------
    ScenarioError
        When the scenario names a feature or way that is not there, or does not stand.
    """
    changed = layers_changed(store, snapshot, settings, scenario, year)
    layers = dict(it.layers)
    for layer in layers_of(settings, scenario):
        if layer.id in layers:
            layers[layer.id] = measured_table(layer, changed[layer.id].table)
    network, travel = it.network, settings.travel
    if network is not None and travel is not None and rebuilds(settings, scenario):
        ways = ways_changed(store, snapshot, settings, scenario)
        ports = changed[travel.ports].left if travel.ports in changed else None
        network = network_of(
            settings, store, snapshot, it.region.districts, it.metric, ways=ways, ports=ports
        )
    return Measured(it.region, layers, it.factors, it.metric, network)


def layers_changed(
    store: Store, snapshot: Snapshot, settings: ProjectSettings, scenario: Scenario, year: int
) -> dict[str, ChangedLayer]:
    """The scenario's layers by id, as it has them at the end of ``year``."""
    changed = {}
    for layer in layers_of(settings, scenario):
        table = store.layer(snapshot, layer.id)
        measured = measured_table(layer, table)
        changed[layer.id] = changed_layer(layer.id, table, measured, scenario, year)
    return changed


def ways_changed(
    store: Store, snapshot: Snapshot, settings: ProjectSettings, scenario: Scenario
) -> dict[str, gpd.GeoDataFrame]:
    """Rivers and roads by id, as the scenario has them; none where it leaves them as they are."""
    if settings.travel is None or not scenario.travel:
        return {}
    stored = ways_of(settings, store, snapshot)
    return changed_ways(stored, scenario.travel, travel_rules(settings.travel))
