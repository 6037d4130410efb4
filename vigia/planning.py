"""Plans of a project: from a run, its inputs as they were, and the travel network to a plan."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from data.store import Store
from maps.released import Released
from models.plan.request import request_of
from models.plan.sites import SitesPlan, plan_sites
from models.plan.steps import Progress, silent
from vigia.errors import PlanRequestError
from vigia.plan_coverage import Route, districts_reached, routes
from vigia.plan_ground import Ground
from vigia.settings.plans import SitesForm


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
    ground = Ground.of(store, run)
    outcome = ground.outcome(asked.outcome)
    demand, points, unknown = ground.demand(outcome, asked.years)
    places, network, districts = candidates(ground, asked), ground.network(), ground.districts
    minutes = network.matrix(places.geometry, points, asked.season).minutes
    table = pd.DataFrame(places.drop(columns="geometry"))
    plan = plan_sites(demand, table, minutes, request_of(asked.model_dump()), progress)
    reached = districts_reached(plan, districts)
    capitals = store.capitals(ground.snapshot).set_index("code").geometry
    ways = routes(network, ground.settings, plan, reached, places.geometry, capitals, asked.season)
    return PlanMade(plan, asked, places, ground.released, outcome, unknown, reached, tuple(ways))


def candidates(ground: Ground, asked: SitesForm) -> gpd.GeoDataFrame:
    """Places where teams could go or are, by id, as ``models.plan.sites.plan_sites`` takes them."""
    tables = [ground.places(asked.candidates)]
    if asked.existing is not None:
        there = ground.places(asked.existing)
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
