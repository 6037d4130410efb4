"""What a plan reaches, district by district, and the ways there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely

from geo.travel.network import Network
from models.plan.sites import SitesPlan
from vigia.errors import GeometryError
from vigia.settings import ProjectSettings

ROUTES_AT_MOST = 300  # to districts of which most people are reached
AS_DRAWN = 0.001  # degrees, about 100 m


@dataclass(frozen=True)
class Route:
    """The quickest way from an open place to a district of which it reaches most.

    Attributes
    ----------
    site, code : str
    minutes : float
    line : LineString
        EPSG:4326, as coarse as a map of a region bears.
    """

    site: str
    code: str
    minutes: float
    line: shapely.LineString


def districts_reached(plan: SitesPlan, districts: gpd.GeoDataFrame) -> pd.DataFrame:
    """A row per district: code, name, department, share of its people reached, site, people.

    Parameters
    ----------
    districts : GeoDataFrame
        In the order of the demand.
    """
    department = districts["department"].where(
        districts["department"].notna(), districts["department_code"]
    )
    return pd.DataFrame(
        {
            "code": districts["code"].to_numpy(dtype=object),
            "name": districts["name"].where(districts["name"].notna(), districts["code"]),
            "department": department.to_numpy(dtype=object),
            "reached": plan.districts["reached"].to_numpy(),
            "site": plan.districts["site"].to_numpy(dtype=object),
            "people": plan.districts["people"].to_numpy(),
        }
    )


def routes(
    network: Network,
    settings: ProjectSettings,
    plan: SitesPlan,
    reached: pd.DataFrame,
    places: gpd.GeoSeries,
    capitals: gpd.GeoSeries,
    season: str,
) -> Iterator[Route]:
    """To the capital of each district that is reached, where it lies within reach itself.

    There are none where rivers or roads have no licence: their lines may not leave the store.
    """
    travel = settings.travel
    if travel is None or not all(way.licence for way in travel.ways):
        return
    served = reached[reached["site"].notna() & reached["code"].isin(capitals.dropna().index)]
    most = served.sort_values(["people", "code"], ascending=[False, True], kind="stable")
    for row in most.head(ROUTES_AT_MOST).sort_values("code").itertuples():
        start, end = places[row.site], capitals[row.code]
        if start.equals(end):
            continue
        try:
            path = network.path(start, end, "high" if season == "high" else "low")
        except GeometryError:  # its people are reached, its capital is not
            continue
        if path.minutes <= plan.request.reach_minutes:
            line = shapely.LineString(shapely.simplify(path.geometry, AS_DRAWN))
            yield Route(str(row.site), str(row.code), path.minutes, line)
