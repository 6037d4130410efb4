"""Plans of a project: from a run, its inputs as they were, and the travel network to a plan."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from data.publish import as_published, served_run
from data.records import RunRecord
from data.snapshot import Snapshot
from data.store import Store
from geo.locate import locate
from geo.neighbours import places_of
from maps.made import COMPOSITE
from maps.released import Released, release
from models.plan.demand import Demand, demand_of
from models.plan.request import request_of
from models.plan.sites import SitesPlan, plan_sites
from models.plan.steps import Progress, silent
from vigia.errors import MissingStepError, PlanRequestError
from vigia.measuring import metric_of, network_of
from vigia.plan_coverage import Route, districts_reached, routes
from vigia.scenarios import settings_of
from vigia.settings import ProjectSettings
from vigia.settings.plans import SitesForm
from vigia.training_table import people_of

CAPITALS = "capitals"


@dataclass(frozen=True)
class PlanMade:
    """A plan of sites with what it rests on.

    Attributes
    ----------
    plan : SitesPlan
    places : GeoDataFrame
        All candidates, by id: name, code, department, geometry (EPSG:4326).
    run : Released
        That it rests on, after disclosure.
    outcome : str
    unknown : tuple of str
        Codes of districts without data: no case is placed there, which is not to say that there
        is none.
    reached : DataFrame
        See ``vigia.plan_coverage.districts_reached``.
    routes : tuple of Route
    """

    plan: SitesPlan
    asked: SitesForm
    places: gpd.GeoDataFrame
    run: Released
    outcome: str
    unknown: tuple[str, ...]
    reached: pd.DataFrame
    routes: tuple[Route, ...]


def make_plan(
    store: Store, asked: SitesForm, run: str | None = None, progress: Progress = silent
) -> PlanMade:
    """Choose sites by a run.

    Parameters
    ----------
    run : str, optional
        An id, the beginning of one, or "latest"; None: the published run.
    progress : callable, optional
        See ``models.plan.sites.plan_sites``.

    Raises
    ------
    MissingStepError
        When nothing is published, or the project has no travel network.
    PlanRequestError, PlanImpossibleError
        See ``models.plan.sites.plan_sites``.
    """
    record = run_of(store, run)
    settings, snapshot = settings_of(record), Snapshot.from_json(record.inputs)
    released = release(as_published(store, record.id))
    outcome = _outcome(released, asked.outcome)
    districts = store.districts(snapshot).sort_values("code", kind="stable", ignore_index=True)
    demand, points, unknown = _demand(store, snapshot, record, districts, outcome, asked)
    places = _candidates(store, snapshot, settings, districts, asked)
    network = network_of(settings, store, snapshot, districts, metric_of(settings, districts))
    if network is None:
        raise MissingStepError(
            "The project has no travel network, so nothing says who is in reach.",
            hint="Add [travel] with rivers and roads to vigia.toml, and run vigia ingest again.",
        )
    minutes = network.matrix(places.geometry, points, asked.season).minutes
    table = pd.DataFrame(places.drop(columns="geometry"))
    plan = plan_sites(demand, table, minutes, request_of(asked.model_dump()), progress)
    reached = districts_reached(plan, districts)
    capitals = store.capitals(snapshot).set_index("code").geometry
    ways = routes(network, settings, plan, reached, places.geometry, capitals, asked.season)
    return PlanMade(plan, asked, places, released, outcome, unknown, reached, tuple(ways))


def run_of(store: Store, run: str | None) -> RunRecord:
    """The run that is named, else the published one."""
    if run is not None:
        return store.run(run)
    served = served_run(store)
    if served is None:
        raise MissingStepError(
            "No run has been published yet, so there is nothing to plan by.",
            hint="Run vigia train and vigia publish latest, or name a run.",
        )
    return served


def _outcome(released: Released, asked: str) -> str:
    """The outcome of a run that is meant, by its name or its stage; one that has rates."""
    names = [one.id for one in released.outcomes]
    meant = [one.id for one in released.outcomes if asked in (one.id, one.stage)]
    if asked == COMPOSITE and len(names) == 1:
        meant = names
    if not meant:
        raise PlanRequestError(
            f"Run {released.run_id} has no outcome {asked!r}.",
            hint=f"Choose one of {', '.join(names)}.",
        )
    if released.rates_of(meant[0]) == "index":
        raise PlanRequestError(
            f"Run {released.run_id} has an index of experts and no rates, so no number of cases.",
            hint="Bring counts of cases and train again.",
        )
    return meant[0]


def _demand(
    store: Store,
    snapshot: Snapshot,
    record: RunRecord,
    districts: gpd.GeoDataFrame,
    outcome: str,
    asked: SitesForm,
) -> tuple[Demand, gpd.GeoSeries, tuple[str, ...]]:
    """Cases where people live, the points where that is, and districts of which nothing is known.

    A district without population points has one, its capital or a point inside it.
    """
    codes = districts["code"].tolist()
    people = people_of(store.population(snapshot), codes, record.target_year)
    rates = store.draws(record.id, outcome)
    known = np.isfinite(rates).all(axis=0) & people.notna().to_numpy()
    points = store.points(snapshot)[["code", "people", "geometry"]]
    alone = places_of(districts, store.capitals(snapshot))
    alone = alone[~alone.index.isin(points["code"]) & alone.notna()]
    rest = gpd.GeoDataFrame(
        {"code": alone.index, "people": 1.0}, geometry=alone.to_numpy(), crs="EPSG:4326"
    )
    points = gpd.GeoDataFrame(pd.concat([points, rest], ignore_index=True))
    points = points[points["code"].isin(codes)].reset_index(drop=True)
    demand = demand_of(
        rates,
        people.to_numpy(dtype=float),
        pd.Index(codes).get_indexer(points["code"]),
        points["people"].fillna(0.0),
        years=asked.years,
    )
    unknown = tuple(code for code, is_known in zip(codes, known, strict=True) if not is_known)
    return demand, points.geometry, unknown


def _candidates(
    store: Store,
    snapshot: Snapshot,
    settings: ProjectSettings,
    districts: gpd.GeoDataFrame,
    asked: SitesForm,
) -> gpd.GeoDataFrame:
    tables = [_points(store, snapshot, settings, districts, asked.candidates)]
    if asked.existing is not None:
        there = _points(store, snapshot, settings, districts, asked.existing)
        tables.append(there[~there.index.isin(tables[0].index)].assign(existing=True))
        if asked.existing == asked.candidates:
            raise PlanRequestError(
                "Candidates and existing sites are of the same layer.", hint="Name two layers."
            )
    places = gpd.GeoDataFrame(pd.concat(tables))
    if strange := sorted(set(asked.costs) - set(places.index)):
        raise PlanRequestError(
            f"There is a cost of {strange[0]!r}, which is no candidate place.",
            hint="Name places of the list of candidates.",
        )
    costs = pd.Series(dict(asked.costs), dtype=float).reindex(places.index)
    return places.assign(cost=costs.fillna(1.0))


def _points(
    store: Store,
    snapshot: Snapshot,
    settings: ProjectSettings,
    districts: gpd.GeoDataFrame,
    layer: str,
) -> gpd.GeoDataFrame:
    """Places by id, with name, district, department and geometry."""
    of = districts.set_index("code")
    if layer == CAPITALS:
        found = store.capitals(snapshot).set_index("code", drop=False).rename_axis("id")
        found = found[found["code"].isin(of.index) & found.geometry.notna()]
        names = found["name"].where(found["name"].notna(), found["code"])
    else:
        found = _layer_points(store, snapshot, settings, layer)
        found = found.assign(code=locate(found.geometry, districts))
        found = found[found["code"].notna()]
        of_district = of["name"].where(of["name"].notna(), of.index).reindex(found["code"])
        numbers = found["fid"].astype(str).to_numpy()
        names = pd.Series([f"{name} {n}" for name, n in zip(of_district, numbers, strict=True)])
    department = of["department"].where(of["department"].notna(), of["department_code"])
    return gpd.GeoDataFrame(
        {
            "name": names.to_numpy(dtype=object),
            "code": found["code"].to_numpy(dtype=object),
            "department": department.reindex(found["code"]).to_numpy(dtype=object),
            "existing": False,
        },
        geometry=found.geometry.to_numpy(),
        index=found.index.astype(str),
        crs="EPSG:4326",
    )


def _layer_points(
    store: Store, snapshot: Snapshot, settings: ProjectSettings, layer: str
) -> gpd.GeoDataFrame:
    known = {one.id for one in settings.layers if one.kind == "geometry"}
    if layer not in known:
        raise PlanRequestError(
            f"There is no layer {layer!r} of places.",
            hint=f"Choose capitals or one of {', '.join(sorted(known))}.",
        )
    table = gpd.GeoDataFrame(store.layer(snapshot, layer))
    points = table[table.geometry.notna() & (table.geometry.geom_type == "Point")]
    if points.empty:
        raise PlanRequestError(
            f"The layer {layer!r} has no points.", hint="Choose a layer of points, or capitals."
        )
    return points.set_index(layer + ":" + points["fid"].astype(str))
