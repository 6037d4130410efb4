"""Itineraries of a project: from a run, its inputs as they were, and the travel network."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from data.store import Store
from maps.released import Released
from models.plan.itineraries import ItinerariesPlan, plan_itineraries
from models.plan.itineraries_limits import Travel
from models.plan.itineraries_request import request_of
from models.plan.steps import Progress, silent
from vigia.errors import PlanRequestError
from vigia.plan_ground import Ground
from vigia.settings.itineraries import ItinerariesForm


@dataclass(frozen=True)
class ItinerariesMade:
    """Itineraries with what they rest on.

    Attributes
    ----------
    plan : ItinerariesPlan
    stops, bases : GeoDataFrame
        By id: name, code, department, geometry (EPSG:4326).
    run : Released
        After disclosure.
    outcome : str
    unknown : tuple of str
        Codes of districts without data.
    """

    plan: ItinerariesPlan
    asked: ItinerariesForm
    stops: gpd.GeoDataFrame
    bases: gpd.GeoDataFrame
    run: Released
    outcome: str
    unknown: tuple[str, ...]


def make_itineraries(
    store: Store, asked: ItinerariesForm, run: str | None = None, progress: Progress = silent
) -> ItinerariesMade:
    """Choose by a run which stops teams visit, and when.

    Raises
    ------
    MissingStepError
        When nothing is published, or the project has no travel network.
    PlanRequestError, PlanImpossibleError
        See ``models.plan.itineraries.plan_itineraries``.
    """
    request, ground = request_of(asked.model_dump()), Ground.of(store, run)
    outcome = ground.outcome(asked.outcome)
    stops, bases = _stops(ground, asked), _bases(ground, asked)
    demand, points, unknown = ground.demand(outcome, asked.years)
    network = ground.network()
    at, of_teams = stops.geometry, bases.geometry.loc[[team.base for team in asked.teams]]
    travel = Travel(
        network.matrix(at, at, asked.season).minutes,
        network.matrix(of_teams, at, asked.season).minutes,
        network.matrix(at, of_teams, asked.season).minutes.T,
    )
    minutes = network.matrix(at, points, asked.season).minutes
    table = pd.DataFrame(stops.drop(columns="geometry"))
    plan = plan_itineraries(demand, table, minutes, travel, request, progress)
    return ItinerariesMade(plan, asked, stops, bases, ground.released, outcome, unknown)


def _stops(ground: Ground, asked: ItinerariesForm) -> gpd.GeoDataFrame:
    places = ground.places(asked.candidates)
    if not asked.only:
        return places
    if strange := sorted(set(asked.only) - set(places.index)):
        raise PlanRequestError(
            f"There is no stop {strange[0]!r} in {asked.candidates}.",
            hint="Name places of that layer.",
        )
    return places[places.index.isin(asked.only)]


def _bases(ground: Ground, asked: ItinerariesForm) -> gpd.GeoDataFrame:
    places = ground.places(asked.bases)
    for team in asked.teams:
        if team.base not in places.index:
            raise PlanRequestError(
                f"The base {team.base!r} of {team.name} is no place of {asked.bases}.",
                hint="Name the code of a district with a capital, or another layer of bases.",
            )
    return places
