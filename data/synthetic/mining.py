"""Mining fronts: they appear on rivers, move along them from year to year, and close."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree

from data.synthetic.params import SyntheticParams
from data.synthetic.rivers import Rivers

YEARS_BEFORE = 8  # fronts that began this long before the counts, at most
CORNERS = 18
PATCHES_A_YEAR = (1, 4)
GOLD_BELTS = 0.04  # share of the river nodes around which fronts gather


@dataclass(frozen=True)
class Mining:
    """Patches worked in one year by a front.

    Attributes
    ----------
    front : array of shape (patches,)
    year, until : arrays of shape (patches,)
        First year in which the patch exists, and the first in which it does no longer.
    xy : array of shape (patches, 2)
        Middle, kilometres.
    polygons : array of shape (patches,) of Polygon
        Kilometres.
    """

    front: np.ndarray
    year: np.ndarray
    until: np.ndarray
    xy: np.ndarray
    polygons: np.ndarray

    def active(self, year: int) -> np.ndarray:
        """Which patches exist at the end of ``year``."""
        return (self.year <= year) & (self.until > year)


def make_mining(
    params: SyntheticParams,
    region: shapely.Polygon,
    rivers: Rivers,
    random: np.random.Generator,
) -> Mining:
    """Fronts in a few gold belts; patches of every year that a front lives."""
    first, last = params.first_year - YEARS_BEFORE, params.first_year + params.years - 1
    span = last - first + 1
    count = max(4, round(params.fronts_per_district * params.districts))
    begins = first + np.sort(random.integers(0, span, count))
    begins[0] = min(begins[0], params.first_year - 2)  # the first counts have a front before them
    lives = np.maximum(2, np.round(random.gamma(3, params.front_life_years / 3, count))).astype(int)
    lives[0] = max(lives[0], params.years)
    starts = front_starts(rivers, count, random)
    rows = []
    for front in range(count):
        xy = front_path(rivers, int(starts[front]), int(lives[front]), params.front_step_km)
        for year in range(int(begins[front]), min(int(begins[front] + lives[front]), last + 1)):
            for _ in range(int(random.integers(*PATCHES_A_YEAR))):
                beside = xy[year - begins[front]] + random.normal(0, 1.5, 2)
                rows.append((front, year, *beside))
    table = np.array(rows)
    kept = shapely.contains_xy(region, table[:, 2], table[:, 3])
    front, year = table[kept, 0].astype(int), table[kept, 1].astype(int)
    closing = (begins + lives)[front]
    until = np.minimum(year + params.patch_years, np.maximum(closing, year + 1))
    return Mining(front, year, until, table[kept, 2:], blobs(params, table[kept, 2:], random))


def front_starts(rivers: Rivers, count: int, random: np.random.Generator) -> np.ndarray:
    """River nodes, gathered in belts; the south and the middle-sized rivers have the gold."""
    nodes = rivers.nodes
    southward = (nodes[:, 1].max() - nodes[:, 1]) / np.ptp(nodes[:, 1])
    weight = 0.1 + southward**2
    weight[rivers.catchment_km2 > 0.3 * rivers.catchment_km2.max()] = 0
    weight[0] = 0
    belts = max(2, round(count / 5))
    middle = nodes[random.choice(len(nodes), belts, replace=False, p=weight / weight.sum())]
    gap, _ = cKDTree(middle).query(nodes)
    nearest = np.argsort(np.where(weight > 0, gap, np.inf), kind="stable")
    pool = nearest[: max(2 * belts, round(GOLD_BELTS * len(nodes)) + count)]
    return np.asarray(random.choice(pool, count))


def front_path(rivers: Rivers, node: int, years: int, step_km: float) -> np.ndarray:
    """Where the front is in each year of its life: ever farther down its river.

    Returns
    -------
    array of shape (years, 2)
        Kilometres.
    """
    lines = []
    length = 0.0
    while node > 0 and length < years * step_km:
        lines.append(shapely.get_coordinates(rivers.lines[node - 1]))
        length += float(rivers.lines[node - 1].length)
        node = int(rivers.downstream[node])
    way = shapely.LineString(np.vstack(lines))
    along = np.minimum(np.arange(years) * step_km, way.length)
    return shapely.get_coordinates(shapely.line_interpolate_point(way, along))


def blobs(params: SyntheticParams, xy: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Uneven patches around points."""
    angle = np.arange(CORNERS) * 2 * np.pi / CORNERS
    radius = params.patch_radius_km * random.lognormal(0, 0.4, (len(xy), 1))
    shape = 1 + sum(
        0.22 / waves * np.sin(waves * angle + random.uniform(0, 2 * np.pi, (len(xy), 1)))
        for waves in (2, 3, 5)
    )
    reach = (radius * shape)[..., None]
    corners = xy[:, None] + reach * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    return np.asarray(shapely.polygons(corners))
