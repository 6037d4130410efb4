"""Where the cases are that a plan could reach, draw by draw, and which place reaches what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from geo.geodesy import Floats, Ints
from vigia.errors import PlanRequestError

Bools = NDArray[np.bool_]
MIDDLE = (0.025, 0.975)
PER = 100_000  # rates are cases per so many people and year


class Interval(NamedTuple):
    """A mean over the draws, and the middle 95 % of them."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, by_draw: Floats) -> Interval:
        """Of one number a draw."""
        low, high = np.quantile(by_draw, MIDDLE)
        return cls(float(by_draw.mean()), float(low), float(high))

    def times(self, factor: float) -> Interval:
        """The same of a multiple."""
        return Interval(*(factor * one for one in self))


@dataclass(frozen=True)
class Demand:
    """True cases to be expected, spread over the points where the people of a district live.

    Attributes
    ----------
    cases : array of shape (draws, districts)
        Of the period that is planned for; each row one joint draw of the posterior.
    people : array of shape (districts,)
    district : array of int, shape (points,)
        The column of ``cases`` that each point is in.
    share : array of shape (points,)
        Of the district's people who live at the point.
    """

    cases: Floats
    people: Floats
    district: Ints
    share: Floats

    @cached_property
    def people_at(self) -> Floats:
        """People, by point."""
        return np.asarray(self.people[self.district] * self.share)

    @cached_property
    def total(self) -> Floats:
        """All cases, by draw."""
        return np.asarray(self.cases @ np.bincount(self.district, self.share, self.cases.shape[1]))


def demand_of(
    rates: ArrayLike,
    people: ArrayLike,
    district: ArrayLike,
    weight: ArrayLike,
    *,
    years: float = 1.0,
) -> Demand:
    """Spread the cases of districts over points, in proportion to the people there.

    Parameters
    ----------
    rates : array of shape (draws, districts)
        True cases per 100,000 people and year.
    people : array of shape (districts,)
        Unknown (NaN) counts as nobody: no case can be placed there.
    district : array of int, shape (points,)
        Row of each point's district.
    weight : array of shape (points,)
        People of each point, on any scale: only shares within a district count. Where all weights
        of a district are 0, its points share alike.
    years : float
        Length of the period that is planned for.

    Raises
    ------
    PlanRequestError
        When the period has no length, or a weight is negative or unknown.
    """
    rates, people = np.asarray(rates, dtype=float), np.asarray(people, dtype=float)
    district, weight = np.asarray(district, dtype=np.intp), np.asarray(weight, dtype=float)
    if not (np.isfinite(years) and years > 0):
        raise PlanRequestError(
            f"The period that is planned for has {years} years.", hint="Plan for more than 0 years."
        )
    if not (weight >= 0).all():
        raise PlanRequestError(
            "A population point has a negative or unknown number of people.",
            hint="Correct the population points; 0 is allowed.",
        )
    known = np.nan_to_num(people)
    count = len(people)
    here = np.bincount(district, weight, count)
    alike = 1 / np.bincount(district, minlength=count).clip(min=1)[district]
    share = np.where(here[district] > 0, weight / np.where(here > 0, here, 1)[district], alike)
    cases = np.nan_to_num(rates) * known * (years / PER)
    return Demand(np.ascontiguousarray(cases), known, district, share)


@dataclass(frozen=True)
class Coverage:
    """Which places reach which points; points that the same places reach are one group.

    Attributes
    ----------
    reached : array of bool, shape (groups, places)
        Groups that no place reaches are left out.
    cases : array of shape (draws, groups)
    people : array of shape (groups,)
    group : array of int, shape (points,)
        Of each point; -1 where no place reaches it.
    """

    reached: Bools
    cases: Floats
    people: Floats
    group: Ints

    @property
    def places(self) -> int:
        return int(self.reached.shape[1])

    @cached_property
    def by_place(self) -> sp.csc_array:
        """``reached`` as ones and nothing, of shape (groups, places): made once for many plans."""
        return sp.csc_array(self.reached.astype(float))

    @cached_property
    def by_group(self) -> sp.csr_array:
        """The same of shape (places, groups)."""
        return sp.csr_array(self.by_place.T)

    def reached_by(self, chosen: Bools) -> Bools:
        """Which groups some of the chosen places reach."""
        return np.asarray(self.reached[:, chosen].any(axis=1))

    def of(self, chosen: Bools) -> Floats:
        """Cases that some of the chosen places reach, by draw, when teams have no limit."""
        return np.asarray(self.cases @ self.reached_by(chosen))


def coverage_of(
    demand: Demand, minutes: ArrayLike, reach_minutes: float, *, apart: bool = False
) -> Coverage:
    """What each place reaches in time.

    Parameters
    ----------
    demand : Demand
    minutes : array of shape (places, points)
        From each place to each point, the way that a team goes; NaN or infinite where there is
        no way.
    reach_minutes : float
    apart : bool
        Whether points of different districts are never one group: who cannot attend to all of a
        group then attends to as many cases a head, whoever it is.
    """
    times = np.asarray(minutes, dtype=float).T
    packed = np.packbits(within := times <= reach_minutes, axis=1)  # NaN is not within
    if apart:
        districts = demand.district.astype(np.int64)[:, None].view(np.uint8)
        packed = np.hstack([packed, districts])
    _, first, group = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    reached = within[first]
    some = reached.any(axis=1)
    number = np.where(some, np.cumsum(some) - 1, -1)[group]
    placed = number >= 0
    size = int(some.sum())
    weight = np.zeros((demand.cases.shape[1], size))
    np.add.at(weight, (demand.district[placed], number[placed]), demand.share[placed])
    return Coverage(
        reached[some], demand.cases @ weight, demand.people @ weight, number.astype(np.intp)
    )
