"""Counts whose true rates are known, for the tests of models."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array

from models.stage import Columns, Places


@dataclass(frozen=True)
class World:
    """Districts in provinces, with factors that do and do not matter.

    Attributes
    ----------
    counts, target : DataFrame
        As ``models.train.Given`` takes them.
    factors : list of str
    true_rate : array of shape (districts,)
        Expected cases per 100,000 people per year, by code; scatter is spread around it.
    """

    counts: pd.DataFrame
    target: pd.DataFrame
    factors: list[str]
    true_rate: np.ndarray = field(repr=False)

    @property
    def columns(self) -> Columns:
        return Columns(tuple(self.factors))

    @property
    def places(self) -> Places:
        """Neighbours in a province are those next to each other."""
        codes = sorted(self.target["code"])
        same = np.array([one[:4] == other[:4] for one, other in pairwise(codes)], dtype=float)
        n = len(codes)
        edges = csr_array(coo_array((same, (np.arange(n - 1), np.arange(1, n))), shape=(n, n)))
        return Places(tuple(codes), csr_array(edges + edges.T))


def world(
    *,
    districts: int = 60,
    provinces: int = 12,
    years: int = 3,
    slopes: tuple[float, ...] = (0.7, -0.5, 0.0),
    rate_per_100k: float = 40.0,
    province_sd: float = 0.0,
    district_sd: float = 0.0,
    year_sd: float = 0.0,
    seed: int = 1,
) -> World:
    """Poisson counts around log-linear rates, with lognormal scatter (mean 1) where asked for.

    The first half of each factor's variance is shared within provinces.
    """
    random = np.random.default_rng(seed)
    province = np.arange(districts) * provinces // districts
    people = np.round(random.lognormal(9.5, 0.8, districts)) + 100
    shared = random.normal(size=(provinces, len(slopes)))[province]
    factors = (shared + random.normal(size=(districts, len(slopes)))) / np.sqrt(2)
    true_rate = rate_per_100k * np.exp(factors @ np.asarray(slopes))

    def scatter(sd: float, size: int) -> np.ndarray:
        return np.exp(random.normal(0, sd, size) - sd**2 / 2)

    lasting = scatter(province_sd, provinces)[province] * scatter(district_sd, districts)
    names = [f"layer{number}__distance__capital" for number in range(len(slopes))]
    target = pd.DataFrame(factors, columns=names)
    target.insert(0, "code", [f"{p + 1:04d}{d:02d}" for p, d in _numbered(province)])
    target.insert(1, "province", target["code"].str[:4])
    target.insert(2, "people", people)
    target.insert(3, "year", 2020 + years)
    by_year = [
        target.assign(
            year=2020 + year,
            count=random.poisson(
                people / 1e5 * true_rate * lasting * scatter(year_sd, districts)
            ).astype(float),
        )
        for year in range(years)
    ]
    return World(pd.concat(by_year, ignore_index=True), target, names, true_rate)


def _numbered(province: np.ndarray) -> list[tuple[int, int]]:
    seen: dict[int, int] = {}
    pairs = []
    for number in province:
        seen[int(number)] = seen.get(int(number), 0) + 1
        pairs.append((int(number), seen[int(number)]))
    return pairs
