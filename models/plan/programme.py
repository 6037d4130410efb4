"""The choice of sites as an integer programme: the maximal covering location problem.

Church & ReVelle (1974), with capacities, costs and minima. Columns are the places (open or not),
then what share of each group of people is reached - or, where teams can attend to so many people
only, what share of each group each place attends to - and, for a pessimistic plan, the worst mean
that the cuts so far allow.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from geo.geodesy import Floats, Ints
from models.plan.demand import Coverage
from models.plan.highs import Programme
from models.plan.request import SitesRequest

LIMITS = ("teams", "budget", "capacity", "minimum", "forced", "forbidden")


@dataclass(frozen=True)
class Sites:
    """Everything that a plan of sites is chosen from.

    Attributes
    ----------
    coverage : Coverage
    candidates : DataFrame
        As ``checked_candidates`` returns them, in the order of the coverage's places.
    request : SitesRequest
    without : frozenset of str
        Limits that do not count, of ``LIMITS``.
    """

    coverage: Coverage
    candidates: pd.DataFrame
    request: SitesRequest
    without: frozenset[str] = frozenset()

    def binds(self, limit: str) -> bool:
        """Whether the request has such a limit, and it counts."""
        asked = {
            "teams": True,
            "budget": self.request.budget is not None,
            "capacity": self.request.capacity_people is not None,
            "minimum": any(self.request.minimum.values()),
            "forced": bool(self.request.forced),
            "forbidden": bool(self.request.forbidden),
        }
        return asked[limit] and limit not in self.without

    @property
    def existing(self) -> np.ndarray:
        return self.candidates["existing"].to_numpy(dtype=bool)

    def at(self, ids: Collection[str]) -> np.ndarray:
        """Rows of places, as booleans."""
        return np.asarray(self.candidates.index.isin(list(ids)))

    def open_between(self) -> tuple[Floats, Floats]:
        """The least and the most that each place can be open: 0 or 1."""
        least = self.existing.astype(float)
        most = np.ones(len(least))
        if self.binds("forced"):
            least[self.at(self.request.forced)] = 1
        if self.binds("forbidden"):
            most[self.at(self.request.forbidden)] = 0
        return least, most

    def rules(self) -> list[tuple[str, Floats, float, float]]:
        """Limit, weight of each place, and between what the weighted sum of open ones must lie."""
        new = (~self.existing).astype(float)
        found = []
        if self.binds("teams"):
            found.append(("teams", new, -np.inf, float(self.request.teams)))
        if self.binds("budget"):
            cost = new * self.candidates["cost"].to_numpy(dtype=float)
            found.append(("budget", cost, -np.inf, float(self.request.budget or 0)))
        if self.binds("minimum"):
            for department, least in sorted(self.request.minimum.items()):
                here = (self.candidates["department"] == department).to_numpy(dtype=float)
                found.append(("minimum", here, float(least), np.inf))
        return found


@dataclass(frozen=True)
class Columns:
    """Where what stands in a programme."""

    places: int
    reach: Ints  # the group of each column of reach
    by: Ints  # the place of each column of reach; empty where teams have no capacity

    @property
    def size(self) -> int:
        return self.places + len(self.reach)


def columns_of(sites: Sites) -> Columns:
    """Columns of the programme, the worst mean aside."""
    reached = sites.coverage.reached
    if sites.binds("capacity"):
        group, place = np.nonzero(reached)
        return Columns(reached.shape[1], group, place)
    return Columns(reached.shape[1], np.arange(len(reached)), np.empty(0, dtype=np.intp))


def programme_of(sites: Sites, columns: Columns, cuts: list[Floats]) -> Programme:
    """The programme that gains most by the worst of the cuts.

    Parameters
    ----------
    cuts : list of arrays of shape (groups,)
        Cases of each group, in the mean over some of the draws. One: it is what is gained.
    """
    worst = int(len(cuts) > 1)
    least, most = sites.open_between()
    reach = len(columns.reach)
    gain = np.concatenate(
        [np.zeros(columns.places), np.zeros(reach) if worst else cuts[0][columns.reach],
         np.ones(worst)]
    )  # fmt: skip
    blocks = [*_covering(sites, columns), *_ruling(sites, columns)]
    if worst:
        blocks = [(_wider(rows), low, high) for rows, low, high in blocks]
        blocks.append(_cutting(columns, cuts))
    return Programme(
        gain,
        np.concatenate([least, np.zeros(reach + worst)]),
        np.concatenate([most, np.ones(reach), np.full(worst, np.inf)]),
        np.arange(columns.size + worst) < columns.places,
        sp.csr_array(sp.vstack([rows for rows, _, _ in blocks])),
        np.concatenate([low for _, low, _ in blocks]),
        np.concatenate([high for _, _, high in blocks]),
    )


Block = tuple[sp.csr_array, Floats, Floats]


def _covering(sites: Sites, columns: Columns) -> list[Block]:
    coverage, count = sites.coverage, len(columns.reach)
    each = np.arange(count)
    if not sites.binds("capacity"):
        rows = sp.hstack([-sp.csr_array(coverage.reached.astype(float)), sp.eye_array(count)])
        return [_at_most(rows, np.zeros(count))]
    ones = np.ones(count)
    groups, places = coverage.reached.shape
    by = sp.csr_array((ones, (each, columns.by)), (count, places))
    served = sp.csr_array((ones, (columns.reach, each)), (groups, count))
    people = coverage.people[columns.reach]
    load = sp.csr_array((people, (columns.by, each)), (places, count))
    capacity = sp.eye_array(places) * float(sites.request.capacity_people or 0)
    return [
        _at_most(sp.hstack([-by, sp.eye_array(count)]), np.zeros(count)),
        _at_most(sp.hstack([sp.csr_array((groups, places)), served]), np.ones(groups)),
        _at_most(sp.hstack([-capacity, load]), np.zeros(places)),
    ]


def _ruling(sites: Sites, columns: Columns) -> list[Block]:
    rules = sites.rules()
    if not rules:
        return []
    weights = np.array([weight for _, weight, _, _ in rules])
    rows = sp.hstack([sp.csr_array(weights), sp.csr_array((len(rules), len(columns.reach)))])
    low = np.array([low for _, _, low, _ in rules])
    return [(sp.csr_array(rows), low, np.array([high for _, _, _, high in rules]))]


def _cutting(columns: Columns, cuts: list[Floats]) -> Block:
    reached = np.array([cut[columns.reach] for cut in cuts])
    rows = np.hstack([np.zeros((len(cuts), columns.places)), -reached, np.ones((len(cuts), 1))])
    return _at_most(sp.csr_array(rows), np.zeros(len(cuts)))


def _at_most(rows: sp.sparray, high: Floats) -> Block:
    return sp.csr_array(rows), np.full(len(high), -np.inf), high


def _wider(rows: sp.csr_array) -> sp.csr_array:
    return sp.csr_array(sp.hstack([rows, sp.csr_array((rows.shape[0], 1))]))
