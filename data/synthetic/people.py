"""People by year, and poverty."""

from __future__ import annotations

import numpy as np

from data.synthetic.districts import Districts
from data.synthetic.field import smooth_noise
from data.synthetic.params import SyntheticParams


def census_year(params: SyntheticParams) -> int:
    """The year before the first counts."""
    return params.first_year - 1


def people_by_year(
    params: SyntheticParams, districts: Districts, random: np.random.Generator
) -> np.ndarray:
    """People per district from the census on, to the year that is to be predicted.

    Returns
    -------
    array of shape (districts, years + 2)
        The first column is the census, the sum of the settlements.
    """
    growth = random.normal(params.growth_mean, params.growth_sd, len(districts))
    after = np.arange(params.years + 2)
    return np.round(districts.people[:, None] * np.exp(growth[:, None] * after)).astype(int)


def poverty_percent(
    params: SyntheticParams, districts: Districts, random: np.random.Generator
) -> np.ndarray:
    """Poor people, %: less in towns, alike among neighbours."""
    town = np.log(districts.settlements.people[districts.capital])
    town = (town - town.mean()) / town.std()
    around = smooth_noise(len(districts), districts.neighbours, params.field_smoothness, random)
    mixed = -0.6 * town + 0.8 * around
    mixed = (mixed - mixed.mean()) / mixed.std()
    percent = params.poverty_mean + params.poverty_sd * mixed
    return np.asarray(np.round(np.clip(percent, 3, 75), 1))
