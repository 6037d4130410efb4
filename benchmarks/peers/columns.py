"""The table that every engine computes: one row for each district, everything in the plane.

``polygon`` is the district, ``capital`` its one point, ``people`` the mean over the population
points with its code, weighted by their people (all are known and above 0). A mine is counted where
its representative point lies; what lies on a shared border counts for the lowest code.

Distances are in km to the nearest feature. ``mine_share`` is the per cent of the district under
mines, overlaps once. ``river_density`` is km of river per km²: no river of the region runs along a
border. Densities within the district are per 1,000 km² of it; those within a radius are per 1,000
km² of the disc around the point. ``weight`` is the sum of the mines' values in place of their
number. A population point counts itself. Without a population point the columns of ``people`` are
missing; without a feature a density is 0.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

RADII_KM = (10, 25, 50)  # around capitals
PEOPLE_RADII_KM = (10, 25)  # around population points
AROUND_PEOPLE = {  # radii in km
    **{f"{what}_{km}km_people": km for km in PEOPLE_RADII_KM for what in ("mines", "weight")},
    "points_10km_people": 10,
}
COLUMNS = (
    "river_km_polygon",
    "river_km_capital",
    "river_km_people",
    "mine_km_polygon",
    "mine_km_capital",
    "mine_share",
    "river_density",
    "point_density",
    "mine_density",
    *AROUND_PEOPLE,
    *(f"mines_{km}km_capital" for km in RADII_KM),
    *(f"points_{km}km_capital" for km in RADII_KM),
)
ALLOWED = 1e-6  # largest relative difference between two engines


def disc_1000km2(radius_km: float) -> float:
    """Area of a disc in 1,000 km²."""
    return math.pi * radius_km**2 / 1000


def counts(
    table: pd.DataFrame, districts_km2: pd.Series[float], people: pd.Series[float]
) -> pd.DataFrame:
    """The whole numbers behind the densities of ``table``, by code.

    A mean over population points is one of persons and what is around each of them, as the region
    has no half persons and no half machines; it is -1 where the mean is missing.

    Parameters
    ----------
    table : DataFrame
        COLUMNS, indexed by code.
    districts_km2 : Series
        Area of the districts, by code.
    people : Series
        At the population points of each district, by code.
    """
    found = {name: table[name] * districts_km2 / 1000 for name in ("point_density", "mine_density")}
    for what in ("mines", "points"):
        for km in RADII_KM:
            name = f"{what}_{km}km_capital"
            found[name] = table[name] * disc_1000km2(km)
    for name, km in AROUND_PEOPLE.items():
        found[name] = (table[name] * people * disc_1000km2(km)).fillna(-1.0)
    return pd.DataFrame(found).round(4)  # a count that is off is off by one


def differences(one: pd.DataFrame, other: pd.DataFrame) -> pd.Series[float]:
    """The largest relative difference in each column; infinite where only one has a number."""
    a = one.to_numpy(float)
    b = other.reindex(index=one.index, columns=one.columns).to_numpy(float)
    larger = np.maximum(np.abs(a), np.abs(b))
    apart = np.abs(a - b) / np.where(larger == 0, 1.0, larger)
    apart = np.where(np.isnan(a) & np.isnan(b), 0.0, np.where(np.isnan(apart), np.inf, apart))
    return pd.Series(apart.max(axis=0, initial=0.0), index=one.columns)
