"""Plans of a project: from a run, its inputs as they were, and the travel network to a plan."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from data.store import Store
from geo.geodesy import Floats
from geo.travel.network import Network
from maps.released import Released
from models.plan.demand import Demand
from models.plan.request import request_of
from models.plan.sites import SitesPlan, cases_reached, plan_sites
from models.plan.steps import Progress, silent
from vigia.errors import PlanRequestError
from vigia.plan_coverage import Route, districts_reached, routes
from vigia.plan_ground import Ground
from vigia.settings.plans import SitesForm


@dataclass(frozen=True)
class Planned:
    """A plan of sites, and what it was made from.

    Attributes
    ----------
    plan : SitesPlan
    demand : Demand
    places : GeoDataFrame
        All candidates and existing sites, by id: name, code, department, geometry (EPSG:4326).
    minutes : array of shape (places, points)
    unknown : tuple of str
        Codes of districts without data: no case is placed there, which is not to say that there
        is none.
    reached : DataFrame
        See ``vigia.plan_coverage.districts_reached``.
    """

    plan: SitesPlan
    demand: Demand
    places: gpd.GeoDataFrame
    minutes: Floats
    unknown: tuple[str, ...]
    reached: pd.DataFrame

    @property
    def open(self) -> pd.Index:
        """Ids of sites, existing ones included."""
        return self.plan.sites.index[self.plan.sites["chosen"] | self.plan.sites["existing"]]

    @property
    def all_cases(self) -> Floats:
        """By draw that is planned on, reached or not."""
        return self.demand.total[: self.plan.request.draws]

    def reaches(self, sites: pd.Index) -> Floats:
        """Cases that these sites, and the existing ones, reach here, by draw."""
        table = pd.DataFrame(self.places.drop(columns="geometry"))
        return cases_reached(sites, self.demand, table, self.minutes, self.plan.request)


@dataclass(frozen=True)
class PlanMade(Planned):
    """A plan of a project with the run that it rests on.

    Attributes
    ----------
    run : Released
        After disclosure.
    outcome : str
    routes : tuple of Route
    """

    asked: SitesForm
    run: Released
    outcome: str
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
    network = ground.network()
    made = planned(ground, network, asked, outcome, progress=progress)
    capitals = store.capitals(ground.snapshot).set_index("code").geometry
    about = (made.plan, made.reached, made.places.geometry, capitals, asked.season)
    ways = tuple(routes(network, ground.settings, *about))
    return PlanMade(**vars(made), asked=asked, run=ground.released, outcome=outcome, routes=ways)


def planned(
    ground: Ground,
    network: Network,
    asked: SitesForm,
    outcome: str,
    rates: Floats | None = None,
    progress: Progress = silent,
) -> Planned:
    """Choose sites on what is known, or as if the rates were these (draws by districts)."""
    demand, points, unknown = ground.demand(outcome, asked.years, rates)
    places = candidates(ground, asked)
    minutes = np.asarray(network.matrix(places.geometry, points, asked.season).minutes)
    table = pd.DataFrame(places.drop(columns="geometry"))
    plan = plan_sites(demand, table, minutes, request_of(asked.model_dump()), progress)
    reached = districts_reached(plan, ground.districts)
    return Planned(plan, demand, places, minutes, unknown, reached)


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
