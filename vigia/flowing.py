"""The flow between districts: from a project and its store to the gravity model of transit."""

from __future__ import annotations

import geopandas as gpd

from data.store import Snapshot, Store
from geo.neighbours import places_of
from geo.travel.journeys import Journeys, journeys
from models.flows import Gravity
from vigia.measuring import metric_of, network_of
from vigia.settings import ProjectSettings


def district_gravity(
    settings: ProjectSettings, store: Store, snapshot: Snapshot, exits: str | None = None
) -> Gravity | None:
    """The gravity model of the project's districts, in the store's order of codes.

    People travel half of every year at high water and half at low water, the target year included:
    flows are worked out for both and averaged.

    Parameters
    ----------
    exits : str, optional
        A layer of points where people are taken over the border.

    Returns
    -------
    Gravity or None
        None where the project has no ``[travel]``.
    """
    found = district_journeys(settings, store, snapshot, exits)
    return None if found is None else Gravity(found, settings.model.gravity_hours)


def district_journeys(
    settings: ProjectSettings, store: Store, snapshot: Snapshot, exits: str | None = None
) -> tuple[Journeys, ...] | None:
    """Quickest ways at high and at low water, from capital to capital; parameters as above.

    A district without a capital is entered and left at a point inside of it.
    """
    districts = store.districts(snapshot)
    metric = metric_of(settings, districts)
    network = network_of(settings, store, snapshot, districts, metric)
    if network is None:
        return None
    leaving = None if exits is None else gpd.GeoSeries(store.layer(snapshot, exits)["geometry"])
    places = places_of(districts, store.capitals(snapshot))
    return journeys(network, places, districts, exits=leaving)
