"""Districts with codes, names, parents, capitals and settlements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from data.synthetic.names import district_names, hamlet_names, stems
from data.synthetic.params import SyntheticParams
from data.synthetic.partition import choose_seeds, make_cells
from data.synthetic.plane import to_degrees
from data.synthetic.provinces import between_groups, grown
from data.synthetic.settlements import Settlements
from data.synthetic.streams import stream


@dataclass(frozen=True)
class Districts:
    """The districts, sorted by code, and what stands in them.

    Attributes
    ----------
    code, name, province_code, province, department_code, department : arrays of str
        ``DDPPdd``; the first of a province holds its biggest place, as capitals do.
    polygons : array of Polygon
        Degrees.
    neighbours : array of shape (pairs, 2)
        Rows that share a border.
    settlements : Settlements
        Those inside, sorted by district and then by people, the most first.
    district_of : array of shape (settlements,)
        Row of the district.
    settlement_name : array of str
    capital : array of shape (districts,)
        Row of the settlement with most people.
    """

    code: np.ndarray
    name: np.ndarray
    province_code: np.ndarray
    province: np.ndarray
    department_code: np.ndarray
    department: np.ndarray
    polygons: np.ndarray
    neighbours: np.ndarray
    settlements: Settlements
    district_of: np.ndarray
    settlement_name: np.ndarray
    capital: np.ndarray

    def __len__(self) -> int:
        return len(self.code)

    @property
    def people(self) -> np.ndarray:
        """At the census."""
        return np.bincount(self.district_of, self.settlements.people, len(self)).astype(int)

    def mean_of_people(self, of_settlements: np.ndarray) -> np.ndarray:
        """Person-weighted mean per district of something that settlements have."""
        people = self.settlements.people
        total = np.bincount(self.district_of, people * of_settlements, len(self))
        return np.asarray(total / self.people)


def make_districts(
    params: SyntheticParams, region: shapely.Polygon, settlements: Settlements
) -> Districts:
    """Draw them, group them, number them."""
    seed = params.seed
    seeds = choose_seeds(
        settlements.xy, np.ones(len(settlements)), params.districts, stream(seed, "seeds")
    )
    cells = make_cells(params, region, settlements.xy[seeds], stream(seed, "borders"))
    place, cell = inside(params, cells.polygons, settlements)
    biggest = np.zeros(params.districts, dtype=int)
    np.maximum.at(biggest, cell, settlements.people[place])

    province = grown(cells.seeds, cells.neighbours, params.provinces, stream(seed, "provinces"))
    middle = np.column_stack(
        [np.bincount(province, axis) / np.bincount(province) for axis in cells.seeds.T]
    )
    pairs = between_groups(cells.neighbours, province)
    department = grown(middle, pairs, params.departments, stream(seed, "departments"))
    north = -np.array([middle[department == d, 1].mean() for d in range(params.departments)])
    parts = (north, department, -middle[:, 1], province, -biggest)
    order, department_code, province_code, code = numbered(*parts)

    row_of = np.empty(len(order), dtype=int)
    row_of[order] = np.arange(len(order))
    district = row_of[cell]
    by_district = np.lexsort((place, -settlements.people[place], district))
    inner, district = settlements.take(place[by_district]), district[by_district]
    _, capital = np.unique(district, return_index=True)
    name = np.array(district_names(len(code), stream(seed, "district names")))
    settlement_name = np.array(hamlet_names(len(inner), stream(seed, "hamlet names")), dtype=object)
    settlement_name[capital] = name
    return Districts(
        code=code,
        name=name,
        province_code=province_code,
        province=parents(province_code, stream(seed, "province names")),
        department_code=department_code,
        department=parents(department_code, stream(seed, "department names")),
        polygons=cells.polygons[order],
        neighbours=np.unique(np.sort(row_of[cells.neighbours], axis=1), axis=0),
        settlements=inner,
        district_of=district,
        settlement_name=settlement_name,
        capital=capital,
    )


def inside(
    params: SyntheticParams, polygons: np.ndarray, settlements: Settlements
) -> tuple[np.ndarray, np.ndarray]:
    """Settlements that stand in a cell, and which; the few beyond the border live abroad."""
    points = shapely.points(to_degrees(settlements.xy, params))
    place, cell = shapely.STRtree(polygons).query(points, predicate="intersects")
    place, first = np.unique(place, return_index=True)
    return place, cell[first]


def numbered(
    north: np.ndarray,
    department_of: np.ndarray,
    south: np.ndarray,
    province_of: np.ndarray,
    small: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The order of the codes, and the codes in that order.

    Departments and provinces count from the north, districts from the biggest place.
    """
    department_number = ranks(north)
    province_number = ranks(south, department_of)
    district_number = ranks(small, province_of)
    department = department_number[department_of][province_of]
    codes = [
        (f"{d:02d}", f"{d:02d}{p:02d}", f"{d:02d}{p:02d}{n:02d}")
        for d, p, n in zip(department, province_number[province_of], district_number, strict=True)
    ]
    order = np.array(sorted(range(len(codes)), key=codes.__getitem__))
    table = np.array(codes)[order]
    return order, table[:, 0], table[:, 1], table[:, 2]


def ranks(value: np.ndarray, group: np.ndarray | None = None) -> np.ndarray:
    """Rank of each value within its group, from 1."""
    group = np.zeros(len(value), dtype=int) if group is None else group
    order = np.lexsort((value, group))
    first = np.concatenate([[0], np.flatnonzero(np.diff(group[order])) + 1])
    begin = np.zeros(len(value), dtype=int)
    begin[first] = first
    rank = np.empty(len(value), dtype=int)
    rank[order] = np.arange(len(value)) - np.maximum.accumulate(begin) + 1
    return rank


def parents(codes: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A name for each different code, repeated where the code is."""
    different, which = np.unique(codes, return_inverse=True)
    return np.array(stems(len(different), random))[which]
